"""A broker and two workers in one process and virtual time: the commit order of the real shell, with every way to fail in it.

The broker keeps what was committed: states, what the core keeps beside them, how far the inputs are applied, outputs. A worker works on a
copy of its own, and has lost it with the first thing that goes wrong. Kafka, merging of fetches and speed stay outside.
"""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from processor.domain.partition import Decided, Partition
from processor.domain.policy import Policies
from schemas.cloudevents import encode
from schemas.errors import BadRecord
from schemas.events import Event
from schemas.instants import SECOND, Instant
from schemas.signals import Signal

HOUR = 3_600 * SECOND
Output = tuple[str, bytes, bytes, tuple[tuple[str, bytes], ...]]  # type, key, value, headers


class Entry(NamedTuple):
    """A record in its partition's one order. `logged`: the greatest so far in its topic."""

    topic: str
    offset: int
    logged: Instant
    signal: Signal | BadRecord


class Part:
    """One partition as the broker has it."""

    def __init__(self, number: int, log: Sequence[Entry]) -> None:
        self.number, self.log = number, log
        self.states: dict[bytes, bytes] = {}
        self.watch = b""
        self.position = 0
        self.epoch = 0  # of the owner that may commit
        self.events: list[Event] = []
        self.dead: list[tuple[str, int]] = []

    def outputs(self) -> list[Output]:
        return [(event.type, *_frozen(encode(event, "/handoff/world"))) for event in self.events]

    def commit(self, epoch: int, batch: "Batch") -> bool:
        """All of it or nothing. False: another owner has begun since."""
        if epoch != self.epoch:
            return False
        batch.decided.store(self.states)
        self.watch, self.position = batch.decided.watch, batch.position
        self.events += batch.decided.events
        self.dead += batch.dead
        return True


class Batch(NamedTuple):
    decided: Decided
    position: int
    dead: list[tuple[str, int]]


class Lane:
    """A worker's copy of a partition, from its takeover on."""

    def __init__(self, part: Part, policies: Policies) -> None:
        part.epoch += 1
        self.part, self.epoch = part, part.epoch
        self.states = dict(part.states)
        self.position = part.position
        self.core = Partition(part.number, policies, self.states, part.watch)

    def decide(self, now: Instant, records: int, limit: int, tick: Instant) -> Batch:
        """At most so many records logged by now, or so many changed leads; with nothing more waiting, deadlines up to the tick."""
        dead: list[tuple[str, int]] = []
        log, whole = self.part.log, True
        for _ in range(records):
            if self.position == len(log) or log[self.position].logged > now or not whole:
                break
            whole = self._apply(log[self.position], limit, dead)
            self.position += whole
        if whole:
            waits = log[self.position].logged if self.position < len(log) else now
            self.core.judge(max(self.core.reached, min(tick, waits)), limit)
        return Batch(self.core.take(), self.position, dead)

    def show(self, batch: Batch) -> None:
        """The transaction is committed: now the copy knows it too."""
        batch.decided.store(self.states)

    def _apply(self, entry: Entry, limit: int, dead: list[tuple[str, int]]) -> bool:
        """False: the limit of changed leads was reached first."""
        try:
            if isinstance(entry.signal, BadRecord):
                raise entry.signal
            self.core.admit(entry.signal, entry.logged)
        except BadRecord:
            dead.append((entry.topic, entry.offset))
            return True
        if not self.core.judge(entry.logged, limit):
            return False
        self.core.apply(entry.signal, entry.logged)
        return True


def calm(part: Part, policies: Policies, until: Instant) -> None:
    """One worker, one batch after the other, and nothing goes wrong."""
    lane = Lane(part, policies)
    while part.position < len(part.log):
        batch = lane.decide(1 << 62, 500, 1 << 62, 0)
        part.commit(lane.epoch, batch)
        lane.show(batch)
    lane.core.judge(until)
    part.commit(lane.epoch, Batch(lane.core.take(), lane.position, []))


class Storm:
    """Two workers over several partitions, until all is decided up to an instant."""

    def __init__(self, rng: Random, parts: Sequence[Part], policies: Policies, until: Instant) -> None:
        self.rng, self.parts, self.policies, self.until = rng, parts, policies, until
        self.workers: list[dict[int, Lane]] = [{}, {}]
        self.now = min((part.log[0].logged for part in parts if part.log), default=until)
        self.crashes = self.fenced = self.moves = 0

    def rage(self) -> None:
        self._rebalance()
        while any(part.position < len(part.log) for part in self.parts) or self.now < self.until:
            self.now = min(self.until, self.now + int(self.rng.expovariate(1 / (6 * HOUR))))
            if self.rng.random() < 0.05:
                self._rebalance()
            for worker in self.workers:
                for lane in list(worker.values()):
                    self._work(worker, lane)
        self._rebalance()
        for lane in (lane for worker in self.workers for lane in worker.values() if lane.epoch == lane.part.epoch):
            while not lane.core.judge(self.until, 3):
                self._settle(lane)
            self._settle(lane)

    def _work(self, worker: dict[int, Lane], lane: Lane) -> None:
        """One batch, unless something goes wrong before, in, or after its transaction."""
        rng = self.rng
        fate = rng.choices(("well", "before", "decided", "half", "unsaid"), (90, 2, 3, 3, 3))[0]
        if fate == "before":
            self._crash(worker)
            return
        tick = rng.randint(min(lane.core.reached, self.now), self.now)
        batch = lane.decide(self.now, rng.choice((1, 2, 7, 60, 400)), rng.choice((1, 3, 1 << 62)), tick)
        if fate == "decided" or (fate == "half" and rng.random() < 0.5):
            self._crash(worker)  # in the midst of a transaction: the broker aborts what it has of it
            return
        if not lane.part.commit(lane.epoch, batch):
            self.fenced += 1
            self._crash(worker)  # frozen while its partition went to another: it may not go on with any of its own
        elif fate in ("half", "unsaid"):
            self._crash(worker)  # committed, and the worker never knew
        else:
            lane.show(batch)

    def _settle(self, lane: Lane) -> None:
        batch = Batch(lane.core.take(), lane.position, [])
        assert lane.part.commit(lane.epoch, batch)
        lane.show(batch)

    def _crash(self, worker: dict[int, Lane]) -> None:
        """All that the worker had in memory is gone; another one, or itself started again, takes its partitions over."""
        self.crashes += 1
        lost = [lane.part for lane in worker.values() if lane.epoch == lane.part.epoch]
        worker.clear()
        for part in lost:
            self._take_over(part)

    def _rebalance(self) -> None:
        """Every partition goes to some worker. One in four former owners is frozen and does not know."""
        self.moves += 1
        for part in self.parts:
            for worker in self.workers:
                if self.rng.random() < 0.75:
                    worker.pop(part.number, None)
            self._take_over(part)

    def _take_over(self, part: Part) -> None:
        self.rng.choice(self.workers)[part.number] = Lane(part, self.policies)


def _frozen(record: tuple[bytes, bytes, list[tuple[str, bytes]]]) -> tuple[bytes, bytes, tuple[tuple[str, bytes], ...]]:
    key, value, headers = record
    return key, value, tuple(headers)
