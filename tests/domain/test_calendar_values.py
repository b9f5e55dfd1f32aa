"""Calendars are equal when they say the same; one that cannot work is refused: what was found, what was expected, what to write."""

from contextlib import nullcontext
from datetime import date, timedelta

import pytest

from processor.domain.calendar import Calendar, Holidays, compile_calendar, parse_window, require_open_time
from schemas.instants import parse_instant

MORNING, AFTERNOON = (540, 720), (780, 1020)
DAYTIME = ((540, 1020),)
WORKDAYS = dict.fromkeys(range(5), DAYTIME)
FOUNDERS_DAY, NEXT_DAY = date(2026, 10, 19), date(2026, 10, 20)

OFFICE = compile_calendar("warsaw", "Europe/Warsaw", WORKDAYS, Holidays("PL"), {NEXT_DAY: DAYTIME})


def test_calendars_are_equal_when_they_say_the_same_whatever_they_were_asked():
    one, other = (
        compile_calendar(
            "warsaw", "Europe/Warsaw", {0: windows, 1: []}, Holidays("PL", extra={FOUNDERS_DAY: "Founders' day"}), {NEXT_DAY: windows}
        )
        for windows in ([MORNING, AFTERNOON], [AFTERNOON, MORNING])
    )
    one.add(parse_instant("2026-10-16T15:00:00+02:00"), 1)
    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize(
    "other",
    [
        compile_calendar("warsaw", "Europe/Warsaw", {0: DAYTIME}, Holidays("PL"), {NEXT_DAY: DAYTIME}),
        compile_calendar("warsaw", "Europe/Warsaw", WORKDAYS, None, {NEXT_DAY: DAYTIME}),
        compile_calendar("warsaw", "Europe/Warsaw", WORKDAYS, Holidays("PL", extra={FOUNDERS_DAY: "Founders' day"}), {NEXT_DAY: DAYTIME}),
        compile_calendar("warsaw", "Europe/Warsaw", WORKDAYS, Holidays("PL"), {NEXT_DAY: ()}),
        compile_calendar("other", "Europe/Warsaw", WORKDAYS, Holidays("PL"), {NEXT_DAY: DAYTIME}),
        compile_calendar("warsaw", "Europe/Berlin", WORKDAYS, Holidays("PL"), {NEXT_DAY: DAYTIME}),
    ],
    ids=["week", "no holidays", "extra day", "exception", "name", "zone"],
)
def test_calendars_that_say_different_things_differ(other: Calendar):
    assert other != OFFICE


def test_a_calendar_does_not_change_with_what_it_was_made_of():
    extra, exceptions = {FOUNDERS_DAY: "Founders' day"}, {NEXT_DAY: ()}
    calendar = compile_calendar("warsaw", "Europe/Warsaw", WORKDAYS, Holidays("PL", extra=extra), exceptions)
    extra.clear()
    exceptions.clear()
    assert not calendar.is_open_day(FOUNDERS_DAY)
    assert not calendar.is_open_day(NEXT_DAY)


def test_a_calendar_with_no_open_time_in_366_days_is_refused_with_the_day_it_counts_from():
    closed = compile_calendar("warsaw", "Europe/Warsaw", {0: [], 1: []})
    with pytest.raises(ValueError, match=r"calendar warsaw has no open time in the 366 days from 2026-10-01.*give its week a window"):
        require_open_time(closed, date(2026, 10, 1))


def test_open_time_on_the_last_of_the_366_days_is_enough_and_a_day_later_is_not():
    since = date(2026, 10, 1)
    for closed_days in (365, 366):
        closed = {since + timedelta(days=days): () for days in range(closed_days)}
        calendar = compile_calendar("late", "Europe/Warsaw", dict.fromkeys(range(7), DAYTIME), None, closed)
        with nullcontext() if closed_days < 366 else pytest.raises(ValueError, match="no open time"):
            require_open_time(calendar, since)


def test_a_calendar_that_opens_by_exceptions_only_is_refused():
    with pytest.raises(ValueError, match="none once its exceptions are over"):
        require_open_time(compile_calendar("fair", "Europe/Warsaw", {}, None, {date(2026, 11, 2): DAYTIME}), date(2026, 10, 1))


def test_an_ordinary_calendar_is_not_refused():
    require_open_time(OFFICE, date(2026, 10, 1))


@pytest.mark.parametrize("zone", ["Europe/Warszawa", "europe/warsaw", "Mars", "", "../zones"])
def test_a_zone_that_does_not_exist_is_refused_with_one_that_does(zone: str):
    with pytest.raises(ValueError, match=f"found zone '{zone}', expected a name of the IANA time zone database, such as [A-Z]"):
        compile_calendar("any", zone, {0: DAYTIME})


@pytest.mark.parametrize(
    ("country", "subdivision", "words"),
    [
        ("XX", None, "found country 'XX', expected the two letters"),
        ("Poland", None, "found country 'Poland'"),
        ("DE", "XX", "found subdivision 'XX', expected one of .*BY"),
        ("SM", "07", "found subdivision '07', expected one of those of SM: none"),
        (None, "BY", "found subdivision 'BY' and no country"),
    ],
)
def test_a_country_or_subdivision_that_is_not_known_is_refused(country: str | None, subdivision: str | None, words: str):
    with pytest.raises(ValueError, match=words):
        Holidays(country, subdivision)


def test_a_subdivision_may_be_known_by_its_name():
    assert date(2026, 1, 6) in Holidays("DE", "Bayern")
    assert date(2026, 1, 6) not in Holidays("DE", "Berlin")


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("09:00-17:00", (540, 1020)),
        ("00:00-24:00", (0, 1440)),
        ("22:00-06:00", (1320, 1800)),
        ("23:59-00:00", (1439, 1440)),
        ("12:30-12:29", (750, 2189)),
    ],
)
def test_a_window_is_minutes_from_the_midnight_of_its_date(text: str, window: tuple[int, int]):
    assert parse_window(text) == window


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9:00-17:00",
        "09:00",
        "09:00 - 17:00",
        "09:00–17:00",
        "09:60-17:00",
        "24:00-06:00",
        "09:00-24:01",
        "09:00-25:00",
        "09:00-17:00\n",
    ],
)
def test_any_other_window_is_refused(text: str):
    with pytest.raises(ValueError, match="expected opening-closing of a day of 24 hours, such as '09:00-17:00'"):
        parse_window(text)


def test_a_window_that_opens_when_it_closes_is_refused_with_the_way_to_say_all_day():
    with pytest.raises(ValueError, match=r"found '09:00-09:00', .*'00:00-24:00'"):
        parse_window("09:00-09:00")
