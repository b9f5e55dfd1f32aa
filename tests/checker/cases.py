"""A cycle beside the facts that belong to it, as semantics section 1 words it; what must come of them stands elsewhere.

Where the contract leaves room, a fact is only *possible*: it may justify a verdict, but demands none. What is *sure* demands it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tests.checker.calendars import Calendar
from tests.checker.history import Heard, History
from tests.checker.instants import instant
from tests.checker.policies import Duty, Policies, Version
from tests.checker.said import Cycle, Lead, Said

ENDS = ("nurture", "disqualified", "customer", "lost", "merged")
NEVER = 1 << 62
_TWO_WAY = ("connected", "replied", "met")
_RUNG = (*_TWO_WAY, "no_answer", "voicemail", "sent", "delivered", "busy")


class End(NamedTuple):
    """Where a cycle ended; it holds facts a while longer where a clock ended it. `heard_at`: logged, when that became known."""

    at: int
    holds_until: int
    heard_at: int
    kind: str


class Case:
    """One cycle, its version of the policy, and the facts whose occurred lies within it."""

    def __init__(self, lead: Lead, cycle: Cycle, version: Version, calendar: Calendar, cause: Heard, heard: Sequence[Heard]) -> None:
        self.lead, self.cycle, self.version, self.calendar, self.cause = lead, cycle, version, calendar, cause
        self.created, self.withheld = cycle.one("created"), cycle.one("withheld")
        self.begins = self.surely_begins = min(cause.occurred, cause.logged)  # whose clock runs ahead begins no later cycle
        self.beginner = cause  # the record with which it became known that the cycle had begun
        self.ends: list[End] = []
        self.sure: list[Heard] = []
        self.possible: list[Heard] = []
        self.heard = heard
        self.next_begins = self.next_order = NEVER  # of the lead's next cycle: its cause's occurred, and its place in the log
        self.next_taken = NEVER  # logged, when its number was taken, also by a lead that is withheld
        self.forgot = max((record.order for record in heard if erases(record) and record.order < cause.order), default=-1)  # all before it
        self.gone_at = self.gone_order = NEVER  # when the lead was erased or merged: logged, and the place in the log

    @property
    def begun(self) -> int:
        return self.beginner.logged

    @property
    def cut(self) -> int:
        """The first instant at which something ended or converted it."""
        settled = [fact.occurred for fact in self.possible if settles(fact)]
        return min([end.at for end in self.ends] + settled, default=NEVER)


def cases_of(lead: Lead, heard: Sequence[Heard], history: History) -> list[Case]:
    """By number. A cycle whose beginning cannot be found in the input is left out; that is reported where beginnings are judged."""
    policies = history.policies
    cases: list[Case] = []
    for cycle in sorted(lead.cycles.values(), key=number):
        cause, version = cause_of(cycle, heard), version_of(cycle, policies)
        told = [*cycle.of("created"), *cycle.of("clock", "stage")]  # a withheld lead may change its segment until it is complete
        segment = next((str(said.data["segment"]) for said in told + cycle.said if said.data.get("segment")), "")
        if cause is None or version is None or segment not in version.words["segments"]:
            continue
        cases.append(Case(lead, cycle, version, version.calendar_of(segment), cause, heard))
    for n, case in enumerate(cases):
        later = cases[n + 1] if n + 1 < len(cases) else None
        case.ends = _ends(case, history, later)
        case.beginner = _beginner(case, cases[n - 1]) if n else case.cause
        if n and cases[n - 1].ends:  # a disqualification may have come after the end, and then is none
            before_it = [end.at for end in cases[n - 1].ends]
            case.begins, case.surely_begins = min(max(case.begins, min(before_it)), case.begun), max(case.begins, *before_it)
    for n, case in enumerate(cases):
        if n + 1 < len(cases):
            case.next_begins, case.next_order = cases[n + 1].begins, cases[n + 1].beginner.order
        case.next_taken = _taken_after(lead, number(case.cycle), case.next_order, heard)
        before = cases[n - 1] if n else None
        case.possible = [fact for fact in heard if _may_belong(fact, case)]
        first, last = min((end.holds_until if end.kind == "by clock" else end.at for end in case.ends), default=NEVER), case.next_begins
        within = [fact for fact in case.possible if case.surely_begins <= fact.occurred <= first and fact.occurred < last]
        case.sure = [fact for fact in within if fact.first and _kept(fact, case, before) and not _met_no_cycle(fact, case)]
    return cases


def _beginner(case: Case, before: Case) -> Heard:
    """Its cause; or, where that lay in the cycle before, the record that showed that one to have ended earlier."""
    if case.created is not None:
        return case.cause
    ends = {(end.at, end.heard_at) for end in before.ends if end.at < case.cause.occurred}
    showed = [record for record in case.heard if (record.occurred, record.logged) in ends]
    first = min(showed, key=lambda record: record.order, default=case.cause)
    return max(first, case.cause, key=lambda record: record.order)


def number(cycle: Cycle) -> int:
    _, _, n = cycle.id.rpartition("#")
    return int(n) if n.isdecimal() else 0


def version_of(cycle: Cycle, policies: Policies) -> Version | None:
    last = (cycle.one("created") or cycle.said[-1]).data
    return policies.named(last["policy"], last["policy_version"])


def _taken_after(lead: Lead, before: int, next_order: int, heard: Iterable[Heard]) -> int:
    began = [record.logged for record in heard if record.order == next_order]
    withheld = [said.time for cycle in lead.cycles.values() if number(cycle) > before for said in cycle.of("withheld")]
    return min(began + withheld, default=NEVER)


def cause_of(cycle: Cycle, heard: Iterable[Heard]) -> Heard | None:
    """The signal that the handoff came from, or the fact by which sales began itself."""
    created, first = cycle.one("created"), cycle.one("stage")
    if first is None:
        return None
    called = [record for record in heard if record.id == first.data["cause"] and record.first is not False and not record.gone]
    if created is not None:
        return next((record for record in called if record.logged == created.time), None)
    return next((record for record in called if record.type in ("crm.accepted", "crm.qualified", "crm.opportunity")), None)


def is_attempt(fact: Heard, version: Version) -> bool:
    data = fact.data
    return (
        fact.type == "crm.activity"
        and data["direction"] == "outbound"
        and not data["automated"]
        and data["channel"] in version.channels
        and data["outcome"] in _RUNG
    )


def is_contact(fact: Heard) -> bool:
    data = fact.data
    return (
        fact.type == "crm.activity"
        and not data["automated"]
        and data["channel"] not in ("note", "task")
        and (data["direction"] == "inbound" or data["outcome"] in _TWO_WAY)
    )


def settles(fact: Heard) -> bool:
    """Whether it ends or converts a cycle."""
    return fact.type in ("crm.returned", "crm.qualified", "crm.disqualified", "crm.opportunity")


def counted(facts: Iterable[Heard], version: Version, since: int) -> list[Heard]:
    """The qualifying attempts that count, greedy by occurred; of one activity the first."""
    seen: set[tuple[str, str]] = set()
    found: list[Heard] = []
    for fact in sorted(facts, key=lambda fact: (fact.occurred, fact.order)):
        if not is_attempt(fact, version) or fact.occurred < since:
            continue
        name = fact.letter.source, fact.data["activity_id"]
        if name not in seen and (not found or fact.occurred - found[-1].occurred >= version.spacing):
            found.append(fact)
        seen.add(name)
    return found


def done(duty: Duty, facts: Sequence[Heard], version: Version, since: int = -NEVER) -> tuple[int, Heard] | None:
    """When the facts do the duty, and which of them does."""
    asks_for_contact = "contact" in duty.deeds
    deeds = [fact for fact in facts if fact.occurred >= since and (deed(fact) in duty.deeds or (asks_for_contact and is_contact(fact)))]
    if duty.attempts:
        deeds += counted(facts, version, since)[duty.attempts - 1 : duty.attempts]
    first = min(deeds, key=lambda fact: (fact.occurred, fact.order), default=None)
    return None if first is None else (first.occurred, first)


def deed(fact: Heard) -> str:
    return fact.type.removeprefix("crm.")


def prevents_return(duty: Duty, facts: Sequence[Heard], version: Version, since: int) -> list[Heard]:
    """The facts that would have kept a clock from returning the lead."""
    found = [fact for fact in facts if settles(fact) or is_contact(fact)]
    doing = done(duty, facts, version, since)
    return found + ([doing[1]] if doing else [])


def withdrawn_returns(cycle: Cycle) -> set[int]:
    """Which of the cycle's returns by the clock were taken back, by their place among them."""
    by_clock = [said for said in cycle.of("returned") if said.data["by"] == "clock"]
    back = [said.time for said in cycle.of("return_withdrawn")]
    found: set[int] = set()
    for n, said in enumerate(by_clock):
        if said.time in back:
            back.remove(said.time)
            found.add(n)
    return found


def return_done_at(case: Case, returned: Said, history: History) -> int:
    """The earliest logged at which a return by the clock can have been done: what was logged by then was known."""
    stamp = returned.time
    clock = case.cycle.clocks.get(returned.data.get("clock", ""))
    dues = [said.at("due") for said in clock.of("breached")] if clock else []
    ready = [max(stamp, *dues) + case.version.grace if dues else stamp + case.version.grace]
    for prefix in case.version.sources:
        proofs = [beat.logged for beat in history.beats(case.cause.partition, prefix) if beat.occurred >= stamp]
        ready.append(min(proofs, default=NEVER))
    done_at = max(ready)
    begins = NEVER
    for said in clock.states if clock else []:
        if said.data["state"] in ("paused", "opened"):
            begins = said.at("at") if said.data["state"] == "paused" else NEVER
        elif said.data["state"] == "resumed" and begins <= done_at < said.at("at"):
            begins, done_at = NEVER, said.at("at")  # held by the pause
    return done_at if begins > done_at else NEVER


def _ends(case: Case, history: History, later: Case | None) -> list[End]:
    ends: list[End] = []
    heard = case.heard
    by_id: Mapping[str, Heard] = {record.id: record for record in reversed(heard)}
    returns = [said for said in case.cycle.of("returned") if said.data["by"] == "clock"]
    back = withdrawn_returns(case.cycle)
    standing = {said.time: said for n, said in enumerate(returns) if n not in back}
    gone_back = [said.time for n, said in enumerate(returns) if n in back]
    for said in case.cycle.of("stage"):
        if said.data["to"] not in ENDS:
            continue
        cause = by_id.get(said.data["cause"])
        if cause is not None:
            ends.append(End(said.time, said.time, cause.logged, said.data["to"]))
        elif said.time in standing:
            done_at = return_done_at(case, standing[said.time], history)
            ends.append(End(said.time, said.time + case.version.grace, done_at, "by clock"))
        elif said.time not in gone_back:
            ends.append(End(said.time, said.time, said.time, said.data["to"]))
    for said in case.cycle.of("returned"):
        facts = [fact for fact in heard if fact.type == "crm.returned" and fact.occurred == said.time and fact.first is not False]
        if said.data["by"] == "rep" and facts:  # where it withdrew a return by the clock, the stage has not changed
            ends.append(End(said.time, said.time, facts[0].logged, "by rep"))
    for record in heard:
        if erases(record) and record.order > case.cause.order:
            case.gone_at, case.gone_order = record.logged, record.order
            if not ends and (later is None or record.order < later.cause.order):
                ends.append(End(record.occurred, record.logged, record.logged, record.type.removeprefix("crm.")))
            break
    return ends


def erases(record: Heard) -> bool:
    return record.type in ("crm.erased", "crm.merged") and not record.gone and record.first is not False


def _may_belong(fact: Heard, case: Case) -> bool:
    if not fact.is_fact or fact.gone or fact.first is False or fact.too_late:
        return False
    if fact is case.cause or (
        fact.type == "crm.disqualified" and case.beginner.order < fact.order < case.next_order and fact.occurred < case.begins
    ):
        return True  # a disqualification always holds, also one from before the cycle
    # What was heard before its end was, or while a return still waited, found the cycle open.
    ends = max((end.holds_until for end in case.ends if fact.logged > end.heard_at), default=NEVER)
    if fact.order > case.next_order:
        ends = min(ends, case.next_begins)
    if not case.begins <= fact.occurred <= ends or not case.forgot < fact.order <= case.gone_order:
        return False
    early = fact.order < case.cause.order
    return not early or (fact.type == "crm.activity" and fact.logged + case.version.window >= case.begun)


def _met_no_cycle(fact: Heard, case: Case) -> bool:
    """Heard while a return stood that was withdrawn later, it was outside any cycle; only activities are kept for that."""
    for withdrawn in case.cycle.of("return_withdrawn"):
        until, evidence = instant(withdrawn.evidence["logged"]), withdrawn.evidence["id"]
        if fact.type != "crm.activity" and withdrawn.time < fact.logged <= until and fact.id != evidence:
            return True
    return False


def _kept(fact: Heard, case: Case, before: Case | None) -> bool:
    """What was heard before the cycle began is surely remembered only where no other cycle could have held it meanwhile."""
    if fact.order >= case.cause.order:
        return True
    free = before is None or all(end.heard_at < fact.logged for end in before.ends)
    return free and fact.logged + case.version.window > case.begun
