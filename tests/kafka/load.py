"""Signals at a pace, as connectors send them; what comes of them is not known here.

Sent by aiokafka, since kafka-python's producer can wait for ever after a broker that stood still.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Self

from aiokafka import AIOKafkaProducer

from processor.stream.writer import calmly
from tests.kafka.telling import INPUTS, LEADS, anything, call, demo_request, records_of, signal

SHARE_OF_POISON = 0.005
LATE = (timedelta(hours=1), timedelta(days=3), timedelta(hours=-1))  # ago; the last one is in the future
REMEMBERED = 200
PATIENCE_MS = 300_000  # longer than any outage


class Load:
    """Signals of both sides about some hundred leads, so many a second, from a thread; among them the odd ones that connectors send."""

    def __init__(self, address: str, chance: Random, rate: float) -> None:
        self.sent = 0
        self._address, self._chance, self._rate = address, chance, rate
        self._before: list[bytes] = []
        self._ending = threading.Event()
        self._error: BaseException | None = None

    @contextmanager
    def running(self) -> Iterator[Self]:
        """After the block all that was sent is acknowledged; last, apart from it, a heartbeat brought every partition to its instant."""
        thread = threading.Thread(target=self._run, name="load", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ending.set()
            thread.join()
        self.require_going_on()

    def require_going_on(self) -> None:
        """A test without signals shows nothing."""
        if self._error:
            raise self._error

    def _run(self) -> None:
        try:
            asyncio.run(self._tell_all())
        except Exception as error:  # noqa: BLE001 - raised where the block ends
            self._error = error

    async def _tell_all(self) -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=self._address, enable_idempotence=True, linger_ms=2, request_timeout_ms=PATIENCE_MS
        ) as producer:
            producer.client.force_metadata_update = calmly(producer.client.force_metadata_update)
            began, told = time.monotonic(), 0
            while not self._ending.is_set():
                told += 1
                await asyncio.sleep(max(0.0, began + told / self._rate - time.monotonic()))
                if self._chance.random() < SHARE_OF_POISON:
                    await self._send(producer, INPUTS[told % 2], b"{", f"lead-{told % LEADS}".encode())  # no signal at all
                else:
                    await self._tell(producer, self._next())
            await producer.flush()
            await asyncio.sleep(0.01)
            await self._tell(producer, signal("crm.heartbeat", "-"))
            await producer.flush()

    async def _tell(self, producer: AIOKafkaProducer, line: bytes) -> None:
        for topic, number, key, value, headers, at in records_of(line):
            await self._send(producer, topic, value, key, number, at, headers)

    async def _send(self, producer: AIOKafkaProducer, *record: Any) -> None:
        delivery = await producer.send(*record)
        delivery.add_done_callback(self._note_failure)
        self.sent += 1

    def _note_failure(self, delivery: "asyncio.Future[Any]") -> None:
        error = RuntimeError("ended before a signal was delivered") if delivery.cancelled() else delivery.exception()
        self._error = self._error or error

    def _next(self) -> bytes:
        chance, odd = self._chance, self._chance.random()
        if odd < 0.04 and self._before:
            return chance.choice(self._before)  # a second delivery, or a third
        line = self._odd(odd) if odd < 0.12 else anything(chance)
        self._before = [*self._before[-REMEMBERED:], line]
        return line

    def _odd(self, odd: float) -> bytes:
        lead = f"lead-{self._chance.randrange(LEADS)}"
        if odd < 0.05:
            return signal("crm.erased", lead)
        if odd < 0.06:
            return signal("crm.reopened", lead)
        at = (datetime.now(UTC) - self._chance.choice((timedelta(seconds=self._chance.uniform(0, 6)), *LATE))).isoformat()
        at = at.replace("+00:00", "Z")
        return call(lead, at, outcome="connected") if odd < 0.09 else demo_request(lead, at)
