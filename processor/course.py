"""One partition decided without Kafka, in slices, so that memory does not grow; where signals come from and events go stays outside."""

from collections.abc import Iterator

from processor.domain.partition import Partition
from processor.domain.policy import Policies
from processor.history import Told
from schemas.events import Event
from schemas.instants import Instant

TAKEN_AT = 500  # signals, or changed leads, held decoded: more than a processor's cache holds would be slower, and memory must not grow


class Course:
    """`states` are those of the slices taken. Nothing happens before what is given back is read."""

    def __init__(self, number: int, policies: Policies) -> None:
        self.states: dict[bytes, bytes] = {}
        self.partition = Partition(number, policies, self.states)
        self._untaken = 0

    def hear(self, told: Told) -> Iterator[Event]:
        """The deadlines before the signal, then the signal."""
        yield from self.reach(told.logged)
        self.partition.apply(told.signal, told.logged)
        self._untaken += 1
        if self._untaken >= TAKEN_AT:
            yield from self.take()

    def reach(self, before: Instant) -> Iterator[Event]:
        """Every deadline before the instant."""
        while not self.partition.judge(before, TAKEN_AT):
            yield from self.take()

    def take(self) -> list[Event]:
        """What was decided since the last taking."""
        decided = self.partition.take()
        self._untaken = 0
        decided.store(self.states)
        return decided.events
