"""Returns and nurture (semantics sections 6 to 8): who took the lead back, whether he might, what follows; verdicts stand elsewhere."""

from collections.abc import Iterator, Mapping

from tests.checker.cases import NEVER, Case, done, is_contact, prevents_return, return_done_at, settles, withdrawn_returns
from tests.checker.history import Heard
from tests.checker.instants import shown
from tests.checker.policies import NO_RESPONSE, Duty
from tests.checker.run import Run, Violation
from tests.checker.said import Said
from tests.checker.stories import Life, lives_of, moved

_BY_CLOCK = (
    "section 6: a return by the clock is done when its breach is confirmed, time reaches its instant + grace and every source is proven"
)
_IN_PEACE = (
    "section 6: nobody takes a lead away in mid-conversation: no fact that prevents the return, with occurred up to its instant + grace"
)
_BACK = "section 7: a return by the clock is withdrawn by a fact with occurred up to its instant + grace that would have prevented it"
_BY_REP = "section 8: a rep's return ends the cycle, publishes the return, and counts against the side that the reason names"
_NURTURE = "section 8: a return enrols the lead in a track of its reason, eligible after the cool-down"


def check_returns(case: Case, run: Run) -> Iterator[Violation]:
    back = withdrawn_returns(case.cycle)
    by_clock = [said for said in case.cycle.of("returned") if said.data["by"] == "clock"]
    for n, said in enumerate(by_clock):
        yield from _clock_might(case, said, run)
        if n not in back:
            yield from _stands(case, said)
    yield from _withdrawals_are_right(case, by_clock)
    for said in case.cycle.of("returned"):
        yield from _fault_is_named(case, said)
        if said.data["by"] == "rep":
            yield from _rep_said_so(case, said)
    yield from _nurture_follows(case)
    yield from _no_return_is_missing(case, by_clock, run)


def _clock_might(case: Case, said: Said, run: Run) -> Iterator[Violation]:
    lead, name = case.lead.id, said.data.get("clock", "")
    clock, duty = case.cycle.clocks.get(name), case.version.duties.get(name)
    if clock is None or duty is None or not lives_of(clock):
        yield Violation(_BY_CLOCK, f"no clock {name!r} was open", lead, said.id)
        return
    life = lives_of(clock)[-1]
    instants = _return_instants(case, duty, life)
    if said.time not in instants:
        yield Violation(_BY_CLOCK, f"stamped {shown(said.time)}, should be {' or '.join(map(shown, instants))}", lead, said.id)
    if not clock.of("breach_confirmed"):
        yield Violation(_BY_CLOCK, "its breach was never confirmed", lead, said.id)
    if not run.may_have_passed(said.time + case.version.grace, case.cause.partition) or run.proven(case) < said.time:
        yield Violation(
            _BY_CLOCK, f"time {shown(said.time + case.version.grace)} was not reached, or the sources not proven", lead, said.id
        )
    earliest = max(said.time, life.due) + case.version.grace
    if run.proven(case) >= said.time and not life.pauses:
        earliest = max(earliest, return_done_at(case, said, run.history))
    known = [fact for fact in _preventing(case, duty, said.time, case.sure) if fact.logged <= earliest]
    for fact in known[:1]:
        yield Violation(_IN_PEACE, f"{fact.type} at {shown(fact.occurred)} was known", lead, said.id, fact.place)


def _stands(case: Case, said: Said) -> Iterator[Violation]:
    """A return that stands: no fact that would have prevented it was heard before another cycle began."""
    duty = case.version.duties.get(said.data.get("clock", ""))
    if duty is None:
        return
    for fact in _preventing(case, duty, said.time, case.sure):
        if fact.order < min(case.next_order, case.gone_order) and fact.logged < case.next_taken:
            yield Violation(_BACK, f"{fact.type} at {shown(fact.occurred)} undoes the return", case.lead.id, said.id, fact.place)
            break


def _preventing(case: Case, duty: Duty, stamp: int, facts: list[Heard]) -> list[Heard]:
    since = _since(case, duty)
    known = [fact for fact in facts if fact.occurred <= stamp + case.version.grace]
    return prevents_return(duty, known, case.version, since)


def _since(case: Case, duty: Duty) -> int:
    lives = lives_of(case.cycle.clocks[duty.name]) if duty.name in case.cycle.clocks else []
    return lives[-1].starts if len(lives) > 1 else -NEVER


def _return_instants(case: Case, duty: Duty, life: Life) -> list[int]:
    return [moved(duty, case, life, duty.step_at(case.calendar, life.starts, step)) for step in duty.steps if step.returns]


def _withdrawals_are_right(case: Case, by_clock: list[Said]) -> Iterator[Violation]:
    lead = case.lead.id
    withdrawn = case.cycle.of("return_withdrawn")
    if len(withdrawn) > len(by_clock):
        yield Violation(_BACK, "more returns withdrawn than were made by a clock", lead, withdrawn[-1].id)
    for said in withdrawn:
        returned = next((other for other in by_clock if other.time == said.time), None)
        fact = next(
            (fact for fact in case.possible if (fact.id, fact.letter.source) == (said.evidence["id"], said.evidence["source"])), None
        )
        if returned is None or fact is None:
            yield Violation(_BACK, "names no return by a clock, or no fact of this cycle", lead, said.id)
            continue
        duty = case.version.duties[returned.data["clock"]]
        known = [other for other in case.possible if other.order <= fact.order]
        would_have = _preventing(case, duty, said.time, known)
        if fact.occurred > said.time + case.version.grace or not (fact in would_have or _helps(case, duty, fact, known)):
            yield Violation(_BACK, f"{fact.type} at {shown(fact.occurred)} would not have prevented it", lead, said.id, fact.place)
        if fact.order > case.next_order:
            yield Violation(_BACK, "withdrawn although a new cycle had begun", lead, said.id, fact.place)
    cancelled, nurtured = case.cycle.of("nurture_cancelled"), case.cycle.of("nurture")
    if [said.time for said in cancelled] != [said.time for said in withdrawn if any(other.time == said.time for other in nurtured)]:
        yield Violation(
            "section 7: with the return its nurture is cancelled", "one without the other", lead, (cancelled or withdrawn)[0].id
        )


def _helps(case: Case, duty: Duty, fact: Heard, known: list[Heard]) -> bool:
    """An attempt that completes the number of them, whichever stands last."""
    without = [other for other in known if other is not fact]
    return done(duty, known, case.version) != done(duty, without, case.version)


def _fault_is_named(case: Case, said: Said) -> Iterator[Violation]:
    reason = case.version.returns.get(said.data["reason"])
    if reason is not None and said.data["fault"] != reason["fault"]:
        yield Violation(_BY_REP, f"fault {said.data['fault']}, the policy says {reason['fault']}", case.lead.id, said.id)
    if (said.data["by"] == "clock") != (said.data["reason"] == NO_RESPONSE) and said.data["by"] == "clock":
        yield Violation("section 8: the clock returns with reason no_response_from_sales", said.data["reason"], case.lead.id, said.id)


def _rep_said_so(case: Case, said: Said) -> Iterator[Violation]:
    facts = [fact for fact in case.possible if fact.type == "crm.returned" and fact.occurred == said.time]
    if not any(fact.data["reason"] == said.data["reason"] for fact in facts):
        yield Violation(_BY_REP, f"nobody returned the lead at {shown(said.time)} as {said.data['reason']}", case.lead.id, said.id)


def _nurture_follows(case: Case) -> Iterator[Violation]:
    enrolled = {(said.time, said.data["reason"]): said for said in case.cycle.of("nurture")}
    for said in case.cycle.of("returned"):
        reason: Mapping[str, object] = case.version.returns.get(said.data["reason"]) or {}
        nurture = enrolled.pop((said.time, said.data["reason"]), None)
        if (nurture is None) != (reason.get("disqualify") == "true") and reason:
            yield Violation(_NURTURE, "enrolled although disqualified, or not enrolled", case.lead.id, said.id)
        if nurture is None:
            continue
        if nurture.at("eligible_from") != said.time + case.version.cool_down:
            yield Violation(_NURTURE, f"eligible from {nurture.data['eligible_from']}", case.lead.id, nurture.id)
        words: Mapping[str, object] = reason.get("nurture") or {}  # type: ignore[assignment]
        tracks = {words.get("default"), *(choice["track"] for choice in words.get("when", []))}  # type: ignore[attr-defined]
        if nurture.data["track"] not in tracks:
            yield Violation(_NURTURE, f"track {nurture.data['track']} is none of {reason}", case.lead.id, nurture.id)
    for said in enrolled.values():
        yield Violation(_NURTURE, "enrolled without a return", case.lead.id, said.id)


def _no_return_is_missing(case: Case, by_clock: list[Said], run: Run) -> Iterator[Violation]:
    """In a cycle that nothing else has touched: breached, confirmed, proven, its instant and grace passed, nobody talked to the lead."""
    quiet = not any(settles(fact) or is_contact(fact) for fact in case.possible) and not case.ends and case.gone_at == NEVER
    if by_clock or not quiet:
        return
    for name, clock in case.cycle.clocks.items():
        duty, lives = case.version.duties.get(name), lives_of(clock)
        if duty is None or len(lives) != 1 or lives[0].pauses or not clock.of("breach_confirmed") or clock.of("met"):
            continue
        for at in _return_instants(case, duty, lives[0]):
            if at >= case.begun and run.has_passed(at + case.version.grace, case.cause.partition) and run.proven(case) >= at:
                yield Violation(_BY_CLOCK, f"{name} should have returned the lead at {shown(at)}", case.lead.id, lives[0].opened.id)
