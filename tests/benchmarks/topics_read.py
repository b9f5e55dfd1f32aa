"""What a `read_committed` reader finds on topics, from an offset to their end; who wrote it is not asked."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.benchmarks.load import PARTITIONS

FETCH_BYTES = 8 << 20

Offsets = Mapping[TopicPartition, int]


def reader(address: str) -> AIOKafkaConsumer:
    # fmt: off
    return AIOKafkaConsumer(
        bootstrap_servers=address, enable_auto_commit=False, isolation_level="read_committed",
        fetch_max_bytes=FETCH_BYTES, max_partition_fetch_bytes=FETCH_BYTES,
    )
    # fmt: on


async def ends(address: str, topics: Sequence[str]) -> Offsets:
    async with reader(address) as consumer:
        found: Offsets = await consumer.end_offsets([TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)])
        return found


async def committed(address: str, start: Offsets) -> AsyncIterator[Any]:
    """The committed records from the offsets to where the partitions end now."""
    async with reader(address) as consumer:
        consumer.assign(list(start))
        for tp, offset in start.items():
            consumer.seek(tp, offset)
        open_, last = set(start), await consumer.end_offsets(list(start))
        while open_ := {tp for tp in open_ if await consumer.position(tp) < last[tp]}:  # by position: markers are no records
            for records in (await consumer.getmany(*open_, timeout_ms=100)).values():
                for record in records:
                    yield record
