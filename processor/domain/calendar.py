"""Business calendars: which time is open and where a duration ends in it; the file that says so, and whose duty it is, stay outside."""

import difflib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from itertools import accumulate
from operator import sub
from types import MappingProxyType
from typing import assert_never
from zoneinfo import ZoneInfo

from holidays import country_holidays, list_supported_countries

from processor.domain.durations import Duration
from schemas.instants import EPOCH, LATEST, SECOND, Instant

# Opening and closing in minutes from the local midnight of the date it starts on; a closing past 1440 lies on the date after.
Window = tuple[int, int]

# Dates on which something may open: two days inside what `date` can say, so that their windows have instants in every zone.
_OPENABLE = range(date.min.toordinal() + 2, date.max.toordinal() - 1)

# Tables are made as they are asked for, each of 2⁴⁶ µs (814 days): which one is a shift, and no answer depends on the questions before.
_BLOCK_BITS = 46
_LAST_BLOCK = LATEST >> _BLOCK_BITS

_DAY = 86_400 * SECOND
_EPOCH_ORDINAL = EPOCH.toordinal()
_MICROSECOND, _SECOND = timedelta(microseconds=1), timedelta(seconds=1)
_WINDOW = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]|24(?=:00)):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Holidays:
    """Public holidays of a country or of one subdivision, and further closed dates with their names.

    ValueError for a country or subdivision that the holidays library does not know.
    """

    country: str | None
    subdivision: str | None = None
    extra: Mapping[date, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "extra", MappingProxyType(dict(self.extra)))
        countries = list_supported_countries()
        if self.country is None:
            if self.subdivision is not None:
                raise ValueError(f"found subdivision {self.subdivision!r} and no country, expected the country too, such as PL")
        elif self.country not in countries:
            raise ValueError(f"found country {self.country!r}, expected the two letters of one that the holidays library knows, such as PL")
        else:
            try:
                country_holidays(self.country, subdiv=self.subdivision)
            except NotImplementedError:
                known = ", ".join(countries[self.country]) or "none"
                raise ValueError(f"found subdivision {self.subdivision!r}, expected one of those of {self.country}: {known}") from None

    def __contains__(self, day: date) -> bool:
        return day in self.extra or (self.country is not None and day in _public_holidays(self.country, self.subdivision, day.year))


@dataclass(frozen=True, slots=True)
class _Block:
    """The open time of one stretch of 2⁴⁶ µs: sessions in order, apart from each other; the first begins with the stretch, open or not."""

    openings: list[Instant]
    closings: list[Instant]
    totals: list[int]  # by session: the open time before it in the block; one more at the end: that of the whole block
    shifts: list[Instant]  # by session: its opening less its total, which turns a position in open time into an instant
    open_days: list[int]  # ordinals of the dates on which a session starts, those whose midnight in UTC lies in the stretch


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open time in one zone. Two calendars are equal when they say the same; deadlines past the year 9999 are LATEST, never to come."""

    name: str
    zone: str
    week: tuple[tuple[Window, ...], ...]
    holidays: Holidays | None
    exceptions: Mapping[date, tuple[Window, ...]] = field(hash=False)
    _tz: ZoneInfo = field(compare=False, repr=False)
    _blocks: dict[int, _Block] = field(default_factory=dict, init=False, compare=False, repr=False)

    def due(self, start: Instant, duration: Duration) -> Instant:
        match duration.measure:
            case "open":
                return self.add(start, duration.amount)
            case "open_days":
                return self.add_days(start, duration.amount)
            case "elapsed":
                return min(start + duration.amount, LATEST)
            case _:
                assert_never(duration.measure)

    def add(self, start: Instant, open_span: int) -> Instant:
        """The first instant by which `open_span` µs of open time have passed since `start`: a closing where it lands on one exactly."""
        if not open_span:
            return start
        number = start >> _BLOCK_BITS
        block = self._block(number)
        target = _opened(block, start) + open_span
        while target > block.totals[-1]:
            target -= block.totals[-1]
            number += 1
            if number > _LAST_BLOCK:
                return LATEST
            block = self._block(number)
        return block.shifts[bisect_left(block.totals, target) - 1] + target

    def add_days(self, start: Instant, days: int) -> Instant:
        """The same wall-clock time `days` open dates later, for a start in closed time that of the next opening.

        Counted from the local date of that start, also after midnight in a window of the day before. Where it is closed then, the last
        closing of the windows that start on that date; a closing itself stands. In a skipped hour: the instant after it; in a repeated
        one: the first.
        """
        start = self.next_opening(start)
        if not days or start == LATEST:
            return start
        wall = (EPOCH + timedelta(0, 0, start)).astimezone(self._tz)
        day = self._open_day_after(wall.toordinal(), days)
        if day is None:
            return LATEST
        clock = wall.time().replace(fold=0) if wall.fold else wall.time()
        at = self._instant(datetime.combine(date.fromordinal(day), clock, self._tz))
        if self.is_open(at) or self.is_open(at - 1):
            return at
        return max(closing for _, closing in self._sessions(day))

    def between(self, start: Instant, end: Instant) -> int:
        """Open microseconds in [start, end), 0 when `end` is not after `start`."""
        if end <= start:
            return 0
        first, last = start >> _BLOCK_BITS, end >> _BLOCK_BITS
        opened = _opened(self._block(last), end) - _opened(self._block(first), start)
        for number in range(first, last):
            opened += self._block(number).totals[-1]
        return opened

    def is_open(self, at: Instant) -> bool:
        block = self._block(at >> _BLOCK_BITS)
        return at < block.closings[bisect_right(block.openings, at) - 1]

    def next_opening(self, at: Instant) -> Instant:
        """The first open instant that is not before `at`, which is `at` itself in open time."""
        after_a_microsecond = self.add(at, 1)
        return after_a_microsecond - 1 if after_a_microsecond < LATEST else LATEST

    def is_open_day(self, day: date) -> bool:
        """Whether a session starts on this local date."""
        return bool(self._sessions(day.toordinal()))

    def local_date(self, at: Instant) -> date:
        try:
            return datetime.fromtimestamp(at // SECOND, self._tz).date()
        except (OverflowError, ValueError):
            # 0001-01-01T00:00:00Z is how some systems write "unknown", and west of UTC it has no date: it must not stop the rest.
            return date.min if at < 0 else date.max

    def midnight(self, day: date) -> Instant:
        """The instant at which this local date begins: the first of two midnights, the end of a gap that skips it."""
        return self._instant(datetime.combine(day, time.min, self._tz))

    def _open_day_after(self, ordinal: int, days: int) -> int | None:
        number = (ordinal - _EPOCH_ORDINAL) * _DAY >> _BLOCK_BITS
        open_days = self._block(number).open_days
        at = bisect_right(open_days, ordinal) + days - 1
        while at >= len(open_days):
            at -= len(open_days)
            number += 1
            if number > _LAST_BLOCK:
                return None
            open_days = self._block(number).open_days
        return open_days[at]

    def _block(self, number: int) -> _Block:
        block = self._blocks.get(number)
        if block is None:
            block = self._blocks[number] = self._tabulate(number << _BLOCK_BITS, number + 1 << _BLOCK_BITS)
        return block

    def _tabulate(self, start: Instant, end: Instant) -> _Block:
        """The open time in [start, end): windows cut at both ends; those that overlap or touch are one session."""
        first, last = (at // _DAY + _EPOCH_ORDINAL for at in (start, end))
        openings, closings, open_days = [start], [start], []
        # No zone is a day away from UTC, and no window is longer than one. They come in the order in which they open.
        for ordinal in range(first - 2, last + 2):
            sessions = self._sessions(ordinal)
            if sessions and start <= (ordinal - _EPOCH_ORDINAL) * _DAY < end:
                open_days.append(ordinal)
            for opening, closing in sessions:
                if opening <= closings[-1]:
                    closings[-1] = max(closings[-1], min(closing, end))
                elif opening < end:
                    openings.append(opening)
                    closings.append(min(closing, end))
        totals = [0, *accumulate(map(sub, closings, openings))]
        return _Block(openings, closings, totals, list(map(sub, openings, totals)), open_days)

    def _sessions(self, ordinal: int) -> list[tuple[Instant, Instant]]:
        """What opens on one local date, window by window; nothing where a skipped hour has swallowed the window."""
        if ordinal not in _OPENABLE:
            return []
        midnight = datetime.combine(date.fromordinal(ordinal), time.min, self._tz)
        return [
            (opening, closing)
            for window in self._windows(midnight.date())
            if (opening := self._instant(midnight + timedelta(minutes=window[0])))
            < (closing := self._instant(midnight + timedelta(minutes=window[1]), again=True))
        ]

    def _windows(self, day: date) -> tuple[Window, ...]:
        if day in self.exceptions:
            return self.exceptions[day]
        if self.holidays is not None and day in self.holidays:
            return ()
        return self.week[day.weekday()]

    def _instant(self, wall: datetime, *, again: bool = False) -> Instant:
        """When the zone's clocks show `wall`, a reading of fold 0: for the first time, or `again` for the last; the end of a gap in it."""
        later = wall.replace(fold=1)
        first, last = wall - EPOCH, later - EPOCH
        if last < first:  # Clocks that had changed already, or not yet, would show it then; they never do, and change in between.
            before, after = last // _SECOND, first // _SECOND
            return (before + bisect_left(range(before, after), x=True, key=lambda at: self._offset(at) == later.utcoffset())) * SECOND
        return (last if again else first) // _MICROSECOND

    def _offset(self, second: int) -> timedelta | None:
        return datetime.fromtimestamp(second, self._tz).utcoffset()


def _opened(block: _Block, until: Instant) -> int:
    """The open time of the block before this instant of it."""
    at = bisect_right(block.openings, until) - 1
    return min(until, block.closings[at]) - block.shifts[at]


def compile_calendar(
    name: str,
    zone: str,
    week: Mapping[int, Sequence[Window]],
    holidays: Holidays | None = None,
    exceptions: Mapping[date, Sequence[Window]] = MappingProxyType({}),
) -> Calendar:
    """The calendar of an IANA zone, windows by weekday (0 is Monday), and dates with windows of their own, which beat holidays.

    It tabulates nothing before it is asked. ValueError for a zone that does not exist.
    """
    assert week.keys() <= set(range(7))
    for windows in (*week.values(), *exceptions.values()):
        assert all(0 <= opening < 1440 and opening < closing <= opening + 1440 for opening, closing in windows)
    return Calendar(
        name,
        zone,
        tuple(tuple(sorted(week.get(weekday, ()))) for weekday in range(7)),
        holidays,
        MappingProxyType({day: tuple(sorted(windows)) for day, windows in exceptions.items()}),
        _zone(zone),
    )


def require_open_time(calendar: Calendar, since: date) -> None:
    """Returns where the calendar opens within 366 days from `since`, and every year, not only by exceptions; ValueError otherwise."""
    until = since + timedelta(days=366)
    if not any(calendar.week) or not calendar.between(calendar.midnight(since), calendar.midnight(until)):
        raise ValueError(
            f"calendar {calendar.name} has no open time in the 366 days from {since}, or none once its exceptions are over; "
            "expected some: give its week a window, such as mon-fri: ['09:00-17:00'], that holidays and exceptions do not close"
        )


def parse_window(text: str) -> Window:
    """`09:00-17:00`, to the end of the day `18:00-24:00`, across midnight `22:00-06:00`; ValueError for anything else."""
    written = _WINDOW.fullmatch(text)
    if written is None:
        raise ValueError(f"found {text[:40]!r}, expected opening-closing of a day of 24 hours, such as '09:00-17:00'")
    opening, closing = (int(hours) * 60 + int(minutes) for hours, minutes in (written.group(1, 2), written.group(3, 4)))
    if opening == closing:
        raise ValueError(f"found {text!r}, which opens when it closes, expected two times, '00:00-24:00' for the whole day")
    return opening, closing if opening < closing else closing + 1440


@cache
def _public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(country_holidays(country, subdiv=subdivision, years=year))


def _zone(name: str) -> ZoneInfo:
    # Not ZoneInfo(name), which asks the machine first: two workers with different ideas of a zone would promise different deadlines.
    data = resources.files("tzdata")
    names = data.joinpath("zones").read_text().split()
    if name not in names:
        alike = difflib.get_close_matches(name, names, n=1)
        raise ValueError(f"found zone {name!r}, expected a name of the IANA time zone database, such as {(*alike, 'Europe/Warsaw')[0]}")
    with data.joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
