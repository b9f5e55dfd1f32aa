"""The agreement as frozen values: who owes what by when; reading it from a file, and judging by it, stay outside.

Points are milli-points, spans are microseconds, instants are microseconds since the epoch (UTC).
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from processor.domain.calendar import Calendar
from processor.domain.conditions import Condition
from processor.domain.durations import Duration
from schemas.instants import Instant

Opens = Literal["handoff", "assigned", "accepted"]
Deed = Literal["accepted", "returned", "contact", "qualified", "disqualified", "opportunity"]
Fault = Literal["marketing", "sales", "neither"]

ALWAYS: Instant = 1 << 62
NO_RESPONSE = "no_response_from_sales"  # the reason with which a clock returns a lead


@dataclass(frozen=True, slots=True)
class EvidenceSource:
    """A connector that must prove itself alive by heartbeats; `prefix` is of the CloudEvents source."""

    prefix: str
    max_silence: Duration  # elapsed


@dataclass(frozen=True, slots=True)
class Evidence:
    sources: tuple[EvidenceSource, ...]
    grace: int
    window: int
    max_backdating: int


@dataclass(frozen=True, slots=True)
class Segment:
    name: str
    when: Condition
    team: str
    calendar: Calendar
    threshold: int
    min_fit: int


@dataclass(frozen=True, slots=True)
class FitRule:
    name: str
    when: Condition
    points: int


@dataclass(frozen=True, slots=True)
class IntentRule:
    """Points decay to half every `half_life`, or in a straight line to nothing after `linear_to_zero`; neither: not at all."""

    name: str
    when: Condition
    points: int
    half_life: int | None = None
    linear_to_zero: int | None = None
    cap: int | None = None
    per_day: int | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class FastTrack:
    """All of these intent rules, each matched within the window that ends at the asking. No `min_fit`: no minimum."""

    name: str
    rules: tuple[str, ...]
    within: int
    min_fit: int | None


@dataclass(frozen=True, slots=True)
class Scoring:
    scale: int
    min_distinct_activities: int
    fit_cap: int
    fit_rules: tuple[FitRule, ...]
    intent_cap: int
    intent_rules: tuple[IntentRule, ...]
    group_caps: Mapping[str, int]
    fast_tracks: tuple[FastTrack, ...]


@dataclass(frozen=True, slots=True)
class Attempts:
    channels: frozenset[str]
    min_spacing: int


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a clock's ladder, `at` a share of the target (percent) or a duration after the due."""

    name: str  # as written: "75%", "+2 business_hours"; part of an event's identity
    at: int | Duration
    tell: tuple[str, ...] = ()
    returns: bool = False  # do: return_to_marketing


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """A duty. It is done by any of `deeds`, or by `attempts` qualifying attempts (0: attempts do not do it)."""

    name: str
    opens: Opens
    deeds: frozenset[Deed]
    attempts: int
    target: Duration
    steps: tuple[Step, ...]

    @property
    def told_of_breach(self) -> tuple[str, ...]:
        return next((step.tell for step in self.steps if step.at == 100), ())


@dataclass(frozen=True, slots=True)
class TrackChoice:
    """A nurture track's condition over attributes, and `stage` (left) and `returns` (earlier ones) beside them."""

    when: Condition
    track: str


@dataclass(frozen=True, slots=True)
class ReturnReason:
    fault: Fault
    disqualifies: bool
    default_track: str | None
    tracks: tuple[TrackChoice, ...]


@dataclass(frozen=True, slots=True)
class Requalify:
    cool_down: int
    hysteresis: int
    fast_track_skips_cool_down: bool


@dataclass(frozen=True, slots=True)
class Team:
    manager: str
    reps: Mapping[str, int | None]  # capacity, None where none is given


@dataclass(frozen=True, eq=False)
class Policy:
    """One version of the agreement. Two are the same if they are the same object: each is loaded once."""

    name: str
    version: int
    in_force_from: Instant
    review_on: date
    owners: Mapping[str, str]
    calendars: Mapping[str, Calendar]
    evidence: Evidence
    required_at_handoff: tuple[str, ...]
    handoff_carries: tuple[str, ...]
    segments: tuple[Segment, ...]
    scoring: Scoring
    attempts: Attempts
    clocks: tuple[ClockPolicy, ...]
    pauses: Mapping[str, int]  # reason: the longest total in one cycle
    restart_on_reassignment: bool
    returns: Mapping[str, ReturnReason]
    requalify: Requalify
    teams: Mapping[str, Team]
    targets: Mapping[str, Any]
    closed_leads_kept_for: int
    dead_letters_kept_for: int
    clock_named: Mapping[str, ClockPolicy] = field(init=False)
    segment_named: Mapping[str, Segment] = field(init=False)
    intent_rule_positions: Mapping[str, int] = field(init=False)
    fewest_kinds: int = field(init=False)  # of activity with positive points, without which no lead passes the gate

    def __post_init__(self) -> None:
        object.__setattr__(self, "clock_named", {clock.name: clock for clock in self.clocks})
        object.__setattr__(self, "segment_named", {segment.name: segment for segment in self.segments})
        object.__setattr__(self, "intent_rule_positions", {rule.name: i for i, rule in enumerate(self.scoring.intent_rules)})
        positive = {rule.name for rule in self.scoring.intent_rules if rule.points > 0}
        in_tracks = [len(positive & set(track.rules)) for track in self.scoring.fast_tracks]
        object.__setattr__(self, "fewest_kinds", min([self.scoring.min_distinct_activities, *in_tracks]))

    @property
    def key(self) -> str:
        return f"{self.name}/{self.version}"

    @property
    def first_calendar(self) -> Calendar:
        return next(iter(self.calendars.values()))


class Policies:
    """All versions side by side: one is in force at an instant, others live on in the cycles that are pinned to them."""

    def __init__(self, versions: tuple[Policy, ...]) -> None:
        assert versions, "a policy directory without a policy is refused when it is read"
        self.versions = tuple(sorted(versions, key=lambda policy: policy.in_force_from))
        self._from = [policy.in_force_from for policy in self.versions]
        self._by_key = {policy.key: policy for policy in self.versions}

    def at(self, logged: Instant) -> Policy:
        """Before the first version's `from`, the first version rules."""
        return self.versions[max(0, bisect_right(self._from, logged) - 1)]

    def pinned(self, key: str) -> Policy:
        return self._by_key[key]

    def terms(self) -> Iterator[tuple[Policy, Instant, Instant]]:
        """Each version with the instants from which, and before which, it is in force."""
        begins = [-ALWAYS, *self._from[1:]]
        return zip(self.versions, begins, [*begins[1:], ALWAYS], strict=True)
