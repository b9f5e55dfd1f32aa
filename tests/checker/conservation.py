"""Every input is applied, a dead letter, or a duplicate (I9), and what can have no effect says so (semantics sections 7, 9, 10)."""

from collections import defaultdict
from collections.abc import Iterator

from tests.checker.history import Heard
from tests.checker.instants import shown
from tests.checker.run import Run, Violation
from tests.checker.said import Said

_DEAD = "I9, section 10: a record that cannot be judged goes to the dead letters, with its place; no other does"
_TWICE = "section 9: the same upstream event delivered twice is applied once, and said to be ignored"
_LATE = "section 7: a fact whose logged - occurred is over the window is ignored as too late"
_IGNORED = "section 10: a CRM fact that can have no effect is published as ignored; of crm.activity only too_late and duplicate"


def check_conservation(run: Run) -> Iterator[Violation]:
    bad = {(record.topic, record.partition, record.offset): record.why for record in run.history.bad}
    dead = {(letter.topic, letter.partition, letter.offset): letter.reason for letter in run.told.dead_letters}
    for place in bad.keys() - dead.keys():
        yield Violation(_DEAD, f"no dead letter, though: {bad[place]}", record=_shown(place))
    for place in dead.keys() - bad.keys():
        yield Violation(_DEAD, f"a dead letter ({dead[place]}) of a record that can be judged", record=_shown(place))
    if len(dead) != len(run.told.dead_letters):
        yield Violation(_DEAD, "a dead letter twice")
    ignored = {said.id: said for said in run.told.events if said.type == "ignored"}
    owed: dict[str, tuple[str, Heard]] = {}
    may: dict[str, list[Heard]] = defaultdict(list)
    for lead in run.heard.values():
        for record in lead:
            _note(record, owed, may)
    for identity, (rule, record) in owed.items():
        if identity not in ignored:
            yield Violation(rule, "nothing was said of it", record.letter.subject, identity, record.place)
    for identity, said in ignored.items():
        yield from _may_be_ignored(said, may.get(identity, []))


def _note(record: Heard, owed: dict[str, tuple[str, Heard]], may: dict[str, list[Heard]]) -> None:
    name = f"{record.letter.source}/{record.id}"
    for reason in ("duplicate", "too_late", "impossible", "no_effect"):
        may[f"{name}/{reason}"].append(record)
    if record.gone:
        return
    if record.first is False:
        owed[f"{name}/duplicate"] = (_TWICE, record)
    elif record.first and record.too_late:
        owed[f"{name}/too_late"] = (_LATE, record)


def _may_be_ignored(said: Said, records: list[Heard]) -> Iterator[Violation]:
    reason, told = said.data["reason"], (said.lead, said.id, records[0].place if records else "")
    if not records or said.lead != records[0].letter.subject:
        yield Violation(_IGNORED, "no such record in the input", *told)
        return
    if said.time not in {record.letter.time for record in records}:
        yield Violation("events.md: an ignored event's time is as the signal says it", shown(said.time), *told)
    if reason == "duplicate" and all(record.first for record in records):
        yield Violation(_TWICE, "ignored as a duplicate, but it came once", *told)
    if reason == "too_late" and not any(record.too_late for record in records):
        yield Violation(_LATE, "ignored as too late, but it came within the window", *told)
    if reason in ("impossible", "no_effect") and (not records[0].is_fact or records[0].type == "crm.activity"):
        yield Violation(_IGNORED, f"a {records[0].type} ignored as {reason}", *told)
    if reason != "duplicate" and all(record.gone for record in records):
        yield Violation("I13, section 8: signals of an erased lead are dropped and counted", "ignored aloud", *told)


def _shown(place: tuple[str, int, int]) -> str:
    topic, partition, offset = place
    return f"{topic}/{partition}@{offset}" if topic else f"line {offset}"
