"""Who wants to know what the shell has done; told only of what is committed, so that what it counts cannot disagree with the topics."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from processor.domain.policy import Policies
from schemas.errors import Reason
from schemas.events import Event
from schemas.instants import Instant


class Commit(NamedTuple):
    """One transaction of a partition."""

    partition: int
    signals: int  # with bad records
    types: Mapping[str, int]  # signals applied, by type
    late: int  # applied at the instant reached, since they were logged before it: the brokers' clocks differ by more than the setting says
    waiting: Mapping[str, int]  # by input topic: records that have arrived and are not yet decided
    leads: int  # in memory
    reached: Instant  # everything before it is decided
    seconds: float  # from the decision's start to the commit's end


class Observer(Protocol):
    def decided(self, partition: int, events: Sequence[Event], told: Any) -> None: ...
    def dead_letter(self, reason: Reason) -> None: ...
    def committed(self, commit: Commit) -> None: ...
    def reached(self, partition: int, reached: Instant) -> None:
        """Also where nothing was decided: silence is no lag."""

    def restoring(self, done: int, total: int) -> None: ...
    def restored(self, partition: int, leads: int, reached: Instant, seconds: float) -> None: ...
    def started(self) -> None:
        """All that this worker was assigned is restored, and decided from here on."""

    def released(self) -> None:
        """Nothing is decided until the next takeover."""

    def agreed(self, policies: Policies) -> None:
        """From now on these decide."""

    def disagreed(self) -> None:
        """The policy files have changed in a way that is refused."""

    def disputed(self, told: Sequence[str]) -> None:
        """What speaks against this worker's policies in what other workers have decided; nothing where that is over."""


class Nobody:
    """Looks away."""

    def decided(self, partition: int, events: Sequence[Event], told: Any) -> None: ...
    def dead_letter(self, reason: Reason) -> None: ...
    def committed(self, commit: Commit) -> None: ...
    def reached(self, partition: int, reached: Instant) -> None: ...
    def restoring(self, done: int, total: int) -> None: ...
    def restored(self, partition: int, leads: int, reached: Instant, seconds: float) -> None: ...
    def started(self) -> None: ...
    def released(self) -> None: ...
    def agreed(self, policies: Policies) -> None: ...
    def disagreed(self) -> None: ...
    def disputed(self, told: Sequence[str]) -> None: ...
