"""A lead's story as it is told to people and to programs: values that write themselves as JSON; who tells it stays outside."""

from typing import Annotated, Any, Literal

from pydantic import Field

from processor.domain.events import IgnoredBecause, Oddity
from schemas.events import Evidence, ScoreSide
from schemas.values import At, Frozen, Points

ClockIs = Literal["running", "paused", "met", "met_late", "breached", "cancelled"]
What = Literal[
    "opened",
    "restarted",
    "paused",
    "resumed",
    "warned",
    "breached",
    "confirmed",
    "escalated",
    "withdrawn",
    "met",
    "met_late",
    "cancelled",
    "returned",
    "return_withdrawn",
    "reinstated",
]
StepState = Literal["done", "to_come", "skipped"]
DeadlineOf = Literal["due", "step", "grace", "return", "pause", "retention"]
EndedBy = Literal["rep", "clock", "disqualified", "won", "lost", "erased", "merged"]
Effect = Literal["profile", "scored", "evidence", "set_aside", "owner", "accepted", "reopened", "silenced", "forgotten"]
Asked = Literal["segment", "fit", "score", "activities", "cool_down", "new_intent", "fields", "stage"]
NotCounted = Literal["channel", "same_activity", "too_soon"]


class Known(Frozen):
    """An attribute as the lead's profile has it; None was removed."""

    name: str
    value: Any = None
    occurred: At


class Rule(Frozen):
    """One rule's line of the sum, and what bounds it. `heard`: when its activities occurred."""

    rule: str
    side: ScoreSide
    points: Points
    decayed: Points
    counted: Points
    heard: tuple[At, ...] | None = None
    half_life_s: int | None = None
    linear_to_zero_s: int | None = None
    cap: Points | None = None
    per_day: int | None = None
    group: str | None = None
    group_cap: Points | None = None


class Score(Frozen):
    """The arithmetic at one instant: what counted adds up to fit and intent, fit and intent to the score, which stays within the scale."""

    at: At
    fit: Points
    fit_cap: Points
    intent: Points
    intent_cap: Points
    score: Points
    scale: Points
    rules: tuple[Rule, ...]


class Need(Frozen):
    """Points with one decimal, instants as text."""

    what: Asked
    holds: bool
    needed: str | float | int | None = None
    found: str | float | int | None = None


class Gate(Frozen):
    """What the gate to sales would say at the instant, by the version then in force; it is not asked while a cycle is open.

    `fast_track`: the one that is complete.
    """

    at: At
    policy: str
    segment: str | None = None
    fast_track: str | None = None
    needs: tuple[Need, ...]
    score: Score | None = None


class Deed(Frozen):
    """What the CRM says was done in a cycle, and what it counts as: the attempt of that number, a contact, or why it is no attempt."""

    kind: str
    word: str | None = None
    channel: str | None = None
    evidence: Evidence
    attempt: int | None = None
    contact: Literal[True] | None = None
    not_counted: NotCounted | None = None


class Running(Frozen):
    """A stretch in which the clock ran: open time for business targets, all time for the others, without pauses."""

    from_: Annotated[At, Field(validation_alias="from", serialization_alias="from")]
    to: At
    open_s: float
    past_due: Literal[True] | None = None


class Pause(Frozen):
    from_: Annotated[At, Field(validation_alias="from", serialization_alias="from")]
    to: At
    reason: str
    over: bool


class Rung(Frozen):
    """A step of the ladder: where it stands, and what came of it."""

    step: str
    at: At
    tell: tuple[str, ...] | None = None
    returns: Literal[True] | None = None
    state: StepState


class Change(Frozen):
    """Something that happened to a clock: `at` is what it is about, `decided` when it became known or could be judged."""

    what: What
    at: At
    decided: At
    due: At | None = None
    step: str | None = None
    tell: tuple[str, ...] | None = None
    reason: str | None = None
    stale_sources: tuple[str, ...] | None = None
    evidence: Evidence | None = None


class Clock(Frozen):
    """`met_by` in the policy's words. `used_s`: of the target, to the deed, the end or the instant reached."""

    clock: str
    state: ClockIs
    target: str
    met_by: tuple[str, ...]
    opened_at: At
    due: At
    used_s: int
    breach: Literal["provisional", "confirmed"] | None = None
    confirms_at: At | None = None
    late_by_s: int | None = None
    late_by_elapsed_s: int | None = None
    evidence: Evidence | None = None
    running: tuple[Running, ...]
    pauses: tuple[Pause, ...]
    steps: tuple[Rung, ...]
    history: tuple[Change, ...]


class Ending(Frozen):
    by: EndedBy
    at: At
    reason: str | None = None
    clock: str | None = None


class Cycle(Frozen):
    """One trip to sales. `trigger` is `sales` where nobody handed it off; there is none while the lead is withheld.

    `cause` is the id of the signal that it came from; facts count from `facts_from` on.
    """

    cycle: str
    policy: str
    policy_version: int
    segment: str
    team: str
    calendar: str
    zone: str
    withheld_at: At | None = None
    missing: tuple[str, ...] | None = None
    trigger: str | None = None
    cause: str | None = None
    handed_at: At | None = None
    facts_from: At | None = None
    owner: str | None = None
    accepted_at: At | None = None
    ended: Ending | None = None
    score: Score | None = None
    deeds: tuple[Deed, ...] = ()
    clocks: tuple[Clock, ...] = ()


class Heard(Frozen):
    """A signal as it came."""

    id: str
    source: str
    type: str
    occurred: At
    recorded: At
    logged: At
    data: dict[str, Any]


class Effected(Frozen):
    """What a signal changed that no event tells."""

    what: Effect
    about: tuple[str, ...] = ()


class Published(Frozen):
    """`partition` and `offset`: where it lies on a Kafka; None where it was not found there, or not looked for."""

    topic: str
    type: str
    id: str
    time: At
    data: dict[str, Any]
    partition: int | None = None
    offset: int | None = None


class Deadline(Frozen):
    """What an instant was the end of; judged later than `at` where sources had to be heard first."""

    of: DeadlineOf
    at: At
    clock: str | None = None
    step: str | None = None


class Moment(Frozen):
    """A signal that was applied or a deadline that was judged, with all that came of it."""

    at: At
    signal: Heard | None = None
    deadline: Deadline | None = None
    effects: tuple[Effected, ...]
    published: tuple[Published, ...]
    ignored: IgnoredBecause | None = None
    notes: tuple[Oddity, ...]


class Refused(Frozen):
    """A record of the lead that could not be judged. `place`: the line of the file, or topic/partition/offset."""

    place: str
    reason: str
    field: str
    message: str


class Story(Frozen):
    """`reached`: everything before it is decided. `unexplained`: published, but not what the records that are kept lead to."""

    lead: str
    reached: At
    stage: str
    owner: str | None = None
    policy: str
    zone: str
    profile: tuple[Known, ...]
    gate: Gate | None = None
    cycles: tuple[Cycle, ...]
    timeline: tuple[Moment, ...]
    refused: tuple[Refused, ...] = ()
    unexplained: tuple[Published, ...] = ()
    on_kafka: Literal[True] | None = None
    """What was published was looked for on a Kafka."""
    kept_from: At | None = None
    """On a Kafka that has deleted older records: the first instant that is still there."""
