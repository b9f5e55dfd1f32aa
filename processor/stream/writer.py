"""The transactional producer of one partition. What goes wrong is raised, never retried: what counted, the next owner finds in the log."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.producer import sender

from processor.stream.clocks import wall
from processor.stream.lane import Row
from processor.stream.leads import APPLIED
from schemas.instants import SECOND, Instant

COMMIT_S = 30.0  # longer than a broker's restart; after it the worker dies
OPEN_S = 60.0
BATCH_BYTES = (
    900_000  # of one record batch, below a broker's message.max.bytes; near it, since a partition has one batch under way at a time
)
ASK_AGAIN_S = 0.25
NO_HEADERS: list[Any] = []
# A transaction's first request is refused until the last one's markers are written; asked again after so long, where aiokafka waits 20 ms.
sender.BACKOFF_OVERRIDE = 0.003


class PartitionWriter:
    def __init__(self, connection: Mapping[str, Any], transactional_id: str, number: int, outputs: Sequence[str], changelog: str) -> None:
        self.transactional_id, self.number = transactional_id, number
        self.changelog, self.topics = changelog, (*outputs, changelog)
        self.end = 0  # offset after the last changelog record written
        self.ahead: Instant = 0  # what this machine's clock was ahead of the broker's then, at least
        self.producer = AIOKafkaProducer(
            **connection,
            transactional_id=transactional_id,
            transaction_timeout_ms=60_000,
            request_timeout_ms=60_000,
            retry_backoff_ms=20,
            max_batch_size=BATCH_BYTES,
        )
        self.producer.client.force_metadata_update = calmly(self.producer.client.force_metadata_update)

    async def open(self) -> None:
        """The fence: a higher epoch of the transactional id. It ends the former owner's open transaction, and waits for its markers."""
        async with asyncio.timeout(OPEN_S):
            await self.producer.start()
            await self.producer.client.set_topics(self.topics)
            for topic in self.topics:  # all known: their first batches join a transaction in one request
                await self.producer.partitions_for(topic)

    async def commit(self, outputs: Mapping[str, Sequence[Row]], states: Sequence[tuple[bytes, bytes | None]], applied: bytes) -> None:
        log: list[Row] = [*((key, state, NO_HEADERS) for key, state in states), (APPLIED, applied, NO_HEADERS)]
        rounds = [list(self._batches(rows)) for rows in (*outputs.values(), log)]
        topics = (*outputs, self.changelog)
        asked = wall()
        async with asyncio.timeout(COMMIT_S):
            await self.producer.begin_transaction()
            sent = []
            for turn in range(max(map(len, rounds))):  # first batches first: a second one waits until the first is under way
                for topic, batches in zip(topics, rounds, strict=True):
                    if turn < len(batches):
                        sent.append((await self.producer.send_batch(batches[turn], topic, partition=self.number), topic, batches[turn]))
            for delivery, topic, batch in sent:  # aiokafka would commit although a batch was not written
                try:
                    written = await delivery
                except MessageSizeTooLargeError as error:
                    error.add_note(f"{topic} takes no record so large: raise its max.message.bytes, and it goes on where it stands")
                    raise
                if topic == self.changelog:
                    self.end = written.offset + batch.record_count()
                    self.ahead = asked - written.timestamp * (SECOND // 1000)
            await self.producer.commit_transaction()

    async def settle(self, forgotten: Sequence[TopicPartition], *, committed: bool) -> bool:
        """Ends a transaction whose marker the broker has lost: another end by the same producer id, of one without records, closes it.

        What was committed is committed. Where nobody knows, abort where the changelog waits: as if it had never been, its inputs are
        applied again; where outputs alone wait, the state may know them already: commit. Not commit always, since a forgotten abort may be
        half a transaction. True: aborted.
        """
        abort = not committed and any(tp.topic == self.changelog for tp in forgotten)
        await self.producer.begin_transaction()
        for tp in forgotten:
            self.producer._txn_manager.maybe_add_partition_to_txn(tp)
        await (self.producer.abort_transaction() if abort else self.producer.commit_transaction())
        return abort

    async def close(self) -> None:
        await self.producer.stop()

    def _batches(self, rows: Sequence[Row]) -> Iterator[Any]:
        """Record batches of our own: `send` makes a future for every record, which costs more than a decision."""
        batch = self.producer.create_batch()
        for key, value, headers in rows:
            if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:  # full
                yield batch
                batch = self.producer.create_batch()
                batch.append(timestamp=None, key=key, value=value, headers=headers)
        if batch.record_count():
            yield batch


def calmly(update: Callable[[], Any]) -> Callable[[], asyncio.Future[bool]]:
    """While the broker is away aiokafka's sender asks for metadata without a pause, thousands of times a second. Now it is one question
    at a time, and a pause after a failed one."""
    asked: asyncio.Future[bool] | None = None

    async def ask() -> bool:
        found: bool = await update()
        if not found:
            await asyncio.sleep(ASK_AGAIN_S)
        return found

    def force() -> asyncio.Future[bool]:
        nonlocal asked
        if not asked or asked.done():
            asked = asyncio.ensure_future(ask())
        return asyncio.shield(asked)

    return force
