"""What the topics say of a core event: its public form, its identity made only of facts; what is not public comes out as nothing."""

from collections.abc import Callable, Iterable
from typing import Any

from processor.domain import events as e
from processor.domain.lead import COUNTED, Activity, Clock, Fact, Lead
from processor.domain.policy import Policies, Policy
from processor.domain.scoring import Score
from schemas import events as p
from schemas.events import Event
from schemas.instants import SECOND, Instant


def announce(event: e.LeadEvent, before: Lead, lead: Lead, policies: Policies, now: Instant) -> Iterable[Event]:
    """`before` and `lead`: without and with the event, which is one of the public ones."""
    return _ANNOUNCE[type(event)](_Saying(before, lead, policies, now), event)


class _Saying:
    """The lead around one event, and the forms that identities and common fields have."""

    def __init__(self, before: Lead, lead: Lead, policies: Policies, now: Instant) -> None:
        self.before, self.lead, self.policies, self.now = before, lead, policies, now

    def event(self, kind: str, identity: str, time: Instant, data: p.EventData) -> Event:
        return Event(kind, identity, self.lead.id, time, data)

    def cycle_id(self, n: int) -> str:
        return f"{self.lead.id}#{n}"

    def of_cycle(self, n: int) -> dict[str, Any]:
        """The common fields, and the policy version of the cycle."""
        cycle = self.lead.cycle(n)
        policy = self.policies.pinned(cycle.policy)
        return self._common(policy) | {
            "cycle": self.cycle_id(n),
            "segment": cycle.segment,
            "team": policy.segment_named[cycle.segment].team,
            "owner": cycle.owner or None,
        }

    def of_lead(self) -> dict[str, Any]:
        """Of what is about the lead: the version in force, and its latest cycle where there is one."""
        if self.lead.cycles and self.lead.cycles[-1].n == self.lead.cycles_begun:
            return self.of_cycle(self.lead.cycles_begun)
        return self._common(self.policies.at(self.now))

    def _common(self, policy: Policy) -> dict[str, Any]:
        return {"lead": self.lead.id, "policy": policy.name, "policy_version": policy.version}

    def clock(self, event: Any) -> Clock:
        clock = self.lead.cycle(event.n).clock(event.clock)
        assert clock is not None
        return clock


def _repeat(identity: str, count: int) -> str:
    """A repeat's ordinal stands last."""
    return identity if count < 2 else f"{identity}/{count}"


def _evidence(fact: Fact) -> p.Evidence:
    return p.Evidence(
        id=fact.id,
        source=fact.source,
        occurred=fact.occurred,
        recorded=fact.recorded,
        logged=fact.logged,
        backdated=True if fact.backdated else None,
    )


def _handed_off(saying: _Saying, event: e.CycleBegan) -> Iterable[Event]:
    if event.score is None:
        return ()
    cycle = event.cycle
    data = p.HandoffCreated(
        **saying.of_cycle(cycle.n),
        trigger=event.trigger,
        **_points(event.score),
        breakdown=tuple(p.ScoreLine(**line._asdict()) for line in event.lines),
        deadlines=tuple(p.Deadline(clock=name, due=due) for name, due in event.deadlines),
        attributes=event.attributes,
        attribution=_attribution(saying.lead),
        activities=tuple(map(_activity, event.activities)),
        icp=event.icp,
    )
    return (saying.event("handoff.created", f"{saying.cycle_id(cycle.n)}/handoff", cycle.handed_at, data),)


def _withholding(saying: _Saying, event: e.Withholding) -> Iterable[Event]:
    policy, cycle = saying.policies.pinned(event.policy), saying.cycle_id(event.withheld.n)
    data = p.HandoffWithheld(
        lead=saying.lead.id,
        cycle=cycle,
        policy=policy.name,
        policy_version=policy.version,
        segment=event.withheld.segment,
        team=policy.segment_named[event.withheld.segment].team,
        owner=saying.lead.owner or None,
        missing=event.missing,
        **_points(event.score),
    )
    return (saying.event("handoff.withheld", f"{cycle}/withheld", event.at, data),)


def _points(score: Score) -> dict[str, Any]:
    return {"score": score.total, "fit": score.fit, "intent": score.intent}


def _activity(activity: Activity) -> p.Activity:
    word, url, asset, asset_type, campaign, channel, _ = activity.kind
    return p.Activity(
        activity=word, occurred=activity.occurred, url=url, asset=asset, asset_type=asset_type, campaign=campaign, channel=channel
    )


def _attribution(lead: Lead) -> p.Attribution:
    first = None
    if lead.first_touch is not None:
        occurred, source, campaign = lead.first_touch
        first = p.Touch(source=source or None, campaign=campaign or None, occurred=occurred)
    known = {name: lead.profile[name] for name in ("source", "campaign") if name in lead.profile and lead.profile[name][0]}
    last = {name: str(value) for name, (value, _) in known.items()}
    last_touch = p.Touch(**last, occurred=max(occurred for _, occurred in known.values())) if known else None
    return p.Attribution(first_touch=first, last_touch=last_touch)


def _clock_opened(saying: _Saying, event: e.ClockOpened) -> Iterable[Event]:
    return (_clock_event(saying, event, "opened", event.at, 0),)


def _clock_paused(saying: _Saying, event: e.ClockPaused) -> Iterable[Event]:
    return (_clock_event(saying, event, "paused", event.at, event.used),)


def _clock_resumed(saying: _Saying, event: e.ClockResumed) -> Iterable[Event]:
    return (_clock_event(saying, event, "resumed", event.at, event.used),)


def _clock_cancelled(saying: _Saying, event: e.ClockCancelled) -> Iterable[Event]:
    return (_clock_event(saying, event, "cancelled", event.at, event.used),)


def _clock_met(saying: _Saying, event: e.ClockMet) -> Iterable[Event]:
    late = (
        {}
        if event.late_by is None or event.late_by_elapsed is None
        else {"late_by_s": event.late_by // SECOND, "late_by_elapsed_s": event.late_by_elapsed // SECOND}
    )
    return (_clock_event(saying, event, "met", event.fact.occurred, event.used, evidence=_evidence(event.fact), **late),)


def _clock_event(saying: _Saying, event: Any, state: p.ClockState, at: Instant, used: int, **more: Any) -> Event:
    clock = saying.clock(event)
    identity = _repeat(f"{saying.cycle_id(event.n)}/{clock.name}/{state}", clock.count(state))
    data = p.HandoffClock(
        **saying.of_cycle(event.n), clock=clock.name, state=state, due=clock.due, at=at, business_s=used // SECOND, **more
    )
    return saying.event("handoff.clock", identity, at, data)


def _breached(saying: _Saying, event: e.Breached) -> Iterable[Event]:
    count = saying.clock(event).count("breached")
    data = p.HandoffBreached(
        **saying.of_cycle(event.n),
        clock=event.clock,
        due=event.due,
        confirms_at=event.confirms_at,
        tell=event.tell,
        stale_sources=event.stale_sources or None,
    )
    identity = _repeat(f"{saying.cycle_id(event.n)}/{event.clock}/100%", count)
    return (saying.event("handoff.breached", identity, event.due, data), _clock_event(saying, event, "breached", event.due, event.used))


def _breach_confirmed(saying: _Saying, event: e.BreachConfirmed) -> Iterable[Event]:
    clock = saying.clock(event)
    identity = _repeat(f"{saying.cycle_id(event.n)}/{event.clock}/confirmed", clock.count("confirmed"))
    data = p.HandoffBreachConfirmed(**saying.of_cycle(event.n), clock=event.clock, due=clock.due)
    return (saying.event("handoff.breach_confirmed", identity, clock.due, data),)


def _breach_withdrawn(saying: _Saying, event: e.BreachWithdrawn) -> Iterable[Event]:
    clock = saying.clock(event)
    identity = _repeat(f"{saying.cycle_id(event.n)}/{event.clock}/withdrawn", clock.count("withdrawn"))
    data = p.HandoffBreachWithdrawn(**saying.of_cycle(event.n), clock=event.clock, due=clock.due, evidence=_evidence(event.fact))
    return (saying.event("handoff.breach_withdrawn", identity, clock.due, data),)


def _step_fired(saying: _Saying, event: e.StepFired) -> Iterable[Event]:
    clock = saying.clock(event)
    identity = _repeat(f"{saying.cycle_id(event.n)}/{event.clock}/{event.name}", clock.counts[len(COUNTED) + event.step])
    common = saying.of_cycle(event.n) | {"clock": event.clock, "step": event.name, "due": clock.due, "at": event.at, "tell": event.tell}
    if event.is_warning:
        return (saying.event("handoff.warning", identity, event.at, p.HandoffWarning(**common)),)
    return (saying.event("handoff.escalated", identity, event.at, p.HandoffEscalated(**common, level=clock.level)),)


def _returned(saying: _Saying, event: e.Returned) -> Iterable[Event]:
    identity = _repeat(f"{saying.cycle_id(event.n)}/returned", saying.lead.cycle(event.n).returned)
    data = p.HandoffReturned(
        **saying.of_cycle(event.n), reason=event.reason, by="clock" if event.clock else "rep", fault=event.fault, clock=event.clock or None
    )
    return (saying.event("handoff.returned", identity, event.at, data),)


def _return_withdrawn(saying: _Saying, event: e.ReturnWithdrawn) -> Iterable[Event]:
    cycle, common, prefix = saying.lead.cycle(event.n), saying.of_cycle(event.n), saying.cycle_id(event.n)
    data = p.HandoffReturnWithdrawn(**common, evidence=_evidence(event.fact))
    withdrawn = saying.event("handoff.return_withdrawn", _repeat(f"{prefix}/returned/withdrawn", cycle.return_withdrawn), event.at, data)
    if not event.nurtured:
        return (withdrawn,)
    identity = _repeat(f"{prefix}/nurture/cancelled", cycle.nurture_cancelled)
    return (withdrawn, saying.event("handoff.nurture_cancelled", identity, event.at, p.HandoffNurtureCancelled(**common)))


def _nurtured(saying: _Saying, event: e.Nurtured) -> Iterable[Event]:
    identity = _repeat(f"{saying.cycle_id(event.n)}/nurture", saying.lead.cycle(event.n).nurture)
    data = p.HandoffNurture(
        **saying.of_cycle(event.n), track=event.track, reason=event.reason, stage=event.stage, eligible_from=event.eligible_from
    )
    return (saying.event("handoff.nurture", identity, event.at, data),)


def _stage_changed(saying: _Saying, event: e.StageChanged) -> Iterable[Event]:
    assert saying.before.stage != "erased", "an erased lead becomes a lead again without a word"
    data = p.HandoffStage(**saying.of_lead(), from_=saying.before.stage, to=event.to, cause=event.cause)
    return (saying.event("handoff.stage", f"{saying.lead.id}/stage/{saying.lead.stages}", event.at, data),)


def _ignored(saying: _Saying, event: e.Ignored) -> Iterable[Event]:
    data = p.HandoffIgnored(**saying.of_lead(), reason=event.reason)
    return (saying.event("handoff.ignored", f"{event.signal_source}/{event.signal_id}/{event.reason}", event.occurred, data),)


_ANNOUNCE: dict[type, Callable[[_Saying, Any], Iterable[Event]]] = {
    e.CycleBegan: _handed_off,
    e.Withholding: _withholding,
    e.ClockOpened: _clock_opened,
    e.ClockPaused: _clock_paused,
    e.ClockResumed: _clock_resumed,
    e.ClockMet: _clock_met,
    e.ClockCancelled: _clock_cancelled,
    e.Breached: _breached,
    e.BreachConfirmed: _breach_confirmed,
    e.BreachWithdrawn: _breach_withdrawn,
    e.StepFired: _step_fired,
    e.Returned: _returned,
    e.ReturnWithdrawn: _return_withdrawn,
    e.Nurtured: _nurtured,
    e.StageChanged: _stage_changed,
    e.Ignored: _ignored,
}

PUBLIC = frozenset(_ANNOUNCE)
