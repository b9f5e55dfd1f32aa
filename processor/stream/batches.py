"""A Faust consumer that delivers whole batches and knows when a partition was seen at its end; what follows from it is the merge's matter.

What it changes in faust-streaming 0.15.3 and aiokafka 0.14.0, both pinned, and why:
* the drain loop hands whole batches to the topic, with the epoch of the last seek: records fetched before a seek arrive after it;
* every fetch is watched in the consumer's thread: "at the end" is a fact of one answer (highwater == offset asked for), dated when asked;
* where there are replicas, what is appended and stamped can become visible later: it takes the leader's own word for its log's end;
* a fetch waits shortly while records flow and long at rest; Faust's 1.5 s are written into its driver;
* inputs are read committed: they may be another processor's outputs;
* a topic that was grown is noticed, since nobody would read its new partitions;
* heartbeats run during the assignment callback, where aiokafka stops them: a long restore would lose its partitions;
* after a rebalance the positions come from the restored state, and what is committed to the group is what is durable.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any

import faust
import structlog
from aiokafka.consumer.fetcher import READ_COMMITTED
from aiokafka.errors import ConsumerStoppedError, OffsetOutOfRangeError
from aiokafka.protocol.fetch import FetchRequest
from faust.events import Event
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from processor.stream.appended import Leaders
from processor.stream.clocks import now, wall
from processor.stream.merge import Chunk, Seen
from processor.stream.preflight import UnfitTopics
from processor.stream.topics import Drift

log = structlog.get_logger()

REST_MS, FLOW_MS, FLOW_BYTES = 500, 5, 65_536  # how long a fetch waits, and in flow for how much
POLL_S, SHORT_POLL_S = 0.5, 0.05  # the short one where a lane is full: once resumed, its partition waits for the running poll to end
ROUNDING_S = 0.0001


class Delivery:
    """A chunk of one partition, fetched from `start` on after the seek that `epoch` counts."""

    __slots__ = ("chunk", "epoch", "start", "tp")

    def __init__(self, tp: TP, epoch: int, start: int, chunk: Chunk) -> None:
        self.tp, self.epoch, self.start, self.chunk = tp, epoch, start, chunk


class WatchedClient:
    """Stands between aiokafka's fetcher and its client."""

    def __init__(self, client: Any, thread: "BatchThread") -> None:
        self._client, self._thread = client, thread
        self._leaders = Leaders(client)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def send(self, node: int, request: Any, **options: Any) -> Any:
        if not isinstance(request, FetchRequest):
            return await self._client.send(node, request, **options)
        asked = self._positions(request)
        fed = {tp: self._thread.fed[tp] for tp in asked}
        lanes = self._thread.app.lanes
        # Later than the last records by more than the clocks may differ: whatever this fetch does not show is logged after them.
        await asyncio.sleep(max(0.0, self._thread.last_taken + lanes.margin + ROUNDING_S - now()))
        sent, instant = now(), wall()
        response = await self._client.send(node, request, **options)
        ends = {tp: Seen(fed[tp], sent, instant) for tp in self._at_end(response, asked)}
        if replicated := [tp for tp in ends if self._thread.is_replicated(tp)]:
            ends = {tp: seen for tp, seen in ends.items() if tp not in replicated}
            ends |= await self._appended_nothing(node, {tp: asked[tp] for tp in replicated}, fed)
        if ends:
            self._thread.main.call_soon_threadsafe(lanes.saw_ends, ends)
        return response

    def _positions(self, request: Any) -> dict[TP, int]:
        """What is asked for, where nobody has sought another position meanwhile."""
        positions = {TP(topic, number): offset for topic, parts in request.topics for number, offset, _ in parts}
        return {tp: at for tp, at in positions.items() if tp in self._thread.fed and self._thread.fetched_to(tp) == at}

    async def _appended_nothing(self, node: int, asked: Mapping[TP, int], fed: Mapping[TP, int]) -> dict[TP, Seen]:
        """Those whose leader says so: a fetch does not show what is not on all replicas yet. Dated by this question, not by the fetch."""
        sent, instant = now(), wall()
        appended = await self._leaders.ends(node, asked)
        return {tp: Seen(fed[tp], sent, instant) for tp, position in asked.items() if appended.get(tp) == position}

    def _at_end(self, response: Any, asked: Mapping[TP, int]) -> Iterator[TP]:
        """Where there was nothing more to fetch: what lies between what was fed and what was asked for are markers."""
        for topic, parts in response.topics:
            for number, error, highwater, *_ in parts:
                tp = TP(topic, number)
                if tp not in asked:
                    continue
                if error == OffsetOutOfRangeError.errno:  # aiokafka would go silently to the earliest offset
                    why = f"{topic}/{number} has no offset {asked[tp]}: the log was cut, or its retention overtook us"
                    self._thread.app.lanes.die(why)
                if not error and highwater == asked[tp]:
                    yield tp


class RebalanceListener(driver.ConsumerRebalanceListener):
    async def on_partitions_assigned(self, assigned: Any) -> None:
        self._thread._ensure_consumer()._coordinator._start_heartbeat_task()
        self._thread.look_at_counts()
        await super().on_partitions_assigned(assigned)


class BatchThread(driver.AIOKafkaConsumerThread):
    """The consumer's thread. Short names are mode's: a method called `wait` or `sleep` here would break it silently."""

    last_taken = 0.0
    seek_epoch = 0
    fetcher: Any = None
    _refusal: Exception | None = None  # at the last look

    async def on_start(self) -> None:
        await super().on_start()
        self.main: asyncio.AbstractEventLoop = self.app.loop
        self.fed: dict[TP, int] = {}  # the position up to which records were handed on
        self.fetcher = self._ensure_consumer()._fetcher
        self.fetcher._client = WatchedClient(self.fetcher._client, self)
        self.fetcher._isolation_level = READ_COMMITTED
        self.pace(flowing=False)

    async def on_thread_stop(self) -> None:
        try:
            await super().on_thread_stop()
        except asyncio.CancelledError:
            # The fetcher waits for tasks that it has cancelled; one that pauses after a failure says so, and mode would wait for ever.
            log.warning("the consumer was stopped while no broker answered")

    def pace(self, *, flowing: bool) -> None:
        """Records flow: small waits gather a batch and prove ends soon. At rest: a long wait that the first byte ends."""
        self.fetcher._fetch_max_wait_ms = FLOW_MS if flowing else REST_MS
        self.fetcher._fetch_min_bytes = FLOW_BYTES if flowing else 1

    def fetched_to(self, tp: Any) -> Any:
        """The fetcher's position, None where there is none; asked in this thread, unlike Faust's `position`."""
        subscription = self.fetcher._subscriptions.subscription
        state = subscription and subscription.assignment and subscription.assignment.state_value(tp)
        return state._position if state else None

    async def _fetch_records(self, consumer: Any, active_partitions: Any, timeout: Any = None, max_records: Any = None) -> Any:  # noqa: ASYNC109
        records = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        # No await between the fetcher's getall() and here: positions belong to these records, and the next fetch is not yet sent.
        self.look_after_tasks()
        self.look_at_counts()
        if records:
            self.last_taken = taken = now()
            for tp, found in records.items():
                if tp in self.fed:
                    start, end = self.fed[tp], self.fetched_to(tp)
                    self.fed[tp] = end
                    records[tp] = Delivery(TP(*tp), self.seek_epoch, start, Chunk(found, end, taken))
        self.pace(flowing=bool(records))
        return records

    def look_after_tasks(self) -> None:
        """The client's own tasks can end with an error that nobody asks for: nothing would come any more, and nobody would know why."""
        if self.fetcher is None or self.app.should_stop:
            return
        for task in (self.fetcher._fetch_task, self._ensure_consumer()._coordinator._coordination_task):
            if task.done():
                self.app.lanes.die(f"a task of aiokafka's consumer has ended: {task!r}")

    def look_after_refusals(self) -> None:
        """What the group's coordinator refuses is told to who fetches, and waits until somebody does: who has no partitions does not."""
        if self.fetcher is not None and not self.app.should_stop:
            before, self._refusal = self._refusal, self._ensure_consumer()._coordinator._pending_exception
            if before is not None and before is self._refusal:
                self.app.lanes.die(f"the group's coordinator has refused: {before!r}")

    def is_replicated(self, tp: TP) -> bool:
        """Also where the metadata leave it out for a moment."""
        partition = self._ensure_consumer()._client.cluster._partitions.get(tp.topic, {}).get(tp.partition)
        return partition is None or len(partition.replicas) > 1

    def look_at_counts(self) -> None:
        """An input that was grown: keys go to partitions that nobody reads, and leave those where their leads are known."""
        cluster, expected = self._ensure_consumer()._client.cluster, self.app.conf.topic_partitions
        for topic in self.app.lanes.inputs:
            found = len(cluster.partitions_for_topic(topic) or ())
            if found not in {0, expected}:  # 0: not heard of yet, or just deleted
                self.app.lanes.die(str(UnfitTopics([Drift(topic, "partitions", str(expected), str(found))])))

    async def seek_lanes(self, positions: dict[TP, int], epoch: int) -> None:
        for tp, offset in positions.items():
            self._ensure_consumer().seek(tp, offset)
        self.fed, self.seek_epoch = dict(positions), epoch


class BatchConsumer(driver.Consumer):
    RebalanceListener = RebalanceListener
    seek_epoch = 0

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """After every rebalance, at the end of recovery."""
        self.seek_epoch += 1
        positions = self.app.lanes.positions()
        await self._thread.call_thread(self._thread.seek_lanes, positions, self.seek_epoch)
        self.app.lanes.start(self.seek_epoch, positions)

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            await self._drain(fetcher)
        except (asyncio.CancelledError, ConsumerStoppedError):  # SIGTERM during a rebalance
            if not self.app.should_stop:
                raise

    async def _drain(self, fetcher: Any) -> None:
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            if not self.flow_active:
                await self.wait(self.can_resume_flow)
            active = self._get_active_partitions()
            if not active:  # Faust sleeps a whole second here, in the middle of every rebalance
                await asyncio.sleep(0.02)
                continue
            self.app.lanes.fetching = time.monotonic()
            try:
                records = await self._getmany(active, SHORT_POLL_S if self.app.lanes.full() else POLL_S)
            finally:
                self.app.lanes.fetching = None
            await asyncio.sleep(0)
            for tp, found in (records or {}).items():
                if self.should_stop or not self.flow_active:
                    break
                if isinstance(found, Delivery):
                    await self.callback(self._message(tp, found))
                elif tp.topic not in self.app.lanes.inputs:  # input fetched before the first seek comes again
                    for record in found:
                        await self.callback(self._to_message(tp, record))

    def _message(self, tp: Any, delivery: Delivery) -> ConsumerMessage:
        last = delivery.chunk.records[-1]
        return ConsumerMessage(
            tp.topic, tp.partition, last.offset, last.timestamp / 1000, last.timestamp_type, (), None, delivery, None, 0, 0, delivery.tp,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    # Faust drops its lists of acked offsets on revoke, before the last commit.
    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        yield from super()._filter_tps_with_pending_acks(topics)
        yield from self.app.lanes.positions()

    def _new_offset(self, tp: TP) -> int | None:
        durable = self.app.lanes.positions()
        offset: int | None = durable[tp] if tp in durable else super()._new_offset(tp)
        return offset


class BatchTransport(driver.Transport):
    Consumer = BatchConsumer


class BatchTopic(faust.Topic):
    async def decode(self, message: Any, *, propagate: bool = False) -> Event:
        return Event(self.app, None, message.value, (), message)
