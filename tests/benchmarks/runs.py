"""One turn of one contestant at *whole* or *shell*: its process is started, and ended when all is applied; how fast it was.

Ours and Faust's, wall clock: from the first append to the changelog after which every partition had applied something to the one after
which all was applied, as the broker stamped them and a `read_committed` reader sees them; what was applied up to the first of the two is
not counted. The others batch their changelog by time, so they say themselves when the first and the last signal were applied.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kafka import KafkaAdminClient
from kafka.errors import RetriableError
from msgspec import msgpack

from processor.stream.leads import APPLIED, Applied
from processor.stream.topics import create, specs
from schemas.events import EVENTS
from schemas.signals import CRM, MARKETING
from tests.benchmarks.decisions import Work
from tests.benchmarks.load import PARTITIONS
from tests.benchmarks.peers import fetched
from tests.benchmarks.processes import LOOK_EVERY_S, Process, module, process, worker_settings
from tests.benchmarks.topics_read import committed, ends

HANDOFF = Path(sys.executable).with_name("handoff")  # the program as it is installed
OUTPUTS = sorted({topic for topic, _ in EVENTS.values()})
STALLED_S = 60.0
DONE_WITHIN_S = 150.0


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
    _create_changelog(name, goal)
    program = [str(HANDOFF), "worker"] if work == "whole" else module("counting")
    environment = worker_settings(goal.address, name, goal.folder, "records")
    return asyncio.run(_turn(program, environment, name, goal, _applied_by_lanes))


def plain_faust(work: Work, name: str, goal: Goal) -> Run:
    """The same decisions in a plain Faust app, at least once."""
    program = module("peers.plain_faust", work, goal.address, name, goal.folder / name, goal.prefix)
    return asyncio.run(_turn(program, {}, name, goal, _applied_by_record))


def quix(work: Work, name: str, goal: Goal) -> float:
    """Signals a second of the same decisions in a Quix Streams app, at least once."""
    environment = {"PYTHONPATH": str(fetched.packages())}
    program = module("peers.quix", work, goal.address, name, goal.folder / name, goal.prefix, goal.signals)
    return _timed_by_itself(program, environment, name, goal)


def streams(name: str, goal: Goal, guarantee: str, commit_ms: int) -> Run:
    """Kafka Streams at *shell*."""
    program = fetched.streams()
    _create_changelog(name, goal)
    words = [goal.address, name, goal.folder / name, guarantee, commit_ms, goal.signals, "-", goal.prefix + MARKETING, goal.prefix + CRM]
    per_second = _timed_by_itself([*program, *map(str, words)], {}, name, goal)
    return Run(per_second, asyncio.run(_states(goal.address, f"{name}-leads-changelog")), Counter())


def _create_changelog(name: str, goal: Goal) -> None:
    with KafkaAdminClient(bootstrap_servers=goal.address) as admin:
        create(admin, specs(PARTITIONS, 1, name, "records"))


def _timed_by_itself(program: Sequence[str], environment: Mapping[str, str], name: str, goal: Goal) -> float:
    with process(program, environment, goal.folder / f"{name}.log") as running:
        running.ended(DONE_WITHIN_S)
        (said,) = running.said("last_ms")
    spent: int = said["last_ms"] - said["first_ms"]
    return 1000 * goal.signals / spent


async def _states(address: str, changelog: str) -> dict[bytes, bytes]:
    start = dict.fromkeys(await ends(address, [changelog]), 0)
    return {record.key: record.value async for record in committed(address, start) if record.key != APPLIED}


async def _turn(program: Sequence[str], environment: Mapping[str, str], name: str, goal: Goal, applied: "_AppliedBy") -> Run:
    before = await ends(goal.address, OUTPUTS)
    with process(program, environment, goal.folder / f"{name}.log") as running:
        _await_applied(name, goal, running)
    changelog, states, marks = f"{name}-leads-changelog", dict[bytes, bytes](), list[_Mark]()
    async for record in committed(goal.address, dict.fromkeys(await ends(goal.address, [changelog]), 0)):
        if (total := applied(record)) is not None:
            marks.append(_Mark(record.timestamp, record.partition, total))
        if record.key != APPLIED:
            states[record.key] = record.value
    outputs = Counter([record.topic async for record in committed(goal.address, before)])
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


def _await_applied(group: str, goal: Goal, running: Process) -> None:
    """All signals are applied, as the consumer group's committed offsets say. Raises RuntimeError where nothing moves any more."""
    applied, moved = 0, time.monotonic()
    with KafkaAdminClient(bootstrap_servers=goal.address) as admin:
        while applied < goal.signals:
            running.alive()
            time.sleep(4 * LOOK_EVERY_S)
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
