"""A worker whose clock, broker or restore is not as it should be, from outside: the product knows no such option."""

import asyncio
import time
from typing import Any

from aiokafka.conn import AIOKafkaConnection

from processor.cli import app
from processor.stream import clocks, takeover  # not `worker`: what it imports of the clocks must be what was put there

FEW = 20  # records
HOUR = 3_600_000_000  # microseconds, as instants are
STEPS = ((3.0, HOUR), (6.0, -HOUR), (9.0, 0))  # seconds after the start, and what the clock is wrong by from then on


def work_with_a_clock_that_steps() -> None:
    """An hour forward, two back, one forward."""
    began, right = time.monotonic(), clocks.wall_clock

    def wrong() -> int:
        return right() + next((by for after, by in reversed(STEPS) if time.monotonic() - began > after), 0)

    clocks.wall_clock = wrong
    app(prog_name="handoff")


def work_with_a_clock_ahead() -> None:
    """By an hour, from before the start."""
    right = clocks.wall_clock
    clocks.wall_clock = lambda: right() + HOUR
    clocks._STARTED += HOUR
    app(prog_name="handoff")


def work_with_a_slow_broker(seconds: float) -> None:
    """Every answer comes so much later."""
    send = AIOKafkaConnection.send

    async def send_slowly(self: Any, *request: Any, **options: Any) -> Any:
        answer = await send(self, *request, **options)
        await asyncio.sleep(seconds)
        return answer

    AIOKafkaConnection.send = send_slowly
    app(prog_name="handoff")


def restore_slowly(seconds: float) -> None:
    """A few records of the changelog at a time, and a pause before each few."""
    reader = vars(takeover)["_reader"]

    def slow_reader(*said: Any) -> Any:
        consumer = reader(*said)
        getmany = consumer.getmany

        async def slowly(*tps: Any, **options: Any) -> Any:
            await asyncio.sleep(seconds)
            return await getmany(*tps, **options)

        consumer.getmany = slowly
        return consumer

    vars(takeover)["_reader"] = slow_reader
    vars(takeover)["AT_ONCE"] = FEW
    app(prog_name="handoff")
