"""The load of the fault tests, by a client that outlives a broker that stands still: kafka-python's producer can wait for ever after it."""

import asyncio
import time

from aiokafka import AIOKafkaProducer

from processor.stream.lines import to_records
from schemas.cloudevents import decode_line
from tests.kafka import exact
from tests.kafka.telling import INPUTS, signal
from tests.kafka.workers import PARTITIONS

SHARE_OF_POISON = 0.005
PATIENCE_MS = 300_000  # longer than any outage


class Load(exact.Load):
    def require_going_on(self) -> None:
        """A soak without signals shows nothing."""
        if self._error:
            raise self._error

    def _run(self) -> None:
        try:
            asyncio.run(self._tell_all())
        except Exception as error:  # noqa: BLE001 - raised where the block ends
            self._error = error

    async def _tell_all(self) -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=self._broker.address, enable_idempotence=True, linger_ms=2, request_timeout_ms=PATIENCE_MS
        ) as producer:
            began, told = time.monotonic(), 0
            while not self._ending.is_set():
                told += 1
                await asyncio.sleep(max(0.0, began + told / self._rate - time.monotonic()))
                if self._chance.random() < SHARE_OF_POISON:
                    await producer.send(INPUTS[told % 2], b"{", f"lead-{told % 400}".encode())
                    self.sent += 1
                else:
                    await self._tell(producer, self._next())
            await producer.flush()
            await asyncio.sleep(0.01)
            await self._tell(producer, signal("crm.heartbeat", "-"))

    async def _tell(self, producer: AIOKafkaProducer, line: bytes) -> None:
        for topic, number, key, value, headers, at in to_records(line, decode_line(line), dict.fromkeys(INPUTS, PARTITIONS)):
            await producer.send(topic, value, key, number, at, headers)
            self.sent += 1
