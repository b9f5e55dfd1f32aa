"""After a rebalance, do the inputs start where the state says, whatever the broker answers?"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar, NoReturn

from faust.types import TP

from processor.stream.batches import BatchConsumer

WHERE = {TP("in", 3): 42}


class SilentBroker:
    """The consumer's thread, where questions to the group's coordinator are never answered."""

    sought: ClassVar[list[tuple[dict[TP, int], int]]] = []

    async def call_thread(self, method: Callable[..., Any], *args: Any) -> None:
        await method(*args)

    async def seek_lanes(self, positions: dict[TP, int], epoch: int) -> None:
        self.sought.append((positions, epoch))

    async def seek_to_committed(self) -> NoReturn:
        raise AssertionError("Faust waits for this answer for 30 seconds, and then goes on without lanes, in silence")


async def test_a_seek_asks_no_broker():
    started: list[tuple[int, dict[TP, int]]] = []
    consumer = object.__new__(BatchConsumer)
    consumer._thread, consumer._read_offset = SilentBroker(), {}
    lanes = SimpleNamespace(positions=lambda: dict(WHERE), start=lambda epoch, sought: started.append((epoch, sought)))
    consumer.app = SimpleNamespace(lanes=lanes)

    await consumer.perform_seek()

    assert SilentBroker.sought == [(WHERE, 1)]
    assert started == [(1, WHERE)]
