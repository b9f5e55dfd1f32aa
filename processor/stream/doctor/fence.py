"""Does this Kafka fence? Two owners of one transactional id, on a topic of the doctor's own, with the producer that the workers have."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from processor.stream.doctor.facts import NEWER, OLDER, Fence
from processor.stream.writer import PartitionWriter

ANSWER_S = 15.0
KEY = b"owner"


def two_owners(connection: Mapping[str, Any], topic: str, transactional_id: str) -> Fence:
    """Two owners twice over: a client that was refused once refuses the rest itself, so write and commit need an older owner each.

    Raises aiokafka's KafkaError, TimeoutError where the test itself could not be held.
    """
    return asyncio.run(_two_owners(connection, topic, transactional_id))


async def _two_owners(connection: Mapping[str, Any], topic: str, transactional_id: str) -> Fence:
    writes, commits, newest = owners = [PartitionWriter(connection, transactional_id, 0, (), topic) for _ in range(3)]
    try:
        await writes.open()
        await _write(writes, OLDER, begin=True)
        await commits.open()
        write = await _refusal(_write(writes, OLDER))
        await _write(commits, OLDER, begin=True)
        await newest.open()
        commit = await _refusal(commits.producer.commit_transaction())
        await _write(newest, NEWER, begin=True)
        await newest.producer.commit_transaction()
        return Fence(write, commit, await _read(connection, topic))
    finally:
        for owner in owners:
            await owner.close()


async def _write(owner: PartitionWriter, words: str, *, begin: bool = False) -> None:
    if begin:
        await owner.producer.begin_transaction()
    async with asyncio.timeout(ANSWER_S):
        await owner.producer.send_and_wait(owner.changelog, words.encode(), KEY, partition=0)


async def _refusal(asked: Awaitable[Any]) -> str | None:
    try:
        async with asyncio.timeout(ANSWER_S):
            await asked
    except KafkaError as error:
        return type(error).__name__
    return None


async def _read(connection: Mapping[str, Any], topic: str) -> tuple[str, ...]:
    """What the owners wrote, up to where a `read_committed` reader comes."""
    partition, found = TopicPartition(topic, 0), []
    async with AIOKafkaConsumer(**connection, enable_auto_commit=False, isolation_level="read_committed") as consumer:
        consumer.assign([partition])
        consumer.seek(partition, 0)
        end = (await consumer.end_offsets([partition]))[partition]
        async with asyncio.timeout(ANSWER_S):
            while await consumer.position(partition) < end:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found += [record.value.decode() for record in records if record.key == KEY]
    return tuple(found)
