"""A lead's stages in order, and the silence about one that is gone (semantics sections 1 and 8); cycles are judged elsewhere."""

from collections.abc import Iterator
from itertools import pairwise

from tests.checker.cases import Case, cause_of, erases
from tests.checker.history import Heard
from tests.checker.instants import shown
from tests.checker.run import Run, Violation
from tests.checker.said import Lead, Said

_CHAIN = "events.md: stage events count every change, each from where the one before led to"
_CAUSE = "events.md: a stage event names the signal that moved the lead, at its occurred, the handoff's instant, the return's, or R"
_TABLE = "section 1: the stages and what leads from one to the next"
_GONE = "I13, section 8: erased or merged: open clocks are cancelled, then silence"
_ONE_OPEN = "section 1: a cycle is one trip from handoff to its end; the next begins after it"

_LEADS_TO = {
    "lead": ("mql", "sal", "sql", "opportunity", "customer", "lost", "disqualified", "merged"),
    "mql": ("sal", "sql", "opportunity", "customer", "lost", "nurture", "disqualified", "merged"),
    "sal": ("sql", "opportunity", "customer", "lost", "nurture", "disqualified", "merged"),
    "sql": ("opportunity", "customer", "lost", "nurture", "disqualified", "merged"),
    "opportunity": ("customer", "lost", "nurture", "disqualified", "merged"),
    "nurture": ("lead", "mql", "sal", "sql", "opportunity", "customer", "lost", "disqualified", "merged"),
    "lost": ("lead", "mql", "sal", "sql", "opportunity", "customer", "nurture", "disqualified", "merged"),
    "disqualified": ("lead", "merged", "nurture", "customer", "lost"),
    "customer": ("merged", "disqualified", "nurture", "lost"),
    "merged": (),
}


def check_stages(lead: Lead, run: Run) -> Iterator[Violation]:
    heard = run.heard.get(lead.id, [])
    stages = lead.of("stage")
    stage = "lead"
    erased = sorted(record.logged for record in heard if record.type == "crm.erased" and not record.gone)
    back = {said.time for said in lead.of("return_withdrawn")}
    for n, said in enumerate(stages, 1):
        before, to = said.data["from"], said.data["to"]
        if said.id != f"{lead.id}/stage/{n}":
            yield Violation(_CHAIN, f"the {n}th stage event of the lead", lead.id, said.id)
        if before != stage and not (before == "lead" and erased):
            yield Violation(_CHAIN, f"from {before}, but the lead was {stage}", lead.id, said.id)
        goes_back = before == "nurture" and bool(back)
        if to not in _LEADS_TO.get(before, ()) and not goes_back:
            yield Violation(_TABLE, f"from {before} to {to}", lead.id, said.id)
        yield from _has_a_cause(lead, said, heard)
        stage = to


def _has_a_cause(lead: Lead, said: Said, heard: list[Heard]) -> Iterator[Violation]:
    causes = [record for record in heard if record.id == said.data["cause"] and record.first is not False]
    returned = [other.time for other in lead.of("returned") if other.data["by"] == "clock"]
    if not causes and said.time not in returned:
        yield Violation(_CAUSE, f"no signal {said.data['cause']} in the input", lead.id, said.id)
    instants = {at for record in causes for at in (record.occurred, record.logged)} | set(returned)
    if causes and said.time not in instants:
        yield Violation(_CAUSE, f"at {shown(said.time)}, the signal says {shown(causes[0].occurred)}", lead.id, said.id, causes[0].place)


def check_silence(lead: Lead, run: Run) -> Iterator[Violation]:
    """Nothing is about a time when the lead was gone, but in a cycle that began after it."""
    heard = run.heard.get(lead.id, [])
    gone_since: int | None = None
    spans: list[tuple[int, int]] = []
    for record in heard:
        if erases(record):
            gone_since = record.logged
        if record.type == "crm.reopened" and gone_since is not None and record.logged >= gone_since:
            spans.append((gone_since, record.logged))
            gone_since = None
    if gone_since is not None:
        spans.append((gone_since, 1 << 62))
    begun = {cycle.id: cause.logged for cycle in lead.cycles.values() if (cause := cause_of(cycle, heard)) is not None}
    dropped = {(record.letter.source, record.id) for record in heard if record.gone and record.first}
    for said in lead.said:
        at = said.time if said.type != "ignored" else -1
        heard_later = {record.occurred for record in heard if not record.gone and record.logged >= at}
        began = begun.get(str(said.data.get("cycle")), 0)
        if any(since < at < until and began < until for since, until in spans) and at not in heard_later:
            yield Violation(_GONE, f"{said.type} at {shown(at)}, when the lead was gone", lead.id, said.id)
        evidence = said.evidence
        if evidence and (evidence["source"], evidence["id"]) in dropped:
            yield Violation(_GONE, "the evidence came when the lead was gone", lead.id, said.id)


def check_one_open(cases: list[Case]) -> Iterator[Violation]:
    for before, case in pairwise(cases):
        begun = case.withheld.time if case.withheld is not None else case.begun
        if not any(end.heard_at <= begun or end.at <= begun for end in before.ends) and case.created is not None:
            yield Violation(_ONE_OPEN, f"{case.cycle.id} begins while {before.cycle.id} is open", case.lead.id, case.created.id)
