"""What has been decided about one lead: its state is a fold of these (evolve), what the topics say a reading of them (announce)."""

from typing import Literal, TypeAlias

import msgspec

from processor.domain.lead import Activity, Attribute, Cycle, Fact, Rung, Withheld
from processor.domain.policy import Fault
from processor.domain.scoring import Line, Score
from schemas.events import Stage
from schemas.instants import Instant

IgnoredBecause = Literal["duplicate", "too_late", "impossible", "no_effect"]
Oddity = Literal[
    "clamped",  # dated further in the future than clocks may differ
    "backdated",  # dated further back than the policy allows: recorded counts
    "no_segment",
    "unscored",  # a marketing activity that no rule knows
    "activities_full",  # more than are kept
    "no_evidence",  # an activity that is neither attempt nor contact
    "unreachable",  # bounced or wrong number: a fault of the data, marketing's to mend
    "no_effect",
    "repeated",  # a third time and on
    "dropped",  # of an erased or merged lead
]


class Said(msgspec.Struct, frozen=True, gc=False):
    """An event of the core."""


class Heard(Said, frozen=True):
    """A signal was read and will not be applied again; the lead may be forgotten at `forget_at` if nothing more is heard."""

    mark: bytes
    logged: Instant
    forget_at: Instant


class RepeatPublished(Said, frozen=True):
    mark: bytes


class Noted(Said, frozen=True):
    """Something that changes nothing and is told to nobody but the metrics."""

    oddity: Oddity


class Ignored(Said, frozen=True):
    signal_source: str
    signal_id: str
    occurred: Instant
    reason: IgnoredBecause


class ProfileChanged(Said, frozen=True):
    """The attributes that are new; a value None was removed."""

    changes: dict[str, tuple[Attribute | None, Instant]]
    occurred: Instant


class ActivityScored(Said, frozen=True):
    activity: Activity
    matched: tuple[str, ...]  # rules with positive points that had not matched before
    is_negative: bool


class Withholding(Said, frozen=True):
    """The gate was passed, mandatory fields are missing."""

    withheld: Withheld
    policy: str
    missing: tuple[str, ...]
    score: Score
    at: Instant


class PassDoubted(Said, frozen=True):
    """Of a withheld lead: it must pass the gate anew."""


class CycleBegan(Said, frozen=True):
    """By a handoff, or by sales itself: then `score` is None, and nothing is published."""

    cycle: Cycle
    trigger: str
    score: Score | None
    lines: tuple[Line, ...]
    deadlines: tuple[tuple[str, Instant], ...]  # of the clocks that open with it
    attributes: dict[str, Attribute]
    activities: tuple[Activity, ...]
    icp: bool


class FactKept(Said, frozen=True):
    """Evidence for cycle n."""

    n: int
    fact: Fact


class FactSetAside(Said, frozen=True):
    """An activity outside any cycle: it counts as soon as a cycle begins that holds it. Those logged before `drop_before` no longer do."""

    fact: Fact
    drop_before: Instant


class Assigned(Said, frozen=True):
    rep: str


class Accepted(Said, frozen=True):
    n: int
    at: Instant


class ClockOpened(Said, frozen=True):
    """A clock opens, or starts again (the same name twice)."""

    n: int
    clock: str
    at: Instant
    due: Instant
    rungs: tuple[Rung, ...]
    steps_in_ladder: int
    restarted: bool


class ClockPaused(Said, frozen=True):
    n: int
    clock: str
    reason: str
    at: Instant
    ends_at: Instant
    used: int


class ClockResumed(Said, frozen=True):
    """After a pause, or because the return that had cancelled the clock is withdrawn; `due` and `rungs` as they are from now on."""

    n: int
    clock: str
    at: Instant
    due: Instant
    rungs: tuple[Rung, ...]
    used: int
    after_pause: bool


class PauseLapsed(Said, frozen=True):
    """The pause of a breached clock ends after its cycle: nothing runs on, and nobody is told."""

    n: int
    clock: str
    at: Instant
    rungs: tuple[Rung, ...]


class ClockMet(Said, frozen=True):
    """`late_by` and `late_by_elapsed` only where it was done after a breach."""

    n: int
    clock: str
    fact: Fact
    due: Instant
    used: int
    late_by: int | None = None
    late_by_elapsed: int | None = None


class ClockCancelled(Said, frozen=True):
    n: int
    clock: str
    at: Instant
    due: Instant
    used: int


class Breached(Said, frozen=True):
    n: int
    clock: str
    due: Instant
    used: int
    confirms_at: Instant
    tell: tuple[str, ...]
    stale_sources: tuple[str, ...]


class BreachConfirmed(Said, frozen=True):
    n: int
    clock: str


class BreachWithdrawn(Said, frozen=True):
    n: int
    clock: str
    fact: Fact


class StepFired(Said, frozen=True):
    """A rung of the ladder was reached: a warning before the due, an escalation after it."""

    n: int
    clock: str
    step: int
    name: str
    at: Instant
    tell: tuple[str, ...]
    is_warning: bool


class RungsSkipped(Said, frozen=True):
    """Rungs that will not fire any more, because their instant has passed or what they warned of is over."""

    n: int
    clock: str
    left: tuple[Rung, ...]


class Returned(Said, frozen=True):
    """The cycle ends and the lead goes back; `clock` names the one that took it away, empty where a rep did."""

    n: int
    at: Instant
    reason: str
    fault: Fault
    clock: str


class ReturnWithdrawn(Said, frozen=True):
    n: int
    at: Instant
    fact: Fact
    nurtured: bool


class Nurtured(Said, frozen=True):
    n: int
    at: Instant
    track: str
    reason: str
    stage: Stage
    eligible_from: Instant


class CycleEnded(Said, frozen=True):
    """`limits`: from here on re-qualification counts (a return, or lost)."""

    n: int
    at: Instant
    kept_until: Instant
    forget_at: Instant
    limits: bool


class StageChanged(Said, frozen=True):
    to: Stage
    at: Instant
    cause: str


class Reopened(Said, frozen=True):
    """Limits of re-qualification are lifted; an erased lead begins anew."""

    at: Instant


class Silenced(Said, frozen=True):
    """Erased or merged: what is left is how many cycles and stages there were."""

    stage: Literal["erased", "merged"]


class Forgotten(Said, frozen=True):
    """Retention is over: only the counts stay, so that ids never repeat."""


LeadEvent: TypeAlias = (
    Heard
    | RepeatPublished
    | Noted
    | Ignored
    | ProfileChanged
    | ActivityScored
    | Withholding
    | PassDoubted
    | CycleBegan
    | FactKept
    | FactSetAside
    | Assigned
    | Accepted
    | ClockOpened
    | ClockPaused
    | ClockResumed
    | PauseLapsed
    | ClockMet
    | ClockCancelled
    | Breached
    | BreachConfirmed
    | BreachWithdrawn
    | StepFired
    | RungsSkipped
    | Returned
    | ReturnWithdrawn
    | Nurtured
    | CycleEnded
    | StageChanged
    | Reopened
    | Silenced
    | Forgotten
)
