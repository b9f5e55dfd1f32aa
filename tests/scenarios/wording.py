"""One readable line for each event that is published, with the fields that matter; what was decided stays outside."""

from collections.abc import Callable
from functools import singledispatch
from typing import Any

from schemas import events as e
from schemas.errors import BadRecord
from schemas.events import Event
from schemas.instants import SECOND, Instant
from schemas.signals import Signal
from schemas.values import shown_points
from tests.scenarios.local_time import full, short, span

ORDINALS = {"handoff.stage", "handoff.source_silent", "handoff.source_returned", "handoff.review_due", "handoff.ignored"}


def line_of(event: Event, decided: Instant, *, at_length: bool = False) -> str:
    """The instant that the event is about, when it was decided if that was not then, whom it concerns, and what it says."""
    when = full(event.time) + (f"  (decided {short(decided, event.time)})" if decided != event.time else "")
    said = _said(event.data, event)
    if isinstance(event.data, e.HandoffCreated) and at_length:
        said += _at_length(event.data)
    return f"{when}  {_whom(event)}{said}{_repeat(event)}{_version(event.data)}"


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
    return f", no. {last}" if last.isdecimal() and event.type not in ORDINALS else ""


def _version(data: Any) -> str:
    return f"  {{version {data.policy_version}}}" if data.policy_version != 1 else ""


@singledispatch
def _said(data: e.EventData, event: Event) -> str:
    raise NotImplementedError(event.type)


def _says(model: type[e.EventData]) -> Callable[[Callable[[Any, Event], str]], Callable[[Any, Event], str]]:
    return _said.register(model)


@_says(e.HandoffCreated)
def _(data: e.HandoffCreated, event: Event) -> str:
    dues = ", ".join(f"{deadline.clock} {short(deadline.due, event.time)}" for deadline in data.deadlines) or "nothing"
    owner = f", owner {data.owner}" if data.owner else ""
    outside = "" if data.icp else ", outside the ICP"
    return f"handed off by {data.trigger} with {_points(data)}, segment {data.segment}, team {data.team}{owner}{outside}; due: {dues}"


@_says(e.HandoffWithheld)
def _(data: e.HandoffWithheld, event: Event) -> str:
    return f"withheld with {_points(data)}, missing {', '.join(data.missing)}"


@_says(e.HandoffWarning)
def _(data: e.HandoffWarning, event: Event) -> str:
    return f"{data.clock} warning at {data.step}, due {short(data.due, event.time)}, tell {_tell(data)}"


@_says(e.HandoffBreached)
def _(data: e.HandoffBreached, event: Event) -> str:
    stale = f", not heard from {', '.join(data.stale_sources)}" if data.stale_sources else ""
    tell = f", tell {_tell(data)}" if data.tell else ""
    return f"{data.clock} breached, due {short(data.due, event.time)}, confirms {short(data.confirms_at, event.time)}{tell}{stale}"


@_says(e.HandoffBreachConfirmed)
def _(data: e.HandoffBreachConfirmed, event: Event) -> str:
    return f"{data.clock} breach confirmed, due {short(data.due, event.time)}"


@_says(e.HandoffBreachWithdrawn)
def _(data: e.HandoffBreachWithdrawn, event: Event) -> str:
    return f"{data.clock} breach withdrawn because of {_evidence(data.evidence)}, due {short(data.due, event.time)}"


@_says(e.HandoffEscalated)
def _(data: e.HandoffEscalated, event: Event) -> str:
    return f"{data.clock} escalated at {data.step}, level {data.level}, due {short(data.due, event.time)}, tell {_tell(data)}"


@_says(e.HandoffSystemicBreach)
def _(data: e.HandoffSystemicBreach, event: Event) -> str:
    return f"{event.id} under target: {data.figure}, target {data.target} over {data.window}, of {data.count}"


@_says(e.HandoffSystemicRecovered)
def _(data: e.HandoffSystemicRecovered, event: Event) -> str:
    return f"{event.id} back over target: {data.figure}, target {data.target} over {data.window}, of {data.count}"


@_says(e.HandoffSourceSilent)
def _(data: e.HandoffSourceSilent, event: Event) -> str:
    return f"source {event.id.rpartition('/')[0]} is silent, last proof {full(data.since)}, allowed {data.max_silence}"


@_says(e.HandoffSourceReturned)
def _(data: e.HandoffSourceReturned, event: Event) -> str:
    return f"source {event.id.rpartition('/')[0]} is back, silent since {full(data.since)}"


@_says(e.HandoffReviewDue)
def _(data: e.HandoffReviewDue, event: Event) -> str:
    owners = ", ".join(f"{side} {owner}" for side, owner in data.owners.items())
    return f"agreement {event.id.rpartition('/')[0]} of {event.id.rpartition('/')[2]}: to be reviewed on {data.review_on}, {owners}"


@_says(e.HandoffReturned)
def _(data: e.HandoffReturned, event: Event) -> str:
    clock = f" {data.clock}" if data.clock else ""
    return f"returned by {data.by}{clock}: {data.reason}, fault of {data.fault}"


@_says(e.HandoffReturnWithdrawn)
def _(data: e.HandoffReturnWithdrawn, event: Event) -> str:
    return f"return withdrawn because of {_evidence(data.evidence)}"


@_says(e.HandoffNurture)
def _(data: e.HandoffNurture, event: Event) -> str:
    return f"to nurture track {data.track}: {data.reason}, left as {data.stage}, eligible from {full(data.eligible_from)}"


@_says(e.HandoffNurtureCancelled)
def _(data: e.HandoffNurtureCancelled, event: Event) -> str:
    return "nurture cancelled"


@_says(e.HandoffStage)
def _(data: e.HandoffStage, event: Event) -> str:
    return f"becomes {data.to}, was {data.from_}, because of {data.cause} [stage {event.id.rpartition('/')[2]}]"


@_says(e.HandoffClock)
def _(data: e.HandoffClock, event: Event) -> str:
    by = f" by {_evidence(data.evidence)}" if data.evidence else ""
    used = f", {span(data.business_s)} used" if data.state != "opened" or data.business_s else ""
    late = "" if data.late_by_s is None else f", late by {span(data.late_by_s)}"
    elapsed = "" if data.late_by_elapsed_s is None else f" ({span(data.late_by_elapsed_s)} elapsed)"
    about = "" if data.at == event.time else f", at {full(data.at)}"
    return f"clock {data.clock} {data.state}{by}{used}{late}{elapsed}, due {short(data.due, event.time)}{about}"


@_says(e.HandoffIgnored)
def _(data: e.HandoffIgnored, event: Event) -> str:
    return f"{event.id.removesuffix(f'/{data.reason}')} ignored: {data.reason}"


def _evidence(evidence: e.Evidence) -> str:
    assert evidence.logged >= evidence.occurred - 300 * SECOND, "a deed later than the log"
    return evidence.id + (" (backdated)" if evidence.backdated else "")


def _tell(data: e.HandoffWarning | e.HandoffBreached | e.HandoffEscalated) -> str:
    return ", ".join(f"owner {data.owner}" if role == "owner" else role for role in data.tell)


def _points(data: e.HandoffCreated | e.HandoffWithheld) -> str:
    return f"{shown_points(data.score):g} points (fit {shown_points(data.fit):g}, intent {shown_points(data.intent):g})"


def _at_length(data: e.HandoffCreated) -> str:
    lines = [f"{row.side} {row.rule} {_milli(row.points)}, decayed {_milli(row.decayed)}, counted {_milli(row.counted)}" for row in data.breakdown]
    lines.append("carries " + ", ".join(f"{name} {value}" for name, value in data.attributes.items()))
    for name, touch in (("first", data.attribution.first_touch), ("last", data.attribution.last_touch)):
        if touch:
            lines.append(f"{name} touch {touch.source or '-'}, campaign {touch.campaign or '-'}")
    lines += [f"activity {full(activity.occurred)} {activity.activity}" for activity in data.activities]
    return "".join(f"\n    {line}" for line in lines)


def _milli(points: int) -> str:
    return f"{points / 1000:g}"
