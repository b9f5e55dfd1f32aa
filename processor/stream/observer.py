"""Who wants to know what the shell has done; told only of what is committed, so that what it counts cannot disagree with the topics."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from schemas.errors import Reason
from schemas.events import Event
from schemas.instants import Instant


class Commit(NamedTuple):
    """One transaction of a partition."""

    partition: int
    signals: int
    late: int  # applied at the instant reached, since they were logged before it: the brokers' clocks differ by more than the setting says
    waiting: dict[str, int]  # by input topic: records that have arrived and are not yet decided
    leads: int  # in memory
    reached: Instant  # everything before it is decided
    seconds: float  # from the decision's start to the commit's end


class Observer(Protocol):
    def decided(self, partition: int, events: Sequence[Event], facts: Any) -> None: ...
    def dead_letter(self, reason: Reason) -> None: ...
    def committed(self, commit: Commit) -> None: ...
    def restoring(self, done: int, total: int) -> None: ...
    def restored(self, partition: int, leads: int, reached: Instant, seconds: float) -> None: ...
    def released(self) -> None: ...


class Nobody:
    """Looks away."""

    def decided(self, partition: int, events: Sequence[Event], facts: Any) -> None: ...
    def dead_letter(self, reason: Reason) -> None: ...
    def committed(self, commit: Commit) -> None: ...
    def restoring(self, done: int, total: int) -> None: ...
    def restored(self, partition: int, leads: int, reached: Instant, seconds: float) -> None: ...
    def released(self) -> None: ...
