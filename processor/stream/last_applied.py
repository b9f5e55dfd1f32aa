"""What a partition's last transaction says was applied, found at the changelog's end; what it means is the caller's matter."""

from typing import Any

from kafka import KafkaConsumer, TopicPartition

from processor.domain import watch
from processor.domain.watch import Watch
from processor.settings import Settings
from processor.stream.connection import connection
from processor.stream.leads import APPLIED, Applied, Part

POLL_MS = 500
TAIL = 100  # records at a changelog's end among which what was applied is looked for first: it ends every transaction


def last_applied(consumer: Any, changelog: TopicPartition) -> Applied | None:
    """None where no worker has decided anything. The consumer, kafka-python's, reads what is committed."""
    if not consumer.partitions_for_topic(changelog.topic):
        return None
    consumer.assign([changelog])
    begin, end = consumer.beginning_offsets([changelog])[changelog], consumer.end_offsets([changelog])[changelog]
    start, tail = end, TAIL
    while start > begin:
        start, tail = max(begin, end - tail), tail * 10
        consumer.seek(changelog, start)
        part = Part()
        while consumer.position(changelog) < end:
            for records in consumer.poll(POLL_MS).values():
                part.read(record for record in records if record.key == APPLIED)
        if part.applied.inputs:
            return part.applied
    return None


def last_watches(settings: Settings) -> list[Watch]:
    """Of every partition that some worker has decided, what is durable. Raises KafkaError."""
    with KafkaConsumer(
        **connection(settings.broker), group_id=None, enable_auto_commit=False, isolation_level="read_committed"
    ) as consumer:
        found = [last_applied(consumer, TopicPartition(settings.changelog, number)) for number in range(settings.partitions)]
    return [watch.unpack(applied.watch) for applied in found if applied and applied.watch]
