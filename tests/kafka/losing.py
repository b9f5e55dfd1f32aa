"""A worker whose transaction gets no marker where it wrote, and that is killed then; from outside: the product knows no such option.

Its producer writes to partitions that the broker's coordinator was not told of, so nobody will end the transaction there: just what a
broker's clean stop can leave. The broker must not verify partitions, see `unverified`.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from aiokafka import AIOKafkaProducer
from aiokafka.producer.transaction_manager import TransactionManager
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from processor.cli import app

Where = Literal["everywhere", "outputs", "changelog"]
AFTER = 12  # commits, so that there is something to lose
NODE = "1"  # of a broker that is alone
FLUSHED_S = 0.3  # by then what was sent is at the broker, and what was ended has its markers


def work_until_a_marker_is_lost(where: Where) -> None:
    """Runs the worker's command; the transaction is the first after twelve that has outputs."""
    begin, send, commit = AIOKafkaProducer.begin_transaction, AIOKafkaProducer.send_batch, AIOKafkaProducer.commit_transaction
    tell = TransactionManager.maybe_add_partition_to_txn
    commits = 0
    victim: Any = None

    async def begin_transaction(self: Any) -> None:
        nonlocal commits
        commits += 1
        await begin(self)

    async def send_batch(self: Any, batch: Any, topic: str, *, partition: int) -> Any:
        nonlocal victim
        if commits > AFTER and victim is None and not topic.endswith("changelog"):
            victim = self
            await asyncio.sleep(FLUSHED_S)  # the markers of its last transaction would end this one too, where nobody was told of it
        return await send(self, batch, topic, partition=partition)

    def maybe_add_partition_to_txn(self: Any, tp: Any) -> None:
        silent = where == "everywhere" or (where == "changelog") == tp.topic.endswith("changelog")
        if victim is not None and self is victim._txn_manager and silent:
            self._txn_partitions.add(tp)
        else:
            tell(self, tp)

    async def commit_transaction(self: Any) -> None:
        if self is victim and where == "everywhere":
            await asyncio.sleep(FLUSHED_S)
            os.kill(os.getpid(), signal.SIGKILL)
        await commit(self)
        if self is victim:
            os.kill(os.getpid(), signal.SIGKILL)

    for method in (begin_transaction, send_batch, commit_transaction):
        setattr(AIOKafkaProducer, method.__name__, method)
    TransactionManager.maybe_add_partition_to_txn = maybe_add_partition_to_txn
    app(prog_name="handoff")


@contextmanager
def unverified(admin: KafkaAdminClient) -> Iterator[None]:
    """The broker takes a transaction's records also for partitions that its coordinator does not know, as before Kafka 3.6."""

    def verify(*, whether: bool) -> None:
        settings = {"transaction.partition.verification.enable": str(whether).lower()}
        admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, NODE, settings)])

    verify(whether=False)
    try:
        yield
    finally:
        verify(whether=True)
