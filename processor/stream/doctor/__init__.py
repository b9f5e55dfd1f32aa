"""The doctor: what may keep a Kafka from being right for Handoff is asked of it here, and judged in `judgement`; nothing of it is changed.

It writes only to a topic of its own, which it makes and deletes, and under a transactional id of its own, so it may run beside workers.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from aiokafka.errors import KafkaError as AioKafkaError
from aiokafka.errors import TransactionalIdAuthorizationFailed
from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import AuthorizationError, KafkaError, NoError, RetriableError, for_code

from processor.settings import Settings
from processor.stream.clocks import wall_clock
from processor.stream.connection import connection
from processor.stream.doctor import asking
from processor.stream.doctor.facts import Ahead, Chart, Fence, Missing
from processor.stream.doctor.fence import two_owners
from processor.stream.topics import drift, specs

REPLICAS = 3  # as production has them, where there are so many brokers
TRIES = 5
ANSWER_S = 15.0
OWN = "try fencing and clocks on a topic of the doctor's own"

# At each worker it would warn that Faust's words in a member's metadata are not a consumer's.
logging.getLogger("kafka.admin").setLevel(logging.ERROR)

T = TypeVar("T")


def examine(settings: Settings, replicas: int | None = None) -> Chart:
    """`replicas`: of every partition; None: three, or as many as there are brokers. Raises KafkaError where nobody answers."""
    with KafkaAdminClient(**connection(settings.broker), reconnect_backoff_max_ms=1000) as admin:
        return _Examination(settings, admin).chart(replicas)


class _Examination:
    def __init__(self, settings: Settings, admin: KafkaAdminClient) -> None:
        self._settings, self._admin = settings, admin
        self._own = f"{settings.app}-doctor"  # not an id that a worker has: it would be fenced
        self._connection = connection(settings.broker)
        self._refused: list[tuple[str, str]] = []
        self._missing: list[Missing] = []
        self._left: str | None = None

    def chart(self, replicas: int | None) -> Chart:
        s, admin = self._settings, self._admin
        cluster = admin.describe_cluster()
        brokers = sorted(broker["broker_id"] for broker in cluster["brokers"] if not broker.get("is_fenced"))
        wanted = specs(s.partitions, replicas or min(REPLICAS, len(brokers)), s.app, s.time)
        fence, clocks = self._on_a_topic_of_its_own(brokers)
        rights = self._try("the rights", lambda: _patiently(lambda: asking.rights(admin, s, wanted))) or asking.NOTHING_KNOWN
        readable = [spec for spec in wanted if spec.name not in rights.hidden]
        differences = self._try("the topics' settings", lambda: drift(admin, readable)) or []
        there = {spec.name for spec in readable} - {each.topic for each in differences if each.setting == "topic"}
        ours = [spec for spec in readable if spec.name in there]
        app = None if rights.group_hidden else s.app
        group = app and self._try("the group", lambda: _patiently(lambda: asking.group(admin, s.app)))
        reached = self._try("how far the partitions are", lambda: _patiently(lambda: asking.reached(admin, app, ours))) or []
        hanging = self._try("open transactions", lambda: asking.hanging(admin, reached)) or []
        versions = {broker: admin.get_broker_version_data(broker).broker_version for broker in brokers}
        return Chart(
            str(s.broker), cluster["cluster_id"], versions, fence, clocks, tuple(differences), (*self._missing, *rights.missing),
            group or None, tuple(reached), tuple(hanging), tuple(self._refused), self._left,
        )  # fmt: skip

    def _on_a_topic_of_its_own(self, brokers: Sequence[int]) -> tuple[Fence | None, tuple[Ahead, ...]]:
        with self._own_topic(brokers) as topic:
            if topic is None:
                return None, ()
            fence = self._try("fencing", lambda: two_owners(self._connection, topic, self._own))
            clocks = self._try("the clocks", lambda: self._clocks(topic, brokers)) or ()
        return fence, clocks

    @contextmanager
    def _own_topic(self, brokers: Sequence[int]) -> Iterator[str | None]:
        """A topic with a partition on every broker; None where it may not be made."""
        name = f"{self._own}-{uuid.uuid4().hex[:8]}"
        made = {
            # One replica: the clock is the leader's, and a fence needs no copies.
            "assignments": {number: [broker] for number, broker in enumerate(brokers)},
            "configs": {"message.timestamp.type": "LogAppendTime", "min.insync.replicas": "1", "retention.ms": "3600000"},
        }
        answer = self._admin.create_topics({name: made}, raise_errors=False)["topics"][0]
        error = for_code(answer["error_code"])
        if issubclass(error, AuthorizationError):
            self._missing.append(Missing("Topic", f"{self._own}-…", "Create", OWN))
            yield None
        elif error is not NoError:
            self._refused.append(("a topic of the doctor's own", f"{error.__name__}: {answer['error_message']}"))
            yield None
        else:
            missing = self._try("the doctor's own topic", lambda: asking.on_own_topic(self._admin, name, OWN))
            self._missing += missing or ()
            try:
                yield None if missing is None or missing else name
            finally:
                self._delete(name)

    def _delete(self, topic: str) -> None:
        try:
            self._admin.delete_topics([topic])
        except KafkaError:
            self._left = topic

    def _clocks(self, topic: str, brokers: Sequence[int]) -> tuple[Ahead, ...]:
        """Every broker stamps records of ours; what was stamped lies between the moments of sending and of the answer."""
        with KafkaProducer(**self._connection, linger_ms=0, max_block_ms=ANSWER_S * 1000) as producer:
            return tuple(
                min((_ahead(producer, topic, number, broker) for _ in range(TRIES)), key=lambda found: found.high - found.low)
                for number, broker in enumerate(brokers)
            )

    def _try(self, what: str, ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except (KafkaError, AioKafkaError, TimeoutError) as refusal:
            if isinstance(refusal, TransactionalIdAuthorizationFailed):
                self._missing.append(Missing("TransactionalId", self._own, "Write", "try fencing with an id of the doctor's own"))
            else:
                self._refused.append((what, f"{type(refusal).__name__}: {refusal}"))
            return None


def _ahead(producer: Any, topic: str, partition: int, broker: int) -> Ahead:
    sent = wall_clock() / 1000
    stamped = producer.send(topic, b"what time is it?", partition=partition).get(ANSWER_S).timestamp
    answered = wall_clock() / 1000
    return Ahead(broker, stamped - answered, stamped + 1 - sent)  # stamps are whole milliseconds, cut off


def _patiently(ask: Callable[[], T]) -> T:
    """A cluster that has had no group yet makes the topic for its offsets first."""
    end = time.monotonic() + ANSWER_S
    while True:
        try:
            return ask()
        except RetriableError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
