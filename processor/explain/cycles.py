"""One cycle's story, collected event by event: where it came from, who had it, how it ended; its clocks are told elsewhere (clocks)."""

from processor.domain import events as e
from processor.domain.lead import Cycle, Lead
from processor.domain.policy import Policies
from processor.domain.story import Terms
from processor.explain import story as s
from processor.explain.clocks import ClockEvent, ClockTelling
from processor.explain.deeds import deeds
from processor.explain.scores import sheet, sheet_anew
from schemas.instants import Instant


class CycleTelling:
    """Collects what happens in one cycle, from when its number was taken."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._clocks: dict[str, ClockTelling] = {}
        self._withheld: e.Withholding | None = None
        self._handed: e.CycleBegan | None = None
        self._taken_by: ClockTelling | None = None
        self._cause: str | None = None
        self._score: s.Score | None = None
        self._cycle: Cycle | None = None
        self._silenced: s.Ending | None = None

    def withheld(self, event: e.Withholding, lead: Lead, cause: str | None) -> None:
        policy = self._policies.pinned(event.policy)
        self._withheld, self._cause = event, cause
        self._score = sheet_anew(policy, policy.segment_named[event.withheld.segment], lead, event.at)

    def began(self, event: e.CycleBegan, lead: Lead, cause: str | None) -> None:
        self._handed, self._cause, cycle = event, cause, event.cycle
        if event.score is not None:
            self._score = sheet(self._policies.pinned(cycle.policy), event.score, event.lines, lead.activities, cycle.handed_at)

    def is_now(self, cycle: Cycle) -> None:
        """A lead forgets its cycles in the end; what was last known of one stays here."""
        self._cycle = cycle

    def clock(self, event: ClockEvent, decided: Instant) -> None:
        clock = self._terms().cycle.clock(event.clock)
        assert clock is not None
        self._clocks.setdefault(event.clock, ClockTelling()).tell(event, clock, decided)

    def returned(self, event: e.Returned, decided: Instant) -> None:
        if event.clock:
            self._taken_by = self._clocks[event.clock]
            self._taken_by.took_away(event, self._terms().policy.clock_named[event.clock], decided)

    def return_withdrawn(self, event: e.ReturnWithdrawn, decided: Instant) -> None:
        assert self._taken_by is not None
        self._taken_by.gave_back(event, decided)

    def silenced(self, event: e.Silenced, at: Instant) -> None:
        if self._cycle is not None and self._cycle.ended_at is None:
            self._silenced = s.Ending(by=event.stage, at=at)

    def told(self, lead_id: str, reached: Instant) -> s.Cycle:
        if self._cycle is None:
            return self._told_of_withheld(lead_id)
        terms, cycle, handed, withheld = self._terms(), self._cycle, self._handed, self._withheld
        policy, segment = terms.policy, terms.policy.segment_named[cycle.segment]
        return s.Cycle(
            cycle=f"{lead_id}#{cycle.n}",
            policy=policy.name,
            policy_version=policy.version,
            segment=segment.name,
            team=segment.team,
            calendar=segment.calendar.name,
            zone=segment.calendar.zone,
            withheld_at=None if withheld is None else withheld.at,
            missing=None if withheld is None else withheld.missing,
            trigger=None if handed is None else handed.trigger,
            cause=self._cause,
            handed_at=None if cycle.sales_sourced else cycle.handed_at,
            facts_from=cycle.began,
            owner=cycle.owner or None,
            accepted_at=cycle.accepted_at,
            ended=self._silenced or _ending(cycle),
            score=self._score,
            deeds=tuple(deeds(cycle, policy)),
            clocks=tuple(self._clocks[clock.name].told(clock, terms, reached) for clock, _ in terms.clocks()),
        )

    def _told_of_withheld(self, lead_id: str) -> s.Cycle:
        event = self._withheld
        assert event is not None
        policy = self._policies.pinned(event.policy)
        segment = policy.segment_named[event.withheld.segment]
        return s.Cycle(
            cycle=f"{lead_id}#{event.withheld.n}",
            policy=policy.name,
            policy_version=policy.version,
            segment=segment.name,
            team=segment.team,
            calendar=segment.calendar.name,
            zone=segment.calendar.zone,
            withheld_at=event.at,
            missing=event.missing,
            cause=self._cause,
            score=self._score,
        )

    def _terms(self) -> Terms:
        assert self._cycle is not None
        return Terms(self._policies, self._cycle)


def _ending(cycle: Cycle) -> s.Ending | None:
    if cycle.ended_at is None:
        return None
    fact = next((fact for fact in cycle.facts if fact.ends_cycle and fact.occurred == cycle.ended_at), None)
    if fact is None:
        assert cycle.clock_return is not None
        return s.Ending(by="clock", at=cycle.ended_at, clock=cycle.clock_return.clock)
    match fact.kind:
        case "returned":
            return s.Ending(by="rep", at=fact.occurred, reason=fact.word)
        case "disqualified":
            return s.Ending(by="disqualified", at=fact.occurred, reason=fact.word)
        case _:
            return s.Ending(by="won" if fact.word == "won" else "lost", at=fact.occurred)
