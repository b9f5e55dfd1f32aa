"""What was decided: one model of `data` for every type of event, and the event itself; how it travels stands in `cloudevents`."""

from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from schemas.errors import Reason
from schemas.instants import Instant, format_instant
from schemas.signals import MarketingChannel
from schemas.values import At, Attribute, Frozen, Points

Stage = Literal["lead", "mql", "sal", "sql", "opportunity", "customer", "lost", "nurture", "disqualified", "merged"]
ClockState = Literal["opened", "paused", "resumed", "met", "breached", "cancelled"]
IgnoredReason = Literal["duplicate", "too_late", "impossible", "no_effect"]
ReturnedBy = Literal["rep", "clock"]
Fault = Literal["marketing", "sales", "neither"]
ScoreSide = Literal["fit", "intent"]


class Evidence(Frozen):
    """The record that settled a matter, with its instants as they counted."""

    id: str
    source: str
    occurred: At
    recorded: At
    logged: At
    backdated: Literal[True] | None = None


class ScoreLine(Frozen):
    """What one rule gave: before decay, after it, and after the caps."""

    rule: str
    side: ScoreSide
    points: Points
    decayed: Points
    counted: Points


class Deadline(Frozen):
    clock: str
    due: At


class Touch(Frozen):
    source: str | None = None
    campaign: str | None = None
    channel: str | None = None
    occurred: At | None = None


class Attribution(Frozen):
    first_touch: Touch | None = None
    last_touch: Touch | None = None


class Activity(Frozen):
    """A marketing activity, as it stands with the handoff."""

    activity: str
    occurred: At
    url: str | None = None
    asset: str | None = None
    asset_type: str | None = None
    campaign: str | None = None
    channel: MarketingChannel | None = None


class EventData(Frozen):
    """The base of every `data` that goes out."""


class LeadEvent(EventData):
    """What is about one lead."""

    lead: str
    cycle: str | None = None
    policy: str
    policy_version: int
    segment: str | None = None
    team: str | None = None
    owner: str | None = None


class OverallEvent(EventData):
    """What is not about one lead: its subject is `-`."""

    policy: str
    policy_version: int
    team: str | None = None
    owner: str | None = None


class HandoffCreated(LeadEvent):
    trigger: Annotated[str, Field(pattern=r"^(threshold|completed|fast_track:.+)$")]
    score: Points
    fit: Points
    intent: Points
    breakdown: tuple[ScoreLine, ...]
    deadlines: tuple[Deadline, ...]
    """The clocks that open with the handoff."""
    attributes: dict[str, Attribute]
    attribution: Attribution
    activities: Annotated[tuple[Activity, ...], Field(max_length=10)]
    icp: bool
    """Whether fit reached the segment's `min_fit`."""


class HandoffWithheld(LeadEvent):
    missing: tuple[str, ...]
    score: Points
    fit: Points
    intent: Points


class HandoffWarning(LeadEvent):
    clock: str
    step: str
    """In the policy's words: "75%"."""
    due: At
    at: At
    tell: tuple[str, ...]
    """Roles, as the policy says them; whoever notifies resolves them."""


class HandoffBreached(LeadEvent):
    clock: str
    due: At
    confirms_at: At
    """The earliest instant of a confirmation."""
    tell: tuple[str, ...]
    stale_sources: tuple[str, ...] | None = None
    """Those not proven alive up to the due when it was judged."""


class HandoffBreachConfirmed(LeadEvent):
    clock: str
    due: At


class HandoffBreachWithdrawn(LeadEvent):
    clock: str
    due: At
    evidence: Evidence


class HandoffEscalated(LeadEvent):
    clock: str
    step: str
    level: int
    due: At
    at: At
    tell: tuple[str, ...]


class HandoffSystemicBreach(OverallEvent):
    figure: float
    """What was measured, in the unit of the target: a ratio from 0 to 1, or a count."""
    target: float
    window: str
    """In the policy's words: "5 business_days", "month"."""
    count: int


class HandoffSystemicRecovered(HandoffSystemicBreach):
    pass


class HandoffSourceSilent(OverallEvent):
    since: At
    """The last instant up to which the source was proven alive."""
    max_silence: str
    """In the policy's words: "30 minutes"."""


class HandoffSourceReturned(HandoffSourceSilent):
    pass


class HandoffReviewDue(OverallEvent):
    review_on: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"})]
    owners: dict[str, str]


class HandoffReturned(LeadEvent):
    reason: str
    by: ReturnedBy
    fault: Fault
    clock: str | None = None


class HandoffReturnWithdrawn(LeadEvent):
    evidence: Evidence


class HandoffNurture(LeadEvent):
    track: str
    reason: str
    stage: Stage
    """The stage left."""
    eligible_from: At


class HandoffNurtureCancelled(LeadEvent):
    pass


class HandoffStage(LeadEvent):
    from_: Annotated[Stage, Field(validation_alias="from", serialization_alias="from")]
    to: Stage
    cause: str
    """The id of the signal that moved the lead."""


class HandoffClock(LeadEvent):
    clock: str
    state: ClockState
    due: At
    at: At
    business_s: int
    """Open seconds used; elapsed ones for elapsed targets."""
    late_by_s: int | None = None
    late_by_elapsed_s: int | None = None
    evidence: Evidence | None = None


class HandoffIgnored(LeadEvent):
    reason: IgnoredReason


class Event(NamedTuple):
    """One decision. `id` is made only of facts, `time` is the instant that the verdict is about, never when it was noticed."""

    type: str
    id: str
    subject: str
    time: Instant
    data: EventData


MQL = "handoff.mql.v1"
ESCALATIONS = "handoff.escalations.v1"
RETURNS = "handoff.returns.v1"
NURTURE = "handoff.nurture.v1"
LIFECYCLE = "handoff.lifecycle.v1"
FIGURES = "handoff.figures.v1"
DEAD_LETTERS = "handoff.dead-letters.v1"

EVENTS: dict[str, tuple[str, type[EventData]]] = {
    "handoff.created": (MQL, HandoffCreated),
    "handoff.withheld": (MQL, HandoffWithheld),
    "handoff.warning": (ESCALATIONS, HandoffWarning),
    "handoff.breached": (ESCALATIONS, HandoffBreached),
    "handoff.breach_confirmed": (ESCALATIONS, HandoffBreachConfirmed),
    "handoff.breach_withdrawn": (ESCALATIONS, HandoffBreachWithdrawn),
    "handoff.escalated": (ESCALATIONS, HandoffEscalated),
    "handoff.systemic_breach": (ESCALATIONS, HandoffSystemicBreach),
    "handoff.systemic_recovered": (ESCALATIONS, HandoffSystemicRecovered),
    "handoff.source_silent": (ESCALATIONS, HandoffSourceSilent),
    "handoff.source_returned": (ESCALATIONS, HandoffSourceReturned),
    "handoff.review_due": (ESCALATIONS, HandoffReviewDue),
    "handoff.returned": (RETURNS, HandoffReturned),
    "handoff.return_withdrawn": (RETURNS, HandoffReturnWithdrawn),
    "handoff.nurture": (NURTURE, HandoffNurture),
    "handoff.nurture_cancelled": (NURTURE, HandoffNurtureCancelled),
    "handoff.stage": (LIFECYCLE, HandoffStage),
    "handoff.clock": (LIFECYCLE, HandoffClock),
    "handoff.ignored": (LIFECYCLE, HandoffIgnored),
}

_ERRORS = "__handoff.errors."


def dead_letter_headers(  # noqa: PLR0913, PLR0917 - one argument for each header of the contract
    original: Iterable[tuple[str, bytes | None]],
    topic: str,
    partition: int,
    offset: int,
    timestamp: Instant,
    reason: Reason,
    field: str,
    attempt: int,
) -> list[tuple[str, bytes | None]]:
    """The original headers, then where the record lay, when it was logged and what is wrong; one sent again bears its last story only."""
    story = {
        "topic": topic,
        "partition": str(partition),
        "offset": str(offset),
        "timestamp": format_instant(timestamp),
        "reason": reason,
        "field": field,
        "attempt": str(attempt),
    }
    kept = [header for header in original if not header[0].startswith(_ERRORS)]
    return [*kept, *((_ERRORS + name, text.encode()) for name, text in story.items())]
