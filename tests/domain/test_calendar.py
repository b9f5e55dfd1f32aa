"""Where duties end in business time: the contract's vectors, and the edges of windows, dates and zones."""

from datetime import date

import pytest

from processor.domain.calendar import Calendar, Holidays, compile_calendar, parse_window
from processor.domain.durations import parse_duration
from schemas.instants import EARLIEST, LATEST, SECOND, Instant, parse_instant

HOUR = 3_600 * SECOND

PL = Holidays("PL")


def daily(*windows: str, days: str = "0123456") -> dict[int, list[tuple[int, int]]]:
    return {int(day): [parse_window(window) for window in windows] for day in days}


def weekdays(*windows: str) -> dict[int, list[tuple[int, int]]]:
    return daily(*windows, days="01234")


def warsaw(week: dict[int, list[tuple[int, int]]], holidays: Holidays | None = PL, **exceptions: list[str]) -> Calendar:
    """A calendar of Warsaw; exceptions as `nov_2=["09:00-13:00"]`, all of 2026."""
    months = {"mar": 3, "oct": 10, "nov": 11, "dec": 12}
    dates = {
        date(2026, months[name[:3]], int(name[4:])): [parse_window(window) for window in windows] for name, windows in exceptions.items()
    }
    return compile_calendar("warsaw", "Europe/Warsaw", week, holidays, dates)


def at(text: str) -> Instant:
    """`2026-10-16 15:00+02:00`"""
    return parse_instant(f"{text[:10]}T{text[11:16]}:00{text[16:]}")


OFFICE = warsaw(weekdays("09:00-17:00"))


def due(start: str, duration: str, calendar: Calendar = OFFICE) -> Instant:
    return calendar.due(at(start), parse_duration(duration))


# ── the contract's vectors ──


def test_a_friday_afternoon_ends_on_monday_morning():
    assert due("2026-10-16 15:00+02:00", "4 business_hours") == at("2026-10-19 11:00+02:00")


def test_a_saturday_counts_from_monday_morning():
    assert due("2026-10-17 15:00+02:00", "4 business_hours") == at("2026-10-19 13:00+02:00")


def test_a_deadline_exactly_at_closing_is_due_at_that_closing():
    assert due("2026-10-16 13:00+02:00", "4 business_hours") == at("2026-10-16 17:00+02:00")


def test_a_lunch_break_does_not_count():
    assert due("2026-10-19 11:00+02:00", "4 business_hours", warsaw(weekdays("09:00-12:00", "13:00-17:00"))) == at("2026-10-19 16:00+02:00")


def test_a_public_holiday_does_not_count():
    assert due("2026-11-10 15:00+01:00", "4 business_hours") == at("2026-11-12 11:00+01:00")


def test_over_the_end_of_summer_time_the_wall_clock_counts():
    assert due("2026-10-23 15:00+02:00", "4 business_hours") == at("2026-10-26 11:00+01:00")


def test_over_the_start_of_summer_time_the_wall_clock_counts():
    assert due("2026-03-27 15:00+01:00", "4 business_hours") == at("2026-03-30 11:00+02:00")


@pytest.mark.parametrize("start", ["2026-10-19 08:59+02:00", "2026-10-19 09:00+02:00"])
def test_a_business_day_from_opening_or_before_ends_at_the_next_opening(start: str):
    assert due(start, "1 business_days") == at("2026-10-20 09:00+02:00")


@pytest.mark.parametrize("start", ["2026-10-18 08:00+02:00", "2026-10-17 15:00+02:00"])
def test_a_business_day_from_the_weekend_ends_on_tuesday(start: str):
    assert due(start, "1 business_days") == at("2026-10-20 09:00+02:00")


# ── open time ──


def test_adding_nothing_is_the_start_even_in_closed_time():
    assert due("2026-10-17 15:00+02:00", "0 business_hours") == at("2026-10-17 15:00+02:00")


def test_the_opening_is_open_and_the_closing_is_not():
    assert OFFICE.is_open(at("2026-10-16 09:00+02:00"))
    assert not OFFICE.is_open(at("2026-10-16 09:00+02:00") - 1)
    assert OFFICE.is_open(at("2026-10-16 17:00+02:00") - 1)
    assert not OFFICE.is_open(at("2026-10-16 17:00+02:00"))


def test_a_microsecond_after_a_full_day_is_a_microsecond_after_the_next_opening():
    assert OFFICE.add(at("2026-10-15 09:00+02:00"), 8 * HOUR + 1) == at("2026-10-16 09:00+02:00") + 1


def test_between_counts_open_time_only_and_never_backwards():
    friday, monday = at("2026-10-16 15:00+02:00"), at("2026-10-19 11:00+02:00")
    assert OFFICE.between(friday, monday) == 4 * HOUR
    assert OFFICE.between(monday, friday) == OFFICE.between(friday, friday) == 0


def test_the_next_opening_of_an_open_instant_is_itself_and_of_a_closing_the_next_morning():
    assert OFFICE.next_opening(at("2026-10-16 12:00+02:00")) == at("2026-10-16 12:00+02:00")
    assert OFFICE.next_opening(at("2026-10-16 17:00+02:00")) == at("2026-10-19 09:00+02:00")


def test_elapsed_durations_do_not_ask_what_is_open():
    assert due("2026-10-24 15:00+02:00", "1 calendar_day") == at("2026-10-25 14:00+01:00")
    assert due("2026-10-17 15:00+02:00", "30 minutes") == at("2026-10-17 15:30+02:00")


def test_windows_that_overlap_or_touch_are_a_union():
    calendar = warsaw(weekdays("09:00-12:00", "11:00-14:00", "14:00-17:00", "10:00-11:00"))
    assert due("2026-10-19 09:00+02:00", "8 business_hours", calendar) == at("2026-10-19 17:00+02:00")
    assert calendar.is_open(at("2026-10-19 14:00+02:00"))


def test_a_window_may_last_to_the_end_of_the_day_or_all_day():
    late = warsaw(weekdays("18:00-24:00"))
    assert due("2026-10-19 18:00+02:00", "6 business_hours", late) == at("2026-10-20 00:00+02:00")
    assert due("2026-10-19 18:00+02:00", "7 business_hours", late) == at("2026-10-20 19:00+02:00")
    always = warsaw(daily("00:00-24:00"), None)
    assert due("2026-10-24 12:00+02:00", "400 business_hours", always) == at("2026-10-24 12:00+02:00") + 400 * HOUR


def test_open_time_of_three_centuries_is_exact():
    utc = compile_calendar("utc", "UTC", weekdays("09:00-17:00"))
    monday = at("1969-12-29 09:00Z")
    for weeks in range(1, 16_000, 701):
        later = monday + weeks * 168 * HOUR
        assert utc.between(monday, later) == weeks * 40 * HOUR
        assert utc.add(monday, weeks * 40 * HOUR + 1) == later + 1
        assert utc.add_days(monday, 5 * weeks) == later


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "Pacific/Kiritimati"])
@pytest.mark.parametrize("opening", [0, 660, 1439])
def test_windows_of_24_hours_leave_no_gap_in_eighty_years_at_either_end_of_the_world(zone: str, opening: int):
    calendar = compile_calendar("always", zone, dict.fromkeys(range(7), ((opening, opening + 1440),)))
    start, end = at("1980-01-01 00:00Z"), at("2060-01-01 00:00Z")
    assert calendar.between(start, end) == end - start
    assert calendar.add(start, end - start) == end


# ── holidays and exceptions ──


def test_holidays_follow_the_year_the_deadline_falls_in():
    assert not OFFICE.is_open_day(date(2031, 11, 11))
    assert OFFICE.is_open_day(date(2031, 11, 12))


def test_holidays_may_be_those_of_a_subdivision():
    bavaria, berlin = (compile_calendar("de", "Europe/Berlin", weekdays("09:00-17:00"), Holidays("DE", land)) for land in ("BY", "BE"))
    epiphany = date(2026, 1, 6)
    assert (bavaria.is_open_day(epiphany), berlin.is_open_day(epiphany)) == (False, True)


def test_extra_days_are_closed_with_or_without_a_country():
    extra = {date(2026, 10, 19): "Founders' day"}
    for country in ("PL", None):
        calendar = warsaw(weekdays("09:00-17:00"), Holidays(country, extra=extra))
        assert due("2026-10-16 15:00+02:00", "4 business_hours", calendar) == at("2026-10-20 11:00+02:00")


def test_a_calendar_without_holidays_is_open_on_them():
    assert warsaw(weekdays("09:00-17:00"), None).is_open_day(date(2026, 11, 11))


def test_an_exception_closes_a_working_day():
    assert due("2026-10-16 15:00+02:00", "4 business_hours", warsaw(weekdays("09:00-17:00"), oct_19=[])) == at("2026-10-20 11:00+02:00")


def test_an_exception_gives_a_date_other_windows():
    calendar = warsaw(weekdays("09:00-17:00"), oct_17=["10:00-11:00"], oct_19=["12:00-13:00", "14:00-15:00"])
    assert due("2026-10-16 15:00+02:00", "5 business_hours", calendar) == at("2026-10-19 15:00+02:00")


def test_an_exception_beats_a_holiday_and_an_extra_day():
    holidays = Holidays("PL", extra={date(2026, 12, 23): "Eve of the eve"})
    calendar = warsaw(weekdays("09:00-17:00"), holidays, nov_11=["09:00-17:00"], dec_23=["09:00-10:00"])
    assert calendar.is_open(at("2026-11-11 12:00+01:00"))
    assert calendar.is_open(at("2026-12-23 09:30+01:00"))


# ── windows across midnight ──

NIGHTS = warsaw(weekdays("22:00-06:00"))


def test_a_window_across_midnight_is_one_session():
    assert due("2026-10-19 23:00+02:00", "7 business_hours", NIGHTS) == at("2026-10-20 06:00+02:00")
    assert due("2026-10-20 01:00+02:00", "6 business_hours", NIGHTS) == at("2026-10-20 23:00+02:00")


def test_a_window_belongs_to_the_date_it_starts_on():
    assert NIGHTS.is_open(at("2026-10-24 05:59+02:00"))
    assert not NIGHTS.is_open_day(date(2026, 10, 24))
    assert not NIGHTS.is_open(at("2026-10-19 05:59+02:00"))


def test_a_holiday_closes_the_night_that_starts_on_it_and_not_the_one_before():
    assert NIGHTS.is_open(at("2026-11-11 05:59+01:00"))
    assert not NIGHTS.is_open(at("2026-11-11 23:00+01:00"))
    assert not NIGHTS.is_open(at("2026-11-12 05:59+01:00"))


def test_a_night_that_runs_into_an_exception_keeps_its_end():
    assert warsaw(weekdays("22:00-06:00"), oct_20=[]).is_open(at("2026-10-20 05:59+02:00"))


def test_a_window_may_end_at_midnight_of_the_next_date_written_as_zero():
    assert parse_window("22:00-00:00") == parse_window("22:00-24:00")


# ── clocks that change ──


def test_a_night_on_which_summer_time_starts_is_an_hour_shorter():
    saturdays = warsaw(daily("22:00-06:00", days="5"))
    assert saturdays.between(at("2026-03-28 00:00+01:00"), at("2026-03-30 00:00+02:00")) == 7 * HOUR
    assert due("2026-03-28 22:00+01:00", "7 business_hours", saturdays) == at("2026-03-29 06:00+02:00")


def test_a_night_on_which_summer_time_ends_is_an_hour_longer():
    saturdays = warsaw(daily("22:00-06:00", days="5"))
    assert saturdays.between(at("2026-10-24 00:00+02:00"), at("2026-10-26 00:00+01:00")) == 9 * HOUR
    assert due("2026-10-24 22:00+02:00", "9 business_hours", saturdays) == at("2026-10-25 06:00+01:00")


def test_an_opening_in_the_skipped_hour_moves_to_the_instant_after_it():
    calendar = warsaw(daily("02:30-04:00"))
    assert calendar.next_opening(at("2026-03-29 00:00+01:00")) == at("2026-03-29 03:00+02:00")


def test_a_closing_in_the_skipped_hour_moves_to_the_instant_after_it():
    calendar = warsaw(daily("01:00-02:30"))
    assert due("2026-03-29 00:00+01:00", "1 business_hour", calendar) == at("2026-03-29 03:00+02:00")
    assert not calendar.is_open(at("2026-03-29 03:00+02:00"))


def test_a_window_within_the_skipped_hour_opens_nothing_that_day():
    calendar = warsaw(daily("02:15-02:45"))
    assert not calendar.is_open_day(date(2026, 3, 29))
    assert calendar.next_opening(at("2026-03-29 00:00+01:00")) == at("2026-03-30 02:15+02:00")


def test_an_opening_in_the_repeated_hour_is_its_first_occurrence():
    calendar = warsaw(daily("02:30-04:00"))
    assert calendar.next_opening(at("2026-10-25 00:00+02:00")) == at("2026-10-25 02:30+02:00")


def test_a_closing_in_the_repeated_hour_is_its_second_occurrence():
    calendar = warsaw(daily("01:00-02:30"))
    assert calendar.between(at("2026-10-25 00:00+02:00"), at("2026-10-25 12:00+01:00")) == 9_000 * SECOND
    assert calendar.is_open(at("2026-10-25 02:30+01:00") - 1)
    assert not calendar.is_open(at("2026-10-25 02:30+01:00"))


def test_the_repeated_hour_includes_its_first_instant_and_not_its_end():
    to_two, to_three = warsaw(daily("01:00-02:00")), warsaw(daily("01:00-03:00"))
    assert not to_two.is_open(at("2026-10-25 02:00+01:00"))
    assert to_two.is_open(at("2026-10-25 02:00+01:00") - 1)
    assert to_three.is_open(at("2026-10-25 03:00+01:00") - 1)
    assert not to_three.is_open(at("2026-10-25 03:00+01:00"))


# ── business days ──


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-10-16 15:00+02:00", "2026-10-23 15:00+02:00"),
        ("2026-10-23 15:00+02:00", "2026-10-30 15:00+01:00"),
        ("2026-03-27 15:00+01:00", "2026-04-03 15:00+02:00"),
        ("2026-11-06 15:00+01:00", "2026-11-16 15:00+01:00"),
    ],
)
def test_five_business_days_are_the_same_wall_clock_time_five_open_dates_later(start: str, end: str):
    assert due(start, "5 business_days") == at(end)


def test_business_days_keep_the_microsecond():
    start = at("2026-10-16 15:00+02:00") + 123_457
    assert OFFICE.add_days(start, 1) == at("2026-10-19 15:00+02:00") + 123_457


def test_a_start_exactly_at_a_closing_rolls_to_the_next_opening():
    assert due("2026-10-15 17:00+02:00", "1 business_day") == at("2026-10-19 09:00+02:00")
    lunch = warsaw(weekdays("09:00-12:00", "13:00-17:00"))
    assert due("2026-10-15 12:00+02:00", "1 business_day", lunch) == at("2026-10-16 13:00+02:00")


def test_no_business_days_from_closed_time_are_the_next_opening():
    assert due("2026-10-17 15:00+02:00", "0 business_days") == at("2026-10-19 09:00+02:00")
    assert due("2026-10-16 15:00+02:00", "0 business_days") == at("2026-10-16 15:00+02:00")


def test_where_it_is_closed_then_the_last_closing_of_that_date_is_due():
    short = warsaw(weekdays("09:00-17:00"), oct_16=["09:00-11:00", "12:00-13:00"])
    assert due("2026-10-15 15:00+02:00", "1 business_day", short) == at("2026-10-16 13:00+02:00")
    assert due("2026-10-15 11:30+02:00", "1 business_day", short) == at("2026-10-16 13:00+02:00")
    late = warsaw(weekdays("09:00-17:00"), oct_16=["16:00-20:00"])
    assert due("2026-10-15 15:00+02:00", "1 business_day", late) == at("2026-10-16 20:00+02:00")


def test_an_instant_that_is_itself_a_closing_stands():
    lunch_next_day = warsaw(weekdays("09:00-17:00"), oct_16=["09:00-12:00", "13:00-17:00"])
    assert due("2026-10-15 12:00+02:00", "1 business_day", lunch_next_day) == at("2026-10-16 12:00+02:00")


def test_only_dates_on_which_a_session_starts_are_counted():
    weekends_too = warsaw(weekdays("09:00-17:00"), oct_17=["10:00-12:00"], oct_19=[])
    assert due("2026-10-16 11:00+02:00", "1 business_day", weekends_too) == at("2026-10-17 11:00+02:00")
    assert due("2026-10-16 11:00+02:00", "2 business_days", weekends_too) == at("2026-10-20 11:00+02:00")
    gap_only = warsaw(daily("02:15-02:45"))
    assert due("2026-03-28 02:20+01:00", "1 business_day", gap_only) == at("2026-03-30 02:20+02:00")


def test_after_midnight_business_days_count_from_the_date_the_clock_shows():
    assert due("2026-10-20 02:00+02:00", "1 business_day", NIGHTS) == at("2026-10-21 02:00+02:00")
    # Saturday 02:00, in Friday's night: the first open date after Saturday is Monday, closed at 02:00; its night closes on Tuesday.
    assert due("2026-10-17 02:00+02:00", "1 business_day", NIGHTS) == at("2026-10-20 06:00+02:00")


def test_the_last_closing_of_a_date_may_lie_on_the_next():
    assert due("2026-10-16 12:00+02:00", "1 business_day", warsaw(weekdays("09:00-17:00"), oct_19=["22:00-06:00"])) == at(
        "2026-10-20 06:00+02:00"
    )


def test_a_business_day_into_the_skipped_hour_ends_after_it():
    assert due("2026-03-28 02:30+01:00", "1 business_day", warsaw(daily("00:00-24:00"))) == at("2026-03-29 03:00+02:00")


def test_a_business_day_into_the_repeated_hour_ends_in_its_first():
    assert due("2026-10-24 02:30+02:00", "1 business_day", warsaw(daily("00:00-24:00"))) == at("2026-10-25 02:30+02:00")


def test_a_business_day_from_the_second_repeated_hour_is_the_first_of_another_one():
    autumns = {date(2026, 10, 25): [(0, 1440)], date(2027, 10, 31): [(0, 1440)]}
    next_year = compile_calendar("autumns", "Europe/Warsaw", {}, None, autumns)
    assert due("2026-10-25 02:30+01:00", "1 business_day", next_year) == at("2027-10-31 02:30+02:00")


# ── local dates ──


def test_the_local_date_is_the_zones():
    assert OFFICE.local_date(at("2026-10-15 22:00Z")) == date(2026, 10, 16)
    assert OFFICE.local_date(at("2026-10-15 22:00Z") - 1) == date(2026, 10, 15)


def test_local_midnight_follows_summer_time():
    assert OFFICE.midnight(date(2026, 10, 16)) == at("2026-10-15 22:00Z")
    assert OFFICE.midnight(date(2026, 11, 2)) == at("2026-11-01 23:00Z")


def test_a_skipped_midnight_is_the_instant_after_the_gap_and_a_repeated_one_the_first():
    havana = compile_calendar("havana", "America/Havana", weekdays("09:00-17:00"))
    assert havana.midnight(date(2026, 3, 8)) == at("2026-03-08 01:00-04:00")
    assert havana.midnight(date(2026, 11, 1)) == at("2026-11-01 00:00-04:00")


def test_a_date_that_a_zone_skipped_is_no_open_day():
    apia = compile_calendar("apia", "Pacific/Apia", daily("00:00-24:00"))
    assert not apia.is_open_day(date(2011, 12, 30))
    assert apia.midnight(date(2011, 12, 30)) == apia.midnight(date(2011, 12, 31))


def test_the_first_and_the_last_instant_have_a_local_date_in_every_zone():
    east, west = (compile_calendar("end", zone, daily("00:00-24:00")) for zone in ("Pacific/Kiritimati", "Pacific/Niue"))
    assert (west.local_date(EARLIEST), east.local_date(LATEST)) == (date.min, date.max)


# ── the end of time ──


@pytest.mark.parametrize("duration", ["999999999 business_hours", "9999999 business_days", "999999999 hours"])
def test_a_deadline_past_the_year_9999_never_comes(duration: str):
    assert due("9950-01-01 00:00Z", duration) == LATEST


def test_where_nothing_opens_any_more_a_deadline_never_comes():
    once = compile_calendar("fair", "Europe/Warsaw", {}, None, {date(9990, 10, 1): [(540, 1020)]})
    closing = at("9990-10-01 17:00+02:00")
    assert once.add(closing - HOUR, HOUR) == closing
    assert once.add(closing, 1) == once.next_opening(closing) == once.add_days(closing - HOUR, 1) == once.add_days(closing, 1) == LATEST
