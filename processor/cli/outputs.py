"""What the workers have published and publish, and whether they have done all that was given to them; files are read by `follow`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from processor.settings import Settings
from processor.stream.lines import from_record
from processor.stream.topics import TOPICS
from schemas.instants import parse_instant


class Outputs:
    """Lines of `from_record`, of what is committed."""

    def __init__(self, settings: Settings, consumer: KafkaConsumer, admin: KafkaAdminClient) -> None:
        def partitions(*roles: str) -> list[TopicPartition]:
            return [TopicPartition(topic.name, number) for topic in TOPICS if topic.role in roles for number in range(settings.partitions)]

        self._group, self._inputs, self._outputs = settings.app, partitions("in"), partitions("out", "dead letters")
        self._consumer, self._admin = consumer, admin
        consumer.assign(self._outputs)
        consumer.seek_to_beginning()

    @classmethod
    @contextmanager
    def of(cls, settings: Settings) -> Iterator[Self]:
        # fmt: off
        consumer = KafkaConsumer(
            bootstrap_servers=settings.broker, group_id=None, enable_auto_commit=False,
            isolation_level="read_committed", auto_offset_reset="earliest",
        )
        # fmt: on
        with consumer, KafkaAdminClient(bootstrap_servers=settings.broker) as admin:
            yield cls(settings, consumer, admin)

    def past(self) -> Iterator[dict[str, Any]]:
        """What was there before it is asked for the first time."""
        while not self._is_read():
            yield from self.new(0.0)

    def new(self, wait_s: float) -> list[dict[str, Any]]:
        """What has come since it was last asked, by the instants that it is about; waits a little for it."""
        found = self._consumer.poll(wait_s * 1000)
        lines = [from_record(record) for each in sorted(found, key=self._outputs.index) for record in found[each]]
        return sorted(lines, key=lambda line: parse_instant(line.get("time", line["loggedtime"])))

    def complete(self) -> bool:
        """All inputs are decided, durably, and all that came of them has been read here."""
        durable = self._admin.list_group_offsets({self._group: self._inputs})[self._group]
        ends = self._consumer.end_offsets(self._inputs)
        return all(durable[each].offset >= end for each, end in ends.items() if end) and self._is_read()

    def _is_read(self) -> bool:
        # By position: the last offsets may be markers of transactions, which are no records.
        return all(self._consumer.position(each) >= end for each, end in self._consumer.end_offsets(self._outputs).items())
