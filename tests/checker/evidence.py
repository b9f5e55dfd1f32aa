"""A verdict's evidence: which record it names, whether it is told as it was, what was known by then; what it proves is judged elsewhere."""

from collections.abc import Iterator

from tests.checker.cases import Case
from tests.checker.history import Heard
from tests.checker.instants import shown
from tests.checker.run import Violation
from tests.checker.said import Said

_OF_CYCLE = "section 1: a verdict's evidence is a fact of its own cycle, heard in time"


def known_by(facts: list[Heard], order: int) -> Iterator[list[Heard]]:
    """What was known of the facts from a record on, at every later moment."""
    for moment in sorted({fact.order for fact in facts if fact.order >= order} | {order}):
        yield sorted((fact for fact in facts if fact.order <= moment), key=lambda fact: fact.order)


def evidence_of(case: Case, said: Said) -> Heard | None:
    told = said.evidence
    return next(
        (
            record
            for record in case.heard
            if (record.id, record.letter.source) == (told["id"], told["source"]) and record.first is not False
        ),
        None,
    )


def told_truly(case: Case, said: Said, fact: Heard | None) -> Iterator[Violation]:
    told = said.evidence
    if fact is None or fact not in case.possible:
        place = fact.place if fact else ""
        yield Violation(_OF_CYCLE, f"the evidence {told['id']} is no fact of this cycle", case.lead.id, said.id, place)
        return
    true = {"occurred": shown(fact.occurred), "recorded": shown(fact.letter.recorded), "logged": shown(fact.logged)}
    for name, value in true.items():
        if told[name] != value:
            yield Violation(
                "events.md: evidence gives the record's instants as they counted",
                f"{name} {told[name]}, should be {value}",
                *about(case, said, fact),
            )
    if bool(told.get("backdated")) != fact.backdated:
        yield Violation(
            "section 2: evidence says whether it was back-dated", f"backdated {told.get('backdated')}", *about(case, said, fact)
        )


def about(case: Case, said: Said, fact: Heard) -> tuple[str, str, str]:
    return case.lead.id, said.id, fact.place
