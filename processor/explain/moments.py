"""One step of a life as a moment of the story: what was heard, what it changed, what was published, what was passed over."""

from collections.abc import Iterator
from typing import Any

from processor.domain import events as e
from processor.domain.lead import Clock
from processor.domain.policy import Policies
from processor.domain.scoring import matching_rules
from processor.explain import story as s
from processor.explain.life import Step
from schemas.events import EVENTS, Event
from schemas.instants import Instant
from schemas.signals import Signal


def moment(step: Step, policies: Policies) -> s.Moment:
    deadlines = [] if step.signal is not None else [found for event in step.said if (found := _deadline(event, step, policies))]
    ignored = [event.reason for event in step.said if isinstance(event, e.Ignored)]
    return s.Moment(
        at=step.at,
        signal=None if step.signal is None else _heard(step.signal, step.at),
        deadline=deadlines[0] if deadlines else None,
        effects=tuple(effect for event in step.said for effect in _effects(event, policies, step.at)),
        published=tuple(map(published, step.published)),
        ignored=ignored[0] if ignored else None,
        notes=tuple(event.oddity for event in step.said if isinstance(event, e.Noted)),
    )


def _deadline(event: e.LeadEvent, step: Step, policies: Policies) -> s.Deadline | None:
    match event:
        case e.ClockResumed() | e.PauseLapsed():
            return s.Deadline(of="pause", at=event.at, clock=event.clock)
        case e.Breached():
            return s.Deadline(of="due", at=event.due, clock=event.clock)
        case e.StepFired():
            return s.Deadline(of="step", at=event.at, clock=event.clock, step=event.name)
        case e.BreachConfirmed():
            return s.Deadline(of="grace", at=_clock(event, step).due + step.before.cycle(event.n).grace, clock=event.clock)
        case e.RungsSkipped():
            cycle = step.before.cycle(event.n)
            rung = next(rung for rung in _clock(event, step).rungs if rung not in event.left)
            name = policies.pinned(cycle.policy).clock_named[event.clock].steps[rung.step].name
            return s.Deadline(of="return", at=rung.at + cycle.grace, clock=event.clock, step=name)
        case e.Forgotten():
            return s.Deadline(of="retention", at=step.at)
        case _:
            return None


def _clock(event: e.BreachConfirmed | e.RungsSkipped, step: Step) -> Clock:
    clock = step.before.cycle(event.n).clock(event.clock)
    assert clock is not None
    return clock


def published(event: Event) -> s.Published:
    return s.Published(topic=EVENTS[event.type][0], type=event.type, id=event.id, time=event.time, data=_said(event.data))


def _heard(signal: Signal, logged: Instant) -> s.Heard:
    return s.Heard(
        id=signal.id,
        source=signal.source,
        type=signal.type,
        occurred=signal.occurred,
        recorded=signal.recorded,
        logged=logged,
        data=_said(signal.data),
    )


def _said(data: Any) -> dict[str, Any]:
    said: dict[str, Any] = data.model_dump(mode="json", exclude_none=True)
    return said


def _effects(event: e.LeadEvent, policies: Policies, at: Instant) -> Iterator[s.Effected]:
    match event:
        case e.ProfileChanged():
            yield s.Effected(what="profile", about=tuple(event.changes))
        case e.ActivityScored():
            policy = policies.at(at)
            rules = (policy.scoring.intent_rules[i].name for i in matching_rules(policy, event.activity.kind).positions)
            yield s.Effected(what="scored", about=tuple(rules))
        case e.FactKept():
            yield s.Effected(what="evidence", about=(f"#{event.n}",))
        case e.FactSetAside():
            yield s.Effected(what="set_aside")
        case e.Assigned():
            yield s.Effected(what="owner", about=(event.rep,))
        case e.Accepted():
            yield s.Effected(what="accepted", about=(f"#{event.n}",))
        case e.Reopened():
            yield s.Effected(what="reopened")
        case e.Silenced():
            yield s.Effected(what="silenced", about=(event.stage,))
        case e.Forgotten():
            yield s.Effected(what="forgotten")
