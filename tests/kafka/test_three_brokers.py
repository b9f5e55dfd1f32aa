"""Three brokers, every record on all of them: leaders move under load, one is killed and comes back; is anything lost, or seen twice?"""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError

from processor.stream.broker import EmbeddedCluster, EmbeddedKafka
from processor.stream.lines import to_records
from processor.stream.topics import drift, specs
from schemas.cloudevents import decode_line
from schemas.events import ESCALATIONS
from schemas.signals import CRM
from tests.kafka.conftest import quick_java
from tests.kafka.exact import Load, assert_exact
from tests.kafka.judging import Changelog, Reader, published
from tests.kafka.playing import Tended, tend
from tests.kafka.telling import INPUTS, call, demo_request, leads_of, tell
from tests.kafka.telling import signal as signal_of
from tests.kafka.workers import PARTITIONS, SECONDS_POLICY, commands, seeded, until, workers_of

RATE = 100.0
FIRST_ATTEMPT_S = 4.0  # the policy of seconds
PREFERRED = 0  # the kind of election, in Kafka's protocol


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedCluster]:
    quick_java(monkeypatch)
    with EmbeddedCluster(tmp_path / "cluster") as kafka:
        yield kafka


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_leaders_that_move_and_a_broker_that_is_killed_lose_and_repeat_nothing(cluster: EmbeddedCluster, tmp_path: Path):
    broker = cast("EmbeddedKafka", cluster)  # all that is asked of one here is its address
    handoff = commands(broker, tmp_path / "data")
    with workers_of(broker, tmp_path) as workers:
        made = handoff("topics", "create", "--partitions", PARTITIONS, "--replicas", 3, "--app", workers.app)
        assert made.exit_code == 0, made.output
        team = [Tended(lambda: workers.start(SECONDS_POLICY, time="broker", name="a", skew_ms=5)) for _ in range(1)]
        team[0].worker.await_ready()
        with Load(broker, seeded(tmp_path), RATE).running() as load:
            tend(team, 2)
            lost = leader(cluster, f"{workers.app}-leads-changelog")
            cluster.nodes[lost].kill()
            until(lambda: tend(team, 0) or leader(cluster, f"{workers.app}-leads-changelog") not in {lost, -1}, "another leader", 60)
            tend(team, 1)
            cluster.nodes[lost].start()
            until(lambda: tend(team, 0) or elected(cluster), "every leader where it was", 90)
            tend(team, 2)
        with Changelog(broker, workers.app) as changelog:
            until(lambda: tend(team, 0) or changelog.share() == 1, "everything applied", 60)
        team[0].worker.end()
        with KafkaAdminClient(bootstrap_servers=cluster.address) as admin:
            assert drift(admin, specs(PARTITIONS, 3, workers.app)) == []
        verdict = assert_exact(broker, handoff, workers.app, tmp_path)
    sys.stdout.write(f"{verdict} of {load.sent} sent; the worker died {team[0].deaths} times\n")
    assert verdict.outputs > verdict.dead_letters


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_what_is_appended_and_not_replicated_yet_is_waited_for_before_a_deadline_behind_it_is_judged(
    cluster: EmbeddedCluster, tmp_path: Path
):
    """The call is logged in time on a leader that knows it alone, as a follower stands still: readers find the topic's end before it."""
    broker = cast("EmbeddedKafka", cluster)
    handoff = commands(broker, tmp_path / "data")
    with workers_of(broker, tmp_path) as workers:
        made = handoff("topics", "create", "--partitions", PARTITIONS, "--replicas", 3, "--app", workers.app)
        assert made.exit_code == 0, made.output
        # 0 guard: as soon as time is proven, the deadline is judged.
        worker = workers.start(SECONDS_POLICY, time="broker", name="a", skew_ms=5, guard_ms=0).await_ready()
        lead = next(leads_of(0))
        tell(broker, [signal_of("marketing.profile", lead, attributes={"role": "ceo"}), demo_request(lead)])
        with Reader(broker, [ESCALATIONS]) as reader:
            [warning] = until(reader.new, "the owner's warning")
        frozen = cluster.nodes[next(node for node in cluster.nodes if node not in {leader(cluster, topic) for topic in INPUTS})]
        assert frozen.pid
        with KafkaProducer(bootstrap_servers=broker.address, acks=1) as producer:
            producer.partitions_for(CRM)  # so that it need not ask the frozen one
            os.kill(frozen.pid, signal.SIGSTOP)
            try:
                producer.send(CRM, **record_of(call(lead))).get(10)
                time.sleep(max(0.0, warning.timestamp / 1000 + FIRST_ATTEMPT_S - time.time()))
            finally:
                os.kill(frozen.pid, signal.SIGCONT)
        with Changelog(broker, workers.app) as changelog:
            until(lambda: changelog.share() == 1, "everything applied", 60)
        late = worker.counted()["handoff_signals_applied_late_total",]
        worker.end()
        types = {json.loads(line)["type"] for line in published(broker)}
        assert_exact(broker, handoff, workers.app, tmp_path)
    assert late == 0
    assert types == {"handoff.created", "handoff.stage", "handoff.clock", "handoff.warning"}, "an accusation, or it was taken back"


def record_of(line: bytes) -> dict[str, Any]:
    [(_, partition, key, value, headers, _)] = to_records(line, decode_line(line), dict.fromkeys(INPUTS, PARTITIONS))
    return {"partition": partition, "key": key, "value": value, "headers": headers}


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
    """Whether each partition is led by its first replica, which is asked for."""
    try:
        with KafkaAdminClient(bootstrap_servers=cluster.address) as admin:
            admin.elect_leaders(PREFERRED, raise_errors=False)
            partitions = [partition for topic in admin.describe_topics() for partition in topic["partitions"]]
    except KafkaError:  # a leader has just moved
        return False
    return all(partition["leader_id"] == partition["replica_nodes"][0] for partition in partitions)
