"""One run to be judged, and what a violation says; the rules stand in the modules beside this one."""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from tests.checker.cases import Case, cases_of
from tests.checker.history import Heard, History
from tests.checker.said import Lead, Told, by_lead


class Violation(NamedTuple):
    """A sentence of the contract, and what breaks it: whose lead, which event, which input record."""

    rule: str
    what: str
    lead: str = ""
    event: str = ""
    record: str = ""

    def __str__(self) -> str:
        about = ", ".join(text for text in (self.lead and f"lead {self.lead}", self.event and f"event {self.event}", self.record) if text)
        return f"{self.what} ({about})\n    rule: {self.rule}"


class Judged(NamedTuple):
    """How much a run has to judge; `cycles` of those that came out, `clocks` of those cycles."""

    records: int
    bad: int
    partitions: int
    events: int
    dead_letters: int
    leads: int
    cycles: int
    clocks: int

    def __str__(self) -> str:
        went_in = f"{self.records:,} records and {self.bad:,} bad ones in {self.partitions} partitions"
        came_out = f"{self.events:,} events and {self.dead_letters:,} dead letters"
        return f"judged {went_in}; {came_out}; {self.cycles:,} cycles of {self.leads:,} leads, with {self.clocks:,} clocks"


class Run:
    """`decided`: by partition, the instant up to which everything has surely been decided, deadlines at it included.

    `ends`: the latest instant to which anything can have been decided; with a replay the two are one.
    """

    def __init__(self, history: History, told: Told, decided: Mapping[int, int], ends: Mapping[int, int]) -> None:
        self.history, self.told, self.decided, self.ends = history, told, decided, ends

    @cached_property
    def leads(self) -> dict[str, Lead]:
        return by_lead(self.told.events)

    @cached_property
    def heard(self) -> dict[str, list[Heard]]:
        return self.history.by_lead()

    @cached_property
    def cases(self) -> list[Case]:
        return [case for lead in self.leads.values() for case in cases_of(lead, self.heard.get(lead.id, []), self.history)]

    @property
    def judged(self) -> Judged:
        heard, told = self.history.heard, self.told
        partitions = len({record.partition for record in heard})
        clocks = sum(len(case.cycle.clocks) for case in self.cases)
        return Judged(
            len(heard),
            len(self.history.bad),
            partitions,
            len(told.events),
            len(told.dead_letters),
            len(self.leads),
            len(self.cases),
            clocks,
        )

    def has_passed(self, at: int, partition: int) -> bool:
        return at <= self.decided.get(partition, -1)

    def may_have_passed(self, at: int, partition: int) -> bool:
        return at <= self.ends.get(partition, -1)

    def proven(self, case: Case) -> int:
        """How far the worst of the cycle's evidence sources is proven alive by the end."""
        sources = case.version.sources
        return min((self.history.proven(case.cause.partition, prefix) for prefix in sources), default=1 << 62)
