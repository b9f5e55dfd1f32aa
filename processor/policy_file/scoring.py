"""The `score` section: fit, intent, their caps and the fast tracks; whether a lead can ever reach a threshold is asked elsewhere (lint)."""

from processor.domain.policy import FastTrack, FitRule, IntentRule, Scoring
from processor.policy_file.conditions import read_condition
from processor.policy_file.document import Field, quoted
from processor.policy_file.format import FAST_TRACK, FIT, FIT_RULE, GROUP, INTENT, INTENT_RULE, SCORE
from processor.policy_file.scalars import read_name, read_names, read_points, read_reference, read_span, read_whole


def read_scoring(field: Field) -> Scoring:
    field.must_have(SCORE)
    fit, intent = field["fit"], field["intent"]
    fit.must_have(FIT)
    intent.must_have(INTENT)
    group_caps = {group.key: _group_cap(group) for group in intent["groups"].entries()}
    intent_rules = tuple(_intent_rule(rule, group_caps) for rule in _named_once(intent["rules"]))
    rule_names = tuple(rule.name for rule in intent_rules)
    return Scoring(
        scale=read_points(field["scale"], least=1_000),
        min_distinct_activities=read_whole(field["min_distinct_activities"], least=0),
        fit_cap=read_points(fit["cap"], least=0),
        fit_rules=tuple(_fit_rule(rule) for rule in _named_once(fit["rules"])),
        intent_cap=read_points(intent["cap"], least=0),
        intent_rules=intent_rules,
        group_caps=group_caps,
        fast_tracks=tuple(_fast_track(track, rule_names) for track in field["fast_tracks"].entries()),
    )


def _group_cap(field: Field) -> int:
    field.must_have(GROUP)
    return read_points(field["cap"], least=0)


def _named_once(rules: Field) -> list[Field]:
    """A breakdown and a fast track call a rule by its name."""
    items = rules.items("a list of rules")
    first_lines: dict[str, int] = {}
    for name in (item["name"] for item in items):
        if name.text and name.text in first_lines:
            name.refuse(f"the rule {quoted(name.text)} again", "each name once", f"line {first_lines[name.text]} has it too; rename one")
        first_lines.setdefault(name.text or "", name.mark.line + 1)
    return items


def _fit_rule(field: Field) -> FitRule:
    field.must_have(FIT_RULE)
    return FitRule(read_name(field["name"]), read_condition(field["when"]), read_points(field["points"]))


def _intent_rule(field: Field, groups: dict[str, int]) -> IntentRule:
    field.must_have(INTENT_RULE)
    if field["half_life"].is_present and field["linear_to_zero"].is_present:
        field.refuse("half_life and linear_to_zero", "one way to decay", "remove one of them")
    return IntentRule(
        name=read_name(field["name"]),
        when=read_condition(field["when"]),
        points=read_points(field["points"]),
        half_life=read_span(field["half_life"]) if field["half_life"].is_present else None,
        linear_to_zero=read_span(field["linear_to_zero"]) if field["linear_to_zero"].is_present else None,
        cap=read_points(field["cap"], least=0) if field["cap"].is_present else None,
        per_day=read_whole(field["per_day"], least=1) if field["per_day"].is_present else None,
        group=read_reference(field["group"], groups) if field["group"].is_present else None,
    )


def _fast_track(field: Field, rule_names: tuple[str, ...]) -> FastTrack:
    field.must_have(FAST_TRACK)
    rules = read_names(field["all"], rule_names)
    if field["all"].is_list and not rules:
        field["all"].refuse("an empty list", "at least one intent rule", "a combination of nothing would hand every lead off")
    min_fit = read_points(field["min_fit"]) if field["min_fit"].is_present else None
    return FastTrack(field.key, rules, read_span(field["within"]), min_fit)
