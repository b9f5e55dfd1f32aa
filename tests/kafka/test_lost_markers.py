"""A transaction was written and the broker has forgotten to end it: is that seen and settled, and does the stream go on exactly?

LOST_MARKER_RESTARTS says how often the broker is restarted under load: 2 in CI, 20 or more where one wants to see markers lost.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from kafka import KafkaAdminClient

from processor.stream.broker import EmbeddedKafka
from processor.stream.topics import create, specs
from tests.kafka.exact import Handoff, Load, assert_exact
from tests.kafka.judging import OUTPUTS, Changelog, line_of, read
from tests.kafka.losing import Where, unverified
from tests.kafka.playing import Days, Tended, judge, tend
from tests.kafka.workers import PARTITIONS, SECONDS_POLICY, Worker, Workers, commands, seeded, until, workers_of

RESTARTS = int(os.environ.get("LOST_MARKER_RESTARTS", "2"))
RATE = float(os.environ.get("LOST_MARKER_RATE", "150"))


@pytest.mark.slow
@pytest.mark.parametrize("where", get_args(Where))
def test_a_transaction_without_a_marker_is_settled_by_the_next_owner(
    broker: EmbeddedKafka,
    admin: KafkaAdminClient,
    our_topics: Callable[..., None],
    workers: Workers,
    handoff: Handoff,
    tmp_path: Path,
    where: Where,
):
    """Nothing is lost, nothing is seen twice: its coordinator knows that the last transaction was committed."""
    our_topics(PARTITIONS, "records", workers.app)
    days = Days(1200, tmp_path)
    assert handoff("publish", days.file).exit_code == 0
    losing = f"from tests.kafka.losing import work_until_a_marker_is_lost; work_until_a_marker_is_lost({where!r})"
    with unverified(admin):
        worker = workers.start(name="a", batch_limit=10, program=losing)
        assert worker.process.wait(60) == -signal.SIGKILL, f"see {worker.log}"
    heir = workers.start(name="a").await_ready()
    [told] = heir.said("a transaction had no marker")
    assert told["now"] == "committed"
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all(60)
        lines = [line_of(record) for record in read(broker, *OUTPUTS)]
        judge(broker, handoff, changelog, lines, days.file)


@pytest.mark.slow
@pytest.mark.timeout(120 + 60 * RESTARTS)
@pytest.mark.usefixtures("quick_brokers")
def test_a_broker_that_is_restarted_again_and_again_under_load_changes_nothing(tmp_path: Path):
    with EmbeddedKafka(tmp_path / "kafka", 0) as broker, workers_of(broker, tmp_path) as workers:
        handoff = commands(broker, tmp_path / "data")
        with KafkaAdminClient(bootstrap_servers=broker.address) as admin:
            create(admin, specs(PARTITIONS, 1, workers.app))
        logs: list[Path] = []

        def start() -> Worker:
            worker = workers.start(SECONDS_POLICY, time="broker", name="a")
            logs.append(worker.log)
            return worker

        pair = [Tended(start)]
        pair[0].worker.await_ready()
        with Load(broker, seeded(tmp_path), RATE).running():
            for _ in range(RESTARTS):
                tend(pair, 2)
                broker.stop()
                broker.start()
                tend(pair, 2)
        with Changelog(broker, workers.app) as changelog:
            until(lambda: tend(pair, 0) or changelog.share() == 1, "everything applied", 60)
        pair[0].worker.end()
        lost = sum(log.read_text().count("a transaction had no marker") for log in logs)
        sys.stdout.write(f"{RESTARTS} restarts: {lost} transactions without a marker, {pair[0].deaths} deaths of the worker\n")
        sys.stdout.write(f"{assert_exact(broker, handoff, workers.app, tmp_path)}\n")
