"""What a policy that reads well can still not do: promises out of reach, choices never taken, evidence that contradicts itself."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from processor.domain.calendar import require_open_time
from processor.domain.conditions import Condition, Test
from processor.domain.durations import Duration, parse_duration
from processor.domain.policy import NO_RESPONSE, Policy, Step
from processor.policy_file.conditions import implies
from processor.policy_file.document import Field, quoted
from processor.policy_file.scalars import shown_points

_STAGES_LEFT = ("mql", "sal", "sql", "opportunity")  # a return takes a lead out of one of these
_LONGEST_WINDOW = parse_duration("7 calendar_days")


def lint(root: Field, policy: Policy) -> None:
    """Notes what cannot work. A check that needs a section with an error in it is left out: it would judge a stand-in."""
    broken = {finding.field.partition(".")[0].partition("[")[0] for finding in root.findings if finding.severity == "error"}
    for check, needs in _CHECKS.items():
        if broken.isdisjoint(needs):
            check(root, policy)


def _calendars_open(root: Field, policy: Policy) -> None:
    for name, calendar in policy.calendars.items():
        try:
            require_open_time(calendar, calendar.local_date(policy.in_force_from))
        except ValueError:
            week = root["calendars"][name]["week"]
            week.refuse("no open time in 366 days", "some", "give the week a window that neither holidays nor exceptions close")


def _review_is_ahead(root: Field, policy: Policy) -> None:
    starts = policy.first_calendar.local_date(policy.in_force_from)
    if policy.review_on < starts:
        root["review_on"].refuse(root["review_on"].found, f"{starts}, when it comes into force, or later", "fix a date in advance")


def _evidence_fits_together(root: Field, policy: Policy) -> None:
    evidence, field = policy.evidence, root["evidence"]
    for source in evidence.sources:
        if source.max_silence.amount < evidence.grace:
            at = field["sources"][source.prefix]["max_silence"]
            at.refuse(at.found, f"{field['grace'].found} (grace) or more", "raise it, or lower grace")
    for source, other in combinations(evidence.sources, 2):
        shorter, longer = sorted((source.prefix, other.prefix), key=len)
        if longer.startswith(shorter):
            at = field["sources"][longer]
            at.refuse(
                f"{quoted(longer)} beside {quoted(shorter)}", "prefixes of which none begins another", "one would speak for both; keep one"
            )
    window = field["window"]
    if evidence.window < evidence.max_backdating:
        window.refuse(window.found, f"{field['max_backdating'].found} (max_backdating) or more", "raise it, or lower max_backdating")
    if evidence.window > _LONGEST_WINDOW.amount:
        window.refuse(window.found, f"{_LONGEST_WINDOW.text} or less", "lower it: a verdict must be final some day")


def _leads_outlive_their_evidence(root: Field, policy: Policy) -> None:
    if policy.closed_leads_kept_for < policy.evidence.window:
        kept, window = root["retention"]["closed_leads"], root["evidence"]["window"]
        kept.refuse(kept.found, f"{window.found} (evidence.window) or more", "raise it: late word of a deed must still find its lead")


def _reps_have_one_team(root: Field, policy: Policy) -> None:
    """The figures of a team are those of its reps."""
    team_of: dict[str, str] = {}
    for name, team in policy.teams.items():
        for rep in team.reps:
            if rep in team_of:
                at = root["teams"][name]["reps"][rep]
                at.refuse(f"{quoted(rep)} again", "each rep in one team", f"team {team_of[rep]} has it too; remove it from one of them")
            team_of.setdefault(rep, name)


def _segments_are_reached(root: Field, policy: Policy) -> None:
    conditions = [segment.when for segment in policy.segments]
    for field, earlier in _never_reached(root["segments"].children, conditions):
        field.refuse("a segment that no lead reaches", f"one that {earlier.path} does not match first", f"move it before {earlier.key}")
    if conditions[-1]:
        last = root["segments"].children[-1]
        last["when"].warn("a condition", "a last segment without when", "leads that no segment matches are never handed off")


def _tracks_are_reached(root: Field, policy: Policy) -> None:
    for name, reason in policy.returns.items():
        choices = root["returns"][name]["nurture"]["when"].children
        for field, choice in zip(choices, reason.tracks, strict=True):
            if not choice.when:
                field.refuse("a choice without a condition", "at least one", "it would always be taken: write it as default")
            for test in choice.when:
                _check_beside_attributes(field[test.attribute], test)
        for field, earlier in _never_reached(choices, [choice.when for choice in reason.tracks]):
            field.refuse("a choice that is never taken", f"one that {earlier.path} does not take first", "move it up, or remove it")


def _check_beside_attributes(field: Field, test: Test) -> None:
    """`stage` and `returns` are not attributes: what they can be is known."""
    operands = test.operand if isinstance(test.operand, tuple) else (test.operand,)
    if test.attribute == "stage" and not (test.operator in ("equals", "in", "not_in") and set(operands) <= set(_STAGES_LEFT)):
        field.refuse(field.found, f"the stage that was left: {', '.join(_STAGES_LEFT)}, or in or not_in of some of them")
    if test.attribute == "returns" and not all(type(operand) is int for operand in operands):
        field.refuse(field.found, "a number of earlier returns", "such as {at_least: 2}")


def _never_reached(fields: Sequence[Field], conditions: Sequence[Condition]) -> list[tuple[Field, Field]]:
    """Each choice that an earlier one always takes before it, with that one."""
    never = []
    for n, condition in enumerate(conditions):
        earlier = next((m for m in range(n) if implies(condition, conditions[m])), None)
        if earlier is not None:
            never.append((fields[n], fields[earlier]))
    return never


class _Reach(NamedTuple):
    """The most milli-points that the caps and the positive rules let a lead have."""

    fit: int
    intent: int


def _reach(policy: Policy) -> _Reach:
    scoring = policy.scoring
    fit = sum(max(rule.points, 0) for rule in scoring.fit_rules)
    by_group: dict[str | None, float] = {}
    for rule in scoring.intent_rules:
        if rule.points > 0:  # activities repeat, so only a cap limits what a rule gives
            by_group[rule.group] = by_group.get(rule.group, 0) + (float("inf") if rule.cap is None else rule.cap)
    intent = sum(min(points, scoring.group_caps[group]) if group else points for group, points in by_group.items())
    return _Reach(min(fit, scoring.fit_cap), int(min(intent, scoring.intent_cap)))


def _thresholds_are_in_reach(root: Field, policy: Policy) -> None:
    reach = _reach(policy)
    most = min(reach.fit + reach.intent, policy.scoring.scale)
    for segment in policy.segments:
        needed = segment.threshold + policy.requalify.hysteresis
        if needed > most:
            root["segments"][segment.name]["threshold"].refuse(
                f"{shown_points(segment.threshold)} and hysteresis {shown_points(policy.requalify.hysteresis)}",
                f"together {shown_points(most)} or less, the most that score.scale, the caps and the rules allow",
                "lower it, or raise the caps or the points",
            )


def _fit_is_in_reach(root: Field, policy: Policy) -> None:
    most = _reach(policy).fit
    gates = [(root["segments"][segment.name]["min_fit"], segment.min_fit) for segment in policy.segments]
    gates += [(root["score"]["fast_tracks"][track.name]["min_fit"], track.min_fit) for track in policy.scoring.fast_tracks if track.min_fit]
    for field, min_fit in gates:
        if min_fit > most:
            field.refuse(field.found, f"{shown_points(most)} or less, the most that score.fit allows", "lower it, or raise cap or points")


def _activities_are_enough(root: Field, policy: Policy) -> None:
    positive = sum(rule.points > 0 for rule in policy.scoring.intent_rules)
    if policy.scoring.min_distinct_activities > positive:
        field = root["score"]["min_distinct_activities"]
        field.refuse(field.found, f"{positive} or less, the number of intent rules with positive points", "lower it, or add rules")


def _ladders_rise(root: Field, policy: Policy) -> None:
    for clock in policy.clocks:
        rungs = [(root["clocks"][clock.name]["steps"][n]["at"], step, _position(step, clock.target)) for n, step in enumerate(clock.steps)]
        for (_, lower, first), (at, _, second) in combinations(rungs, 2):
            if first == second:
                at.refuse(f"{at.found} again", "each instant once", "put both into one step")
            elif first > second and (first.part != second.part or first.measure == second.measure):
                at.refuse(f"{at.found} after {quoted(lower.name)}", "steps in the order in which they come", "move it up the list")


class _Position(NamedTuple):
    """Where a step stands on the way; two of one part and one measure can be compared without a calendar."""

    part: Literal[0, 1]  # up to the due, after it
    measure: str
    amount: int


def _position(step: Step, target: Duration) -> _Position:
    if isinstance(step.at, Duration):
        return _Position(1, step.at.measure, step.at.amount * 100)
    if step.at > 100 and target.measure != "open_days":  # then shares after the due are durations: 150% of 4 hours is 2 hours after it
        return _Position(1, target.measure, (step.at - 100) * target.amount)
    return _Position(0 if step.at <= 100 else 1, "share", step.at)


def _attempts_have_channels(root: Field, policy: Policy) -> None:
    waiting = [clock.name for clock in policy.clocks if clock.attempts]
    if waiting and not policy.attempts.channels:
        root["attempts"]["channels"].refuse("no channel", f"at least one: {', '.join(waiting)} wait for attempts", "add phone, or the like")


def _returns_have_a_reason(root: Field, policy: Policy) -> None:
    for clock in policy.clocks:
        for n, step in enumerate(clock.steps):
            if step.returns and NO_RESPONSE not in policy.returns:
                do = root["clocks"][clock.name]["steps"][n]["do"]
                do.refuse(do.found, f"the reason {NO_RESPONSE} in returns", "add it with its fault and its nurture track")


_CHECKS: Mapping[Callable[[Field, Policy], None], frozenset[str]] = {
    _calendars_open: frozenset({"calendars", "in_force"}),
    _review_is_ahead: frozenset({"review_on", "in_force", "calendars"}),
    _evidence_fits_together: frozenset({"evidence"}),
    _leads_outlive_their_evidence: frozenset({"evidence", "retention"}),
    _reps_have_one_team: frozenset({"teams"}),
    _segments_are_reached: frozenset({"segments"}),
    _thresholds_are_in_reach: frozenset({"segments", "score", "requalify"}),
    _fit_is_in_reach: frozenset({"segments", "score"}),
    _activities_are_enough: frozenset({"score"}),
    _ladders_rise: frozenset({"clocks"}),
    _attempts_have_channels: frozenset({"attempts", "clocks"}),
    _returns_have_a_reason: frozenset({"clocks", "returns"}),
    _tracks_are_reached: frozenset({"returns"}),
}
