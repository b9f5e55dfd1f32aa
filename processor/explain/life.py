"""One lead's life, decided again from its own records and the heartbeats alone; what it means is told elsewhere (story)."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from processor.domain.events import LeadEvent
from processor.domain.lead import Lead, unpack
from processor.domain.partition import Partition
from processor.domain.policy import Policies
from processor.history import Told
from schemas.events import Event
from schemas.instants import Instant
from schemas.signals import CrmHeartbeat, Signal

NOT_THE_SPEAKER = 1  # partition 0 also says what is not about one lead


class Step(NamedTuple):
    """A signal that was applied, or a deadline that was judged (`signal` None), and what the core said of it."""

    at: Instant  # the signal's logged, or when the deadline could be judged
    signal: Signal | None
    said: list[LeadEvent]
    published: list[Event]
    before: Lead
    after: Lead


class Life:
    """The core with one lead in it. No lead knows of another, so its steps are those that the whole log makes."""

    def __init__(self, lead_id: str, policies: Policies) -> None:
        self.lead, self.policies = Lead(lead_id), policies
        self._states: dict[bytes, bytes] = {}
        self._partition = Partition(NOT_THE_SPEAKER, policies, self._states)

    @property
    def reached(self) -> Instant:
        return self._partition.reached

    def admit(self, signal: Signal, logged: Instant) -> None:
        self._partition.admit(signal, logged)

    def hear(self, told: Told) -> Iterator[Step]:
        """The deadlines before the signal; then the signal, where it concerns the lead: its own, or a heartbeat."""
        yield from self.reach(told.logged)
        signal = told.signal
        if (signal.data.about == "lead" and signal.subject == self.lead.id) or isinstance(signal.data, CrmHeartbeat):
            self._partition.apply(signal, told.logged)
            yield self._taken(told.logged, signal)

    def reach(self, before: Instant) -> Iterator[Step]:
        """Every deadline before the instant, one by one."""
        while not self._partition.judge(before, limit=0):
            at = self._next_deadline(before)
            self._partition.judge(at + 1, limit=1)
            step = self._taken(at, None)
            if step.said:
                yield step

    def _next_deadline(self, before: Instant) -> Instant:
        """Found by asking: where nothing may change, a judgement says only whether there is a deadline before the instant."""
        since = self._partition.reached
        return since + bisect_left(range(since, before), x=True, key=lambda at: not self._partition.judge(at + 1, limit=0))

    def _taken(self, at: Instant, signal: Signal | None) -> Step:
        decided, before = self._partition.take(), self.lead
        decided.store(self._states)
        for _, packed in decided.states:
            self.lead = Lead(before.id) if packed is None else unpack(packed)
        return Step(at, signal, decided.told, decided.events, before, self.lead)
