"""Pauses and changes of owner: what stops a clock for a while or starts it again, counted from when it was logged."""

from msgspec.structs import replace

from processor.domain import events as e
from processor.domain.duties import contacted_by
from processor.domain.lead import Clock, Cycle, Pause
from processor.domain.story import Story, Terms
from processor.domain.time_used import due_at, moved, span, used
from processor.domain.verdicts import open_clock, open_clocks, reconcile
from schemas.instants import Instant
from schemas.signals import CrmPaused, CrmResumed


def pause(story: Story, asked: CrmPaused) -> None:
    """Pauses the open cycle's clocks, one or all, until resumed, `until`, or what is left of the reason's longest total."""
    cycle = story.lead.open_cycle
    ends_at = None if cycle is None else _ends_at(story, story.terms(cycle.n), asked)
    if cycle is None or ends_at is None:
        story.say(e.Noted("no_effect"))
        return
    terms, before = story.terms(cycle.n), len(story.told)
    for clock, duty in terms.clocks():
        if asked.clock in (None, clock.name) and clock.pause is None and _can_pause(terms, clock, story.now):
            story.say(
                e.ClockPaused(cycle.n, clock.name, asked.reason, story.now, ends_at, used(clock, duty.target, terms.calendar, story.now))
            )
    if len(story.told) == before:
        story.say(e.Noted("no_effect"))


def _ends_at(story: Story, terms: Terms, asked: CrmPaused) -> Instant | None:
    longest = terms.policy.pauses.get(asked.reason, story.policy.pauses.get(asked.reason))
    assert longest is not None, "an unknown reason is a dead letter before it comes here"
    spent = _spent(terms.cycle, asked.reason, story.now)
    ends_at = min(story.now + longest - spent, story.now + longest if asked.until is None else asked.until)
    return ends_at if ends_at > story.now else None


def _spent(cycle: Cycle, reason: str, now: Instant) -> int:
    """How long the cycle was paused for the reason, by pauses that are over and by one under way."""
    counted_to, total = next(((until, total) for name, until, total in cycle.paused_for if name == reason), (0, 0))
    began = min((clock.pause.began for clock in cycle.clocks if clock.pause and clock.pause.reason == reason), default=now)
    return total + max(0, now - max(began, counted_to))


def _can_pause(terms: Terms, clock: Clock, now: Instant) -> bool:
    """A running clock can, if its due is still to come; and a breached one that has steps left to fire, a return that waits among them
    unless a contact forbids it."""
    if clock.state == "running":
        return clock.due >= now
    if clock.state not in ("breached", "late") or terms.cycle.stopped_at is not None:
        return False
    return any(not (rung.returns and contacted_by(terms.cycle, rung.at + terms.cycle.grace)) for rung in clock.rungs)


def resume(story: Story, asked: CrmResumed) -> None:
    """Any reason resumes."""
    cycle, before = story.lead.open_cycle, len(story.told)
    if cycle is not None:
        for clock, _ in story.terms(cycle.n).clocks():
            if asked.clock in (None, clock.name) and clock.pause is not None:
                end_pause(story, cycle.n, clock, story.now)
    if len(story.told) == before:
        story.say(e.Noted("no_effect"))


def end_pause(story: Story, n: int, clock: Clock, at: Instant) -> None:
    """Moves the due of a running clock, and the steps not yet reached when the pause began, by the open time inside it."""
    terms = story.terms(n)
    duty, held = terms.duty(clock), clock.pause
    assert isinstance(held, Pause)
    by = span(duty.target, terms.calendar, held.began, at)
    due = due_at(clock, duty.target, terms.calendar, at)
    rungs = tuple(
        replace(rung, at=moved(duty.target, terms.calendar, rung.at, by)) if rung.at >= held.began else rung for rung in clock.rungs
    )
    if terms.cycle.ended_at is not None:
        story.say(e.PauseLapsed(n, clock.name, at, rungs))
    else:
        story.say(e.ClockResumed(n, clock.name, at, due, rungs, used(clock, duty.target, terms.calendar, at), after_pause=True))
        reconcile(story, n, None)  # a deed dated a little ahead of its record may be in time now


def assign(story: Story, rep: str) -> None:
    """The owner changes; running clocks start again where the policy says so, and those that wait for an owner open."""
    cycle, former = story.lead.open_cycle, story.lead.owner
    story.say(e.Assigned(rep))
    if cycle is None:
        return
    terms = story.terms(cycle.n)
    if former and former != rep and terms.policy.restart_on_reassignment and cycle.stopped_at is None:
        for clock, duty in terms.clocks():
            if clock.state == "running" and (clock.due >= story.now or clock.pause is not None):  # a pause moves the due when it ends
                open_clock(story, terms, duty, story.now, restarted=True)
    if not former and not cycle.sales_sourced:
        open_clocks(story, cycle.n, "assigned", story.now)
    reconcile(story, cycle.n, None)  # what was done before a clock opened counts, and what is dated ahead of a restart
