"""A worker that kills itself at a point of a commit, put in from outside: the product knows no such option."""

import asyncio
import os
import signal
from typing import Any, Literal

from aiokafka import AIOKafkaProducer

from processor.cli import app

Point = Literal["begun", "outputs sent", "all sent", "committed"]
AFTER = 12  # commits, so that there is something to lose
FLUSHED_S = 0.3  # by then what was sent is at the broker


def work_until(point: Point) -> None:
    """Runs the worker's command; at its twelfth commit the process is killed at the point."""
    begin, send, commit = AIOKafkaProducer.begin_transaction, AIOKafkaProducer.send_batch, AIOKafkaProducer.commit_transaction
    commits = 0

    async def die(where: Point) -> None:
        if where == point and commits >= AFTER:
            await asyncio.sleep(FLUSHED_S)
            os.kill(os.getpid(), signal.SIGKILL)

    async def begin_transaction(self: Any) -> None:
        nonlocal commits
        commits += 1
        await begin(self)
        await die("begun")

    async def send_batch(self: Any, batch: Any, topic: str, *, partition: int) -> Any:
        if topic.endswith("changelog"):
            await die("outputs sent")
        return await send(self, batch, topic, partition=partition)

    async def commit_transaction(self: Any) -> None:
        await die("all sent")
        await commit(self)
        await die("committed")

    for method in (begin_transaction, send_batch, commit_transaction):
        setattr(AIOKafkaProducer, method.__name__, method)
    app(prog_name="handoff")
