"""When a clock ran: the stretches of open time between two instants, without pauses; what they amount to in a verdict stays outside."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from processor.domain.calendar import Calendar
from processor.domain.durations import Duration
from schemas.instants import Instant

Stretch = tuple[Instant, Instant]


def running(target: Duration, calendar: Calendar, start: Instant, end: Instant, cuts: Iterable[Stretch]) -> Iterator[Stretch]:
    """Open stretches for business targets, whole ones for the others, in order; `cuts` (pauses) are left out, also where they overlap."""
    for whole in _without(start, end, sorted(cuts)):
        if target.measure == "elapsed":
            yield whole
        else:
            yield from _open(calendar, *whole)


def _without(start: Instant, end: Instant, cuts: Iterable[Stretch]) -> Iterator[Stretch]:
    for began, ended in cuts:
        if start < min(began, end):
            yield start, min(began, end)
        start = max(start, ended)
    if start < end:
        yield start, end


def _open(calendar: Calendar, start: Instant, end: Instant) -> Iterator[Stretch]:
    while (opening := calendar.next_opening(start)) < end:
        start = _closing(calendar, opening, end)
        yield opening, start


def _closing(calendar: Calendar, opening: Instant, end: Instant) -> Instant:
    """The last instant up to which all is open: beyond it less is open than passes."""
    return opening + bisect_left(range(end - opening), x=True, key=lambda passed: calendar.between(opening, opening + passed + 1) <= passed)
