"""How long after a signal's append a `read_committed` reader has what follows from it, at steady loads; throughput is not asked."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from statistics import quantiles
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.events import MQL
from schemas.instants import SECOND, parse_instant
from schemas.signals import CRM, MARKETING
from tests.benchmarks.brokers import Place, broker, create_changelog
from tests.benchmarks.load import PARTITIONS, Record, record
from tests.benchmarks.peers import fetched
from tests.benchmarks.processes import Process, process, worker_settings
from tests.benchmarks.report import OURS, STREAMS, Figure, Gap, Kind, Target
from tests.benchmarks.runs import HANDOFF
from tests.benchmarks.states import DEMO, PRICING, PROFILE
from tests.benchmarks.topics_read import reader
from tests.benchmarks.turns import Asked, Contestant, Say, in_turns

PEER = "for-peers."  # begins the names of the topics that Kafka Streams reads
DEEDS = 10  # signals of a lead; the last one hands it off
TICK_S = 0.002
WARM_S = 3.0  # not counted
LATE_S = 60.0  # for what comes last
READY_WITHIN_S = 60.0
TARGETS = {50: Target(50, "≤ 50 ms"), 99: Target(120, "≤ 120 ms")}

LoggedOf = Callable[[Any], int]  # a published record to when its cause was logged, in milliseconds


class Latency(NamedTuple):
    rates: Sequence[int]  # signals a second
    seconds: float
    turns: int
    peers: bool = True


def latency(scale: Latency, say: Say) -> list[Figure | Gap]:
    def asked(*, ours: bool) -> list[Asked]:
        return [
            Asked(Kind(f"seen, p{share}, at {rate:,} signals/s", "ms", "less"), "", TARGETS[share] if ours else None)
            for rate in scale.rates
            for share in TARGETS
        ]

    with broker("broker", [PEER]) as place:
        create_changelog(place, "latency")
        create_changelog(place, "streams")  # in a second turn they go on where they were

        def ours(turn: int) -> Sequence[float]:
            environment = worker_settings(place.address, "latency", place.folder, "broker")
            with process([str(HANDOFF), "worker"], environment, place.folder / "latency.log") as worker:
                worker.until(lambda: worker.said("restored_s"), "the takeover", READY_WITHIN_S)
                return asyncio.run(_measured(place, "", f"T{turn}", scale, worker, _logged_of_handoff))

        def java(turn: int) -> Sequence[float]:
            program = fetched.streams()
            words = [place.address, "streams", place.folder / "streams", "exactly_once_v2", 100, 0, MQL, PEER + MARKETING, PEER + CRM]
            with process([*program, *map(str, words)], {}, place.folder / "streams.log") as streams:
                streams.until(lambda: streams.said("running_ms"), "its start", READY_WITHIN_S)
                return asyncio.run(_measured(place, PEER, f"T{turn}", scale, streams, lambda record: int(record.value)))

        contestants = [Contestant(OURS, asked(ours=True), ours)]
        if scale.peers:
            contestants.append(Contestant(STREAMS, asked(ours=False), java))
        return in_turns(contestants, scale.turns, say)


def _logged_of_handoff(published: Any) -> int:
    """A handoff is dated by what caused it: when that was logged."""
    at = next(value for name, value in published.headers if name == "ce_time")
    return parse_instant(at.decode()) // (SECOND // 1000)


async def _measured(place: Place, prefix: str, name: str, scale: Latency, running: Process, logged_of: LoggedOf) -> list[float]:
    """By rate, by share: milliseconds."""
    found = []
    for rate in scale.rates:
        count = int(rate * (WARM_S + scale.seconds)) // DEEDS * DEEDS
        async with _reading(place.address, logged_of) as seen:
            await _load(place.address, prefix, f"{name}-{rate}", count, rate)
            end = time.monotonic() + LATE_S
            while len(seen) < count // DEEDS and time.monotonic() < end:
                running.alive()
                await asyncio.sleep(0.05)
        if len(seen) < count // DEEDS:
            raise RuntimeError(
                f"{len(seen)} of {count // DEEDS} were seen within {LATE_S:.0f} s after the last signal, at {rate:,} a second"
            )
        delays = quantiles(seen[int(len(seen) * WARM_S / (WARM_S + scale.seconds)) :], n=100)
        found += [delays[share - 1] for share in TARGETS]
    return found


@asynccontextmanager
async def _reading(address: str, logged_of: LoggedOf) -> AsyncIterator[list[float]]:
    """What is published from now on, by how many milliseconds after its cause was logged."""
    seen: list[float] = []

    async def read() -> None:
        while True:
            found = await consumer.getmany(timeout_ms=1000)
            now = 1000 * time.time()
            seen.extend(now - logged_of(record) for records in found.values() for record in records)

    async with reader(address) as consumer:
        tps = [TopicPartition(MQL, number) for number in range(PARTITIONS)]
        consumer.assign(tps)
        await consumer.seek_to_end(*tps)
        for tp in tps:
            await consumer.position(tp)
        task = asyncio.create_task(read())
        yield seen
        task.cancel()


async def _load(address: str, prefix: str, name: str, count: int, rate: int) -> None:
    """The signals are appended at that rate, however slow anybody is."""
    records = [_signal(name, n) for n in range(count)]
    async with AIOKafkaProducer(bootstrap_servers=address, acks=1) as producer:
        await producer.partitions_for(prefix + MARKETING)
        began, sent = time.monotonic(), 0
        while sent < count:
            due = min(count, int((time.monotonic() - began) * rate))
            for told in records[sent:due]:
                await producer.send(prefix + told.topic, told.value, told.key, told.partition, headers=told.headers)
            sent = due
            await asyncio.sleep(TICK_S)


def _signal(name: str, n: int) -> Record:
    """One lead after the other would put each into one batch: a hundred of them take turns."""
    block, nth = divmod(n, 100 * DEEDS)
    deed, lead = divmod(nth, 100)
    data = {0: PROFILE, DEEDS - 1: DEMO}.get(deed, PRICING)
    return record(f"{name}-{n}", f"{name}-{100 * block + lead}", int(1000 * time.time()), data)
