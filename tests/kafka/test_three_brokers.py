"""Three brokers, every record on all of them: leaders move under load, one is killed and comes back; is anything lost, or seen twice?"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from processor.stream.broker import EmbeddedCluster, EmbeddedKafka
from processor.stream.topics import drift, specs
from tests.kafka.conftest import quick_java
from tests.kafka.exact import Load, assert_exact
from tests.kafka.judging import Changelog
from tests.kafka.playing import Tended, tend
from tests.kafka.workers import PARTITIONS, SECONDS_POLICY, commands, seeded, until, workers_of

RATE = 100.0
PREFERRED = 0  # the kind of election, in Kafka's protocol


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCluster]:
    with pytest.MonkeyPatch.context() as environment:
        quick_java(environment)
        with EmbeddedCluster(tmp_path_factory.mktemp("cluster")) as kafka:
            yield kafka


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.xfail(
    strict=False,
    reason="with replicas a record can become visible after a later fetch has found the end: it is then applied late, and counted, and the "
    "order differs from a replay's; an end that was seen is a proof only once what was appended before it is replicated",
)
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
