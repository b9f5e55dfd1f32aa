"""Score = fit + intent in milli-points, with its arithmetic shown; whether the score is enough is asked elsewhere (gate)."""

from functools import lru_cache
from math import exp2
from typing import Any, NamedTuple

from processor.domain.conditions import holds
from processor.domain.lead import Activity, ActivityKind
from processor.domain.policy import IntentRule, Policy, Segment
from schemas.instants import Instant


class Line(NamedTuple):
    """One rule's part of the score: points before decay, after it, and after every cap, in milli-points."""

    rule: str
    side: str
    points: int
    decayed: int
    counted: int


class Score(NamedTuple):
    """Milli-points; the lines that counted, in the policy's order."""

    fit: int
    intent: int
    total: int
    lines: tuple[Line, ...]


def score(policy: Policy, segment: Segment, attributes: dict[str, Any], activities: tuple[Activity, ...], asked: Instant) -> Score:
    """The segment's calendar says what a local day is."""
    fit_lines = [
        Line(rule.name, "fit", rule.points, rule.points, rule.points) for rule in policy.scoring.fit_rules if holds(rule.when, attributes)
    ]
    intent_lines = _grouped(
        policy,
        [
            _rule_line(rule, segment, heard, asked)
            for rule, heard in zip(policy.scoring.intent_rules, _heard_by_rule(policy, activities), strict=True)
            if heard
        ],
    )
    fit_lines, intent_lines = _capped(fit_lines, policy.scoring.fit_cap), _capped(intent_lines, policy.scoring.intent_cap)
    fit, intent = sum(line.counted for line in fit_lines), sum(line.counted for line in intent_lines)
    return Score(fit, intent, min(max(fit + intent, 0), policy.scoring.scale), (*fit_lines, *intent_lines))


def negative_fit_rules(policy: Policy, attributes: dict[str, Any]) -> tuple[str, ...]:
    return tuple(rule.name for rule in policy.scoring.fit_rules if rule.points < 0 and holds(rule.when, attributes))


@lru_cache(maxsize=1 << 14)
def matching_rules(policy: Policy, kind: ActivityKind) -> tuple[int, ...]:
    """Positions of the intent rules that an activity matches. The same few kinds come again and again: hence the cache."""
    activity, url, asset, asset_type, campaign, channel, properties = kind
    attributes = {name: value for name, value, _ in properties} | {
        "activity": activity,
        "url": url,
        "asset": asset,
        "asset_type": asset_type,
        "campaign": campaign,
        "channel": channel,
    }
    return tuple(i for i, rule in enumerate(policy.scoring.intent_rules) if holds(rule.when, attributes))


def matched_since(policy: Policy, activities: tuple[Activity, ...], rule_name: str, after: Instant | None, from_: Instant) -> bool:
    """Whether a rule was matched at or after `from_`, and after `after` where that is given."""
    return any(
        activity.occurred >= from_
        and (after is None or activity.occurred > after)
        and any(policy.scoring.intent_rules[i].name == rule_name for i in matching_rules(policy, activity.kind))
        for activity in activities
    )


def positive_since(policy: Policy, activities: tuple[Activity, ...], after: Instant) -> bool:
    """Whether intent with positive points was heard that occurred after the instant."""
    return any(
        activity.occurred > after and any(policy.scoring.intent_rules[i].points > 0 for i in matching_rules(policy, activity.kind))
        for activity in reversed(activities)
    )


def _heard_by_rule(policy: Policy, activities: tuple[Activity, ...]) -> list[list[Instant]]:
    heard: list[list[Instant]] = [[] for _ in policy.scoring.intent_rules]
    for activity in activities:
        for i in matching_rules(policy, activity.kind):
            heard[i].append(activity.occurred)
    return heard


def _rule_line(rule: IntentRule, segment: Segment, heard: list[Instant], asked: Instant) -> Line:
    decayed = [_decayed(rule, asked - occurred) for occurred in heard]
    counted = decayed if rule.per_day is None else _first_of_each_day(rule.per_day, segment, heard, decayed)
    total = sum(counted)
    return Line(rule.name, "intent", rule.points * len(heard), sum(decayed), total if rule.cap is None else min(total, rule.cap))


def _decayed(rule: IntentRule, age: int) -> int:
    """Rounded half-even; an age is never negative."""
    if age <= 0:
        return rule.points
    if rule.half_life is not None:
        return round(rule.points * exp2(-age / rule.half_life))
    if rule.linear_to_zero is not None:
        return round(rule.points * max(0, rule.linear_to_zero - age) / rule.linear_to_zero)
    return rule.points


def _first_of_each_day(most: int, segment: Segment, heard: list[Instant], decayed: list[int]) -> list[int]:
    per_day: dict[Any, int] = {}
    counted = []
    for occurred, points in zip(heard, decayed, strict=True):
        day = segment.calendar.local_date(occurred)
        per_day[day] = per_day.get(day, 0) + 1
        if per_day[day] <= most:
            counted.append(points)
    return counted


def _grouped(policy: Policy, lines: list[Line]) -> list[Line]:
    """A group's rules share its cap."""
    group_of = {rule.name: rule.group for rule in policy.scoring.intent_rules if rule.group}
    for group, cap in policy.scoring.group_caps.items():
        inside = [line for line in lines if group_of.get(line.rule) == group]
        replaced = dict(zip(inside, _capped(inside, cap), strict=True))
        lines = [replaced.get(line, line) for line in lines]
    return lines


def _capped(lines: list[Line], cap: int) -> list[Line]:
    """What is over the cap is taken from the last lines first, so that the lines still add up. Caps limit upward only."""
    over = sum(line.counted for line in lines) - cap
    capped = []
    for line in reversed(lines):
        cut = min(max(over, 0), max(line.counted, 0))
        over -= cut
        capped.append(line._replace(counted=line.counted - cut))
    return capped[::-1]
