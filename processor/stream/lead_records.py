"""What the topics keep of one lead: the records of its own partition, up to what a worker has decided; what they mean stays outside."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition

from processor.stream.connection import connection
from processor.stream.follow import NoSuchTopic, follow
from processor.stream.last_applied import last_applied
from processor.stream.lines import from_record
from processor.stream.reading import partition_of
from processor.stream.topics import TOPICS
from schemas.cloudevents import decode
from schemas.errors import BadRecord
from schemas.events import EVENTS
from schemas.instants import SECOND, Instant
from schemas.signals import NOBODY, Signal

INPUTS = tuple(topic.name for topic in TOPICS if topic.role == "in")
OUTPUTS = tuple(dict.fromkeys(topic for topic, _ in EVENTS.values()))

Advance = Callable[[int], None]  # by so many records read
Admit = Callable[[Signal, Instant], None]


class Input(NamedTuple):
    """A record of the lead, or a heartbeat. `logged`: the greatest append time so far in its topic."""

    place: str
    logged: Instant
    signal: Signal | BadRecord


class LeadRecords:
    """The partition is the one that Kafka's default partitioner gives the lead. Raises NoSuchTopic."""

    def __init__(self, address: str, lead: str, changelog: str) -> None:
        self._address, self._key = address, lead.encode()
        self.kept_from: Instant | None = None  # once inputs are read: where older records have been deleted, the oldest that is left
        with KafkaConsumer(**connection(address), group_id=None, enable_auto_commit=False, isolation_level="read_committed") as consumer:
            self.partition = partition_of(self._key, _count(consumer, INPUTS[0]))
            self._begins, self._ends = self._bounds(consumer, (*INPUTS, *OUTPUTS))
            worked = consumer.partitions_for_topic(changelog)
        self.applied = asyncio.run(last_applied(address, changelog, self.partition)) if worked else None

    @property
    def count(self) -> int:
        """How many records are to be read, at most."""
        return sum(end - self._begins[topic] for topic, end in self._ends.items())

    def inputs(self, admit: Admit, advance: Advance) -> Iterator[Input]:
        """In the order in which they are applied; with a worker's changelog, up to what it has applied."""
        logged: dict[str, Instant] = {}
        decided = self.applied.offsets() if self.applied else self._ends
        for record in self._read(INPUTS, advance):
            if record.offset >= decided.get(record.topic, 0):
                continue
            at = max(logged.get(record.topic, 0), record.timestamp * (SECOND // 1000))
            if record.topic not in logged and self._begins[record.topic]:
                self.kept_from = max(self.kept_from or 0, at)
            if self._may_concern(record):
                place = f"{record.topic}/{record.partition}/{record.offset}"
                try:
                    signal = decode(record.key, record.value, record.headers, record.topic)
                    admit(signal, at)
                except BadRecord as bad:  # it moves no time
                    if record.key == self._key:
                        yield Input(place, at, bad)
                    continue
                yield Input(place, at, signal)
            logged[record.topic] = at

    def published(self, advance: Advance) -> Iterator[dict[str, Any]]:
        """Lines of `from_record`, of what is committed."""
        return (from_record(record) for record in self._read(OUTPUTS, advance) if record.key == self._key)

    def _read(self, topics: Sequence[str], advance: Advance) -> Iterator[Any]:
        for record in follow(self._address, topics, self.partition, from_beginning=True, until_end=True):
            advance(1)
            yield record

    def _may_concern(self, record: Any) -> bool:
        """Of the other leads' records, which are most, only key and header are looked at."""
        if record.key == self._key:
            return True
        subject = next((value for name, value in record.headers if name == "ce_subject"), None)
        return subject is None or subject == NOBODY.encode()

    def _bounds(self, consumer: Any, topics: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
        for topic in topics:
            _count(consumer, topic)
        partitions = [TopicPartition(topic, self.partition) for topic in topics]
        begins, ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
        return {tp.topic: begins[tp] for tp in partitions}, {tp.topic: ends[tp] for tp in partitions}


def _count(consumer: Any, topic: str) -> int:
    partitions = consumer.partitions_for_topic(topic)
    if not partitions:
        raise NoSuchTopic(topic, None, consumer.topics())
    return len(partitions)
