"""A calendar agrees with a walk through every minute of its time, by another implementation of zoned time, whatever it is and is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import pairwise
from operator import add

import pytest
import whenever
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from processor.domain.calendar import Calendar, Holidays, compile_calendar
from schemas.instants import Instant

whenever.reset_tzpath(())  # The zones of the `tzdata` package, as the calendars, not those of the machine.
whenever.clear_tzcache()

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAYS = 13
EPOCH = date(1970, 1, 1).toordinal()

# Zones, each with a date on which something happens to its clocks; the walk is of the days around it.
PLACES = [
    ("UTC", date(2024, 2, 29)),  # nothing
    ("Europe/Warsaw", date(2026, 3, 29)),  # 02:00 becomes 03:00
    ("Europe/Warsaw", date(2026, 10, 25)),  # 03:00 becomes 02:00
    ("Europe/Warsaw", date(2025, 9, 30)),  # nothing, but two of the calendars' tables meet
    ("America/New_York", date(2026, 11, 1)),  # west of UTC
    ("America/Havana", date(2026, 3, 8)),  # midnight is skipped
    ("America/Havana", date(2026, 11, 1)),  # midnight comes twice
    ("America/Santiago", date(2026, 4, 5)),  # midnight becomes 23:00 of the day before
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
    ("Antarctica/Troll", date(2026, 10, 25)),  # two hours
    ("Asia/Kathmandu", date(1986, 1, 1)),  # a quarter of an hour, for good
    ("Pacific/Apia", date(2011, 12, 30)),  # a whole date is skipped
    ("Pacific/Kwajalein", date(1993, 8, 21)),  # likewise
    ("Africa/Casablanca", date(2026, 2, 15)),  # summer time backwards
]

Windows = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Walk:
    """The minutes of thirteen days in one zone, and which of them are open."""

    first: int  # minute since the epoch
    walls: Sequence[int]  # what the clocks show in each minute, in minutes of a count of their own: 1440 × the date's ordinal + the time
    opened: Sequence[bool]
    closings: Mapping[int, Instant]  # by date's ordinal: the last closing of a window that starts on it

    def between(self, start: Instant, end: Instant) -> int:
        first, last = start // MINUTE - self.first, end // MINUTE - self.first
        return sum(self.opened[first:last]) * MINUTE + self.opened[last] * (end % MINUTE) - self.opened[first] * (start % MINUTE)

    def add(self, start: Instant, span: int) -> Instant:
        if span == 0:
            return start
        for minute in self._minutes(start, self.end):
            if self._is_open_in(minute):
                rest = minute + MINUTE - max(start, minute)
                if span <= rest:
                    return max(start, minute) + span
                span -= rest
        raise AssertionError("the walk is too short")

    def add_days(self, start: Instant, days: int) -> Instant:
        start = next(max(start, m) for m in self._minutes(start, self.end) if self._is_open_in(m))
        if days == 0:
            return start
        wall, rest = self.walls[start // MINUTE - self.first], start % MINUTE
        day = [day for day in sorted(self.closings) if day > wall // 1440][days - 1]
        wanted = day * 1440 + wall % 1440
        if wanted in self.walls:
            at = (self.first + self.walls.index(wanted)) * MINUTE + rest
        else:
            at = next(self.first + i for i, (before, after) in enumerate(pairwise(self.walls), 1) if before < wanted < after) * MINUTE
        return at if self.is_open(at) or self.is_open(at - 1) else self.closings[day]

    def is_open(self, at: Instant) -> bool:
        return self._is_open_in(at // MINUTE * MINUTE)

    @cached_property
    def edges(self) -> list[Instant]:
        return [(self.first + i) * MINUTE for i, (before, after) in enumerate(pairwise(self.opened), 1) if before != after]

    @property
    def end(self) -> Instant:
        return (self.first + len(self.walls)) * MINUTE

    def _is_open_in(self, minute: Instant) -> bool:
        return self.opened[minute // MINUTE - self.first]

    def _minutes(self, start: Instant, end: Instant) -> range:
        return range(start // MINUTE * MINUTE, end, MINUTE)


@cache
def clocks(zone: str, day: date) -> tuple[int, list[int], dict[int, int], dict[int, int]]:
    """The first minute, what the clocks show from it on, and by what they show the first and the last index at which they do."""
    first = (day.toordinal() - EPOCH - DAYS // 2) * 1440
    walls: list[int] = []
    for minute in range(first, first + DAYS * 1440):
        offset = whenever.Instant.from_timestamp(minute * 60).to_tz(zone).offset.total("minutes")
        assert offset == int(offset)
        walls.append(EPOCH * 1440 + minute + int(offset))
    return first, walls, {wall: index for index, wall in reversed([*enumerate(walls)])}, {wall: index for index, wall in enumerate(walls)}


def walk(place: tuple[str, date], windows_of: Mapping[date, Windows]) -> Walk:
    first, walls, shown_first, shown_last = clocks(*place)
    opened = [False] * len(walls)
    closings: dict[int, Instant] = {}
    for day, windows in windows_of.items():
        for edges in windows:
            opening, closing = (day.toordinal() * 1440 + edge for edge in edges)
            if walls[0] <= opening and closing < walls[-1]:
                from_index = shown_first[next(wall for wall in range(opening, walls[-1]) if wall in shown_first)]
                to_index = shown_last[next(wall for wall in range(closing, walls[-1]) if wall in shown_last)]
                if from_index < to_index:
                    opened[from_index:to_index] = [True] * (to_index - from_index)
                    closings[day.toordinal()] = max(closings.get(day.toordinal(), 0), (first + to_index) * MINUTE)
    return Walk(first, walls, opened, closings)


minutes = st.one_of(st.integers(0, 1439), st.sampled_from([0, 30, 60, 90, 120, 150, 180, 1380, 1410]))
windows = st.lists(
    st.builds(
        lambda opening, length: (opening, opening + length),
        minutes,
        st.one_of(st.integers(1, 1440), st.sampled_from([1, 30, 60, 480, 1440])),
    ),
    max_size=3,
)


@st.composite
def calendars_with_walks(draw: st.DrawFn) -> tuple[Calendar, Walk]:
    place = draw(st.sampled_from(PLACES))
    zone, middle = place
    week = draw(st.dictionaries(st.integers(0, 6), windows, min_size=1))
    near = st.integers(-5, 5).map(lambda days: middle + timedelta(days=days))
    extra = draw(st.dictionaries(near, st.just("Founders' day"), max_size=2))
    exceptions = draw(st.dictionaries(near, windows, max_size=3))
    walked = [middle + timedelta(days=days) for days in range(-8, 9)]
    usual = {day: [] if day in extra else week.get(day.weekday(), []) for day in walked}
    oracle = walk(place, usual | exceptions)
    assume(any(oracle.opened))
    return compile_calendar("any", zone, week, Holidays(None, extra=extra), exceptions), oracle


@st.composite
def instants_of(draw: st.DrawFn, oracle: Walk) -> Instant:
    """Within the walk, two days from its ends where windows may be cut; often an edge or beside one."""
    low, high = oracle.first * MINUTE + 48 * HOUR, oracle.end - 48 * HOUR
    edges = [edge for edge in oracle.edges if low < edge < high] or [low]
    beside_an_edge = st.builds(add, st.sampled_from(edges), st.sampled_from([-1, 0, 1, 7_500_000]))
    return draw(st.integers(low, high) | beside_an_edge)


# A walk is made while its calendar is drawn, which looks slow.
walking = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])


@given(st.data())
@walking
def test_add_and_between_and_is_open_agree_with_the_walk(data: st.DataObject) -> None:
    calendar, oracle = data.draw(calendars_with_walks())
    start, end = data.draw(instants_of(oracle)), data.draw(instants_of(oracle))
    assert calendar.is_open(start) == oracle.is_open(start)
    assert calendar.between(start, end) == (oracle.between(start, end) if start < end else 0)
    span = data.draw(st.integers(0, oracle.between(start, oracle.end - 48 * HOUR)))
    assert calendar.add(start, span) == oracle.add(start, span)


@given(st.data())
@walking
def test_business_days_agree_with_the_walk(data: st.DataObject) -> None:
    calendar, oracle = data.draw(calendars_with_walks())
    start = data.draw(instants_of(oracle))
    last = oracle.end - 48 * HOUR
    assume(oracle.between(start, last) > 0)
    opening = oracle.add(start, 1) - 1
    today = oracle.walls[opening // MINUTE - oracle.first] // 1440
    days = sum(today < day < oracle.walls[-1] // 1440 - 1 for day in oracle.closings)
    count = data.draw(st.integers(0, days))
    assert calendar.add_days(start, count) == oracle.add_days(start, count)


@given(st.data())
@walking
def test_local_dates_agree_with_the_walk(data: st.DataObject) -> None:
    calendar, oracle = data.draw(calendars_with_walks())
    at = data.draw(instants_of(oracle))
    today = oracle.walls[at // MINUTE - oracle.first] // 1440
    assert calendar.local_date(at) == date.fromordinal(today)
    first_of_today = next(index for index, wall in enumerate(oracle.walls) if wall >= today * 1440)
    assert calendar.midnight(date.fromordinal(today)) == (oracle.first + first_of_today) * MINUTE
    assert calendar.is_open_day(date.fromordinal(today)) == (today in oracle.closings)


def same_hours(days: int, *windows: tuple[int, int]) -> dict[int, Windows]:
    return dict.fromkeys(range(days), windows)


OFFICES = [
    compile_calendar("warsaw", "Europe/Warsaw", same_hours(5, (540, 1020)), Holidays("PL")),
    compile_calendar("new york", "America/New_York", same_hours(5, (540, 720), (780, 1020)), Holidays("US", "NY")),
    compile_calendar("nights", "Pacific/Auckland", same_hours(7, (1320, 1800)), Holidays("NZ")),
    compile_calendar("always", "America/Sao_Paulo", same_hours(7, (0, 1440))),
    compile_calendar("sundays", "Asia/Kolkata", {6: [(600, 720)]}),
]
offices = st.sampled_from(OFFICES)
instants = st.integers(0, 4_102_444_800_000_000)  # to the year 2100
spans = st.one_of(st.integers(0, 2000 * HOUR), st.integers(0, 50).map(lambda hours: hours * HOUR))


@given(offices, instants, spans)
def test_between_a_start_and_its_deadline_lies_what_was_added(office: Calendar, start: Instant, span: int) -> None:
    assert office.between(start, office.add(start, span)) == span


@given(offices, instants, spans)
def test_no_earlier_instant_would_do(office: Calendar, start: Instant, span: int) -> None:
    due = office.add(start, span)
    assert due == start or office.is_open(due - 1)


@given(offices, instants, spans, spans)
def test_to_add_in_two_steps_is_to_add_in_one(office: Calendar, start: Instant, one: int, other: int) -> None:
    assert office.add(office.add(start, one), other) == office.add(start, one + other)


@given(offices, st.tuples(instants, instants).map(sorted), spans)
def test_who_starts_later_is_never_due_earlier(office: Calendar, starts: list[Instant], span: int) -> None:
    assert office.add(starts[0], span) <= office.add(starts[1], span)


@given(offices, instants, st.tuples(spans, spans).map(sorted))
def test_more_time_is_never_due_earlier(office: Calendar, start: Instant, both: list[int]) -> None:
    assert start <= office.add(start, both[0]) <= office.add(start, both[1])


@given(offices, st.lists(instants, min_size=3, max_size=3).map(sorted))
def test_open_time_is_the_sum_of_its_parts(office: Calendar, at: list[Instant]) -> None:
    assert office.between(at[0], at[2]) == office.between(at[0], at[1]) + office.between(at[1], at[2])


@given(offices, instants, st.integers(1, 300))
def test_a_deadline_in_business_days_is_open_or_a_closing_and_days_later(office: Calendar, start: Instant, days: int) -> None:
    due = office.add_days(start, days)
    assert office.is_open(due) or office.is_open(due - 1)
    assert (office.local_date(due) - office.local_date(start)).days >= days


@given(offices, instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(office: Calendar, at: Instant) -> None:
    opening = office.next_opening(at)
    assert office.is_open(opening)
    assert office.between(at, opening) == 0
    assert (opening == at) == office.is_open(at)


@pytest.mark.parametrize("office", OFFICES, ids=lambda office: office.name)
@given(questions=st.lists(st.tuples(instants, spans), min_size=1, max_size=8))
@settings(max_examples=20)
def test_what_was_asked_before_changes_no_answer(office: Calendar, questions: list[tuple[Instant, int]]) -> None:
    fresh = compile_calendar(office.name, office.zone, dict(enumerate(office.week)), office.holidays, office.exceptions)
    assert fresh == office
    assert [fresh.add(*question) for question in reversed(questions)] == [office.add(*question) for question in reversed(questions)]
