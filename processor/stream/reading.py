"""From a consumer's record to the signal in it, if it lies where it belongs and its words are known; else `BadRecord` says why not."""

from collections.abc import Callable, Container
from typing import Any

from aiokafka.partitioner import murmur2

from processor.stream.merge import Read
from schemas.cloudevents import decode
from schemas.errors import BadRecord
from schemas.instants import Instant
from schemas.signals import NOBODY, Signal


def partition_of(key: bytes, partitions: int) -> int:
    """Where Kafka's own default partitioner puts the key."""
    number: int = (murmur2(key) & 0x7FFFFFFF) % partitions
    return number


def reader(known: Container[bytes], number: int, partitions: int, admit: Callable[[Signal, Instant], None]) -> Read:
    """Reads one partition's records; `known` are the leads that it has, whose partition needs no second look.

    `admit` is the core's: a word that the policy does not know makes a bad record before it can move time.
    """

    def read(record: Any, topic: str, logged: Instant) -> Signal:
        signal = decode(record.key, record.value, record.headers, topic)
        key = record.key
        if key not in known and signal.subject != NOBODY and (home := partition_of(key, partitions)) != number:
            raise BadRecord("wrong_partition", "", f"partition {number}", f"{home}, where Kafka's default partitioner (murmur2) puts it")
        admit(signal, logged)
        return signal

    return read
