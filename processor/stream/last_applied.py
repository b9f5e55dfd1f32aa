"""What a partition's last transaction says was applied, found at the changelog's end; what it means is the caller's matter."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from processor.domain import watch
from processor.domain.watch import Watch
from processor.settings import Settings
from processor.stream.connection import connection
from processor.stream.leads import APPLIED, Applied, Part

POLL_MS = 500
TAIL = 100  # records at a changelog's end among which what was applied is looked for first: it ends every transaction
WITHIN_S = 20.0


async def last_applied(address: str, topic: str, number: int) -> Applied | None:
    """None where no worker has decided anything. Raises aiokafka's KafkaError."""
    changelog = TopicPartition(topic, number)
    async with _consumer(connection(address)) as consumer:
        consumer.assign([changelog])
        return await _last(consumer, changelog, (await consumer.end_offsets([changelog]))[changelog])


class LastWatches:
    """Of every partition that some worker has decided, what is durable; asked again and again, it reads only what has grown."""

    def __init__(self, settings: Settings) -> None:
        self._connection = connection(settings.broker)  # once: while certificates are exchanged, their files do not fit together
        self._changelogs = [TopicPartition(settings.changelog, number) for number in range(settings.partitions)]
        self._found: dict[TopicPartition, tuple[int, Applied | None]] = {}  # from which end it was looked for

    async def __call__(self) -> list[Watch]:
        """Raises aiokafka's KafkaError."""
        async with _consumer(self._connection) as consumer:
            consumer.assign(self._changelogs)
            for changelog, end in (await consumer.end_offsets(self._changelogs)).items():
                if changelog not in self._found or self._found[changelog][0] != end:
                    self._found[changelog] = end, await _last(consumer, changelog, end)
        return [watch.unpack(applied.watch) for _, applied in self._found.values() if applied and applied.watch]


@asynccontextmanager
async def _consumer(connection: Mapping[str, Any]) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(**connection, enable_auto_commit=False, isolation_level="read_committed")
    try:
        async with asyncio.timeout(WITHIN_S):
            await consumer.start()
            yield consumer
    except TimeoutError:
        raise KafkaTimeoutError(
            f"found no answer from {connection['bootstrap_servers']} within {WITHIN_S:.0f} s; is every partition of the changelog led?"
        ) from None
    finally:
        await consumer.stop()


async def _last(consumer: Any, changelog: TopicPartition, end: int) -> Applied | None:
    begin = (await consumer.beginning_offsets([changelog]))[changelog]
    start, tail = end, TAIL
    while start > begin:
        start, tail = max(begin, end - tail), tail * 10
        consumer.seek(changelog, start)
        part = Part()
        while await consumer.position(changelog) < end:
            for records in (await consumer.getmany(changelog, timeout_ms=POLL_MS)).values():
                part.read(record for record in records if record.key == APPLIED)
        if part.applied.inputs:
            return part.applied
    return None
