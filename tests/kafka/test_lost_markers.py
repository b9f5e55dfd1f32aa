"""A transaction was written and the broker has forgotten to end it: is that seen and settled, and does the stream go on exactly?

LOST_MARKER_RESTARTS says how often the broker is restarted under load: 2 in CI, 20 or more where one wants to see markers lost.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from kafka import KafkaAdminClient

from processor.stream.broker import EmbeddedKafka
from tests.kafka.exact import Handoff, exact_under_load
from tests.kafka.judging import OUTPUTS, Changelog, line_of, read
from tests.kafka.losing import Where, unverified
from tests.kafka.playing import Days, judge
from tests.kafka.workers import PARTITIONS, Workers

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
    with EmbeddedKafka(tmp_path / "kafka", 0) as broker, exact_under_load(broker, tmp_path, RATE) as scene:
        for _ in range(RESTARTS):
            scene.watch(2)
            broker.stop()
            broker.start()
            scene.watch(2)
