"""What one agreement makes of every lead: a fold of the events that it publishes; running the core, and comparing, stay outside."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from processor.backtest.tally import Change, Tally, Verdict
from processor.domain.lead import unpack
from processor.domain.policy import ClockPolicy, Policies
from schemas.events import Event
from schemas.instants import SECOND, Instant

Leads: TypeAlias = dict[Change, set[str]]

NOBODY = "nobody"  # has the lead
BREACHED: tuple[Verdict, ...] = ("breached", "met_late")


class _Fate:
    """One cycle: the last verdict and the last due of each clock, who had it, whether it went back, when sales first tried."""

    __slots__ = ("clocks", "due", "first", "handed_at", "owner", "policy", "returned")

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self.handed_at: Instant | None = None  # None: sales opened it
        self.owner: str | None = None
        self.clocks: dict[str, Verdict] = {}
        self.due: dict[str, Instant] = {}
        self.returned: tuple[str, str] | None = None  # reason, by
        self.first: tuple[int, int] | None = None  # seconds: as the clock counts them, and elapsed


class Outcome:
    """Holds a little of every cycle, so that what is withdrawn later is as if it had never been."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._fates: dict[str, _Fate] = {}  # by cycle id
        self._withheld: set[str] = set()
        self._handoffs: Counter[str] = Counter()
        self._withdrawn: Counter[str] = Counter()  # breaches, by clock
        self._returns_withdrawn = 0
        self._timed_by = {policy.key: _timed_by(policy.clocks) for policy in policies.versions}
        self._fold: Mapping[str, Callable[[Any], None]] = {
            "handoff.created": self._created,
            "handoff.withheld": lambda event: self._withheld.add(event.data.cycle),
            "handoff.clock": self._clock,
            "handoff.breach_withdrawn": self._breach_withdrawn,
            "handoff.returned": self._returned,
            "handoff.return_withdrawn": self._return_withdrawn,
        }

    def hear(self, events: Iterable[Event]) -> None:
        for event in events:
            if (fold := self._fold.get(event.type)) is not None:
                fold(event)

    def end(self, states: Mapping[bytes, bytes]) -> None:
        """Who has the cycles that are still open is told by no event, only by the leads' last states."""
        for lead_id in dict.fromkeys(cycle.rpartition("#")[0] for cycle in self._fates):
            if (packed := states.get(lead_id.encode())) is not None:
                for cycle in unpack(packed).cycles:
                    if cycle.owner and (fate := self._fates.get(f"{lead_id}#{cycle.n}")):
                        fate.owner = cycle.owner

    def tally(self, refused: Counter[str]) -> Tally:
        tally = Tally(refused, self._handoffs, len(self._withheld), returns_withdrawn=self._returns_withdrawn)
        tally.clocks.update({(clock, "withdrawn"): count for clock, count in self._withdrawn.items()})
        for fate in self._fates.values():
            tally.clocks.update((clock, "opened") for clock in fate.clocks)
            tally.clocks.update(fate.clocks.items())
            self._add_load(tally, fate)
            if fate.returned:
                tally.returns[fate.returned] += 1
            if fate.first:
                tally.first_attempts.append(fate.first[0])
                tally.first_attempts_elapsed.append(fate.first[1])
        return tally

    def leads(self) -> Leads:
        """The leads of which something holds, in any of their cycles."""
        found: Leads = {}
        for cycle, fate in self._fates.items():
            lead = cycle.rpartition("#")[0]
            for change in _of(fate):
                found.setdefault(change, set()).add(lead)
        if self._withheld:
            found[Change("withheld")] = {cycle.rpartition("#")[0] for cycle in self._withheld}
        return found

    def _fate(self, data: Any) -> _Fate:
        fate = self._fates.get(data.cycle)
        if fate is None:
            fate = self._fates[data.cycle] = _Fate(f"{data.policy}/{data.policy_version}")
        fate.owner = data.owner or fate.owner
        return fate

    def _created(self, event: Any) -> None:
        self._fate(event.data).handed_at = event.time
        self._handoffs[event.data.trigger] += 1

    def _clock(self, event: Any) -> None:
        data = event.data
        fate, clock = self._fate(data), data.clock
        fate.due[clock] = data.due
        match data.state:
            case "met":
                fate.clocks[clock] = "met" if data.late_by_s is None else "met_late"
                if clock == self._timed_by[fate.policy] and fate.handed_at is not None:
                    fate.first = data.business_s, max(0, data.at - fate.handed_at) // SECOND
            case "breached" | "cancelled":
                fate.clocks[clock] = data.state
            case "opened":
                fate.clocks[clock] = "running"
            case "resumed" if fate.clocks[clock] == "cancelled":
                fate.clocks[clock] = "running"

    def _breach_withdrawn(self, event: Any) -> None:
        """The clock runs again, until the next event says how it ended."""
        self._fate(event.data).clocks[event.data.clock] = "running"
        self._withdrawn[event.data.clock] += 1

    def _returned(self, event: Any) -> None:
        self._fate(event.data).returned = event.data.reason, event.data.by

    def _return_withdrawn(self, event: Any) -> None:
        self._fate(event.data).returned = None
        self._returns_withdrawn += 1

    def _add_load(self, tally: Tally, fate: _Fate) -> None:
        """The attempts that the clocks ask for fall on the days by which they are due; what one has asked for is not asked again."""
        policy = self._policies.pinned(fate.policy)
        calendar, rep = policy.first_calendar, fate.owner or NOBODY
        if fate.handed_at is not None:
            tally.load[rep, calendar.local_date(fate.handed_at), "handoffs"] += 1
        asked = 0
        for due, name in sorted((due, name) for name, due in fate.due.items()):
            more = policy.clock_named[name].attempts - asked
            if more > 0:
                asked += more
                tally.load[rep, calendar.local_date(due), "attempts"] += more


def _of(fate: _Fate) -> Iterator[Change]:
    if fate.handed_at is not None:
        yield Change("handed_off")
    if fate.returned:
        yield Change("returned")
    for clock, verdict in fate.clocks.items():
        if verdict in BREACHED:
            yield Change("breached", clock)


def _timed_by(clocks: tuple[ClockPolicy, ...]) -> str | None:
    """The clock that only a first attempt meets."""
    return next((clock.name for clock in clocks if clock.attempts == 1 and not clock.deeds), None)
