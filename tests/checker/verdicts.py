"""A clock's verdicts against what was done: no false breach, no missed one (semantics sections 6 and 7); its ladder is judged elsewhere."""

from collections.abc import Iterator

from tests.checker.cases import NEVER, Case, done, settles
from tests.checker.evidence import about, evidence_of, known_by, told_truly
from tests.checker.history import Heard
from tests.checker.instants import shown
from tests.checker.policies import Duty
from tests.checker.run import Run, Violation
from tests.checker.said import Clock, Said
from tests.checker.stories import Life, lives_of

_NO_FALSE_BREACH = "I4: a breach that stands has no fact in the input that meets or settles the duty with occurred at or before its due"
_NO_MISSED_BREACH = "I5: a due that effective time has passed, with no verdict before it, is a breach"
_CONFIRMED = "section 6: a breach is confirmed when effective time reaches due + grace and every evidence source is proven alive up to due"
_MET = "section 6: a duty is met by a fact of its own cycle, at the fact's occurred"
_OWED = "section 6 and 7: what was done in the cycle is published as met, on time or late, in whatever order it was heard"
_WITHDRAWN = (
    "section 7: a breach is withdrawn by an arriving fact that meets the duty or settles the cycle with occurred at or before its due"
)
_CANCELLED = "section 6: open clocks are cancelled by the end or the conversion of their cycle, at its instant, no earlier than they opened"


def check_verdicts(case: Case, clock: Clock, duty: Duty, run: Run) -> Iterator[Violation]:
    lives = lives_of(clock)
    if not lives:
        yield Violation(
            "I2: a clock opens before anything is said of it",
            f"{clock.name} never opened",
            case.lead.id,
            (clock.rungs or clock.states)[0].id,
        )
        return
    since = lives[-1].starts if len(lives) > 1 else -NEVER
    yield from _breach_is_right(case, clock, duty, lives[-1], since, run)
    yield from _nothing_is_missing(case, clock, duty, lives[-1], since, run)
    for said in clock.of("met"):
        yield from _met_is_justified(case, duty, said)
    for said in clock.of("breach_withdrawn"):
        yield from _withdrawal_is_justified(case, duty, said, since)
    for said in clock.of("cancelled"):
        yield from _cancel_is_justified(case, said, lives)


def _breach_is_right(case: Case, clock: Clock, duty: Duty, life: Life, since: int, run: Run) -> Iterator[Violation]:
    breaches, verdicts = clock.of("breached"), [said for said in clock.states if said.data["state"] == "breached"]
    rungs = [said for said in breaches if said.type == "breached"]
    confirmed, withdrawn = clock.of("breach_confirmed"), clock.of("breach_withdrawn")
    lead = case.lead.id
    for name, found in (("breached", rungs), ("breached state", verdicts), ("confirmation", confirmed), ("withdrawal", withdrawn)):
        if len(found) > 1:
            yield Violation("I2: a clock is breached at most once", f"{len(found)} times {name}", lead, found[-1].id)
    if [said.at("due") for said in rungs] != [said.at("due") for said in verdicts]:
        yield Violation(
            "events.md: a breach is told as handoff.breached and as the clock's state", "one without the other", lead, breaches[0].id
        )
    for said in confirmed + withdrawn:
        if not rungs or said.at("due") != rungs[0].at("due"):
            yield Violation("I2: what is confirmed or withdrawn is a breach that was told", "no such breach", lead, said.id)
    if not rungs:
        return
    breach, due = rungs[0], rungs[0].at("due")
    if due not in life.dues:
        yield Violation("section 2: what is stamped on a verdict is the deadline", f"due {shown(due)} was never promised", lead, breach.id)
    if breach.at("confirms_at") != due + case.version.grace:
        yield Violation("events.md: confirms_at is due + grace", str(breach.data["confirms_at"]), lead, breach.id)
    if not run.may_have_passed(due, case.cause.partition):
        yield Violation(_NO_MISSED_BREACH, f"breached at {shown(due)}, before that is reached", lead, breach.id)
    for end in case.ends:
        if end.heard_at - (end.kind != "by clock") < due and end.at <= due and not withdrawn:
            yield Violation(_CANCELLED, f"breached, although the cycle had ended ({end.kind}) at {shown(end.at)}", lead, breach.id)
    reached, proven = due + case.version.grace, run.proven(case)
    for said in confirmed:
        if not run.may_have_passed(reached, case.cause.partition) or proven < due:
            yield Violation(
                _CONFIRMED, f"confirmed; time {shown(reached)} reached or sources proven to {shown(proven)} too early", lead, said.id
            )
    may_wait = withdrawn or case.gone_at != NEVER
    if not confirmed and not may_wait and run.has_passed(reached, case.cause.partition) and proven >= due:
        yield Violation(_CONFIRMED, "a breach that should have been confirmed by now", lead, breach.id)
    if not withdrawn:
        for fact in _undoing(case, duty, case.sure, due, since):
            yield Violation(_NO_FALSE_BREACH, f"{fact.type} at {shown(fact.occurred)}, due {shown(due)}", lead, breach.id, fact.place)
            break


def _undoing(case: Case, duty: Duty, facts: list[Heard], due: int, since: int) -> list[Heard]:
    """What takes a breach back: the fact that does the duty in time, and those that settle the cycle by then."""
    doing = done(duty, facts, case.version, since)
    return ([doing[1]] if doing and doing[0] <= due else []) + [fact for fact in facts if settles(fact) and fact.occurred <= due]


def _nothing_is_missing(case: Case, clock: Clock, duty: Duty, life: Life, since: int, run: Run) -> Iterator[Violation]:
    last = life.states[-1]
    state, due, lead = last.data["state"], life.due, case.lead.id
    over = any(run.has_passed(end.heard_at, case.cause.partition) for end in case.ends) or any(map(settles, case.sure))
    if state in ("opened", "resumed") and not clock.of("breached") and run.has_passed(due, case.cause.partition):
        yield Violation(_NO_MISSED_BREACH, f"{clock.name} was due {shown(due)} and nothing came of it", lead, last.id)
    if over and state in ("opened", "resumed", "paused") and not clock.of("breached"):
        yield Violation(_CANCELLED, f"{clock.name} is open in a cycle that is over", lead, last.id)
    doing = done(duty, case.sure, case.version, since)
    if doing is None or clock.of("met") or case.gone_at != NEVER:
        return
    at, fact = doing
    if at < case.cut or (at == case.cut and settles(fact)):
        yield Violation(_OWED, f"{clock.name} was done by {fact.type} at {shown(at)}, but is {state}", lead, last.id, fact.place)


def _met_is_justified(case: Case, duty: Duty, said: Said) -> Iterator[Violation]:
    fact, at = evidence_of(case, said), said.at("at")
    yield from told_truly(case, said, fact)
    if fact is None:
        return
    restarts = [-NEVER, *(life.starts for life in lives_of(case.cycle.clocks[duty.name])[1:])]
    for facts in (case.possible, case.sure):
        for known in known_by(facts, fact.order):
            for since in restarts:
                doing = done(duty, known, case.version, since)
                if doing is not None and doing[0] == at:
                    return
    yield Violation(_MET, f"{duty.name} is met at {said.data['at']}, when nothing that was known did the duty", *about(case, said, fact))


def _withdrawal_is_justified(case: Case, duty: Duty, said: Said, since: int) -> Iterator[Violation]:
    fact, due = evidence_of(case, said), said.at("due")
    yield from told_truly(case, said, fact)
    if fact is None:
        return
    if fact.logged <= due:
        yield Violation(_WITHDRAWN, "the evidence was logged before the breach", *about(case, said, fact))
    known = [record for record in case.possible if record.order <= fact.order]
    if fact.occurred > due or not _undoing(case, duty, known, due, since):
        yield Violation(
            _WITHDRAWN, f"{fact.type} at {shown(fact.occurred)} does not undo a breach at {shown(due)}", *about(case, said, fact)
        )
    last = case.cycle.clocks[duty.name].states[-1]
    if last.data["state"] not in ("met", "cancelled") or (last.data["state"] == "met" and last.at("at") > due):
        yield Violation("section 7: after a withdrawal the clock is met or cancelled", f"it is {last.data['state']}", case.lead.id, last.id)


def _cancel_is_justified(case: Case, said: Said, lives: list[Life]) -> Iterator[Violation]:
    back = [n.time for n in case.cycle.of("returned")]
    gone = [record.occurred for record in case.heard if record.type in ("crm.erased", "crm.merged")]
    gone += [record.logged for record in case.heard if record.type in ("crm.erased", "crm.merged")]
    ends = [end.at for end in case.ends] + [fact.occurred for fact in case.possible if settles(fact)] + back + gone
    opened = [life.starts for life in lives]
    if not any(said.at("at") == max(end, start) for end in ends for start in opened):
        yield Violation(_CANCELLED, f"cancelled at {said.data['at']}, when nothing ended or converted the cycle", case.lead.id, said.id)
