"""Handoffs against the gate (semantics sections 4, 5 and 8): none without its reason, none missing, and what each says is true."""

from collections.abc import Iterator
from typing import Any

from tests.checker.cases import Case, number
from tests.checker.history import Heard
from tests.checker.policies import Policies, Version, points
from tests.checker.run import Run, Violation
from tests.checker.said import Lead, Said
from tests.checker.scores import Gate, gate, picture

_GATE = "section 4: a lead is handed off when its score, fit and intent, or a fast track, pass the gate at the logged of an asking signal"
_SCORE = "section 4: score = fit + intent, each by its rules, caps and decay at the asking, shown with one decimal"
_ADDS_UP = "section 4: the breakdown after caps adds up to fit and intent"
_COMPLETE = "section 4: a lead that passes the gate without what marketing owes is withheld, with the list, until it arrives"
_SAYS = "section 5: a handoff says who, to which team, by which version, and by when"
_NEVER = "section 8: customers and disqualified leads are never handed off again unless reopened"
_BEGINS = "section 1: a cycle begins with a handoff, or with `accepted`, `qualified` or an opportunity of sales' own"
_ASKS = ("marketing.activity", "marketing.profile", "crm.profile", "crm.reopened")


def check_handoff(case: Case, run: Run) -> Iterator[Violation]:
    if case.created is not None:
        yield from _is_told_right(case, case.created, run.history.policies)
        if case.withheld is None:
            yield from _passed_the_gate(case, case.created, case.cause, case.version)
        elif case.created.data["trigger"] != "completed":
            yield Violation(_COMPLETE, f"trigger {case.created.data['trigger']} after it was withheld", case.lead.id, case.created.id)
    if case.withheld is not None:
        # Of several signals logged at that instant one is the cause.
        version = run.history.policies.at(case.withheld.time)
        found = [list(_passed_the_gate(case, case.withheld, cause, version)) for cause in _causes_of_withheld(case)]
        yield from min(found, key=len, default=[Violation(_GATE, "withheld when no signal asked", case.lead.id, case.withheld.id)])


def check_beginnings(lead: Lead, cases: list[Case], run: Run) -> Iterator[Violation]:
    """Every cycle of a lead begins with something, in the order of their numbers; and a lead that passed the gate has a cycle."""
    known = {case.cycle.id for case in cases}
    heard = run.heard.get(lead.id, [])
    # A deal lost outside any cycle begins one and ends it, and says nothing where the lead was lost already.
    unsaid = sum(record.type == "crm.opportunity" and record.data["status"] in ("won", "lost") for record in heard)
    for n, cycle in enumerate(sorted(lead.cycles.values(), key=number), 1):
        if cycle.id != f"{lead.id}#{number(cycle)}" or not n <= number(cycle) <= n + unsaid:
            yield Violation(
                "section 1: cycles are numbered from 1 on", f"cycle {cycle.id} where {lead.id}#{n} was expected", lead.id, cycle.said[0].id
            )
        for kind in ("created", "withheld"):
            if len(cycle.of(kind)) > 1:
                yield Violation("I1: each cycle has exactly one handoff identity", f"{len(cycle.of(kind))} times {kind}", lead.id, cycle.id)
        if cycle.id not in known and cycle.one("withheld") is None:
            first = cycle.one("stage")
            if first is not None and unsaid and first.data["to"] in ("disqualified", "merged", "lead"):
                continue  # of a cycle that a lost deal had begun and ended unsaid
            named = f"not by {first.data['cause']}" if first is not None else "there is no stage event"
            yield Violation(_BEGINS, f"nothing in the input begins it: {named}", lead.id, (first or cycle.said[0]).id)
    if heard and not lead.cycles:
        yield from check_unheard(lead.id, heard, run)


def check_unheard(lead: str, heard: list[Heard], run: Run) -> Iterator[Violation]:
    """A lead that never had a cycle never passed the gate, as far as anything but a hair's breadth decides."""
    policies = run.history.policies
    if any(record.type in ("crm.disqualified", "crm.merged", "crm.erased") for record in heard):
        return
    for record in heard:
        if record.type in _ASKS and record.first:
            asked = gate(policies.at(record.logged), picture(heard, record.order), record.logged)
            if asked.trigger and asked.margin > 1:
                yield Violation(
                    _GATE, f"passed ({asked.trigger}, {asked.score.total / 1000:.1f}) and was not handed off", lead, "", record.place
                )
                return


def _causes_of_withheld(case: Case) -> list[Heard]:
    assert case.withheld is not None
    at = case.withheld.time
    return [
        record for record in case.heard if record.logged == at and record.type in _ASKS and record.first is not False and not record.gone
    ]


def _passed_the_gate(case: Case, said: Said, cause: Heard, version: Version) -> Iterator[Violation]:
    told = case.lead.id, said.id, cause.place
    if cause.type not in _ASKS:
        yield Violation(_GATE, f"a {cause.type} asks for no handoff", *told)
        return
    asked = _asked(case, cause, version)
    if asked is None:
        return
    data = said.data
    if asked.segment != data["segment"]:
        yield Violation(
            "section 4: segments are decided by ordered rules over attributes",
            f"segment {data['segment']}, should be {asked.segment}",
            *told,
        )
        return
    for name, true in (("score", asked.score.total), ("fit", asked.score.fit), ("intent", asked.score.intent)):
        if abs(data[name] * 1000 - true) > 61:
            yield Violation(_SCORE, f"{name} {data[name]}, should be {true / 1000:.1f}", *told)
    if asked.margin > 1 and asked.trigger is None:
        yield Violation(_GATE, f"handed off with {data['score']}, which does not pass", *told)
    if asked.margin > 1 and said.type == "created" and data["trigger"] != asked.trigger and asked.trigger:
        yield Violation(_GATE, f"trigger {data['trigger']}, should be {asked.trigger}", *told)
    if said.type == "created" and asked.missing:
        yield Violation(_COMPLETE, f"handed off without {', '.join(asked.missing)}", *told)
    if said.type == "withheld" and sorted(data["missing"]) != sorted(asked.missing):
        yield Violation(_COMPLETE, f"missing {data['missing']}, should be {asked.missing}", *told)


def _asked(case: Case, cause: Heard, version: Version) -> Gate | None:
    """The gate as it must have been asked; None where what came before the cycle leaves it open."""
    stage = _stage_before(case)
    if stage in ("lead", ""):
        return gate(version, picture(case.heard, cause.order), cause.logged)
    left = _left_at(case, cause)
    if left is None:
        return None
    only_fast = cause.logged < left + version.cool_down
    return gate(version, picture(case.heard, cause.order), cause.logged, again=left, only_fast=only_fast)


def _stage_before(case: Case) -> str:
    """The stage from which the lead was called, "" where it never became an mql."""
    called = [stage for stage in case.cycle.of("stage") if stage.data["to"] == "mql"]
    return str(called[0].data["from"]) if called else ""


def _left_at(case: Case, cause: Heard) -> int | None:
    """The instant of the last return, or of the loss, before the cause. Later cycles' may be dated before it: it was heard late."""
    earlier = {cycle.id for cycle in case.lead.cycles.values() if number(cycle) < number(case.cycle)}
    before = [said.time for said in case.lead.of("stage") if said.data["to"] == "lost" and said.cycle in earlier]
    back = case.lead.of("return_withdrawn")
    for said in case.lead.of("returned"):
        withdrawn = said.data["by"] == "clock" and any((other.cycle, other.time) == (said.cycle, said.time) for other in back)
        before += [said.time] if said.cycle in earlier and not withdrawn else []
    return max((at for at in before if at <= cause.logged), default=None)


def _is_told_right(case: Case, said: Said, policies: Policies) -> Iterator[Violation]:
    data, told = said.data, (case.lead.id, said.id, case.cause.place)
    words = case.version.words["segments"].get(data["segment"])
    if policies.at(said.time) is not case.version:
        yield Violation(
            "section 5: the version in force at that instant is pinned to the cycle", f"version {data['policy_version']}", *told
        )
    if words is None or data.get("team") != words["team"]:
        yield Violation(_SAYS, f"team {data.get('team')}", *told)
    for side in ("fit", "intent"):
        lines = [line["counted"] for line in data["breakdown"] if line["side"] == side]
        if abs(sum(lines) - data[side]) > 0.051 * (len(lines) + 1):
            yield Violation(_ADDS_UP, f"{side} {data[side]}, the lines say {sum(lines):.1f}", *told)
    scale = points(case.version.words["score"]["scale"]) / 1000
    if abs(min(max(data["fit"] + data["intent"], 0), scale) - data["score"]) > 0.11:
        yield Violation(_SCORE, f"{data['fit']} and {data['intent']} make no {data['score']}", *told)
    if words is not None and data["icp"] != (data["fit"] >= points(words["min_fit"]) / 1000):
        yield Violation("events.md: icp says whether fit is at least the segment's min_fit", str(data["icp"]), *told)
    from_stage = _stage_before(case)
    if from_stage not in ("lead", "nurture", "lost"):
        yield Violation(_NEVER, f"handed off from {from_stage or 'no stage'}", *told)
    yield from _carries_the_attributes(case, said, told)


def _carries_the_attributes(case: Case, said: Said, told: tuple[str, str, str]) -> Iterator[Violation]:
    known = picture(case.heard, case.cause.order).attributes
    carried: dict[str, Any] = {name: known[name] for name in case.version.words["profile"]["handoff_carries"] if name in known}
    if said.data["attributes"] != carried:
        yield Violation(_SAYS, f"attributes {sorted(said.data['attributes'])}, should be {sorted(carried)}", *told)
