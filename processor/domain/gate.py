"""The gate to sales: is this lead ready now, and is what marketing owes complete; what follows from it stays outside (handoff)."""

from typing import Any, NamedTuple

from processor.domain.conditions import holds, is_missing
from processor.domain.lead import Lead
from processor.domain.policy import FastTrack, Policy, Segment
from processor.domain.scoring import Heard, Line, Score, breakdown, heard_by_rule, score
from schemas.instants import Instant


class Passed(NamedTuple):
    trigger: str  # threshold, fast_track:<name>, or completed
    score: Score
    lines: tuple[Line, ...]


def segment_of(policy: Policy, attributes: dict[str, Any]) -> Segment | None:
    """The first whose condition holds."""
    return next((segment for segment in policy.segments if holds(segment.when, attributes)), None)


def missing_fields(policy: Policy, attributes: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in policy.required_at_handoff if is_missing(attributes.get(name)))


def ask(lead: Lead, policy: Policy, segment: Segment, attributes: dict[str, Any], asked: Instant) -> Passed | None:
    """Whether the lead passes at this instant; after a return it needs more, later, and something new."""
    heard = heard_by_rule(policy, lead.activities)
    tracks = [track for track in policy.scoring.fast_tracks if _is_on(track, lead, policy, heard, asked)]
    if not tracks and len(lead.matched) < policy.scoring.min_distinct_activities:
        return None
    scored = score(policy, segment, attributes, heard, asked)
    if _is_over_threshold(lead, policy, segment, heard, scored, asked):
        return Passed("threshold", scored, breakdown(policy, heard, scored))
    for track in tracks:
        if track.min_fit is None or scored.fit >= track.min_fit:
            return Passed(f"fast_track:{track.name}", scored, breakdown(policy, heard, scored))
    return None


def complete(lead: Lead, policy: Policy, segment: Segment, attributes: dict[str, Any], asked: Instant) -> Passed:
    """The pass of a withheld lead that stands: the score is that of completion."""
    heard = heard_by_rule(policy, lead.activities)
    scored = score(policy, segment, attributes, heard, asked)
    return Passed("completed", scored, breakdown(policy, heard, scored))


def _is_over_threshold(lead: Lead, policy: Policy, segment: Segment, heard: Heard, scored: Score, asked: Instant) -> bool:
    if scored.fit < segment.min_fit or len(lead.matched) < policy.scoring.min_distinct_activities:
        return False
    if lead.returned_at is None:
        return scored.total >= segment.threshold
    return (
        scored.total >= segment.threshold + policy.requalify.hysteresis
        and asked - lead.returned_at >= policy.requalify.cool_down
        and any(
            occurred and occurred[-1] > lead.returned_at and policy.scoring.intent_rules[i].points > 0 for i, occurred in enumerate(heard)
        )
    )


def _is_on(track: FastTrack, lead: Lead, policy: Policy, heard: Heard, asked: Instant) -> bool:
    """Each of the combination was last matched within the window, and after the return where there was one."""
    last = [heard[policy.intent_rule_positions[name]][-1:] for name in track.rules]
    if not all(last):
        return False
    earliest = min(at for (at,) in last)
    if lead.returned_at is None:
        return earliest >= asked - track.within
    cooled_down = policy.requalify.fast_track_skips_cool_down or asked - lead.returned_at >= policy.requalify.cool_down
    return cooled_down and earliest > lead.returned_at and earliest >= asked - track.within
