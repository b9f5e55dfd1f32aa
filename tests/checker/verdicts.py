"""A clock's verdicts against what was done: no false breach, no missed one, steps in their order (semantics sections 6 and 7)."""

from collections.abc import Iterator

from tests.checker.cases import NEVER, Case, done, settles
from tests.checker.history import Heard
from tests.checker.instants import shown
from tests.checker.policies import Duty, Step
from tests.checker.run import Run, Violation
from tests.checker.said import Clock, Said
from tests.checker.stories import Life, lives_of, moved

_NO_FALSE_BREACH = "I4: a breach that stands has no fact in the input that meets or settles the duty with occurred at or before its due"
_NO_MISSED_BREACH = "I5: a due that effective time has passed, with no verdict before it, is a breach"
_CONFIRMED = "section 6: a breach is confirmed when effective time reaches due + grace and every evidence source is proven alive up to due"
_MET = "section 6: a duty is met by a fact of its own cycle, at the fact's occurred"
_OWED = "section 6 and 7: what was done in the cycle is published as met, on time or late, in whatever order it was heard"
_WITHDRAWN = "section 7: a breach is withdrawn by an arriving fact that meets the duty or settles the cycle with occurred at or before its due"
_CANCELLED = "section 6: open clocks are cancelled by the end or the conversion of their cycle, at its instant, no earlier than they opened"
_LADDER = "I3: steps come in their order, each once, at their instants, while the clock is open"


def check_verdicts(case: Case, clock: Clock, duty: Duty, run: Run) -> Iterator[Violation]:
    lives = lives_of(clock)
    if not lives:
        yield Violation("I2: a clock opens before anything is said of it", f"{clock.name} never opened", case.lead.id, (clock.rungs or clock.states)[0].id)
        return
    since = lives[-1].starts if len(lives) > 1 else -NEVER
    yield from _breach_is_right(case, clock, duty, lives[-1], since, run)
    yield from _nothing_is_missing(case, clock, duty, lives[-1], since, run)
    for said in clock.of("met"):
        yield from _met_is_justified(case, duty, said, run)
    for said in clock.of("breach_withdrawn"):
        yield from _withdrawal_is_justified(case, duty, said, since, run)
    for said in clock.of("cancelled"):
        yield from _cancel_is_justified(case, said, lives)
    yield from _ladder_is_right(case, clock, duty, lives, run)


def _breach_is_right(case: Case, clock: Clock, duty: Duty, life: Life, since: int, run: Run) -> Iterator[Violation]:
    breaches, verdicts = clock.of("breached"), [said for said in clock.states if said.data["state"] == "breached"]
    rungs = [said for said in breaches if said.type == "breached"]
    confirmed, withdrawn = clock.of("breach_confirmed"), clock.of("breach_withdrawn")
    lead = case.lead.id
    for name, found in (("breached", rungs), ("breached state", verdicts), ("confirmation", confirmed), ("withdrawal", withdrawn)):
        if len(found) > 1:
            yield Violation("I2: a clock is breached at most once", f"{len(found)} times {name}", lead, found[-1].id)
    if [said.at("due") for said in rungs] != [said.at("due") for said in verdicts]:
        yield Violation("events.md: a breach is told as handoff.breached and as the clock's state", "one without the other", lead, breaches[0].id)
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
            yield Violation(_CONFIRMED, f"confirmed; time {shown(reached)} reached or sources proven to {shown(proven)} too early", lead, said.id)
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
    over = [end for end in case.ends if run.has_passed(end.heard_at, case.cause.partition)] or [f for f in case.sure if settles(f)]
    if state in ("opened", "resumed") and not clock.of("breached") and run.has_passed(due, case.cause.partition):
        yield Violation(_NO_MISSED_BREACH, f"{clock.name} was due {shown(due)} and nothing came of it", lead, last.id)
    if over and state in ("opened", "resumed", "paused") and not clock.of("breached"):
        yield Violation(_CANCELLED, f"{clock.name} is open in a cycle that is over", lead, last.id)
    doing = done(duty, case.sure, case.version, since)
    if doing is None or state == "met" or case.gone_at != NEVER:
        return
    at, fact = doing
    if at < case.cut or (at == case.cut and settles(fact)):
        yield Violation(_OWED, f"{clock.name} was done by {fact.type} at {shown(at)}, but is {state}", lead, last.id, fact.place)


def _known_by(case: Case, facts: list[Heard], order: int) -> Iterator[list[Heard]]:
    """What was known of the facts from a record on, at every later moment."""
    for moment in sorted({fact.order for fact in facts if fact.order >= order} | {order}):
        yield sorted((fact for fact in facts if fact.order <= moment), key=lambda fact: fact.order)


def _evidence_of(case: Case, said: Said) -> Heard | None:
    told = said.evidence
    return next((record for record in case.heard if (record.id, record.letter.source) == (told["id"], told["source"]) and record.first is not False), None)


def _told_truly(case: Case, said: Said, fact: Heard | None) -> Iterator[Violation]:
    told = said.evidence
    if fact is None or fact not in case.possible:
        place = fact.place if fact else ""
        yield Violation(_MET, f"the evidence {told['id']} is no fact of this cycle", case.lead.id, said.id, place)
        return
    true = {"occurred": shown(fact.occurred), "recorded": shown(fact.letter.recorded), "logged": shown(fact.logged)}
    for name, value in true.items():
        if told[name] != value:
            yield Violation("events.md: evidence gives the record's instants as they counted", f"{name} {told[name]}, should be {value}", *_at(case, said, fact))
    if bool(told.get("backdated")) != fact.backdated:
        yield Violation("section 2: evidence says whether it was back-dated", f"backdated {told.get('backdated')}", *_at(case, said, fact))


def _at(case: Case, said: Said, fact: Heard) -> tuple[str, str, str]:
    return case.lead.id, said.id, fact.place


def _met_is_justified(case: Case, duty: Duty, said: Said, run: Run) -> Iterator[Violation]:
    fact, at = _evidence_of(case, said), said.at("at")
    yield from _told_truly(case, said, fact)
    if fact is None:
        return
    restarts = [-NEVER, *(life.starts for life in lives_of(case.cycle.clocks[duty.name])[1:])]
    for facts in (case.possible, case.sure):
        for known in _known_by(case, facts, fact.order):
            for since in restarts:
                doing = done(duty, known, case.version, since)
                if doing is not None and doing[0] == at:
                    return
    yield Violation(_MET, f"{duty.name} is met at {said.data['at']}, when nothing that was known did the duty", *_at(case, said, fact))


def _withdrawal_is_justified(case: Case, duty: Duty, said: Said, since: int, run: Run) -> Iterator[Violation]:
    fact, due = _evidence_of(case, said), said.at("due")
    yield from _told_truly(case, said, fact)
    if fact is None:
        return
    if fact.logged <= due:
        yield Violation(_WITHDRAWN, "the evidence was logged before the breach", *_at(case, said, fact))
    known = [record for record in case.possible if record.order <= fact.order]
    if fact.occurred > due or not _undoing(case, duty, known, due, since):
        yield Violation(_WITHDRAWN, f"{fact.type} at {shown(fact.occurred)} does not undo a breach at {shown(due)}", *_at(case, said, fact))
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


def _ladder_is_right(case: Case, clock: Clock, duty: Duty, lives: list[Life], run: Run) -> Iterator[Violation]:
    fired = [said for said in clock.rungs if said.type in ("warning", "escalated", "breached")]
    rung_of = {step.name: n for n, step in enumerate(duty.steps)}
    last = -NEVER
    for said in fired:
        at = said.at("due") if said.type == "breached" else said.at("at")
        if at < last:
            yield Violation(_LADDER, f"{said.id} at {shown(at)} after a step at {shown(last)}", case.lead.id, said.id)
        last = at
        if said.type != "breached":
            yield from _step_is_right(case, clock, duty, lives, said, rung_of, run)
    for name in {said.data["step"] for said in fired if said.type != "breached"}:
        times = sum(said.data.get("step") == name for said in fired)
        if times > len(lives):
            yield Violation(_LADDER, f"step {name} fired {times} times in {len(lives)} openings", case.lead.id, fired[-1].id)
    levels = [said.data["level"] for said in fired if said.type == "escalated"]
    if len(lives) == 1 and levels != list(range(1, len(levels) + 1)):
        yield Violation("events.md: level is how many steps after 100% have fired", f"levels {levels}", case.lead.id, fired[-1].id)
    if len(lives) == 1 and not case.cycle.of("return_withdrawn"):
        yield from _no_step_is_missing(case, clock, duty, lives[0], {said.data.get("step") for said in fired}, run)


def _step_is_right(
    case: Case, clock: Clock, duty: Duty, lives: list[Life], said: Said, rung_of: dict[str, int], run: Run
) -> Iterator[Violation]:
    lead, at = case.lead.id, said.at("at")
    if said.data["step"] not in rung_of:
        yield Violation(_LADDER, f"the policy has no step {said.data['step']}", lead, said.id)
        return
    step = duty.steps[rung_of[said.data["step"]]]
    expected = [moved(duty, case, life, duty.step_at(case.calendar, life.starts, step)) for life in lives]
    if at not in expected:
        yield Violation(_LADDER, f"step {step.name} at {shown(at)}, should be {' or '.join(map(shown, expected))}", lead, said.id)
    if said.type != ("warning" if step.percent is not None and step.percent < 100 else "escalated"):
        yield Violation("section 6: before 100% a step warns, after it escalates", said.type, lead, said.id)
    if not any(said.at("due") in life.dues for life in lives):
        yield Violation(_LADDER, f"due {said.data['due']} was never promised", lead, said.id)
    tell = {("manager" if who == "owner" and not said.data.get("owner") else who) for who in step.tell}
    if set(said.data["tell"]) != tell:
        yield Violation("section 6: a step tells whom the policy says, the manager where there is no owner", f"tells {said.data['tell']}", lead, said.id)
    if not run.may_have_passed(at, case.cause.partition):
        yield Violation(_LADDER, f"step {step.name} at {shown(at)}, before that is reached", lead, said.id)
    if len(lives) == 1:
        if at >= _over_at(case, clock, case.sure):
            yield Violation(_LADDER, f"step {step.name} at {shown(at)}, when the clock was over", lead, said.id)
        if any(pause.begins <= at < pause.ends for pause in lives[0].pauses):
            yield Violation(_LADDER, f"step {step.name} at {shown(at)} while paused", lead, said.id)
        if said.type == "escalated" and not clock.of("breached"):
            yield Violation(_LADDER, f"step {step.name} of a clock that is not breached", lead, said.id)


def _no_step_is_missing(case: Case, clock: Clock, duty: Duty, life: Life, fired: set[str | None], run: Run) -> Iterator[Violation]:
    known = _opened_by(case, life)
    for step in duty.steps:
        at = moved(duty, case, life, duty.step_at(case.calendar, life.starts, step))
        if step.returns or step.percent == 100 or step.name in fired or not step.tell or _comes_after_a_return(case, duty, step, at):
            continue
        if known < at < min(_over_at(case, clock, case.possible), _returned_at(case)) and run.has_passed(at, case.cause.partition):
            yield Violation(_LADDER, f"step {step.name} at {shown(at)} never came", case.lead.id, life.opened.id)


def _comes_after_a_return(case: Case, duty: Duty, step: Step, at: int) -> bool:
    returns = [duty.steps.index(other) for other in duty.steps if other.returns]
    return bool(returns) and duty.steps.index(step) > returns[0] and any(said.data["by"] == "clock" for said in case.cycle.of("returned"))


def _opened_by(case: Case, life: Life) -> int:
    """When, of logged, the opening had surely been decided."""
    causes = [record.logged for record in case.heard if record.occurred == life.starts and record.logged >= case.begun]
    return max([case.begun, life.starts, *causes])


def _over_at(case: Case, clock: Clock, facts: list[Heard]) -> int:
    """When, of logged, it was known that the clock is done with its ladder; a clock that returns the lead is another matter."""
    known = [end.heard_at for end in case.ends if end.kind != "by clock"]
    known += [max(fact.logged, case.begun) for fact in facts if settles(fact)]
    withdrawing = [_evidence_of(case, said) for said in clock.of("breach_withdrawn")]
    known += [max(fact.logged, case.begun) for fact in withdrawing if fact is not None]
    return min([*known, *(_met_known_at(case, clock, said) for said in clock.of("met"))], default=NEVER)


def _met_known_at(case: Case, clock: Clock, said: Said) -> int:
    """When, of logged, the facts first did the duty; the evidence may be one of several that it took."""
    duty = case.version.duties[clock.name]
    for known in _known_by(case, case.possible, 0):
        doing = done(duty, known, case.version)
        if doing is not None and doing[0] <= said.at("at"):
            return max([fact.logged for fact in known[-1:]] + [case.begun])
    fact = _evidence_of(case, said)
    return NEVER if fact is None else max(fact.logged, case.begun)


def _returned_at(case: Case) -> int:
    return min((said.time for said in case.cycle.of("returned") if said.data["by"] == "clock"), default=NEVER)
