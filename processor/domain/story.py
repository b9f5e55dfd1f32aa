"""One decision under way: what has been said so far, the lead that it makes, and what the saying needs to know; no rule is in here."""

from collections.abc import Iterator, Mapping

from processor.domain import events as e
from processor.domain.calendar import Calendar
from processor.domain.evolve import evolve
from processor.domain.lead import Clock, Cycle, Lead
from processor.domain.policy import ClockPolicy, Policies, Policy
from processor.domain.watch import NEVER
from schemas.instants import Instant


class Story:
    """`now` is the instant reached: the signal's logged, or the deadline. `proofs`: up to when each evidence source is proven alive.

    `policy` is the version in force now: it rules the log and the gate, and the cycles that begin now.
    `told` are the events so far, `leads` the lead before the first and after each of them.
    """

    __slots__ = ("lead", "leads", "now", "policies", "policy", "proofs", "told")

    def __init__(self, lead: Lead, now: Instant, policies: Policies, proofs: Mapping[str, Instant]) -> None:
        self.lead, self.now, self.policies, self.proofs = lead, now, policies, proofs
        self.policy = policies.at(now)
        self.told: list[e.LeadEvent] = []
        self.leads = [lead]

    def say(self, event: e.LeadEvent) -> None:
        self.told.append(event)
        self.lead = lead = evolve(self.lead, event)
        self.leads.append(lead)

    def terms(self, n: int) -> "Terms":
        return Terms(self.policies, self.lead.cycle(n))

    def stale_sources(self, policy: Policy, at: Instant) -> tuple[str, ...]:
        return tuple(source.prefix for source in policy.evidence.sources if self.proofs.get(source.prefix, NEVER) < at)


class Terms:
    """What a cycle was promised: the pinned version, the calendar of its segment, and each clock's duty."""

    __slots__ = ("calendar", "cycle", "policy")

    def __init__(self, policies: Policies, cycle: Cycle) -> None:
        self.cycle, self.policy = cycle, policies.pinned(cycle.policy)
        self.calendar: Calendar = self.policy.segment_named[cycle.segment].calendar

    def duty(self, clock: Clock) -> ClockPolicy:
        return self.policy.clock_named[clock.name]

    def clocks(self) -> Iterator[tuple[Clock, ClockPolicy]]:
        """In the policy's order, in which equals are judged."""
        by_name = {clock.name: clock for clock in self.cycle.clocks}
        return ((by_name[duty.name], duty) for duty in self.policy.clocks if duty.name in by_name)
