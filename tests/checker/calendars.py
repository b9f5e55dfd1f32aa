"""Business time by a slow, obvious walk from opening to opening, as semantics section 3 words it; which calendar counts stands elsewhere.

Instants and spans are microseconds. It shares no code with the calendars that it judges.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from tests.checker.instants import DAY, EPOCH, moment

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ONE_DAY = timedelta(days=1)


class Calendar:
    """One entry of the policy's `calendars`, every scalar in it still a text."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self.zone = ZoneInfo(words["zone"])
        self._week: dict[int, list[str]] = {}
        for days, windows in words["week"].items():
            first, _, last = days.partition("-")
            for day in range(_DAYS.index(first), _DAYS.index(last or first) + 1):
                self._week[day] = windows
        off = words.get("holidays") or {}
        self._extra = {date.fromisoformat(day) for day in off.get("extra") or {}}
        country = off.get("country")
        self._public = holidays.country_holidays(country, subdiv=off.get("subdivision")) if country else ()
        self._exceptions: dict[date, list[str]] = {
            date.fromisoformat(day): windows for day, windows in (words.get("exceptions") or {}).items()
        }
        self._of = lru_cache(maxsize=None)(self._sessions)
        self.add = lru_cache(maxsize=10_000)(self._add)
        self.between = lru_cache(maxsize=10_000)(self._between)

    def is_open_date(self, day: date) -> bool:
        return bool(self._of(day))

    def local(self, at: int) -> datetime:
        return moment(at).astimezone(self.zone)

    def _add(self, start: int, span: int) -> int:
        """Where so much open time after the start has passed; a landing at a closing stays there."""
        if span == 0:
            return start
        for opens, closes in self._openings(start):
            begins = max(opens, start)
            if span <= closes - begins:
                return begins + span
            span -= closes - begins
        raise AssertionError("never open")

    def _between(self, start: int, end: int) -> int:
        used = 0
        for opens, closes in self._openings(start):
            if opens >= end:
                break
            used += max(0, min(closes, end) - max(opens, start))
        return used

    def days_later(self, start: int, count: int) -> int:
        """The same wall-clock time so many open dates later."""
        opens, closes = next(self._openings(start))
        local = self.local(start if opens <= start < closes else opens)
        day = local.date()
        for _ in range(count):
            day += _ONE_DAY
            while not self.is_open_date(day):
                day += _ONE_DAY
        at = self._instant(datetime.combine(day, local.time()), closing=False)
        if any(opens <= at <= closes for before in (day - _ONE_DAY, day) for opens, closes in self._of(before)):
            return at
        return max(closes for _, closes in self._of(day))

    def midnight(self, day: date) -> int:
        return self._instant(datetime.combine(day, time()), closing=False)

    def _openings(self, start: int) -> Iterator[tuple[int, int]]:
        """Every stretch of open time that ends after the start; where windows overlap, the later one only from the end of the earlier."""
        day = self.local(start).date() - 2 * _ONE_DAY
        reached = start - 3 * DAY
        for _ in range(1_500):
            for opens, closes in self._of(day):
                if closes > max(start, reached):
                    yield max(opens, reached), closes
                reached = max(reached, closes)
            day += _ONE_DAY

    def _sessions(self, day: date) -> list[tuple[int, int]]:
        """The windows that start on the date, as instants in order."""
        return sorted(
            (self._instant(a, closing=False), self._instant(b, closing=True)) for a, b in map(self._edges(day), self._windows(day))
        )

    def _windows(self, day: date) -> list[str]:
        if day in self._exceptions:
            return self._exceptions[day]
        if day in self._extra or day in self._public:
            return []
        return self._week.get(day.weekday(), [])

    @staticmethod
    def _edges(day: date) -> Any:
        def edges(window: str) -> tuple[datetime, datetime]:
            first, last = (int(text[:2]) * 60 + int(text[3:]) for text in window.split("-"))
            midnight = datetime.combine(day, time())
            return midnight + timedelta(minutes=first), midnight + timedelta(minutes=last if last > first else last + 24 * 60)

        return edges

    def _instant(self, wall: datetime, *, closing: bool) -> int:
        """A skipped wall time is the instant after the gap; of a repeated one the first occurrence opens, the second closes."""
        while True:
            aware = wall.replace(tzinfo=self.zone, fold=int(closing))
            at = (aware - EPOCH) // timedelta(microseconds=1)
            if self.local(at).replace(tzinfo=None) == wall:
                return at
            wall = wall.replace(second=0, microsecond=0) + timedelta(minutes=1)
