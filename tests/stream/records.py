"""Records as a consumer gives them, and the world they come from: two topics of one partition, kept in memory."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from processor.stream.lane import Row
from processor.stream.leads import APPLIED
from schemas.signals import CRM, MARKETING

TOPICS = (MARKETING, CRM)
BAD = b"{"


class Record(NamedTuple):
    offset: int
    timestamp: int  # milliseconds
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


_BINARY = {
    MARKETING: ("marketing.activity", b'{"activity":"pricing_page"}'),
    CRM: ("crm.assigned", b'{"rep":"anna"}'),
}


def record(topic: str, offset: int, timestamp: int, *, lead: str = "L1", id: str = "", value: bytes | None = None) -> Record:
    name, data = _BINARY[topic]
    headers = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": id or f"{topic}/{offset}",
        "ce_source": "test",
        "ce_type": name,
        "ce_subject": lead,
        "ce_time": "2026-10-16T15:00:00Z",
    }
    raw = [(name, text.encode()) for name, text in headers.items()]
    return Record(offset, timestamp, lead.encode(), data if value is None else value, raw)


class Journal:
    """A writer in memory: what was committed, transaction by transaction."""

    def __init__(self) -> None:
        self.end = 0
        self.transactions: list[tuple[dict[str, list[Row]], list[Row]]] = []  # outputs by topic, changelog

    async def commit(self, outputs: Mapping[str, Sequence[Row]], states: Sequence[tuple[bytes, bytes | None]], applied: bytes) -> None:
        log: list[Row] = [*((key, state, []) for key, state in states), (APPLIED, applied, [])]
        self.transactions.append(({topic: list(rows) for topic, rows in outputs.items()}, log))
        self.end += len(log) + 1  # and the marker

    async def close(self) -> None: ...

    def outputs(self, topic: str) -> list[Row]:
        return [row for outputs, _ in self.transactions for row in outputs.get(topic, [])]

    def changelog(self) -> list[Any]:
        return [Record(0, 0, key, value, headers) for _, log in self.transactions for key, value, headers in log]


class Tap:
    """A flow that remembers what is paused."""

    def __init__(self) -> None:
        self.paused: set[Any] = set()

    def pause_partitions(self, tps: set[Any]) -> None:
        self.paused |= tps

    def resume_partitions(self, tps: set[Any]) -> None:
        self.paused -= tps
