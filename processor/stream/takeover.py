"""How a partition changes hands: fence the former owner, settle what the broker has forgotten, read the changelog to its end."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import structs

from processor.stream.fates import committed
from processor.stream.leads import Part
from processor.stream.writer import PartitionWriter
from schemas.instants import SECOND, Instant

log = structlog.get_logger()

FETCH_BYTES = 8 << 20
AT_ONCE = 20_000  # records read between two breaths of the event loop


async def fence(connection: Mapping[str, Any], writers: Mapping[int, PartitionWriter]) -> set[int]:
    """No other worker can write to these partitions any more, and no transaction of theirs is open. The answer comes after the last marker
    was written: from here on the last stable offset is the end of what this transactional id writes to, and stays it.

    Answers where the last transaction was committed, which the fence makes its coordinator forget.
    """
    ended = await committed(connection, [writer.transactional_id for writer in writers.values()])
    await asyncio.gather(*(writer.open() for writer in writers.values()))
    return {number for number, writer in writers.items() if writer.transactional_id in ended}


async def settle(connection: Mapping[str, Any], writers: Mapping[int, PartitionWriter], ended: Collection[int]) -> set[int]:
    """Every transaction of the former owners is ended in what readers see; `ended`: where it was committed, as its coordinator knew.

    The partitions given back had one aborted: who knows them from before may show what has never been.
    """
    forgotten = await _unsettled(connection, writers)
    aborted = set()
    for number in {tp.partition for tp in forgotten}:
        here = [tp for tp in forgotten if tp.partition == number]
        if await writers[number].settle(here, committed=number in ended):
            aborted.add(number)
        log.warning(
            "a transaction had no marker",
            partition=number,
            topics=[tp.topic for tp in here],
            now="aborted" if number in aborted else "committed",
        )
    if forgotten and (left := await _unsettled(connection, writers)):
        raise RuntimeError(
            f"transactions without a marker in {[f'{tp.topic}/{tp.partition}' for tp in left]}, not of this worker's producer id; "
            "expected none: find them with kafka-transactions.sh find-hanging, end them with its abort"
        )
    return aborted


async def restore(connection: Mapping[str, Any], changelog: str, parts: Mapping[int, Part], progress: Callable[[int, int], None]) -> int:
    """The parts say what the changelog says, from the position they were at to its end; answers how many records that took.

    By position, not by record: compaction, markers and aborted batches leave offsets without records.
    """
    count = 0
    todo = {TopicPartition(changelog, number): part for number, part in parts.items()}
    async with _reader(connection, "read_committed") as consumer:
        consumer.assign(list(todo))
        for tp, part in todo.items():
            consumer.seek(tp, part.position)
        ends = await consumer.end_offsets(list(todo))
        total = sum(ends[tp] - part.position for tp, part in todo.items())
        while todo := {tp: part for tp, part in todo.items() if part.position < ends[tp]}:
            for tp, records in (await consumer.getmany(*todo, timeout_ms=20, max_records=AT_ONCE)).items():
                todo[tp].read(records)
                count += len(records)
            for tp, part in todo.items():
                part.position = await consumer.position(tp)
            progress(total - sum(max(0, ends[tp] - part.position) for tp, part in todo.items()), total)
    return count


async def begin(connection: Mapping[str, Any], topics: Sequence[str], parts: Mapping[int, Part]) -> None:
    """Every part says where its inputs go on. What nobody has read begins where it begins: retention may have taken the first records."""
    unread = [TopicPartition(topic, number) for number, part in parts.items() for topic in topics if topic not in part.applied.inputs]
    if not unread:
        return
    async with _reader(connection, "read_committed") as consumer:
        consumer.assign(unread)
        for tp, offset in (await consumer.beginning_offsets(unread)).items():
            part = parts[tp.partition]
            part.applied = structs.replace(part.applied, inputs={**part.applied.inputs, tp.topic: (offset, 0)})


async def compare_clocks(writers: Mapping[int, PartitionWriter], parts: Mapping[int, Part], guard: Instant) -> None:
    """The broker has stamped what each part says anew, and this machine's clock is not ahead of it by more than the guard: it would take
    for proven what is not. Raises RuntimeError."""
    await asyncio.gather(*(writer.commit({}, [], parts[number].applied.packed()) for number, writer in writers.items()))
    for number, writer in writers.items():
        parts[number].position = writer.end + 1  # behind the commit's marker, for which Faust's recovery would wait for ever
        if writer.ahead > guard:
            raise RuntimeError(
                f"this machine's clock is {writer.ahead / SECOND:.1f} s ahead of the broker's, expected at most {guard / SECOND:.1f}: "
                "deadlines would be judged before their time; set it right, or say with HANDOFF_GUARD_MS how far ahead it may be"
            )


async def _unsettled(connection: Mapping[str, Any], writers: Mapping[int, PartitionWriter]) -> Sequence[TopicPartition]:
    """Where the last stable offset is not the end although nobody can have a transaction open any more: a marker is missing. What was
    committed there since cannot be read, so going on would decide from an old state."""
    tps = [TopicPartition(topic, number) for number, writer in writers.items() for topic in writer.topics]
    ends = []
    for level in ("read_committed", "read_uncommitted"):
        async with _reader(connection, level) as consumer:
            consumer.assign(tps)  # asked of topics that it does not know yet, aiokafka first waits 100 ms for each
            ends.append(await consumer.end_offsets(tps))
    stable, last = ends
    return [tp for tp in tps if stable[tp] < last[tp]]


def _reader(connection: Mapping[str, Any], level: str) -> Any:
    # fmt: off
    return AIOKafkaConsumer(
        **connection, enable_auto_commit=False, isolation_level=level, fetch_max_bytes=FETCH_BYTES, max_partition_fetch_bytes=FETCH_BYTES,
        auto_offset_reset="none",  # a changelog that was cut is no state to begin from
    )
    # fmt: on
