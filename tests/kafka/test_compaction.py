"""A changelog that was compacted hard, and an input that retention has cut: is what is restored exact, is nothing skipped in silence?"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from processor.stream.broker import EmbeddedKafka
from tests.kafka.exact import Handoff, assert_exact
from tests.kafka.judging import Changelog, Reader
from tests.kafka.telling import INPUTS, call, demo_request, leads_of, signal, tell
from tests.kafka.workers import DIED, PARTITIONS, SECONDS_POLICY, Workers, until

HARD = {
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "1000",
    "min.cleanable.dirty.ratio": "0.001",
    "segment.ms": "500",
    "segment.bytes": str(1 << 20),
    "delete.retention.ms": "0",
}
EMPTY = 3  # the partition of which no lead is ever told
FORGOTTEN = (datetime.now(UTC) + timedelta(days=401)).isoformat().replace("+00:00", "Z")  # by then, as the policy says


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_changelog_that_was_compacted_hard_restores_what_a_replay_of_the_inputs_says(
    broker: EmbeddedKafka, admin: KafkaAdminClient, our_topics: Callable[..., None], workers: Workers, handoff: Handoff, tmp_path: Path
):
    """Its last records are tombstones of leads that are forgotten, an aborted transaction, and a marker; one partition has no leads."""
    our_topics(PARTITIONS, "records", workers.app)
    changelog_topic = f"{workers.app}-leads-changelog"
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, changelog_topic, HARD)])
    leads = [lead for number in range(EMPTY) for lead, _ in zip(leads_of(number), range(10), strict=False)]
    passing = [lead for number in range(EMPTY) for lead, _ in zip(leads_of(number, "passing"), range(3), strict=False)]  # never handed off
    worker = workers.start(SECONDS_POLICY, name="a").await_ready()

    def say(said: list[bytes]) -> None:
        tell(broker, said)
        changelog.await_all()

    with Changelog(broker, workers.app) as changelog:
        for turn in range(4):
            say([(demo_request if turn % 2 == 0 else call)(lead) for lead in leads])
            time.sleep(0.6)  # longer than a segment lasts
        say([signal("crm.erased", lead) for lead in leads[::5]])
        say([signal("marketing.activity", lead, activity="page_view", url="/pricing") for lead in passing])
        say([signal("crm.heartbeat", "-", logged=FORGOTTEN)])
        assert tombstones(broker, changelog_topic) >= {lead.encode() for lead in passing}
        worker.end()
        leave_aborted(broker, workers.app, changelog_topic)
        until(lambda: kept(broker, changelog_topic) < 2 * len(leads), "a changelog from which the cleaner has taken most", 40)
        heir = workers.start(SECONDS_POLICY, name="a").await_ready()
        [told] = heir.said("took over")
        say([signal("crm.heartbeat", "-", logged=FORGOTTEN)])
        heir.end()
        assert told["records"] < 2 * len(leads)
    assert_exact(broker, handoff, workers.app, tmp_path, by_records=True)


@pytest.mark.slow
def test_an_input_cut_before_it_was_applied_stops_the_worker_and_is_said(
    broker: EmbeddedKafka, admin: KafkaAdminClient, our_topics: Callable[..., None], workers: Workers
):
    our_topics(PARTITIONS, "records", workers.app)
    lead = next(leads_of(0))
    with Changelog(broker, workers.app) as changelog:
        tell(broker, [demo_request(lead), signal("crm.heartbeat", "-")])
        worker = workers.start(SECONDS_POLICY, name="a").await_ready()
        changelog.await_all()
        worker.end()
        tell(broker, [call(lead) for _ in range(5)])
        before = changelog.read().applied()
        crm = TopicPartition(INPUTS[1], 0)
        admin.delete_records({crm: before[INPUTS[1], 0] + 3})  # just what retention does
        worker = workers.start(SECONDS_POLICY, name="a")
        assert worker.process.wait(60) == DIED
        assert "retention overtook us" in worker.said("the worker dies")[0]["why"]
        assert changelog.read().applied() == before, "records were skipped"


def leave_aborted(broker: EmbeddedKafka, app: str, changelog: str) -> None:
    """At the very end of each partition lie a state that never was and its transaction's marker."""
    for number in range(PARTITIONS):
        with KafkaProducer(bootstrap_servers=broker.address, transactional_id=f"{app}-{number}") as producer:
            producer.init_transactions()
            producer.begin_transaction()
            producer.send(changelog, b"never", b"never", partition=number).get(10)
            producer.abort_transaction()


def tombstones(broker: EmbeddedKafka, topic: str) -> set[bytes]:
    with Reader(broker, [topic]) as reader:
        return {record.key for record in reader.new() if record.value is None}


def kept(broker: EmbeddedKafka, topic: str) -> int:
    """How many records of the topic a reader still sees."""
    with Reader(broker, [topic]) as reader:
        return len(reader.new())
