"""Reading topics for people and files: committed records, in the log's order where an end is known. Workers read by lanes instead."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from processor.stream.connection import connection
from processor.stream.topics import TOPICS

POLL_MS = 500
READ_AHEAD = 5_000  # records of a partition; beyond it the partition waits for the others


class NoSuchTopic(Exception):
    """The topic, or the partition of it, is not there."""

    def __init__(self, topic: str, partition: int | None, there: Sequence[str]) -> None:
        self.topic, self.partition, self.there = topic, partition, there
        where = topic if partition is None else f"{topic} with a partition {partition}"
        super().__init__(f"There is no topic {where}; there are: {', '.join(sorted(there)) or 'none'}. Create ours: handoff topics create")


def follow(address: str, topics: Sequence[str], partition: int | None, *, from_beginning: bool, until_end: bool) -> Generator[Any]:
    """The topics' records, kafka-python's, as they come: without `until_end` for ever, with it to where the topics end now.

    With it they come in the order in which the processor applies signals: by logged, topic, offset (and partition); logged is the
    greatest append time so far in a partition. Raises NoSuchTopic.
    """
    # fmt: off
    consumer = KafkaConsumer(
        **connection(address), group_id=None, enable_auto_commit=False,
        isolation_level="read_committed", auto_offset_reset="earliest", max_poll_records=READ_AHEAD,
    )
    # fmt: on
    try:
        partitions = _partitions(consumer, topics, partition)
        consumer.assign(partitions)
        (consumer.seek_to_beginning if from_beginning else consumer.seek_to_end)()
        for each in partitions:
            consumer.position(each)  # now, not at the first poll: what is written from here on is read
        yield from _to_the_end(consumer, partitions) if until_end else _as_they_come(consumer)
    finally:
        consumer.close()


def _partitions(consumer: Any, topics: Sequence[str], partition: int | None) -> list[TopicPartition]:
    found = []
    for topic in topics:
        numbers = consumer.partitions_for_topic(topic) or set()
        if not numbers:
            raise NoSuchTopic(topic, None, consumer.topics())
        if partition is not None and partition not in numbers:
            raise NoSuchTopic(topic, partition, consumer.topics())
        found += [TopicPartition(topic, number) for number in sorted(numbers) if partition in {None, number}]
    return found


def _as_they_come(consumer: Any) -> Iterator[Any]:
    order = _order()
    while True:
        found = [record for records in consumer.poll(POLL_MS).values() for record in records]
        yield from sorted(found, key=lambda record: order(record, record.timestamp))


def _to_the_end(consumer: Any, partitions: Sequence[TopicPartition]) -> Iterator[Any]:
    order = _order()
    ends = consumer.end_offsets(partitions)
    reached = {each: consumer.position(each) for each in partitions}
    logged = dict.fromkeys(partitions, 0)
    ahead: dict[TopicPartition, deque[tuple[Any, Any]]] = {each: deque() for each in partitions}
    while open_ := [each for each in partitions if reached[each] < ends[each]]:
        _read_only(consumer, [each for each in open_ if len(ahead[each]) < READ_AHEAD], reached)
        for each, records in consumer.poll(POLL_MS).items():
            for record in records:
                if record.offset < ends[each]:
                    logged[each] = max(logged[each], record.timestamp)
                    ahead[each].append((order(record, logged[each]), record))
        # By position: the last offsets may be markers of transactions, which are no records.
        reached |= {each: consumer.position(each) for each in consumer.assignment()}
        still_open = [each for each in partitions if reached[each] < ends[each]]
        while any(ahead.values()) and all(ahead[each] for each in still_open):
            first = min((each for each in partitions if ahead[each]), key=lambda each: ahead[each][0][0])
            yield ahead[first].popleft()[1]


def _read_only(consumer: Any, partitions: Sequence[TopicPartition], reached: Mapping[TopicPartition, int]) -> None:
    """By assignment: kafka-python 3.0.12 may never again fetch a partition that was paused."""
    new = set(partitions) - consumer.assignment()
    consumer.assign(partitions)
    for each in new:
        consumer.seek(each, reached[each])


def _order() -> Callable[[Any, int], tuple[int, int, str, int, int]]:
    """The key of the log's order, for a record and its logged: topics in the order of their table, others after them by name."""
    places = {topic.name: place for place, topic in enumerate(TOPICS)}
    return lambda record, logged: (logged, places.get(record.topic, len(places)), record.topic, record.partition, record.offset)
