"""Memory: a lead with one more event. No policy, no judgement: what was decided stands in the event, and a new policy cannot move it."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from msgspec.structs import replace

from processor.domain import duplicates
from processor.domain import events as e
from processor.domain.lead import COUNTED, Clock, ClockReturn, Cycle, Lead, Pause
from schemas.instants import Instant

MOST_ACTIVITIES = 1000
_OPENED = COUNTED.index("opened")


class _Occurring(Protocol):
    @property
    def occurred(self) -> Instant: ...


Occurring = TypeVar("Occurring", bound=_Occurring)


def evolve(lead: Lead, event: e.LeadEvent) -> Lead:
    """The lead after the event; the events of a lead, folded from an empty one, are its state."""
    return _EVOLVE[type(event)](lead, event)


def _heard(lead: Lead, event: e.Heard) -> Lead:
    cycles = lead.cycles
    if cycles and cycles[0].kept_until is not None:
        cycles = tuple(cycle for cycle in cycles if cycle.kept_until is None or cycle.kept_until >= event.logged or _is_waiting(cycle))
    return replace(
        lead,
        seen=duplicates.remember(lead.seen, event.mark, event.logged),
        cycles=cycles,
        forget_at=max(event.forget_at, lead.forget_at or 0) if not cycles and lead.last_end is None else lead.forget_at,
    )


def _is_waiting(cycle: Cycle) -> bool:
    return any(clock.confirms_at is not None for clock in cycle.clocks)


def _profile_changed(lead: Lead, event: e.ProfileChanged) -> Lead:
    lead = replace(lead, profile={**lead.profile, **event.changes})
    touch = tuple(
        str(event.changes[name][0]) if name in event.changes and event.changes[name][0] else "" for name in ("source", "campaign")
    )
    if any(touch) and (lead.first_touch is None or event.occurred < lead.first_touch[0]):
        return replace(lead, first_touch=(event.occurred, *touch))
    return lead


def _activity_scored(lead: Lead, event: e.ActivityScored) -> Lead:
    withheld = replace(lead.withheld, in_doubt=True) if lead.withheld and event.is_negative else lead.withheld
    return replace(
        lead,
        activities=_inserted(lead.activities, event.activity)[-MOST_ACTIVITIES:],
        withheld=withheld,
        matched=lead.matched + event.matched if event.matched else lead.matched,
    )


def _withholding(lead: Lead, event: e.Withholding) -> Lead:
    return replace(lead, withheld=event.withheld, cycles_begun=event.withheld.n)


def _pass_doubted(lead: Lead, _: e.PassDoubted) -> Lead:
    assert lead.withheld is not None
    return replace(lead, withheld=replace(lead.withheld, in_doubt=True))


def _cycle_began(lead: Lead, event: e.CycleBegan) -> Lead:
    return replace(
        lead,
        withheld=None,
        cycles=(*lead.cycles, event.cycle),
        cycles_begun=event.cycle.n,
        forget_at=None,
    )


def _fact_kept(lead: Lead, event: e.FactKept) -> Lead:
    cycle = lead.cycle(event.n)
    if event.fact in lead.loose:
        lead = replace(lead, loose=tuple(fact for fact in lead.loose if fact != event.fact))
    return _with_cycle(lead, _bounded(replace(cycle, facts=_inserted(cycle.facts, event.fact))))


def _fact_set_aside(lead: Lead, event: e.FactSetAside) -> Lead:
    return replace(lead, loose=_inserted(tuple(fact for fact in lead.loose if fact.logged >= event.drop_before), event.fact))


def _assigned(lead: Lead, event: e.Assigned) -> Lead:
    if (cycle := lead.open_cycle) is not None:
        lead = _with_cycle(lead, replace(cycle, owner=event.rep))
    return replace(lead, owner=event.rep)


def _accepted(lead: Lead, event: e.Accepted) -> Lead:
    return _with_cycle(lead, replace(lead.cycle(event.n), accepted_at=event.at))


def _clock_opened(lead: Lead, event: e.ClockOpened) -> Lead:
    cycle = lead.cycle(event.n)
    former = cycle.clock(event.clock)
    clock = Clock(
        event.clock,
        event.at,
        event.due,
        event.rungs,
        _counted(former.counts if former else (0,) * (len(COUNTED) + event.steps_in_ladder), _OPENED),
        facts_from=event.at if event.restarted else None,
    )
    clocks = tuple(clock if other is former else other for other in cycle.clocks) if former else (*cycle.clocks, clock)
    if former and former.pause:
        cycle = _with_pause_counted(cycle, former.pause, event.at)
    return _with_cycle(lead, replace(cycle, clocks=clocks))


def _clock_paused(lead: Lead, event: e.ClockPaused) -> Lead:
    return _clock(lead, event, "paused", pause=Pause(event.reason, event.at, event.ends_at))


def _clock_resumed(lead: Lead, event: e.ClockResumed) -> Lead:
    clock = _find(lead, event)
    if not event.after_pause:
        return _clock(lead, event, "resumed", due=event.due, rungs=event.rungs, state="running")
    return _pause_ended(lead, event, clock, "resumed", due=event.due)


def _pause_lapsed(lead: Lead, event: e.PauseLapsed) -> Lead:
    return _pause_ended(lead, event, _find(lead, event), None)


def _pause_ended(lead: Lead, event: e.ClockResumed | e.PauseLapsed, clock: Clock, counted: str | None, **changes: Any) -> Lead:
    assert clock.pause is not None
    paused = (*clock.paused, (clock.pause.began, event.at))
    lead = _clock(lead, event, counted, rungs=event.rungs, pause=None, paused=paused, **changes)
    return _with_cycle(lead, _with_pause_counted(lead.cycle(event.n), clock.pause, event.at))


def _with_pause_counted(cycle: Cycle, pause: Pause, ended: int) -> Cycle:
    """Clocks that were paused together use up their reason's `max` once."""
    others = tuple(entry for entry in cycle.paused_for if entry[0] != pause.reason)
    _, counted_to, total = next((entry for entry in cycle.paused_for if entry[0] == pause.reason), (pause.reason, pause.began, 0))
    more = max(0, ended - max(pause.began, counted_to))
    return replace(cycle, paused_for=(*others, (pause.reason, max(counted_to, ended), total + more)))


def _clock_met(lead: Lead, event: e.ClockMet) -> Lead:
    return _clock_over(lead, event, "met", event.fact.occurred, state="met" if event.late_by is None else "late")


def _clock_cancelled(lead: Lead, event: e.ClockCancelled) -> Lead:
    return _clock_over(lead, event, "cancelled", event.at, state="cancelled", confirms_at=None)


def _clock_over(lead: Lead, event: e.ClockMet | e.ClockCancelled, counted: str, at: Instant, **changes: Any) -> Lead:
    """A pause ends with its clock, without a word."""
    clock = _find(lead, event)
    if (held := clock.pause) is not None:
        ended = max(held.began, at)
        changes |= {"pause": None, "paused": (*clock.paused, (held.began, ended))}
        lead = _with_cycle(lead, _with_pause_counted(lead.cycle(event.n), held, ended))
    return _clock(lead, event, counted, due=event.due, **changes)


def _breached(lead: Lead, event: e.Breached) -> Lead:
    return _clock(lead, event, "breached", state="breached", confirms_at=event.confirms_at)


def _breach_confirmed(lead: Lead, event: e.BreachConfirmed) -> Lead:
    return _clock(lead, event, "confirmed", confirms_at=None)


def _breach_withdrawn(lead: Lead, event: e.BreachWithdrawn) -> Lead:
    return _clock(lead, event, "withdrawn", state="running", confirms_at=None)


def _step_fired(lead: Lead, event: e.StepFired) -> Lead:
    clock = _find(lead, event)
    rungs = tuple(rung for rung in clock.rungs if rung.step != event.step)
    return _clock(lead, event, len(COUNTED) + event.step, rungs=rungs, level=clock.level if event.is_warning else clock.level + 1)


def _rungs_skipped(lead: Lead, event: e.RungsSkipped) -> Lead:
    return _clock(lead, event, None, rungs=event.left)


def _returned(lead: Lead, event: e.Returned) -> Lead:
    cycle = lead.cycle(event.n)
    taken = ClockReturn(event.clock, event.at) if event.clock else cycle.clock_return
    is_first = cycle.returned == cycle.return_withdrawn  # a cycle that turns out to have been returned earlier was returned once
    lead = replace(lead, returns=lead.returns + is_first)
    return _with_cycle(lead, _bounded(replace(cycle, returned=cycle.returned + 1, clock_return=taken)))


def _return_withdrawn(lead: Lead, event: e.ReturnWithdrawn) -> Lead:
    cycle = lead.cycle(event.n)
    owner = lead.owner or cycle.owner
    lead = replace(lead, returns=lead.returns - 1, owner=owner, forget_at=None)
    return _with_cycle(
        lead,
        _bounded(
            replace(
                cycle,
                owner=owner,
                clock_return=None,
                kept_until=None,
                return_withdrawn=cycle.return_withdrawn + 1,
                nurture_cancelled=cycle.nurture_cancelled + event.nurtured,
            )
        ),
    )


def _nurtured(lead: Lead, event: e.Nurtured) -> Lead:
    cycle = lead.cycle(event.n)
    return _with_cycle(lead, replace(cycle, nurture=cycle.nurture + 1))


def _cycle_ended(lead: Lead, event: e.CycleEnded) -> Lead:
    lead = replace(lead, owner="", last_end=event.at, forget_at=event.forget_at, returned_at=event.at if event.limits else lead.returned_at)
    return _with_cycle(lead, replace(lead.cycle(event.n), kept_until=event.kept_until))


def _stage_changed(lead: Lead, event: e.StageChanged) -> Lead:
    return replace(lead, stage=event.to, stages=lead.stages + 1, withheld=None if event.to == "disqualified" else lead.withheld)


def _reopened(lead: Lead, event: e.Reopened) -> Lead:
    return replace(lead, returned_at=None, reopened_at=event.at, stage="lead" if lead.stage == "erased" else lead.stage)


def _silenced(lead: Lead, event: e.Silenced) -> Lead:
    return Lead(lead.id, stage=event.stage, stages=lead.stages, cycles_begun=lead.cycles_begun)


def _forgotten(lead: Lead, _: e.Forgotten) -> Lead:
    return Lead(lead.id, stages=lead.stages, cycles_begun=lead.cycles_begun)


def _find(lead: Lead, event: Any) -> Clock:
    clock = lead.cycle(event.n).clock(event.clock)
    assert clock is not None, f"{lead.id}#{event.n} has no clock {event.clock}"
    return clock


def _clock(lead: Lead, event: Any, counted: str | int | None, **changes: Any) -> Lead:
    """The event's clock with the changes, and with what is counted (a word, or the position of a step) counted once more."""
    cycle = lead.cycle(event.n)
    clock = cycle.clock(event.clock)
    assert clock is not None
    if counted is not None:
        changes["counts"] = _counted(clock.counts, COUNTED.index(counted) if isinstance(counted, str) else counted)
    changed = replace(clock, **changes)
    return _with_cycle(lead, replace(cycle, clocks=tuple(changed if other is clock else other for other in cycle.clocks)))


def _counted(counts: tuple[int, ...], i: int) -> tuple[int, ...]:
    return (*counts[:i], counts[i] + 1, *counts[i + 1 :])


def _with_cycle(lead: Lead, cycle: Cycle) -> Lead:
    return replace(lead, cycles=tuple(cycle if other.n == cycle.n else other for other in lead.cycles))


def _bounded(cycle: Cycle) -> Cycle:
    """The instants at which its clocks stop and at which it ends, as its facts and the clock's return say now."""
    by_clock = [cycle.clock_return.at] if cycle.clock_return else []
    stops = [fact.occurred for fact in cycle.facts if fact.stops_clocks] + by_clock
    ends = [fact.occurred for fact in cycle.facts if fact.ends_cycle] + by_clock
    return replace(cycle, stopped_at=min(stops, default=None), ended_at=min(ends, default=None))


def _inserted(values: tuple[Occurring, ...], value: Occurring) -> tuple[Occurring, ...]:
    """By occurred; what came later stands behind what occurred at the same instant."""
    if not values or values[-1].occurred <= value.occurred:
        return (*values, value)
    return tuple(sorted((*values, value), key=lambda other: other.occurred))


_EVOLVE: dict[type, Callable[[Lead, Any], Lead]] = {
    e.Heard: _heard,
    e.RepeatPublished: lambda lead, event: replace(lead, seen=duplicates.published(lead.seen, event.mark)),
    e.Noted: lambda lead, _: lead,
    e.Ignored: lambda lead, _: lead,
    e.ProfileChanged: _profile_changed,
    e.ActivityScored: _activity_scored,
    e.Withholding: _withholding,
    e.PassDoubted: _pass_doubted,
    e.CycleBegan: _cycle_began,
    e.FactKept: _fact_kept,
    e.FactSetAside: _fact_set_aside,
    e.Assigned: _assigned,
    e.Accepted: _accepted,
    e.ClockOpened: _clock_opened,
    e.ClockPaused: _clock_paused,
    e.ClockResumed: _clock_resumed,
    e.PauseLapsed: _pause_lapsed,
    e.ClockMet: _clock_met,
    e.ClockCancelled: _clock_cancelled,
    e.Breached: _breached,
    e.BreachConfirmed: _breach_confirmed,
    e.BreachWithdrawn: _breach_withdrawn,
    e.StepFired: _step_fired,
    e.RungsSkipped: _rungs_skipped,
    e.Returned: _returned,
    e.ReturnWithdrawn: _return_withdrawn,
    e.Nurtured: _nurtured,
    e.CycleEnded: _cycle_ended,
    e.StageChanged: _stage_changed,
    e.Reopened: _reopened,
    e.Silenced: _silenced,
    e.Forgotten: _forgotten,
}
