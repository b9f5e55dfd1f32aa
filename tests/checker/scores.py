"""The score and the gate by the checker's own arithmetic (semantics section 4); what a handoff says of them is judged elsewhere."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tests.checker.calendars import Calendar
from tests.checker.history import Heard
from tests.checker.policies import Version, holds, is_missing, points, scalar, span


class Picture(NamedTuple):
    """What is known of a lead at an asking: attributes by the latest occurred, activities in the order in which they were heard."""

    attributes: Mapping[str, Any]
    activities: list[Heard]


class Score(NamedTuple):
    """Milli-points; `by_rule`: the intent rules that gave any, before caps."""

    fit: float
    intent: float
    total: float


def picture(heard: Iterable[Heard], upto: int) -> Picture:
    """After the record of that order; what an erased person had done is forgotten."""
    latest: dict[str, tuple[int, int, Any]] = {}
    activities: list[Heard] = []
    for record in heard:
        if record.order > upto:
            break
        if record.type in ("crm.erased", "crm.merged") and record.first is not False:
            latest, activities = {}, []
        if record.gone or record.first is False:
            continue
        if record.type in ("marketing.profile", "crm.profile"):
            for name, value in record.data["attributes"].items():
                if name not in latest or record.occurred >= latest[name][0]:
                    latest[name] = (record.occurred, record.order, value)
        elif record.type == "marketing.activity":
            activities.append(record)
    return Picture({name: value for name, (_, _, value) in latest.items() if not is_missing(value)}, activities)


def segment_of(version: Version, attributes: Mapping[str, Any]) -> str | None:
    return next((name for name, words in version.words["segments"].items() if holds(words.get("when"), attributes)), None)


def score_of(version: Version, seen: Picture, asked: int, calendar: Calendar) -> Score:
    words = version.words["score"]
    fit_words, intent_words = words["fit"], words["intent"]
    fit = min(sum(points(rule["points"]) for rule in fit_words["rules"] if holds(rule["when"], seen.attributes)), points(fit_words["cap"]))
    groups: dict[str | None, float] = defaultdict(float)
    for rule in intent_words["rules"]:
        groups[rule.get("group")] += _rule_gives(rule, seen, asked, calendar)
    for name, group in (intent_words.get("groups") or {}).items():
        groups[name] = min(groups[name], points(group["cap"]))
    intent = min(sum(groups.values()), points(intent_words["cap"]))
    return Score(fit, intent, min(max(fit + intent, 0), points(words["scale"])))


def matching(rule: Mapping[str, Any], activities: Iterable[Heard]) -> list[Heard]:
    return [record for record in activities if holds(rule["when"], record.data)]


def _rule_gives(rule: Mapping[str, Any], seen: Picture, asked: int, calendar: Calendar) -> float:
    matched = sorted(matching(rule, seen.activities), key=lambda record: (record.occurred, record.order))
    per_day = int(rule.get("per_day", 1 << 30))
    counted: dict[Any, int] = defaultdict(int)
    total = 0.0
    for record in matched:
        day = calendar.local(record.occurred).date()
        counted[day] += 1
        if counted[day] <= per_day:
            total += _decayed(rule, max(0, asked - record.occurred))
    return min(total, points(rule["cap"])) if "cap" in rule else total


def _decayed(rule: Mapping[str, Any], age: int) -> float:
    worth = points(rule["points"])
    if "half_life" in rule:
        return round(worth * math.exp2(-age / span(rule["half_life"]).amount))
    if "linear_to_zero" in rule:
        return round(worth * max(0.0, 1 - age / span(rule["linear_to_zero"]).amount))
    return worth


class Gate(NamedTuple):
    """Whether a lead may be handed off; `trigger` as the handoff names it, None if it may not."""

    trigger: str | None
    score: Score
    segment: str | None
    missing: list[str]
    margin: float  # how far the nearest number is from changing the answer, in milli-points


def gate(version: Version, seen: Picture, asked: int, *, again: int | None = None, only_fast: bool = False) -> Gate:
    """`again`: the return since which new intent is asked for; `only_fast`: the cool-down has not passed."""
    segment = segment_of(version, seen.attributes)
    missing = [name for name in version.words["profile"]["required_at_handoff"] if name not in seen.attributes]
    if segment is None:
        return Gate(None, Score(0, 0, 0), None, missing, 1e9)
    words = version.words["segments"][segment]
    score = score_of(version, seen, asked, version.calendar_of(segment))
    rules = version.words["score"]["intent"]["rules"]
    positive = [rule for rule in rules if points(rule["points"]) > 0]
    distinct = sum(bool(matching(rule, seen.activities)) for rule in positive)
    needed = points(words["threshold"]) + (version.hysteresis if again is not None else 0)
    new = [record for record in seen.activities if again is None or record.occurred > again]
    intent_since = any(matching(rule, new) for rule in positive)
    margin = min(abs(score.total - needed), abs(score.fit - points(words["min_fit"])) or 1e9)
    ready = (
        score.fit >= points(words["min_fit"])
        and score.total >= needed
        and distinct >= int(scalar(version.words["score"]["min_distinct_activities"]))
    )
    if ready and intent_since and not only_fast:
        return Gate("threshold", score, segment, missing, margin)
    for name, track in (version.words["score"].get("fast_tracks") or {}).items():
        since = asked - span(track["within"]).amount
        inside = [record for record in new if record.occurred >= since]
        combination = all(any(matching(rule, inside) for rule in rules if rule["name"] == part) for part in track["all"])
        if combination and score.fit >= points(track.get("min_fit", "-999999")) and (not only_fast or version.fast_track_skips):
            return Gate(f"fast_track:{name}", score, segment, missing, margin)
    return Gate(None, score, segment, missing, margin)
