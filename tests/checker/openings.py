"""When a clock opens, starts again and pauses, and when it must (semantics sections 5 and 6); its story is judged elsewhere."""

from collections.abc import Iterator

from tests.checker.cases import NEVER, Case, is_attempt, settles
from tests.checker.history import Heard
from tests.checker.instants import instant, shown
from tests.checker.ladders import opened_by, over_at, returned_at
from tests.checker.policies import Duty
from tests.checker.run import Violation
from tests.checker.said import Clock
from tests.checker.stories import Life, lives_of, was_paused_before

_OPENS = "section 6: a clock opens at the handoff, at the first owner, or when the lead is accepted, each with its due"
_RESTARTS = "section 6: a change of owner keeps the clock or, where the policy says so, starts a running one again, at its logged"
_PAUSES = "section 6: a pause for a reason of the policy begins when it is logged, for running clocks that it concerns"


def check_openings(case: Case) -> Iterator[Violation]:
    """Every clock opened for what opens it, and every one that should have opened did."""
    opened = {clock.name: lives_of(clock) for clock in case.cycle.clocks.values() if lives_of(clock)}
    yield from _handoff_opens(case, opened)
    accepts, assigned = _accepting(case), _assigned(case)
    begun = [case.begun] if case.created is not None else []
    for name, lives in opened.items():
        duty = case.version.duties.get(name)
        if duty is None:
            yield Violation(_OPENS, f"the version has no clock {name}", case.lead.id, lives[0].opened.id)
            continue
        may = {
            "handoff": begun,
            "accepted": [fact.occurred for fact in accepts],
            "assigned": begun + [record.logged for record in assigned],
        }[duty.opens]
        if lives[0].starts not in may:
            yield Violation(_OPENS, f"{name} opened at {shown(lives[0].starts)}, when nothing opens it", case.lead.id, lives[0].opened.id)
        again = [record.logged for record in assigned] if case.version.restarts else []
        for life in lives[1:]:
            if life.starts not in again:
                yield Violation(_RESTARTS, f"{name} starts again at {shown(life.starts)}", case.lead.id, life.opened.id)
    for duty in case.version.duties.values():
        if duty.name not in opened:
            yield from _should_have_opened(case, duty, accepts, assigned)


def check_pauses_and_restarts(case: Case, clock: Clock) -> Iterator[Violation]:
    """What a clock that surely runs must not miss."""
    lives = lives_of(clock)
    if len(lives) != 1 or case.cycle.of("return_withdrawn"):
        return
    life = lives[0]
    for record in case.heard:
        if record.order <= case.beginner.order or not record.first or record.gone or not _surely_runs(case, clock, life, record):
            continue
        if record.type == "crm.paused" and record.data.get("clock") in (None, clock.name):
            until = record.data.get("until")
            lasts = (until is None or instant(until) > record.logged) and not was_paused_before(case, record)
            if lasts and not any(pause.begins <= record.logged and (pause.cut or record.logged <= pause.ends) for pause in life.pauses):
                yield Violation(_PAUSES, f"{clock.name} runs on at {shown(record.logged)}", case.lead.id, life.opened.id, record.place)
        if record.type == "crm.assigned" and case.version.restarts and _owner_before(case, record) not in (None, record.data["rep"]):
            yield Violation(_RESTARTS, f"{clock.name} goes on at {shown(record.logged)}", case.lead.id, life.opened.id, record.place)


def _surely_runs(case: Case, clock: Clock, life: Life, record: Heard) -> bool:
    at = record.logged
    is_over = min(over_at(case, clock, case.possible), returned_at(case)) <= at
    return opened_by(case, life) < at and not is_over and not any(said.at("due") < at for said in clock.of("breached"))


def _owner_before(case: Case, record: Heard) -> str | None:
    """Whom the cycle surely belonged to."""
    before = [other for other in _assigned(case) if case.beginner.order < other.order < record.order]
    return str(before[-1].data["rep"]) if before else None


def _handoff_opens(case: Case, opened: dict[str, list[Life]]) -> Iterator[Violation]:
    said = case.created
    if said is None:
        return
    dues = {(name, lives[0].starts): lives[0].dues[0] for name, lives in opened.items()}
    for duty in case.version.duties.values():
        if duty.opens == "handoff" and (duty.name, said.time) not in dues:
            yield Violation(_OPENS, f"{duty.name} does not open at {shown(said.time)}", case.lead.id, said.id)
    for line in said.data["deadlines"]:
        due = dues.get((line["clock"], said.time))
        if due is None or shown(due) != line["due"]:
            yield Violation(_OPENS, f"{line['clock']} is promised for {line['due']}", case.lead.id, said.id)


def _accepting(case: Case) -> list[Heard]:
    """What makes the lead accepted."""
    acceptance = case.version.duties.get("acceptance")
    attempts_do = acceptance is not None and acceptance.attempts > 0
    return [fact for fact in case.possible if fact.type == "crm.accepted" or (attempts_do and is_attempt(fact, case.version))]


def _assigned(case: Case) -> list[Heard]:
    return [record for record in case.heard if record.type == "crm.assigned" and record.first is not False and not record.gone]


def _should_have_opened(case: Case, duty: Duty, accepts: list[Heard], assigned: list[Heard]) -> Iterator[Violation]:
    """Only what was heard before anything else could have closed the cycle."""
    closed = min([fact.order for fact in case.possible if settles(fact)] + [case.next_order])
    early = min((end.heard_at for end in case.ends), default=NEVER)
    early = min(early, returned_at(case))
    if duty.opens == "accepted":
        causes = [fact for fact in accepts if fact in case.sure and fact.order < closed and max(fact.logged, case.begun) < early]
        restarted = "acceptance" in case.cycle.clocks and len(lives_of(case.cycle.clocks["acceptance"])) > 1
        causes = [] if restarted else causes
    else:
        causes = [record for record in assigned if case.beginner.order < record.order < closed and record.first and record.logged < early]
    if causes and (case.created is not None or duty.opens == "accepted"):
        cause = causes[0]
        if duty.opens == "accepted" and case.created is None and case.cause.type != "crm.accepted":
            return  # a cycle of sales' own opens these clocks only if `accepted` opened it
        yield Violation(_OPENS, f"{duty.name} never opened", case.lead.id, case.cycle.id, cause.place)
