"""A clock's story: its states in order, its dues, its pauses, the time used (semantics sections 6 and 7); verdicts are judged elsewhere."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.checker.cases import NEVER, Case, withdrawn_returns
from tests.checker.history import Heard
from tests.checker.instants import SECOND, instant, shown
from tests.checker.policies import Duty
from tests.checker.run import Run, Violation
from tests.checker.said import Clock, Said

_ONE_VERDICT = "I2: a clock has one verdict at any time, which changes only as section 7 says"
_DUE = "section 6: a clock is due its target after it opened, moved by the open time inside its pauses, and a due once promised stays"
_USED = "events.md: business_s is the open seconds used, elapsed ones for elapsed targets; a verdict is frozen with its lateness"
_PAUSE = "section 6: a pause begins when it is logged and ends at the earliest of resume, until, and its reason's max"

_NO_END = "section 6: a pause ends with a resumed event, but with none for a clock that is over"

_NEXT = {
    "": ("opened",),
    "running": ("opened", "paused", "met", "breached", "cancelled"),
    "paused": ("opened", "resumed", "met", "cancelled"),
    "breached": ("paused", "met", "cancelled"),
    "held": ("resumed", "met", "cancelled"),  # a breached clock whose ladder is paused
    "met": (),
    "late": ("met", "cancelled", "paused"),  # its return may still wait, and be held
    "late, held": ("resumed", "met", "cancelled"),
    "cancelled": ("met", "resumed"),
}


class Pause(NamedTuple):
    begins: int
    ends: int  # NEVER while it lasts
    cut: bool = False  # its clock was cancelled meanwhile


class Life(NamedTuple):
    """From an opening to the next one, or to the end; `dues` are all it ever had, the last one last."""

    opened: Said
    states: list[Said]
    pauses: list[Pause]
    dues: list[int]

    @property
    def starts(self) -> int:
        return self.opened.at("at")

    @property
    def due(self) -> int:
        return self.dues[-1]


def lives_of(clock: Clock) -> list[Life]:
    lives: list[Life] = []
    for said in clock.states:
        state, at = said.data["state"], said.at("at")
        if state == "opened":
            lives.append(Life(said, [], [], [said.at("due")]))
        if not lives:
            continue
        life = lives[-1]
        life.states.append(said)
        if state == "paused":
            life.pauses.append(Pause(at, NEVER))
        elif state in ("resumed", "cancelled") and life.pauses and life.pauses[-1].ends == NEVER:
            begins = life.pauses[-1].begins
            life.pauses[-1] = Pause(begins, max(begins, at), cut=state == "cancelled")
        if said.at("due") != life.due:
            life.dues.append(said.at("due"))
    return lives


def used(duty: Duty, case: Case, life: Life, end: int) -> int:
    """Time used of the duty's measure, pauses left out."""
    held = sum(duty.used(case.calendar, pause.begins, min(pause.ends, end)) for pause in life.pauses if pause.begins < end)
    return max(0, duty.used(case.calendar, life.starts, end) - held)


def moved(duty: Duty, case: Case, life: Life, at: int) -> int:
    """An instant of the ladder, moved by every pause that began before it came."""
    for pause in life.pauses:
        if pause.begins <= at:
            lasts = pause.ends == NEVER or pause.cut  # what cut it may have been heard long after
            at = NEVER if lasts else duty.moved(case.calendar, at, duty.used(case.calendar, pause.begins, pause.ends))
    return at


def check_story(case: Case, clock: Clock, duty: Duty, run: Run) -> Iterator[Violation]:
    yield from _states_follow(case, clock, duty)
    for life in lives_of(clock):
        yield from _dues_are_right(case, duty, life)
        yield from _used_is_right(case, duty, life)
        yield from _pauses_are_heard(case, clock, life, run)


def _states_follow(case: Case, clock: Clock, duty: Duty) -> Iterator[Violation]:
    state = ""
    withdrawn = len(clock.of("breach_withdrawn"))
    lates = 0
    for said in clock.states:
        name, lead = said.data["state"], case.lead.id
        returns = any(step.returns for step in duty.steps)
        if name not in _NEXT[state] or (state == "late" and name == "paused" and not returns):
            yield Violation(_ONE_VERDICT, f"{clock.name} is {name} after it was {state or 'nothing'}", lead, said.id)
        late = name == "met" and said.at("at") > said.at("due") and state != "paused"  # what is done in a pause is in time
        lates += late
        if late and state not in ("breached", "held"):
            yield Violation(_ONE_VERDICT, f"{clock.name} is met late without a breach", lead, said.id)
        if state in ("breached", "held", "late", "late, held") and name in ("met", "cancelled") and not late and not withdrawn:
            yield Violation(_ONE_VERDICT, f"{clock.name} is {name} after its breach, which nothing has withdrawn", lead, said.id)
        if state == "cancelled" and name == "resumed" and not withdrawn_returns(case.cycle):
            yield Violation(_ONE_VERDICT, f"{clock.name} is resumed after it was cancelled, and no return was withdrawn", lead, said.id)
        state = _state_after(state, name, late=late)
    if lates > 1:
        yield Violation("I2: at most one late met", f"{clock.name} is met late {lates} times", case.lead.id, clock.states[-1].id)


def _state_after(state: str, name: str, *, late: bool) -> str:
    if name == "paused":
        return {"breached": "held", "late": "late, held"}.get(state, "paused")
    if name == "resumed":
        return {"held": "breached", "late, held": "late"}.get(state, "running")
    if name == "met":
        return "late" if late else "met"
    return "running" if name == "opened" else name


def _dues_are_right(case: Case, duty: Duty, life: Life) -> Iterator[Violation]:
    due, paused_at, breached = duty.due(case.calendar, life.starts), None, False
    for said in life.states:
        state, at = said.data["state"], said.at("at")
        if state == "resumed" and paused_at is not None:
            if not breached:
                due = duty.moved(case.calendar, due, duty.used(case.calendar, paused_at, at))
            paused_at = None
        still = due if breached or paused_at is None else duty.moved(case.calendar, due, duty.used(case.calendar, paused_at, at))
        if said.at("due") not in (due, still):  # what ends a pause from within finds the due moved up to itself
            yield Violation(_DUE, f"due {said.data['due']}, should be {shown(due)}", case.lead.id, said.id)
            due = said.at("due")
        if state == "paused":
            paused_at = at
        elif state == "cancelled":
            due, paused_at = said.at("due"), None
        breached = breached or state == "breached"
        if state == "breached" and at != due:
            yield Violation(
                "section 2: what is stamped on a verdict is the deadline", f"breached at {said.data['at']}", case.lead.id, said.id
            )


def _used_is_right(case: Case, duty: Duty, life: Life) -> Iterator[Violation]:
    before = list[str]()
    for said in life.states:
        at, data = said.at("at"), said.data
        expected = used(duty, case, life, at) // SECOND
        if data["business_s"] != expected:
            yield Violation(_USED, f"business_s {data['business_s']}, should be {expected}", case.lead.id, said.id)
        in_pause = before[-1:] == ["paused"] and "breached" not in before
        before.append(data["state"])
        late = data["state"] == "met" and at > said.at("due") and not in_pause
        if late != bool(data.get("late_by_elapsed_s")) and (at - said.at("due")) // SECOND > 0:
            yield Violation(_USED, "a late met has its lateness, no other state has one", case.lead.id, said.id)
        if late and not any(pause.begins >= said.at("due") for pause in life.pauses):
            lateness = duty.used(case.calendar, said.at("due"), at) // SECOND, (at - said.at("due")) // SECOND
            found = data.get("late_by_s"), data.get("late_by_elapsed_s")
            if found != lateness:
                yield Violation(_USED, f"late by {found}, should be {lateness}", case.lead.id, said.id)
        if late:
            return  # what comes now is about a return that waits


def _pauses_are_heard(case: Case, clock: Clock, life: Life, run: Run) -> Iterator[Violation]:
    """Each pause was asked for, each end of one was asked for or had come, and none lasts longer than it may."""
    about = [
        record for record in case.heard if not record.gone and record.first is not False and record.data.get("clock") in (None, clock.name)
    ]
    for pause in (pause for pause in life.pauses if not pause.cut):
        said = next(said for said in life.states if said.data["state"] == "paused" and said.at("at") == pause.begins)
        causes = [record for record in about if record.type == "crm.paused" and record.logged == pause.begins]
        resumes = [record for record in about if record.type == "crm.resumed"]
        over = min([end.heard_at for end in case.ends if end.kind != "by clock"], default=NEVER)
        if pause.ends != NEVER and over < pause.ends and not case.cycle.of("return_withdrawn"):
            yield Violation(_NO_END, f"resumed at {shown(pause.ends)}, when the cycle was over", case.lead.id, said.id)
            continue
        goes_on = _goes_on(case, clock, life)
        found = [list(_pause_is_right(case, pause, cause, resumes, run, goes_on=goes_on)) for cause in causes]
        nobody = [Violation(_PAUSE, f"{clock.name} is paused at {said.data['at']}, when no pause was logged", case.lead.id, said.id)]
        yield from min(found, key=len, default=nobody)


def _pause_is_right(case: Case, pause: Pause, cause: Heard, resumes: list[Heard], run: Run, *, goes_on: bool) -> Iterator[Violation]:
    until = [instant(cause.data["until"])] if cause.data.get("until") else []
    asked = [record.logged for record in resumes if record.order > cause.order]
    latest = min([*until, *asked, pause.begins + _longest(case, cause, run)])
    told = case.lead.id, case.cycle.id, cause.place
    if pause.ends == NEVER:
        if goes_on and run.has_passed(latest, case.cause.partition):
            yield Violation(_PAUSE, f"should have been resumed at {shown(latest)}", *told)
    elif pause.ends > latest:
        yield Violation(_PAUSE, f"is paused until {shown(pause.ends)}, {shown(latest)} at most", *told)
    elif pause.ends != latest and not was_paused_before(case, cause):
        yield Violation(_PAUSE, f"nothing ends the pause at {shown(pause.ends)}, it should be {shown(latest)}", *told)


def _goes_on(case: Case, clock: Clock, life: Life) -> bool:
    """Whether a pause that has not ended is still one: its clock is neither over nor opened again, its lead not gone."""
    over = any(said.data["state"] in ("met", "cancelled") for said in life.states) or bool(case.ends)
    return not over and life.opened is lives_of(clock)[-1].opened and case.gone_at == NEVER


def _longest(case: Case, cause: Heard, run: Run) -> int:
    """The cycle's own version counts where it lists the reason, else the one in force when the pause was logged."""
    reason = cause.data["reason"]
    pauses = case.version.pauses if reason in case.version.pauses else run.history.policies.at(cause.logged).pauses
    return pauses[reason]


def was_paused_before(case: Case, cause: Heard) -> bool:
    """For this reason, so that a part of its max may be used up."""
    return any(
        record.type == "crm.paused" and record.data["reason"] == cause.data["reason"] and case.cause.order < record.order < cause.order
        for record in case.heard
    )
