"""When silence matters: the next instant at which a lead changes with nothing heard, and what follows from reaching it.

Timers are asked for, never set: there is nothing to cancel, to restore, or to forget.
"""

from collections.abc import Callable
from typing import NamedTuple

from processor.domain import events as e
from processor.domain.endings import change_stage, return_by_clock
from processor.domain.lead import Clock, Cycle, Lead
from processor.domain.pauses import end_pause
from processor.domain.story import Story
from processor.domain.time_used import used
from processor.domain.verdicts import is_return_prevented, reconcile
from schemas.instants import Instant

Proven = Callable[[str], Instant]  # of a policy version's key: up to when every one of its evidence sources is proven alive


class Wake(NamedTuple):
    """When to judge the lead next, and up to when its sources must be heard before what else there is can go on; None: no such."""

    at: Instant | None
    unproven: Instant | None


NEVER_WAKES = Wake(None, None)


def next_wake(lead: Lead, proven: Proven) -> Wake:
    if not lead.cycles:
        return Wake(lead.forget_at, None)
    instants = [] if lead.forget_at is None else [lead.forget_at]
    unproven: list[Instant] = []
    for cycle in lead.cycles:
        alive = proven(cycle.policy)
        for clock in cycle.clocks:
            _add_clock(instants, unproven, cycle, clock, alive)
    return Wake(min(instants, default=None), min(unproven, default=None))


def _add_clock(instants: list[Instant], unproven: list[Instant], cycle: Cycle, clock: Clock, alive: Instant) -> None:
    """Adds when the clock changes next, or what must be proven before it does."""
    if clock.confirms_at is not None:
        if clock.due <= alive:
            instants.append(clock.confirms_at)
        else:
            unproven.append(clock.due)
    if clock.pause is not None:
        instants.append(clock.pause.ends_at)
        return
    if clock.state == "running":
        instants.append(clock.due)
    if cycle.stopped_at is not None or clock.state in ("met", "cancelled"):
        return
    for rung in clock.rungs:
        if not rung.returns:
            instants.append(rung.at)
        elif clock.state != "running" and clock.confirms_at is None:
            if rung.at <= alive:
                instants.append(rung.at + cycle.grace)
            else:
                unproven.append(rung.at)


def judge(story: Story, at: Instant) -> None:
    """Everything that is due at the instant, in the order of semantics §2: pauses' ends, breaches, steps, confirmations, returns."""
    if story.lead.forget_at is not None and story.lead.forget_at <= at:
        story.say(e.Forgotten())
        return
    lead, clocks = story.lead, _clocks(story)
    for phase in (_end_pause, _breach, _fire_steps, _confirm, _return):
        if lead is not story.lead:
            lead, clocks = story.lead, _clocks(story)
        for cycle, clock in clocks:
            if lead is story.lead:
                phase(story, cycle, clock, at)
            elif (changed := story.lead.cycle(cycle.n).clock(clock.name)) is not None:
                phase(story, story.lead.cycle(cycle.n), changed, at)


def _clocks(story: Story) -> list[tuple[Cycle, Clock]]:
    """In the order in which equals are judged."""
    return [(cycle, clock) for cycle in story.lead.cycles for clock, _ in story.terms(cycle.n).clocks()]


def _end_pause(story: Story, cycle: Cycle, clock: Clock, at: Instant) -> None:
    if clock.pause is not None and clock.pause.ends_at <= at:
        end_pause(story, cycle.n, clock, clock.pause.ends_at)


def _breach(story: Story, cycle: Cycle, clock: Clock, at: Instant) -> None:
    """Stamped with the due, not with now: noticing late must not move it."""
    if clock.state != "running" or clock.pause is not None or clock.due > at:
        return
    terms = story.terms(cycle.n)
    duty = terms.duty(clock)
    story.say(
        e.Breached(
            cycle.n,
            clock.name,
            clock.due,
            used(clock, duty.target, terms.calendar, clock.due),
            clock.due + cycle.grace,
            _resolved(duty.told_of_breach, cycle),
            story.stale_sources(terms.policy, clock.due),
        )
    )
    reconcile(story, cycle.n, None)  # a deed dated a little ahead of its record is known already


def _fire_steps(story: Story, cycle: Cycle, clock: Clock, at: Instant) -> None:
    if clock.pause is not None or clock.state not in ("running", "breached") or cycle.stopped_at is not None:
        return
    for rung in clock.rungs:
        if rung.at <= at and not rung.returns:
            step = story.terms(cycle.n).duty(clock).steps[rung.step]
            told = _resolved(step.tell, cycle)
            story.say(e.StepFired(cycle.n, clock.name, rung.step, step.name, rung.at, told, is_warning=rung.at < clock.due))


def _confirm(story: Story, cycle: Cycle, clock: Clock, at: Instant) -> None:
    if clock.confirms_at is None or clock.confirms_at > at:
        return
    if not story.stale_sources(story.terms(cycle.n).policy, clock.due):
        story.say(e.BreachConfirmed(cycle.n, clock.name))


def _return(story: Story, cycle: Cycle, clock: Clock, at: Instant) -> None:
    """Irreversible: done only when the breach is confirmed, every source is heard up to the step, and nothing prevents it."""
    if clock.pause is not None or clock.state not in ("breached", "late") or clock.confirms_at is not None or cycle.stopped_at is not None:
        return
    for rung in clock.rungs:
        if rung.returns and rung.at + cycle.grace <= at:
            terms = story.terms(cycle.n)
            if story.stale_sources(terms.policy, rung.at):
                continue
            story.say(e.RungsSkipped(cycle.n, clock.name, tuple(other for other in clock.rungs if other is not rung)))
            if not is_return_prevented(terms, clock, rung.at):
                cause = f"{story.lead.id}#{cycle.n}/{clock.name}/{terms.duty(clock).steps[rung.step].name}"
                return_by_clock(story, cycle.n, clock.name, rung.at)
                change_stage(story, "nurture", rung.at, cause)
            return


def _resolved(tell: tuple[str, ...], cycle: Cycle) -> tuple[str, ...]:
    """No owner: the manager is told in its place."""
    return tell if cycle.owner else tuple(dict.fromkeys("manager" if who == "owner" else who for who in tell))
