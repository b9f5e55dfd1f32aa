"""A worker that kills or stops itself at a point of a commit, put in from outside: the product knows no such option."""

import asyncio
import os
import signal
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from aiokafka import AIOKafkaProducer

from processor.cli import app
from processor.stream.writer import PartitionWriter

Point = Literal["begun", "outputs sent", "all sent", "committed"]
AFTER = 12  # commits, so that there is something to lose
FLUSHED_S = 0.3  # by then what was sent is at the broker, and what was ended has its markers


def work_until(point: Point, by: signal.Signals = signal.SIGKILL) -> None:
    """Runs the worker's command; the transaction is the first after twelve that has outputs, and its partition is said."""
    whole = PartitionWriter.commit
    begin, send, commit = AIOKafkaProducer.begin_transaction, AIOKafkaProducer.send_batch, AIOKafkaProducer.commit_transaction
    commits = 0
    victim: Any = None

    async def commit_whole(self: Any, outputs: Mapping[str, Any], *rest: Any) -> None:
        nonlocal commits, victim
        commits += 1
        if commits > AFTER and outputs and victim is None:
            victim = self
        await whole(self, outputs, *rest)

    async def reach(where: Point, producer: Any) -> None:
        if where == point and victim is not None and producer is victim.producer:
            await asyncio.sleep(FLUSHED_S)
            structlog.get_logger().warning("ends itself", partition=victim.number)
            os.kill(os.getpid(), by)

    async def begin_transaction(self: Any) -> None:
        await begin(self)
        await reach("begun", self)

    async def send_batch(self: Any, batch: Any, topic: str, *, partition: int) -> Any:
        if topic.endswith("changelog"):
            await reach("outputs sent", self)
        return await send(self, batch, topic, partition=partition)

    async def commit_transaction(self: Any) -> None:
        await reach("all sent", self)
        await commit(self)
        await reach("committed", self)

    PartitionWriter.commit = commit_whole  # type: ignore[method-assign, assignment]
    for method in (begin_transaction, send_batch, commit_transaction):
        setattr(AIOKafkaProducer, method.__name__, method)
    app(prog_name="handoff")
