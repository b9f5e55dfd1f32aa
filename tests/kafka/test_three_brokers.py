"""Three brokers, every record on all of them: leaders move under load, one is killed and comes back; is anything lost, or seen twice?

ROLLING_RESTARTS says how often one of them is restarted under load: 3 in CI, 12 or more where one wants to see whether markers get lost.
"""

import json
import os
import signal
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import cast

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from processor.stream.broker import EmbeddedCluster, EmbeddedKafka
from schemas.events import ESCALATIONS
from schemas.signals import CRM
from tests.kafka.conftest import quick_java
from tests.kafka.exact import assert_exact, create_topics, exact_under_load
from tests.kafka.judging import Changelog, Reader, published
from tests.kafka.telling import INPUTS, call, demo_request, leads_of, send, tell
from tests.kafka.telling import signal as signal_of
from tests.kafka.workers import SECONDS_POLICY, commands, until, workers_of

RESTARTS = int(os.environ.get("ROLLING_RESTARTS", "3"))
RATE = 100.0
REPLICAS = 3
FIRST_ATTEMPT_S = 4.0  # the policy of seconds
PLACE = TopicPartition(CRM, 0)
PREFERRED = 0  # the kind of election, in Kafka's protocol


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedCluster]:
    quick_java(monkeypatch)
    with EmbeddedCluster(tmp_path / "cluster") as kafka:
        yield kafka


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_leaders_that_move_and_a_broker_that_is_killed_lose_and_repeat_nothing(cluster: EmbeddedCluster, tmp_path: Path):
    with exact_under_load(cluster, tmp_path, RATE, replicas=REPLICAS) as scene:
        changelog = f"{scene.app}-leads-changelog"
        lost = leader(cluster, changelog)
        cluster.nodes[lost].kill()
        scene.until(lambda: leader(cluster, changelog) not in {lost, -1}, "another leader")
        scene.watch(1)
        cluster.nodes[lost].start()
        scene.until(lambda: elected(cluster), "every leader where it was")


@pytest.mark.slow
@pytest.mark.timeout(240 + 60 * RESTARTS)
def test_brokers_that_are_restarted_in_turn_under_load_change_nothing(cluster: EmbeddedCluster, tmp_path: Path):
    """And whether a clean stop loses a transaction's marker, as it can where a partition has one replica."""
    with exact_under_load(cluster, tmp_path, RATE, replicas=REPLICAS) as scene:
        for number, node in islice(cycle(cluster.nodes.items()), RESTARTS):
            node.stop()
            scene.watch(1)
            node.start()
            scene.until(lambda: elected(cluster), f"every leader where it was before node {number} was restarted")
            scene.watch(1)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_what_is_appended_and_not_replicated_yet_is_waited_for_before_a_deadline_behind_it_is_judged(
    cluster: EmbeddedCluster, tmp_path: Path
):
    """The call is logged in time on a leader that knows it alone, as a follower stands still: readers find the topic's end before it."""
    broker = cast("EmbeddedKafka", cluster)
    handoff = commands(broker, tmp_path / "data")
    with workers_of(broker, tmp_path) as workers:
        create_topics(handoff, workers.app, REPLICAS)
        # 0 guard: as soon as time is proven, the deadline is judged.
        worker = workers.start(SECONDS_POLICY, time="broker", name="a", skew_ms=5, guard_ms=0).await_ready()
        lead = next(leads_of(0))
        leaders = {leader(cluster, topic) for topic in INPUTS}
        frozen = next(node for number, node in cluster.nodes.items() if number not in leaders)
        assert frozen.pid
        with (
            KafkaProducer(bootstrap_servers=broker.address, acks=1) as producer,
            Reader(broker, [ESCALATIONS]) as reader,
            KafkaConsumer(bootstrap_servers=broker.address) as readers,
        ):
            # So that neither need ask the frozen one.
            producer.partitions_for(CRM)
            readers.end_offsets([PLACE])
            tell(broker, [signal_of("marketing.profile", lead, attributes={"role": "ceo"}), demo_request(lead)])
            [warning] = until(reader.new, "the owner's warning")
            os.kill(frozen.pid, signal.SIGSTOP)
            try:
                appended = send(producer, call(lead))[0].get(10)
                time.sleep(max(0.0, warning.timestamp / 1000 + FIRST_ATTEMPT_S - time.time()))
                assert readers.end_offsets([PLACE]) == {PLACE: appended.offset}, "at the deadline readers could see the call"
            finally:
                os.kill(frozen.pid, signal.SIGCONT)
        tell(broker, [signal_of("crm.heartbeat", "-")])  # so that all of it lies before the instant reached
        with Changelog(broker, workers.app) as changelog:
            until(lambda: changelog.share() == 1, "everything applied", 60)
        late = worker.counted()["handoff_signals_applied_late_total",]
        worker.end()
        types = {json.loads(line)["type"] for line in published(broker)}
        assert_exact(broker, handoff, workers.app, tmp_path)
    assert late == 0
    assert types == {"handoff.created", "handoff.stage", "handoff.clock", "handoff.warning"}, "an accusation, or it was taken back"


def leader(cluster: EmbeddedCluster, topic: str) -> int:
    """The node that leads the topic's first partition; -1 while none does, or nobody says."""
    try:
        with KafkaAdminClient(bootstrap_servers=cluster.address) as admin:
            [found] = admin.describe_topics([topic])
    except KafkaError:  # it had asked the node that is gone
        return -1
    number: int = found["partitions"][0]["leader_id"]
    return number


def elected(cluster: EmbeddedCluster) -> bool:
    """Whether each partition is led by its first replica, which is asked for, and all replicas are in sync."""
    try:
        with KafkaAdminClient(bootstrap_servers=cluster.address) as admin:
            admin.elect_leaders(PREFERRED, raise_errors=False)
            partitions = [partition for topic in admin.describe_topics() for partition in topic["partitions"]]
    except KafkaError:  # a leader has just moved
        return False
    return all(
        partition["leader_id"] == partition["replica_nodes"][0] and len(partition["isr_nodes"]) == len(partition["replica_nodes"])
        for partition in partitions
    )
