"""One readable line for each event that is published, with the fields that matter; what was decided stays outside."""

from schemas import events as e
from schemas.errors import BadRecord
from schemas.events import Event
from schemas.instants import Instant
from schemas.signals import Signal
from schemas.values import shown_points
from tests.scenarios.local_time import full, short, span

_NUMBERED = ("handoff.stage", "handoff.source_silent", "handoff.source_returned", "handoff.review_due", "handoff.ignored")


def line_of(event: Event, decided: Instant, *, at_length: bool = False) -> str:
    """The instant that the event is about, when it was decided if that was not then, whom it concerns, and what it says."""
    when = full(event.time) + (f"  (decided {short(decided, event.time)})" if decided != event.time else "")
    more = _at_length(event.data) if at_length and isinstance(event.data, e.HandoffCreated) else ""
    return f"{when}  {_whom(event)}{_said(event)}{_repeat(event)}{_version(event)}{more}"


def letter_of(signal: Signal, error: BadRecord, at: Instant) -> str:
    return f"{full(at)}  {signal.subject} dead letter {signal.id}: {error.reason} in {error.field}, found {error.found}"


def _whom(event: Event) -> str:
    """The cycle, or the lead: what was ignored may belong to no cycle."""
    match event.data:
        case e.HandoffIgnored() | e.LeadEvent(cycle=None):
            return f"{event.subject} "
        case e.LeadEvent(cycle=cycle):
            return f"{cycle} "
    return ""


def _repeat(event: Event) -> str:
    """The ordinal of what recurs within a cycle, which stands last in its identity."""
    last = event.id.rpartition("/")[2]
    return f", no. {last}" if last.isdecimal() and event.type not in _NUMBERED else ""


def _version(event: Event) -> str:
    assert isinstance(event.data, e.LeadEvent | e.OverallEvent)
    return f"  {{version {event.data.policy_version}}}" if event.data.policy_version != 1 else ""


def _said(event: Event) -> str:
    def at(instant: Instant) -> str:
        return short(instant, event.time)

    about, _, last = event.id.rpartition("/")
    match event.data:
        case e.HandoffCreated() as data:
            return _handed_off(data, event.time)
        case e.HandoffWithheld() as data:
            return f"withheld with {_points(data)}, missing {', '.join(data.missing)}"
        case e.HandoffWarning() as data:
            return f"{data.clock} warning at {data.step}, due {at(data.due)}{_tell(data)}"
        case e.HandoffBreached() as data:
            stale = f", not heard from {', '.join(data.stale_sources)}" if data.stale_sources else ""
            return f"{data.clock} breached, due {at(data.due)}, confirms {at(data.confirms_at)}{_tell(data)}{stale}"
        case e.HandoffBreachConfirmed() as data:
            return f"{data.clock} breach confirmed, due {at(data.due)}"
        case e.HandoffBreachWithdrawn() as data:
            return f"{data.clock} breach withdrawn because of {_named(data.evidence)}, due {at(data.due)}"
        case e.HandoffEscalated() as data:
            return f"{data.clock} escalated at {data.step}, level {data.level}, due {at(data.due)}{_tell(data)}"
        case e.HandoffSystemicRecovered() as data:
            return f"{event.id} is back over its target: {data.figure}, target {data.target} over {data.window}, of {data.count}"
        case e.HandoffSystemicBreach() as data:
            return f"{event.id} is under its target: {data.figure}, target {data.target} over {data.window}, of {data.count}"
        case e.HandoffSourceReturned() as data:
            return f"source {about} is back, silent since {full(data.since)}"
        case e.HandoffSourceSilent() as data:
            return f"source {about} is silent, last proof {full(data.since)}, allowed {data.max_silence}"
        case e.HandoffReviewDue() as data:
            owners = ", ".join(f"{side} {owner}" for side, owner in data.owners.items())
            return f"agreement {about} of {last}: to be reviewed on {data.review_on}, {owners}"
        case e.HandoffReturned() as data:
            return f"returned by {data.by}{f' {data.clock}' if data.clock else ''}: {data.reason}, fault of {data.fault}"
        case e.HandoffReturnWithdrawn() as data:
            return f"return withdrawn because of {_named(data.evidence)}"
        case e.HandoffNurture() as data:
            return f"to nurture track {data.track}: {data.reason}, left as {data.stage}, eligible from {full(data.eligible_from)}"
        case e.HandoffNurtureCancelled():
            return "nurture cancelled"
        case e.HandoffStage() as data:
            return f"becomes {data.to}, was {data.from_}, because of {data.cause} [stage {last}]"
        case e.HandoffClock() as data:
            return f"{_clock(data)}, due {at(data.due)}{'' if data.at == event.time else f', at {full(data.at)}'}"
        case e.HandoffIgnored() as data:
            return f"{about} ignored: {data.reason}"
    raise NotImplementedError(event.type)


def _handed_off(data: e.HandoffCreated, time: Instant) -> str:
    dues = ", ".join(f"{deadline.clock} {short(deadline.due, time)}" for deadline in data.deadlines) or "nothing"
    owner = f", owner {data.owner}" if data.owner else ""
    outside = "" if data.icp else ", outside the ICP"
    return f"handed off by {data.trigger} with {_points(data)}, segment {data.segment}, team {data.team}{owner}{outside}; due: {dues}"


def _clock(data: e.HandoffClock) -> str:
    by = f" by {_named(data.evidence)}" if data.evidence else ""
    used = f", {span(data.business_s)} used" if data.state != "opened" or data.business_s else ""
    late = "" if data.late_by_s is None else f", late by {span(data.late_by_s)}"
    elapsed = "" if data.late_by_elapsed_s is None else f" ({span(data.late_by_elapsed_s)} elapsed)"
    return f"clock {data.clock} {data.state}{by}{used}{late}{elapsed}"


def _named(evidence: e.Evidence) -> str:
    return evidence.id + (" (backdated)" if evidence.backdated else "")


def _tell(data: e.HandoffWarning | e.HandoffBreached | e.HandoffEscalated) -> str:
    roles = [f"owner {data.owner}" if role == "owner" else role for role in data.tell]
    return f", tell {', '.join(roles)}" if roles else ""


def _points(data: e.HandoffCreated | e.HandoffWithheld) -> str:
    return f"{shown_points(data.score):g} points (fit {shown_points(data.fit):g}, intent {shown_points(data.intent):g})"


def _at_length(data: e.HandoffCreated) -> str:
    lines = [
        f"{row.side} {row.rule} {_milli(row.points)}, decayed {_milli(row.decayed)}, counted {_milli(row.counted)}"
        for row in data.breakdown
    ]
    lines.append("carries " + ", ".join(f"{name} {value}" for name, value in data.attributes.items()))
    for name, touch in (("first", data.attribution.first_touch), ("last", data.attribution.last_touch)):
        if touch:
            lines.append(f"{name} touch {touch.source or '-'}, campaign {touch.campaign or '-'}")
    lines += [f"activity {full(activity.occurred)} {activity.activity}" for activity in data.activities]
    return "".join(f"\n    {line}" for line in lines)


def _milli(points: int) -> str:
    return f"{points / 1000:g}"
