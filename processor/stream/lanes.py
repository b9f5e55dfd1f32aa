"""All lanes of this worker: how partitions come and go, who gets which records, how far each is; what a lane decides is its own matter."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

import structlog
from faust.types import TP

from processor.domain.versions import UnfitPolicies
from processor.garbage import give_back
from processor.settings import Settings
from processor.stream.connection import connection
from processor.stream.deaths import Deaths
from processor.stream.lane import Core, Flow, Lane, Terms
from processor.stream.leads import Part
from processor.stream.merge import Chunk, Feed, Merge, Seen
from processor.stream.observer import Observer
from processor.stream.reading import reader
from processor.stream.takeover import begin, compare_clocks, fence, restore, settle
from processor.stream.writer import PartitionWriter
from schemas.instants import SECOND

log = structlog.get_logger()

TICK_S = 0.0011  # append times are whole milliseconds

OpenCore = Callable[[int, Mapping[bytes, bytes], bytes], Core]  # (partition, committed states, watch) to its core


class Lanes:
    def __init__(self, settings: Settings, topics: tuple[Sequence[str], Sequence[str]], open_core: OpenCore, observer: Observer) -> None:
        """`topics`: those read, in the order that decides ties, and those written."""
        self.inputs, self.outputs = topics
        self.margin = TICK_S + settings.skew_ms / 1000
        self.connection = connection(settings.broker)
        self.ready = False  # has what it was assigned, restored; false between two owners
        self._taken_over = False
        self.fetching: float | None = None  # since when records are waited for, by time.monotonic
        self._settings, self._open_core, self._observer = settings, open_core, observer
        self._deaths = Deaths(settings.data)
        self._lanes: dict[int, Lane] = {}
        self._terms: Terms | None = None

    def flow_through(self, consumer: Flow) -> None:
        """Where a full lane pauses its partition."""
        s = self._settings
        self._terms = Terms(s.batch_limit, s.gather_ms / 1000, s.source, asyncio.Lock(), consumer, self._observer, self._deaths.die)

    def feed(self, tp: TP, epoch: int, start: int, chunk: Chunk) -> None:
        if lane := self._lanes.get(tp.partition):
            lane.feed(tp.topic, epoch, start, chunk)

    def saw_ends(self, ends: Mapping[TP, Seen]) -> None:
        for tp, seen in ends.items():
            if (lane := self._lanes.get(tp.partition)) and tp.topic in self.inputs:
                lane.saw(tp.topic, seen)

    def full(self) -> bool:
        """Some partition is paused until its lane has room."""
        return any(lane.paused for lane in self._lanes.values())

    def owed(self) -> float | None:
        """Since when, by time.monotonic, a lane has not taken its turn, or a fetch has not come back; None while all do, or none should.

        A lane that waits for records, or for a proof, owes nothing; nor does a fetch that finds nothing, or no broker: it comes back.
        """
        since = [self.fetching, *(lane.owed for lane in list(self._lanes.values()))]
        return min((instant for instant in since if instant), default=None) if self.ready else None

    @property
    def closed(self) -> bool:
        """Nothing is under way."""
        return not self._lanes

    def positions(self) -> dict[TP, int]:
        """What is durable: where the inputs are sought, what is committed to the group."""
        return {TP(topic, number): offset for number, lane in self._lanes.items() for topic, offset in lane.part.applied.offsets().items()}

    def start(self, epoch: int, sought: Mapping[TP, int]) -> None:
        """The inputs were sought; their records bear the epoch. Nothing where the partitions have changed hands meanwhile."""
        if not self._taken_over or sought != self.positions():
            return
        for lane in self._lanes.values():
            lane.start(epoch)
        self._begin()

    async def close(self) -> None:
        """The partitions may go to another: nothing is under way any more, nothing is decided."""
        self.ready = self._taken_over = False
        lanes, self._lanes = self._lanes, {}
        try:
            await asyncio.gather(*(lane.close() for lane in lanes.values()))
        except Exception as error:  # noqa: BLE001 - also TimeoutError: whether the transaction counted, only the log knows
            self.die(f"writes do not end: {error!r}")
        self._observer.released()  # after the last commit, which it counts

    async def take_over(self, parts: dict[int, Part]) -> dict[int, Part]:
        """The parts as the log says they are, each with a lane that has not begun. A part already known reads only what it missed."""
        try:
            return await self._take_over(parts)
        except UnfitPolicies as error:
            self._deaths.refuse(f"takeover of {sorted(parts)}: {error}")
        except Exception as error:  # noqa: BLE001 - whatever it was, half a takeover must not go on
            self.die(f"takeover of {sorted(parts)}: {error!r}")

    def die(self, why: str) -> NoReturn:
        self._deaths.die(why)

    async def _take_over(self, parts: dict[int, Part]) -> dict[int, Part]:
        if not parts:  # there is nothing to seek, so nobody calls `start`
            self._begin()
            return parts
        began = time.monotonic()
        s = self._settings
        writers = {number: PartitionWriter(self.connection, f"{s.app}-{number}", number, self.outputs, s.changelog) for number in parts}
        ended = await fence(self.connection, writers)
        parts |= {number: Part() for number in await settle(self.connection, writers, ended)}
        fenced = time.monotonic()
        count = await restore(self.connection, s.changelog, parts, self._observer.restoring)
        await begin(self.connection, self.inputs, parts)
        if s.time == "broker":
            await compare_clocks(writers, parts, s.guard_ms * (SECOND // 1000))
        restored = time.monotonic()
        for number, part in parts.items():
            # In a thread: it reads every state, which are seconds for a million.
            core = await asyncio.to_thread(self._open_core, number, part.states, part.applied.watch)
            self._lanes[number] = self._lane(number, part, core, writers[number])
            self._observer.restored(number, len(part.states), part.applied.reached, time.monotonic() - began)
        log.info(
            "took over", partitions=sorted(parts), records=count, leads=sum(len(part.states) for part in parts.values()),
            fenced_s=round(fenced - began, 3), restored_s=round(restored - fenced, 3), opened_s=round(time.monotonic() - restored, 3),
        )  # fmt: skip
        give_back()
        self._taken_over = True
        return parts

    def _begin(self) -> None:
        self.ready = True
        self._observer.started()

    def _lane(self, number: int, part: Part, core: Core, writer: PartitionWriter) -> Lane:
        assert self._terms
        s = self._settings
        read = reader(part.states, number, s.partitions, core.admit)
        feeds = [Feed(topic, *part.applied.inputs[topic], read) for topic in self.inputs]
        guard = s.guard_ms * (SECOND // 1000) if s.time == "broker" else None
        return Lane(number, part, core, Merge(feeds, self.margin, guard), writer, self._terms)
