"""Score = fit + intent in milli-points, with its arithmetic shown; whether the score is enough is asked elsewhere (gate)."""

from collections.abc import Sequence
from functools import lru_cache
from math import exp2
from typing import Any, NamedTuple

from processor.domain.conditions import holds
from processor.domain.lead import Activity, ActivityKind
from processor.domain.policy import IntentRule, Policy, Segment
from schemas.events import ScoreSide
from schemas.instants import Instant

Heard = Sequence[Sequence[Instant]]  # by position of the intent rule: when it was matched, in order


class Score(NamedTuple):
    """Milli-points. By rule, in the policy's order: what it gave after decay, and what of it counted; 0 where it did not match."""

    fit: int
    intent: int
    total: int
    fit_counted: list[int]
    intent_decayed: list[int]
    intent_counted: list[int]


class Line(NamedTuple):
    """One rule's part of the score: points before decay, after it, and after every cap, in milli-points."""

    rule: str
    side: ScoreSide
    points: int
    decayed: int
    counted: int


def score(policy: Policy, segment: Segment, attributes: dict[str, Any], heard: Heard, asked: Instant) -> Score:
    """Every activity decays from its own time; then caps by rule, by group, by side; then the clamp to the scale.

    The segment's calendar says what a local day is.
    """
    scoring = policy.scoring
    fit_counted = _capped([rule.points if holds(rule.when, attributes) else 0 for rule in scoring.fit_rules], scoring.fit_cap)
    decayed, intent_counted = [0] * len(heard), [0] * len(heard)
    for i, occurred in enumerate(heard):
        if occurred:
            rule = scoring.intent_rules[i]
            each = [_decayed(rule, asked - at) for at in occurred]
            decayed[i] = sum(each)
            given = decayed[i] if rule.per_day is None else _first_of_each_day(rule.per_day, segment, occurred, each)
            intent_counted[i] = given if rule.cap is None else min(given, rule.cap)
    for group, cap in scoring.group_caps.items():
        inside = [i for i, rule in enumerate(scoring.intent_rules) if rule.group == group]
        for i, counted in zip(inside, _capped([intent_counted[i] for i in inside], cap), strict=True):
            intent_counted[i] = counted
    intent_counted = _capped(intent_counted, scoring.intent_cap)
    fit, intent = sum(fit_counted), sum(intent_counted)
    return Score(fit, intent, min(max(fit + intent, 0), scoring.scale), fit_counted, decayed, intent_counted)


def breakdown(policy: Policy, heard: Heard, scored: Score) -> tuple[Line, ...]:
    """A line for each rule that matched; what counted adds up to fit and intent."""
    scoring, fit, intent = policy.scoring, list[Line](), list[Line]()
    for fit_rule, counted in zip(scoring.fit_rules, scored.fit_counted, strict=True):
        if counted:
            fit.append(Line(fit_rule.name, "fit", fit_rule.points, fit_rule.points, counted))
    for i, rule in enumerate(scoring.intent_rules):
        if heard[i]:
            intent.append(Line(rule.name, "intent", rule.points * len(heard[i]), scored.intent_decayed[i], scored.intent_counted[i]))
    return (*fit, *intent)


def heard_by_rule(policy: Policy, activities: tuple[Activity, ...]) -> Heard:
    heard: list[list[Instant]] = [[] for _ in policy.scoring.intent_rules]
    for activity in activities:
        for i in matching_rules(policy, activity.kind).positions:
            heard[i].append(activity.occurred)
    return heard


class Matching(NamedTuple):
    """The intent rules that an activity matches: positions, names of those with positive points, whether one has negative points."""

    positions: tuple[int, ...]
    positive: tuple[str, ...]
    is_negative: bool


@lru_cache(maxsize=1 << 14)
def matching_rules(policy: Policy, kind: ActivityKind) -> Matching:
    """The same few kinds come again and again: hence the cache."""
    activity, url, asset, asset_type, campaign, channel, properties = kind
    attributes = {name: value for name, value, _ in properties} | {
        "activity": activity,
        "url": url,
        "asset": asset,
        "asset_type": asset_type,
        "campaign": campaign,
        "channel": channel,
    }
    positions = tuple(i for i, rule in enumerate(policy.scoring.intent_rules) if holds(rule.when, attributes))
    rules = [policy.scoring.intent_rules[i] for i in positions]
    return Matching(positions, tuple(rule.name for rule in rules if rule.points > 0), any(rule.points < 0 for rule in rules))


def negative_fit_rules(policy: Policy, attributes: dict[str, Any]) -> tuple[str, ...]:
    return tuple(rule.name for rule in policy.scoring.fit_rules if rule.points < 0 and holds(rule.when, attributes))


def _decayed(rule: IntentRule, age: int) -> int:
    """Rounded half-even; an age is never negative."""
    if age <= 0:
        return rule.points
    if rule.half_life is not None:
        return round(rule.points * exp2(-age / rule.half_life))
    if rule.linear_to_zero is not None:
        return round(rule.points * max(0, rule.linear_to_zero - age) / rule.linear_to_zero)
    return rule.points


def _first_of_each_day(most: int, segment: Segment, occurred: Sequence[Instant], points: list[int]) -> int:
    per_day: dict[Any, int] = {}
    total = 0
    for at, each in zip(occurred, points, strict=True):
        day = segment.calendar.local_date(at)
        per_day[day] = per_day.get(day, 0) + 1
        if per_day[day] <= most:
            total += each
    return total


def _capped(points: list[int], cap: int) -> list[int]:
    """What is over the cap is taken from the last rules first, so that what counts still adds up. Caps limit upward only."""
    over = sum(points) - cap
    if over <= 0:
        return points
    capped = points.copy()
    for i in reversed(range(len(capped))):
        cut = min(max(over, 0), max(capped[i], 0))
        over -= cut
        capped[i] -= cut
    return capped
