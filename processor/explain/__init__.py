"""Why a lead is where it is: its story, told from the core's own events; where records come from, and how it is printed, stay outside."""

from collections.abc import Iterable

from processor.domain import events as e
from processor.domain.evolve import evolve
from processor.domain.lead import SILENT_STAGES, Lead
from processor.domain.policy import Policies
from processor.explain import story as s
from processor.explain.clocks import CLOCK_EVENTS
from processor.explain.cycles import CycleTelling
from processor.explain.life import Life, Step
from processor.explain.moments import moment
from processor.explain.scores import gate
from processor.history import Told
from schemas.instants import Instant
from schemas.signals import Signal

__all__ = ["Telling"]


class Telling:
    """Hears what one lead's partition was told, in the order of the log, and tells the lead's story at any time."""

    def __init__(self, lead: str, policies: Policies) -> None:
        self._life, self._policies = Life(lead, policies), policies
        self._cycles: dict[int, CycleTelling] = {}
        self._timeline: list[s.Moment] = []

    @property
    def knows_the_lead(self) -> bool:
        return bool(self._timeline)

    def admit(self, signal: Signal, logged: Instant) -> None:
        """BadRecord for what the policy does not understand."""
        self._life.admit(signal, logged)

    def hear(self, told: Told) -> None:
        """Signals of other leads only move time."""
        self._take(self._life.hear(told))

    def reach(self, at: Instant) -> None:
        """Every deadline up to the instant, and at it, is judged."""
        self._take(self._life.reach(at + 1))

    def told(self, reached: Instant) -> s.Story:
        """`reached`: the instant up to which everything is decided."""
        lead, policy = self._life.lead, self._policies.at(reached)
        known = sorted(lead.profile.items())
        return s.Story(
            lead=lead.id,
            reached=reached,
            stage=lead.stage,
            owner=lead.owner or None,
            policy=policy.key,
            zone=policy.first_calendar.zone,
            profile=tuple(s.Known(name=name, value=value, occurred=occurred) for name, (value, occurred) in known),
            gate=None if lead.open_cycle or lead.stage in SILENT_STAGES else gate(lead, policy, reached),
            cycles=tuple(cycle.told(lead.id, reached) for _, cycle in sorted(self._cycles.items())),
            timeline=tuple(self._timeline),
        )

    def _take(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if step.said:  # a heartbeat alone says nothing of the lead; what waited for it comes as a deadline
                self._timeline.append(moment(step, self._policies))
                lead = step.before
                for event in step.said:
                    lead = evolve(lead, event)
                    for cycle in lead.cycles:
                        self._cycle(cycle.n).is_now(cycle)
                    self._collect(event, step, lead)

    def _collect(self, event: e.LeadEvent, step: Step, lead: Lead) -> None:
        cause = step.signal and step.signal.id
        match event:
            case e.Withholding():
                self._cycle(event.withheld.n).withheld(event, lead, cause)
            case e.CycleBegan():
                self._cycle(event.cycle.n).began(event, lead, cause)
            case e.Returned():
                self._cycle(event.n).returned(event, step.at)
            case e.ReturnWithdrawn():
                self._cycle(event.n).return_withdrawn(event, step.at)
            case e.Silenced():
                for cycle in self._cycles.values():
                    cycle.silenced(event, step.at)
            case _ if isinstance(event, CLOCK_EVENTS):
                self._cycle(event.n).clock(event, step.at)

    def _cycle(self, n: int) -> CycleTelling:
        return self._cycles.setdefault(n, CycleTelling(self._policies))
