"""A record that cannot be judged, as it goes to the dead letters: its own bytes, and in headers where it lay and what is wrong."""

from typing import Any

from schemas.errors import BadRecord
from schemas.events import dead_letter_headers
from schemas.instants import SECOND

_ATTEMPT = "__handoff.errors.attempt"


def dead_letter(record: Any, topic: str, partition: int, bad: BadRecord) -> tuple[bytes | None, bytes | None, list[Any]]:
    """Key, value and headers. A record that was driven again counts its attempts."""
    attempt = 1 + max((_number(value) for name, value in record.headers if name == _ATTEMPT), default=0)
    logged = record.timestamp * (SECOND // 1000)
    headers = dead_letter_headers(record.headers, topic, partition, record.offset, logged, bad.reason, bad.field, attempt)
    return record.key, record.value, headers


def _number(value: bytes | None) -> int:
    return int(value) if value and value.isdigit() and len(value) < 10 else 0
