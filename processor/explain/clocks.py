"""One clock's story: what happened to it, when it ran, where its steps stand; the cycle that it belongs to is told elsewhere (cycles)."""

from collections.abc import Iterator
from typing import Any, TypeAlias, assert_never, get_args

from processor.domain import events as e
from processor.domain.lead import Clock as ClockNow
from processor.domain.policy import ClockPolicy
from processor.domain.story import Terms
from processor.domain.time_used import ladder, used
from processor.explain import story as s
from processor.explain.deeds import evidence_of
from processor.explain.running import running
from schemas.instants import SECOND, Instant

ClockEvent: TypeAlias = (
    e.ClockOpened
    | e.ClockPaused
    | e.ClockResumed
    | e.PauseLapsed
    | e.ClockMet
    | e.ClockCancelled
    | e.Breached
    | e.BreachConfirmed
    | e.BreachWithdrawn
    | e.StepFired
    | e.RungsSkipped
)
CLOCK_EVENTS = get_args(ClockEvent)


class ClockTelling:
    """Collects what happens to one clock."""

    def __init__(self) -> None:
        self._history: list[s.Change] = []
        self._reasons: list[str] = []  # of its pauses, in order
        self._planned: dict[int, Instant] = {}  # by the step's position
        self._fired: set[int] = set()
        self._done: e.ClockMet | None = None
        self._returning: set[int] = set()
        self._ended: Instant | None = None  # where it ran no further

    def tell(self, event: ClockEvent, clock: ClockNow, decided: Instant) -> None:
        """`clock` is the one with the event; `decided`: when that was said."""
        match event:
            case e.ClockOpened():
                self._planned, self._fired, self._done, self._ended = {}, set(), None, None
                self._plan(clock)
                self._add("restarted" if event.restarted else "opened", event.at, decided, due=event.due)
            case e.ClockPaused():
                self._reasons.append(event.reason)
                self._add("paused", event.at, decided, reason=event.reason)
            case e.ClockResumed():
                self._plan(clock)
                self._ended = None
                self._add("resumed" if event.after_pause else "reinstated", event.at, decided, due=event.due)
            case e.ClockMet():
                self._done, self._ended = event, event.fact.occurred
                what: s.What = "met" if event.late_by is None else "met_late"
                self._add(what, event.fact.occurred, decided, due=event.due, evidence=evidence_of(event.fact))
            case e.ClockCancelled():
                self._ended = event.at
                self._add("cancelled", event.at, decided, due=event.due)
            case e.Breached():
                self._add("breached", event.due, decided, tell=event.tell, stale_sources=event.stale_sources or None)
            case e.BreachConfirmed():
                self._add("confirmed", clock.due, decided)
            case e.BreachWithdrawn():
                self._done = self._ended = None
                self._add("withdrawn", clock.due, decided, evidence=evidence_of(event.fact))
            case e.StepFired():
                self._fired.add(event.step)
                self._add("warned" if event.is_warning else "escalated", event.at, decided, step=event.name, tell=event.tell)
            case e.RungsSkipped() | e.PauseLapsed():
                pass  # its steps say so
            case _:
                assert_never(event)

    def took_away(self, event: e.Returned, duty: ClockPolicy, decided: Instant) -> None:
        """The clock returned the lead: the step that does so has fired."""
        self._returning = {position for position, step in enumerate(duty.steps) if step.returns}
        self._fired |= self._returning
        self._add("returned", event.at, decided, reason=event.reason)

    def gave_back(self, event: e.ReturnWithdrawn, decided: Instant) -> None:
        self._fired -= self._returning
        self._add("return_withdrawn", event.at, decided, evidence=evidence_of(event.fact))

    def told(self, clock: ClockNow, terms: Terms, reached: Instant) -> s.Clock:
        duty, calendar, stopped = terms.duty(clock), terms.calendar, terms.cycle.stopped_at
        end = self._ended if self._ended is not None else min(reached, reached if stopped is None else stopped)
        done, is_breached = self._done, clock.state in ("breached", "late")
        pauses = tuple(self._pauses(clock, end))
        return s.Clock(
            clock=clock.name,
            state=_state(clock),
            target=duty.target.text,
            met_by=tuple(_met_by(duty)),
            opened_at=clock.opened_at,
            due=clock.due,
            used_s=used(clock, duty.target, calendar, end) // SECOND,
            breach=None if not is_breached else "confirmed" if clock.confirms_at is None else "provisional",
            confirms_at=clock.confirms_at,
            late_by_s=None if done is None or done.late_by is None else done.late_by // SECOND,
            late_by_elapsed_s=None if done is None or done.late_by_elapsed is None else done.late_by_elapsed // SECOND,
            evidence=None if done is None else evidence_of(done.fact),
            running=tuple(_running(clock, terms, end, pauses)),
            pauses=pauses,
            steps=tuple(self._steps(clock, terms)),
            history=tuple(self._history),
        )

    def _add(self, what: s.What, at: Instant, decided: Instant, **more: Any) -> None:
        self._history.append(s.Change(what=what, at=at, decided=decided, **more))

    def _plan(self, clock: ClockNow) -> None:
        self._planned |= {rung.step: rung.at for rung in clock.rungs}

    def _pauses(self, clock: ClockNow, end: Instant) -> Iterator[s.Pause]:
        """Those since it last started; a pause under way stands with the instant at which it ends by itself."""
        under_way = [(clock.pause.began, clock.pause.ends_at)] if clock.pause else []
        spans = [*clock.paused, *under_way]
        for (began, ended), reason in zip(spans, self._reasons[len(self._reasons) - len(spans) :], strict=True):
            yield s.Pause(from_=began, to=ended, reason=reason, over=ended <= end or not clock.pause)

    def _steps(self, clock: ClockNow, terms: Terms) -> Iterator[s.Rung]:
        """The whole ladder in its order; the breach is done where it stands."""
        duty = terms.duty(clock)
        planned = {rung.step: rung.at for rung in ladder(duty, terms.calendar, clock.opened_at, clock.due)} | self._planned
        to_come = (
            {rung.step for rung in clock.rungs} if clock.state not in ("met", "cancelled") and terms.cycle.stopped_at is None else set()
        )
        for position, step in enumerate(duty.steps):
            at = planned.get(position, clock.due)
            if step.at == 100 and not step.returns:
                is_done, is_to_come = clock.state in ("breached", "late"), clock.state == "running"
            else:
                is_done, is_to_come = position in self._fired, position in to_come
            state: s.StepState = "done" if is_done else "to_come" if is_to_come else "skipped"
            yield s.Rung(step=step.name, at=at, tell=step.tell or None, returns=step.returns or None, state=state)


def _state(clock: ClockNow) -> s.ClockIs:
    if clock.pause is not None:
        return "paused"
    return "met_late" if clock.state == "late" else clock.state


def _met_by(duty: ClockPolicy) -> Iterator[str]:
    if duty.attempts:
        yield "attempt" if duty.attempts == 1 else f"{duty.attempts} attempts"
    yield from sorted(duty.deeds)


def _running(clock: ClockNow, terms: Terms, end: Instant, pauses: tuple[s.Pause, ...]) -> Iterator[s.Running]:
    """Cut at the due, where the time beyond it begins."""
    cuts = [(pause.from_, pause.to) for pause in pauses]
    target = terms.duty(clock).target
    for start, stop, late in ((clock.opened_at, min(end, clock.due), False), (max(clock.due, clock.opened_at), end, True)):
        for began, ended in running(target, terms.calendar, start, stop, cuts):
            yield s.Running(from_=began, to=ended, open_s=(ended - began) / SECOND, past_due=late or None)
