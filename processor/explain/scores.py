"""A score's arithmetic, rule by rule, and what the gate to sales still asks for; how points come about is the core's (scoring, gate)."""

from collections.abc import Iterator, Sequence
from typing import Any

from processor.domain.gate import ask, missing_fields, segment_of
from processor.domain.handoff import NO_GATE
from processor.domain.lead import Activity, Lead
from processor.domain.policy import Policy, Segment
from processor.domain.scoring import Heard, Line, breakdown, heard_by_rule
from processor.domain.scoring import Score as Points
from processor.domain.scoring import score as add_up
from processor.explain.story import Gate, Need, Rule, Score
from schemas.instants import SECOND, Instant, format_instant
from schemas.values import shown_points


def sheet(policy: Policy, points: Points, lines: Sequence[Line], activities: tuple[Activity, ...], at: Instant) -> Score:
    """`lines` as they stand in the handoff: what was decided is not computed anew."""
    scoring, heard = policy.scoring, heard_by_rule(policy, activities)
    return Score(
        at=at,
        fit=points.fit,
        fit_cap=scoring.fit_cap,
        intent=points.intent,
        intent_cap=scoring.intent_cap,
        score=points.total,
        scale=scoring.scale,
        rules=tuple(_rule(policy, line, heard) for line in lines),
    )


def sheet_anew(policy: Policy, segment: Segment, lead: Lead, at: Instant) -> Score:
    heard = heard_by_rule(policy, lead.activities)
    points = add_up(policy, segment, lead.attributes, heard, at)
    return sheet(policy, points, breakdown(policy, heard, points), lead.activities, at)


def _rule(policy: Policy, line: Line, heard: Heard) -> Rule:
    told: dict[str, Any] = {"rule": line.rule, "side": line.side, "points": line.points, "decayed": line.decayed, "counted": line.counted}
    if line.side == "fit":
        return Rule(**told)
    position = policy.intent_rule_positions[line.rule]
    rule = policy.scoring.intent_rules[position]
    return Rule(
        **told,
        heard=tuple(heard[position]),
        half_life_s=rule.half_life and rule.half_life // SECOND,
        linear_to_zero_s=rule.linear_to_zero and rule.linear_to_zero // SECOND,
        cap=rule.cap,
        per_day=rule.per_day,
        group=rule.group,
        group_cap=policy.scoring.group_caps.get(rule.group) if rule.group else None,
    )


def gate(lead: Lead, policy: Policy, at: Instant) -> Gate:
    """What would be said if it were asked now; it is asked only when marketing is heard, the profile changes, or the lead is reopened."""
    segment = segment_of(policy, lead.attributes)
    if segment is None:
        return Gate(at=at, policy=policy.key, needs=(*_standing(lead), Need(what="segment", holds=False)))
    score, passed = sheet_anew(policy, segment, lead, at), ask(lead, policy, segment, lead.attributes, at)
    track = passed.trigger.partition(":")[2] if passed else ""
    missing = missing_fields(policy, lead.attributes)
    needs = [*_standing(lead), *_threshold(lead, policy, segment, score, at)]
    needs.append(Need(what="fields", holds=not missing, found=", ".join(missing) or None))
    return Gate(at=at, policy=policy.key, segment=segment.name, fast_track=track or None, needs=tuple(needs), score=score)


def _standing(lead: Lead) -> Iterator[Need]:
    if lead.stage in NO_GATE:
        yield Need(what="stage", holds=False, found=lead.stage)


def _threshold(lead: Lead, policy: Policy, segment: Segment, score: Score, at: Instant) -> Iterator[Need]:
    """After a return it takes more, later, and something new."""
    returned, again = lead.returned_at, policy.requalify
    threshold = segment.threshold + (again.hysteresis if returned is not None else 0)
    yield Need(what="fit", holds=score.fit >= segment.min_fit, needed=shown_points(segment.min_fit), found=shown_points(score.fit))
    yield Need(what="score", holds=score.score >= threshold, needed=shown_points(threshold), found=shown_points(score.score))
    kinds, fewest = len(lead.matched), policy.scoring.min_distinct_activities
    yield Need(what="activities", holds=kinds >= fewest, needed=fewest, found=kinds)
    if returned is not None:
        eligible = returned + again.cool_down
        new = any(rule.points > 0 and rule.heard and rule.heard[-1] > returned for rule in score.rules)
        yield Need(what="cool_down", holds=at >= eligible, needed=format_instant(eligible), found=format_instant(at))
        yield Need(what="new_intent", holds=new, needed=format_instant(returned))
