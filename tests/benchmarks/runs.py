"""One turn of one contestant: its process is started, and ended when all is applied; how fast it was is read from the log it left.

Wall clock: from the first append to the changelog after which every partition had applied something to the one after which all was applied,
as the broker stamped them and a `read_committed` reader sees them; what was applied up to the first of the two is not counted.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka import KafkaAdminClient
from kafka.errors import RetriableError
from msgspec import msgpack

from processor.stream.leads import APPLIED, Applied
from processor.stream.topics import create, specs
from schemas.events import EVENTS
from tests.benchmarks.decisions import POLICY, Work
from tests.benchmarks.load import PARTITIONS

HANDOFF = Path(sys.executable).with_name("handoff")  # the program as it is installed
OUTPUTS = sorted({topic for topic, _ in EVENTS.values()})
FETCH_BYTES = 8 << 20
LOOK_EVERY_S = 0.2
STALLED_S = 60.0
ENDED_WITHIN_S = 5.0  # Faust waits at its end for streams that stay empty

Offsets = Mapping[TopicPartition, int]


class Goal(NamedTuple):
    """Where a contestant reads, and how many signals it must have applied."""

    address: str
    folder: Path  # for what it keeps on disk
    prefix: str  # of its input topics' names
    signals: int


class Run(NamedTuple):
    """`states` by lead, `outputs` by topic: what a reader finds when it is over."""

    per_second: float
    states: dict[bytes, bytes]
    outputs: Counter[str]


def handoff(work: Work, name: str, goal: Goal) -> Run:
    """One worker process, exactly once; the records move time, so what must come out does not depend on when it runs."""
    with KafkaAdminClient(bootstrap_servers=goal.address) as admin:
        create(admin, specs(PARTITIONS, 1, name, "records"))
    program = [str(HANDOFF), "worker"] if work == "whole" else [sys.executable, "-m", "tests.benchmarks.counting"]
    settings = {
        "broker": goal.address,
        "app": name,
        "partitions": PARTITIONS,
        "time": "records",
        "metrics_port": 0,
        "data": goal.folder / name,
        "policy": POLICY,
    }
    environment = {f"HANDOFF_{key.upper()}": str(value) for key, value in settings.items()}
    return asyncio.run(_turn(program, environment, name, goal, _applied_by_lanes))


def plain_faust(work: Work, name: str, goal: Goal) -> Run:
    """The same decisions in a plain Faust app, at least once."""
    program = [sys.executable, "-m", "tests.benchmarks.plain_faust", work, goal.address, name, str(goal.folder / name), goal.prefix]
    return asyncio.run(_turn(program, {}, name, goal, _applied_by_record))


async def _turn(program: Sequence[str], environment: Mapping[str, str], name: str, goal: Goal, applied: "_AppliedBy") -> Run:
    before = await _ends(goal.address, OUTPUTS)
    with _process(program, environment, goal.folder / f"{name}.log") as alive:
        _await_applied(name, goal, alive)
    changelog, states, marks = f"{name}-leads-changelog", dict[bytes, bytes](), list[_Mark]()
    async for record in _committed(goal.address, dict.fromkeys(await _ends(goal.address, [changelog]), 0)):
        if (total := applied(record)) is not None:
            marks.append(_Mark(record.timestamp, record.partition, total))
        if record.key != APPLIED:
            states[record.key] = record.value
    outputs = Counter([record.topic async for record in _committed(goal.address, before)])
    return Run(_per_second(marks), states, outputs)


class _Mark(NamedTuple):
    """At the broker's millisecond, so many signals of a partition had been applied."""

    at: int
    partition: int
    total: int


_AppliedBy = Callable[[Any], int | None]
"""A record of the changelog to the signals of its partition that are applied with it; None where it does not say."""

_unpack = msgpack.Decoder(Applied).decode


def _applied_by_lanes(record: Any) -> int | None:
    """The last record of a transaction says how far the inputs are; these begin at offset 0."""
    return sum(_unpack(record.value).offsets().values()) if record.key == APPLIED else None


def _applied_by_record(record: Any) -> int:
    """Every signal writes its lead's state, and nothing else is written."""
    return int(record.offset) + 1


def _per_second(marks: Sequence[_Mark]) -> float:
    applied, curve = dict[int, int](), list[tuple[int, int]]()
    for at, partition, total in sorted(marks):
        applied[partition] = total
        if len(applied) == PARTITIONS:
            curve.append((at, sum(applied.values())))
    (began, first), (_, last) = curve[0], curve[-1]
    ended = next(at for at, total in curve if total == last)
    return 1000 * (last - first) / max(ended - began, 1)


@contextmanager
def _process(program: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Callable[[], None]]:
    """The program runs until the end of the block; what is given raises RuntimeError when it has ended before."""
    with log.open("wb") as out:
        process = subprocess.Popen(program, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def alive() -> None:
        if process.poll() is not None:
            raise RuntimeError(f"{log.stem} ended with {process.returncode}, expected it to work on:\n{log.read_text()[-2000:]}")

    try:
        yield alive
    finally:
        process.terminate()
        try:
            process.wait(ENDED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_applied(group: str, goal: Goal, alive: Callable[[], None]) -> None:
    """All signals are applied, as the consumer group's committed offsets say. Raises RuntimeError where nothing moves any more."""
    applied, moved = 0, time.monotonic()
    with KafkaAdminClient(bootstrap_servers=goal.address) as admin:
        while applied < goal.signals:
            alive()
            time.sleep(LOOK_EVERY_S)
            now = _consumed(admin, group)
            if now > applied:
                applied, moved = now, time.monotonic()
            elif time.monotonic() - moved > STALLED_S:
                raise RuntimeError(
                    f"{group} has applied {applied} of {goal.signals} signals and nothing for {STALLED_S:.0f} s; see its log"
                )


def _consumed(admin: KafkaAdminClient, group: str) -> int:
    try:
        offsets = admin.list_group_offsets([group])[group]
    except RetriableError:  # a broker's first group: the topic of offsets is being made
        return 0
    return sum(found.offset for found in offsets.values() if found.offset > 0)


async def _ends(address: str, topics: Sequence[str]) -> Offsets:
    async with AIOKafkaConsumer(bootstrap_servers=address) as consumer:
        ends: Offsets = await consumer.end_offsets([TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)])
        return ends


async def _committed(address: str, start: Offsets) -> AsyncIterator[Any]:
    """The committed records from the offsets to where the partitions end now."""
    # fmt: off
    async with AIOKafkaConsumer(
        bootstrap_servers=address, enable_auto_commit=False, isolation_level="read_committed",
        fetch_max_bytes=FETCH_BYTES, max_partition_fetch_bytes=FETCH_BYTES,
    ) as consumer:
        # fmt: on
        consumer.assign(list(start))
        for tp, offset in start.items():
            consumer.seek(tp, offset)
        open_, ends = set(start), await consumer.end_offsets(list(start))
        while open_ := {tp for tp in open_ if await consumer.position(tp) < ends[tp]}:  # by position: markers are no records
            for records in (await consumer.getmany(*open_, timeout_ms=100)).values():
                for record in records:
                    yield record
