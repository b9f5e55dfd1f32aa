"""The gate to sales: is this lead ready now, and is what marketing owes complete; what follows from it stays outside (handoff)."""

from typing import Any, NamedTuple

from processor.domain.conditions import holds, is_missing
from processor.domain.lead import Lead
from processor.domain.policy import FastTrack, Policy, Segment
from processor.domain.scoring import Score, matched_since, positive_since, score
from schemas.instants import Instant


class Passed(NamedTuple):
    trigger: str  # threshold, or fast_track:<name>
    score: Score


def segment_of(policy: Policy, attributes: dict[str, Any]) -> Segment | None:
    """The first whose condition holds."""
    return next((segment for segment in policy.segments if holds(segment.when, attributes)), None)


def missing_fields(policy: Policy, attributes: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in policy.required_at_handoff if is_missing(attributes.get(name)))


def ask(lead: Lead, policy: Policy, segment: Segment, attributes: dict[str, Any], asked: Instant) -> Passed | None:
    """Whether the lead passes at this instant; after a return it needs more, later, and something new."""
    now = score(policy, segment, attributes, lead.activities, asked)
    if _is_over_threshold(lead, policy, segment, now, asked):
        return Passed("threshold", now)
    for track in policy.scoring.fast_tracks:
        if now.fit >= (track.min_fit if track.min_fit is not None else now.fit) and _is_on(track, lead, policy, asked):
            return Passed(f"fast_track:{track.name}", now)
    return None


def _is_over_threshold(lead: Lead, policy: Policy, segment: Segment, now: Score, asked: Instant) -> bool:
    if now.fit < segment.min_fit or len(lead.matched) < policy.scoring.min_distinct_activities:
        return False
    if lead.returned_at is None:
        return now.total >= segment.threshold
    return (
        now.total >= segment.threshold + policy.requalify.hysteresis
        and asked - lead.returned_at >= policy.requalify.cool_down
        and positive_since(policy, lead.activities, lead.returned_at)
    )


def _is_on(track: FastTrack, lead: Lead, policy: Policy, asked: Instant) -> bool:
    if (
        lead.returned_at is not None
        and not policy.requalify.fast_track_skips_cool_down
        and asked - lead.returned_at < policy.requalify.cool_down
    ):
        return False
    return all(matched_since(policy, lead.activities, rule, lead.returned_at, asked - track.within) for rule in track.rules)
