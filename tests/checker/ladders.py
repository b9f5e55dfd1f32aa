"""A clock's ladder: its steps in their order, each once, at its instant, while the clock is open (I3); verdicts are judged elsewhere."""

from collections.abc import Iterator

from tests.checker.cases import NEVER, Case, done, settles
from tests.checker.evidence import evidence_of, known_by
from tests.checker.history import Heard
from tests.checker.instants import shown
from tests.checker.policies import Duty, Step
from tests.checker.run import Run, Violation
from tests.checker.said import Clock, Said
from tests.checker.stories import Life, lives_of, moved

_SKIPPED = "section 6: a step whose instant has passed when the clock opens is skipped"
_LADDER = "I3: steps come in their order, each once, at their instants, while the clock is open"


def check_ladder(case: Case, clock: Clock, duty: Duty, run: Run) -> Iterator[Violation]:
    lives = lives_of(clock)
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
        yield Violation(
            "section 6: a step tells whom the policy says, the manager where there is no owner", f"tells {said.data['tell']}", lead, said.id
        )
    if not run.may_have_passed(at, case.cause.partition):
        yield Violation(_LADDER, f"step {step.name} at {shown(at)}, before that is reached", lead, said.id)
    if len(lives) == 1:
        if at < _opened_no_sooner_than(case, lives[0]):
            yield Violation(_SKIPPED, f"step {step.name} at {shown(at)}, before the opening was known", lead, said.id)
        if at >= over_at(case, clock, case.sure):
            yield Violation(_LADDER, f"step {step.name} at {shown(at)}, when the clock was over", lead, said.id)
        if any(pause.begins <= at < pause.ends for pause in lives[0].pauses):
            yield Violation(_LADDER, f"step {step.name} at {shown(at)} while paused", lead, said.id)
        if said.type == "escalated" and not clock.of("breached"):
            yield Violation(_LADDER, f"step {step.name} of a clock that is not breached", lead, said.id)


def _no_step_is_missing(case: Case, clock: Clock, duty: Duty, life: Life, fired: set[str | None], run: Run) -> Iterator[Violation]:
    known = opened_by(case, life)
    for step in duty.steps:
        at = moved(duty, case, life, duty.step_at(case.calendar, life.starts, step))
        if step.returns or step.percent == 100 or step.name in fired or not step.tell or _comes_after_a_return(case, duty, step):
            continue
        if known < at < min(over_at(case, clock, case.possible), returned_at(case)) and run.has_passed(at, case.cause.partition):
            yield Violation(_LADDER, f"step {step.name} at {shown(at)} never came", case.lead.id, life.opened.id)


def _comes_after_a_return(case: Case, duty: Duty, step: Step) -> bool:
    returns = [duty.steps.index(other) for other in duty.steps if other.returns]
    return bool(returns) and duty.steps.index(step) > returns[0] and any(said.data["by"] == "clock" for said in case.cycle.of("returned"))


def opened_by(case: Case, life: Life) -> int:
    """When, of logged, the opening had surely been decided."""
    starts = life.starts
    causes = [record.logged for record in case.heard if record.occurred == starts and record.logged >= case.begun]
    return max([case.begun, starts, *causes])


def _opened_no_sooner_than(case: Case, life: Life) -> int:
    """When, of logged, what opened the clock was heard first."""
    starts = life.starts
    causes = [fact.logged for fact in case.possible if fact.occurred == starts and fact.type in ("crm.accepted", "crm.activity")]
    return max(case.begun, min(causes, default=starts))


def over_at(case: Case, clock: Clock, facts: list[Heard]) -> int:
    """When, of logged, it was known that the clock is done with its ladder; a clock that returns the lead is another matter."""
    known = [end.heard_at for end in case.ends if end.kind != "by clock"]
    known += [max(fact.logged, case.begun) for fact in facts if settles(fact)]
    withdrawing = [evidence_of(case, said) for said in clock.of("breach_withdrawn")]
    known += [max(fact.logged, case.begun) for fact in withdrawing if fact is not None]
    return min([*known, *(_met_known_at(case, clock, said) for said in clock.of("met"))], default=NEVER)


def _met_known_at(case: Case, clock: Clock, said: Said) -> int:
    """When, of logged, the facts first did the duty; the evidence may be one of several that it took."""
    duty = case.version.duties[clock.name]
    for known in known_by(case.possible, 0):
        doing = done(duty, known, case.version)
        if doing is not None and doing[0] <= said.at("at"):
            return max([fact.logged for fact in known[-1:]] + [case.begun])
    fact = evidence_of(case, said)
    return NEVER if fact is None else max(fact.logged, case.begun)


def returned_at(case: Case) -> int:
    return min((said.time for said in case.cycle.of("returned") if said.data["by"] == "clock"), default=NEVER)
