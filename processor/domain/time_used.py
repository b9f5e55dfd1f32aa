"""The measure of one clock: from where to where it counts, and how a pause moves it."""

from processor.domain.calendar import Calendar
from processor.domain.durations import Duration
from processor.domain.lead import Clock, Rung
from processor.domain.policy import ClockPolicy
from schemas.instants import SECOND, Instant


def span(target: Duration, calendar: Calendar, start: Instant, end: Instant) -> int:
    """Open time between the two for business targets, elapsed time for the others; 0 when end is not after start."""
    return max(0, end - start) if target.measure == "elapsed" else calendar.between(start, end)


def moved(target: Duration, calendar: Calendar, at: Instant, by: int) -> Instant:
    return at + by if target.measure == "elapsed" else calendar.add(at, by)


def unpaused(clock: Clock, target: Duration, calendar: Calendar, start: Instant, end: Instant) -> int:
    """As `span`, less the pauses in between; the one under way counts up to the end."""
    pauses = (*clock.paused, (clock.pause.began, end)) if clock.pause else clock.paused
    return span(target, calendar, start, end) - sum(
        span(target, calendar, max(began, start), min(ended, end)) for began, ended in pauses if began < end and ended > start
    )


def due_at(clock: Clock, target: Duration, calendar: Calendar, at: Instant) -> Instant:
    """The due as the instant sees it: the pause under way moves it already, so what is done meanwhile is in time."""
    if clock.pause is None or clock.state != "running":
        return clock.due
    return moved(target, calendar, clock.due, span(target, calendar, clock.pause.began, at))


def is_in_time(clock: Clock, target: Duration, calendar: Calendar, at: Instant) -> bool:
    """Whether what was done at the instant kept the promise: up to the due, equality too, and during a pause that began before it."""
    pauses = (*clock.paused, (clock.pause.began, clock.pause.ends_at)) if clock.pause else clock.paused
    return at <= due_at(clock, target, calendar, at) or any(began <= min(at, clock.due) and at <= ended for began, ended in pauses)


def used(clock: Clock, target: Duration, calendar: Calendar, at: Instant) -> int:
    """What of the target has been used at the instant; 0 where the deed was done before the clock opened."""
    return unpaused(clock, target, calendar, clock.opened_at, at)


def ladder(duty: ClockPolicy, calendar: Calendar, opened_at: Instant, due: Instant) -> tuple[Rung, ...]:
    """Every step but the breach itself; a share is cut to whole seconds."""
    total = span(duty.target, calendar, opened_at, due)
    rungs = []
    for position, step in enumerate(duty.steps):
        if isinstance(step.at, Duration):
            at = calendar.due(due, step.at)
        elif step.at == 100:
            at = due
        else:
            start, share = (opened_at, step.at) if step.at < 100 else (due, step.at - 100)
            at = moved(duty.target, calendar, start, total * share // 100 // SECOND * SECOND)
        if step.at != 100 or step.returns:
            rungs.append(Rung(position, at, step.returns))
    return tuple(rungs)
