"""One partition at work: decide what its records and their silence mean, commit that in one transaction, then show it.

Everything in a lane is forgotten with it. What went wrong ends the process: whether a transaction counted, only the log knows.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from faust.types import TP

from processor.stream.dead_letters import dead_letter
from processor.stream.leads import Applied, Part
from processor.stream.merge import Chunk, Entry, Merge, Seen
from processor.stream.observer import Commit, Observer
from schemas.cloudevents import encode
from schemas.errors import BadRecord, Reason
from schemas.events import DEAD_LETTERS, EVENTS, Event
from schemas.instants import Instant
from schemas.signals import Signal

CLOSE_S = 8.0  # for the transaction under way, before the partition may go to another
SLICE_S = 0.08  # how long the event loop may be kept busy
SMALLEST, FIRST = 50, 500  # limits of a slice: the least that is tried for it, and what is tried before anything is known
FULL, LOW = 6_000, 2_000  # records waiting, by topic: stop and go on fetching; more are only more for the garbage collector to visit

Row = tuple[bytes | None, bytes | None, list[Any]]  # key, value, headers (name, value); aiokafka takes a list and no other sequence


class Core(Protocol):
    """What the lane asks of `processor.domain.partition.Partition`; what the answers mean is said there."""

    @property
    def reached(self) -> Instant: ...
    def admit(self, signal: Signal, logged: Instant) -> None: ...
    def judge(self, before: Instant, limit: int) -> bool: ...
    def apply(self, signal: Signal, logged: Instant) -> None: ...
    def take(self) -> Any: ...


class Writer(Protocol):
    """Makes a batch durable, all of it or nothing; `end` is the changelog's position after it."""

    end: int

    async def commit(self, outputs: Mapping[str, Sequence[Row]], states: Sequence[tuple[bytes, bytes | None]], applied: bytes) -> None: ...
    async def close(self) -> None: ...


class Flow(Protocol):
    def pause_partitions(self, tps: set[TP]) -> None: ...
    def resume_partitions(self, tps: set[TP]) -> None: ...


class Terms(NamedTuple):
    """What is the same for all lanes of a worker."""

    limit: int  # records, or changed leads, in one transaction
    gather: float  # seconds from one transaction to the next, live
    source: str
    turn: asyncio.Lock  # one lane decides, then the event loop is free, then the next one does
    flow: Flow
    observer: Observer
    die: Callable[[str, int, dict[str, int]], None]  # (why, partition, offsets applied): does not return


class Batch(NamedTuple):
    """What one slice of time decided: what goes into one transaction."""

    records: int
    types: Mapping[str, int]  # of the signals applied
    late: int
    full: bool  # there is more to decide at once
    outputs: Mapping[str, Sequence[Row]]
    refused: Sequence[Reason]
    decided: Any
    applied: Applied


class Lane:
    def __init__(self, number: int, part: Part, core: Core, merge: Merge, writer: Writer, terms: Terms) -> None:
        self.number, self.part, self.core, self.merge, self.writer, self.terms = number, part, core, merge, writer, terms
        self.epoch = -1  # of the seek whose records are read; none yet
        self._feeds = {feed.topic: feed for feed in merge.feeds}
        self.paused: set[str] = set()  # topics of which enough is waiting
        self._wake = asyncio.Event()
        self.owed: float | None = None  # since when something waits for this lane's turn, by time.monotonic
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._limit = min(FIRST, terms.limit)
        self._begin_batch()

    def start(self, epoch: int) -> None:
        self.epoch = epoch
        self._task = self._task or asyncio.get_running_loop().create_task(self._run())

    def feed(self, topic: str, epoch: int, start: int, chunk: Chunk) -> None:
        if epoch != self.epoch or self._closing:
            return  # fetched before the last seek: it comes again
        feed = self._feeds[topic]
        feed.add(start, chunk)
        if feed.waiting > FULL and topic not in self.paused:
            self.paused.add(topic)
            self.terms.flow.pause_partitions({TP(topic, self.number)})
        self._call()

    def saw(self, topic: str, seen: Seen) -> None:
        self._feeds[topic].seen = seen
        self._call()

    async def close(self) -> None:
        """What is on its way has become durable, nothing more is decided; TimeoutError if that takes too long."""
        self._closing = True
        self._wake.set()
        async with asyncio.timeout(CLOSE_S):
            if self._task:
                await self._task
            await self.writer.close()

    def decide(self) -> Batch | None:
        """Takes at most the limit of records, or of changed leads: the event loop is soon free again. None: there was nothing to decide."""
        self._begin_batch()
        limit, records, full = self._limit, 0, True
        while records < limit:
            run = self.merge.run(limit - records)
            if not run:
                full = not self._judge(self.merge.bound())
                break
            feed, entries = run
            done = self._apply(feed.topic, entries)
            feed.advance(done)
            records += done
            if done < len(entries):
                break
        self._resume()
        decided = self.core.take()
        if not (records or decided.states or decided.events):
            return None
        outputs, refused = self._outputs(decided.events), [bad.reason for _, _, bad in self._letters]
        applied = Applied({feed.topic: (feed.offset, feed.logged) for feed in self.merge.feeds}, self.core.reached, decided.watch)
        return Batch(records, self._types, self._late, full, outputs, refused, decided, applied)

    def _call(self) -> None:
        self.owed = self.owed or time.monotonic()
        self._wake.set()

    def _begin_batch(self) -> None:
        self._late, self._types = 0, defaultdict[str, int](int)
        self._letters: list[tuple[str, Any, BadRecord]] = []  # topic, record, what is wrong

    def _judge(self, before: Instant) -> bool:
        """False where the limit of changed leads was reached."""
        return before <= self.core.reached or self.core.judge(before, self._limit)

    def _apply(self, topic: str, entries: Sequence[Entry]) -> int:
        """How many entries were applied: fewer than given where the limit of changed leads was reached."""
        core = self.core
        for done, (logged, record, signal) in enumerate(entries):
            if isinstance(signal, BadRecord):
                self._letters.append((topic, record, signal))
                continue
            try:
                if not self._judge(logged):
                    return done
                self._late += logged < core.reached
                core.apply(signal, logged)
                self._types[signal.type] += 1
            except Exception as error:
                error.add_note(f"at {topic}/{self.number}, offset {record.offset}")
                raise
        return len(entries)

    def _outputs(self, events: Sequence[Event]) -> Mapping[str, Sequence[Row]]:
        outputs: dict[str, list[Row]] = defaultdict(list)
        source = self.terms.source
        for event in events:
            outputs[EVENTS[event.type][0]].append(encode(event, source))
        for topic, record, bad in self._letters:
            outputs[DEAD_LETTERS].append(dead_letter(record, topic, self.number, bad))
        return outputs

    def _resume(self) -> None:
        for topic in [topic for topic in self.paused if self._feeds[topic].waiting < LOW]:
            self.paused.discard(topic)
            self.terms.flow.resume_partitions({TP(topic, self.number)})

    async def _run(self) -> None:
        """One batch after the other, as large as the backlog, up to the limit."""
        try:
            while not self._closing:
                self._wake.clear()
                began, batch = await self._in_turn()
                if not batch:
                    self.terms.observer.reached(self.number, self.core.reached)
                    await self._wake.wait()
                    continue
                await self.writer.commit(batch.outputs, batch.decided.states, batch.applied.packed())
                self.part.show(batch.decided.states, batch.applied, self.writer.end)
                self._tell(batch, time.monotonic() - began)
                if not batch.full:  # live: gather, since a transaction costs the broker the same for one record and for many
                    await asyncio.sleep(began + self.terms.gather - time.monotonic())
        except Exception as error:  # noqa: BLE001 - whatever it was: no farewell, no retry
            why = "; ".join([repr(error), *getattr(error, "__notes__", [])])
            self.terms.die(why, self.number, self.part.applied.offsets())

    async def _in_turn(self) -> tuple[float, Batch | None]:
        """When it began, and what it decided."""
        async with self.terms.turn:
            self.owed = None
            began = time.monotonic()
            batch = None if self._closing else self.decide()
            self._pace(batch, time.monotonic() - began)
            return began, batch

    def _pace(self, batch: Batch | None, seconds: float) -> None:
        """What takes long is done in smaller slices: heartbeats and other lanes wait for the event loop."""
        fitting = max(SMALLEST, int(self._limit * SLICE_S / seconds)) if batch and batch.full else FIRST
        self._limit = min(self.terms.limit, fitting)

    def _tell(self, batch: Batch, seconds: float) -> None:
        observer = self.terms.observer
        for reason in batch.refused:
            observer.dead_letter(reason)
        observer.decided(self.number, batch.decided.events, batch.decided.told)
        waiting = {feed.topic: feed.waiting for feed in self.merge.feeds}
        leads, reached = len(self.part.states), batch.applied.reached
        observer.committed(Commit(self.number, batch.records, batch.types, batch.late, waiting, leads, reached, seconds))
