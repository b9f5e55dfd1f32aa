"""A record as a line of a file, a line as a record: one CloudEvent in binary and in structured mode. What is valid, schemas say."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pydantic_core import from_json, to_json

from schemas.cloudevents import Line
from schemas.errors import BadRecord
from schemas.events import DEAD_LETTERS
from schemas.instants import format_instant
from schemas.signals import NOBODY, SIGNALS

# What a line says of where its record lay: the record itself says it by lying there.
PLACE = frozenset({"topic", "loggedtime", "partition", "offset"})
ATTRIBUTE = "ce_"
STORY = "__handoff.errors."


class Outgoing(NamedTuple):
    """A record to be sent; `partition` None leaves the choice to the key, `timestamp` in milliseconds since the epoch."""

    topic: str
    partition: int | None
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    timestamp: int


class Incoming(Protocol):
    """A record as kafka-python's consumer gives it; `timestamp` in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def to_records(raw: bytes, line: Line, partitions: Mapping[str, int]) -> list[Outgoing]:
    """The records that a line stands for: one, or for what is about nobody and names no partition one in each of them.

    `raw` is what `line` was decoded from, `partitions` how many each topic has. Raises BadRecord for one that is not there.
    """
    envelope = from_json(raw)
    topic = SIGNALS[line.signal.type][0]
    data = envelope.pop("data", None)
    headers = [("content-type", b"application/json")]
    headers += [(ATTRIBUTE + name, _said(value)) for name, value in envelope.items() if _is_attribute(name, value)]
    record = Outgoing(
        topic=topic,
        partition=None,
        key=line.signal.subject.encode(),
        value=b"" if data is None else to_json(data),
        headers=headers,
        timestamp=line.logged // 1000,
    )
    if line.signal.subject != NOBODY:
        return [record]
    if line.partition is None:
        return [record._replace(partition=number) for number in range(partitions[topic])]
    if line.partition >= partitions[topic]:
        raise BadRecord("wrong_partition", "partition", str(line.partition), f"under {partitions[topic]}, as {topic} has them")
    return [record._replace(partition=line.partition)]


def _is_attribute(name: str, value: object) -> bool:
    return value is not None and name not in PLACE and name != "datacontenttype"


def _said(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else to_json(value)


def from_record(record: Incoming) -> dict[str, Any]:
    """The line of a record: where it lay, and what it bears, whatever that is.

    A CloudEvent in structured mode, so that it can be replayed and published; a dead letter as its story with the original bytes;
    anything else as key and value, in Base64 where they are not text.
    """
    headers = dict(record.headers)
    place = {
        "topic": record.topic,
        "loggedtime": format_instant(record.timestamp * 1000),
        "partition": record.partition,
        "offset": record.offset,
    }
    if record.topic == DEAD_LETTERS:
        story = {name.removeprefix(STORY): raw.decode() for name, raw in headers.items() if name.startswith(STORY)}
        origin = {name: story.pop(name, None) for name in ("topic", "partition", "offset", "timestamp")}
        return place | story | {"origin": origin} | _bytes("key", record.key) | _bytes("value", record.value)
    try:
        if headers.get("content-type", b"").startswith(b"application/cloudevents"):
            envelope = dict(from_json(record.value or b""))
            data = envelope.pop("data", None)
        elif "ce_type" in headers:
            envelope = {name.removeprefix(ATTRIBUTE): raw.decode() for name, raw in headers.items() if name.startswith(ATTRIBUTE)}
            data = from_json(record.value) if record.value else None
        else:
            return place | _bytes("key", record.key) | _bytes("value", record.value)
    except (TypeError, ValueError):
        return place | _bytes("key", record.key) | _bytes("value", record.value)
    return envelope | place | ({} if data is None else {"data": data})


def _bytes(name: str, raw: bytes | None) -> dict[str, str | None]:
    try:
        return {name: None if raw is None else raw.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(raw or b"").decode()}
