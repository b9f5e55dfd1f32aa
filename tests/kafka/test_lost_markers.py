"""A transaction was written and the broker has forgotten to end it: is that seen and settled, and does the stream go on exactly?

LOST_MARKER_RESTARTS says how often the broker is restarted under load: 2 in CI, 20 or more where one wants to see markers lost.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from processor.stream.broker import EmbeddedKafka
from processor.stream.fates import committed
from tests.kafka.exact import assert_settled, exact_under_load
from tests.kafka.judging import OUTPUTS, unended
from tests.kafka.losing import Where, unverified
from tests.kafka.playing import Days
from tests.kafka.workers import PARTITIONS, Workers, commands

RESTARTS = int(os.environ.get("LOST_MARKER_RESTARTS", "2"))
RATE = float(os.environ.get("LOST_MARKER_RATE", "150"))


@pytest.mark.slow
@pytest.mark.parametrize(("where", "forgotten"), [("everywhere", False), ("changelog", False), ("everywhere", True), ("outputs", True)])
def test_a_transaction_without_a_marker_is_settled_by_the_next_owner(
    broker: EmbeddedKafka,
    admin: KafkaAdminClient,
    our_topics: Callable[..., None],
    workers: Workers,
    tmp_path: Path,
    where: Where,
    forgotten: bool,
):
    """Nothing is lost, nothing is seen twice, whether its coordinator knows that the last transaction was committed, or has forgotten."""
    handoff = commands(broker, tmp_path / "data")
    our_topics(PARTITIONS, "records", workers.app)
    days = Days(1200, tmp_path)
    assert handoff("publish", days.file).exit_code == 0
    losing = f"from tests.kafka.losing import work_until_a_marker_is_lost; work_until_a_marker_is_lost({where!r})"
    with unverified(admin):
        worker = workers.start(name="a", batch_limit=10, program=losing)
        assert worker.process.wait(60) == -signal.SIGKILL, f"see {worker.log}"
    assert unended(broker, *OUTPUTS, f"{workers.app}-leads-changelog"), "no marker was lost"
    if forgotten:
        fence(broker, workers.app)
    heir = workers.start(name="a").await_ready()
    [told] = heir.said("a transaction had no marker")
    assert told["now"] == ("aborted" if where == "everywhere" and forgotten else "committed")
    assert_settled(broker, handoff, workers.app, tmp_path)


def fence(broker: EmbeddedKafka, app: str) -> None:
    """As an owner does that dies before it has settled anything."""
    for number in range(PARTITIONS):
        with KafkaProducer(bootstrap_servers=broker.address, transactional_id=f"{app}-{number}") as producer:
            producer.init_transactions()


def test_only_of_what_was_committed_is_it_said(broker: EmbeddedKafka, new_topic: Callable[..., str]):
    topic = new_topic()
    ends: dict[str, Callable[[KafkaProducer], object]] = {
        "committed": KafkaProducer.commit_transaction,
        "aborted": KafkaProducer.abort_transaction,
        "open": KafkaProducer.flush,
    }
    with ExitStack() as producers:
        for name, end in ends.items():
            producer = producers.enter_context(KafkaProducer(bootstrap_servers=broker.address, transactional_id=f"{topic}-{name}"))
            producer.init_transactions()
            producer.begin_transaction()
            producer.send(topic, b"").get(10)
            end(producer)
        asked = [f"{topic}-{name}" for name in (*ends, "unheard of")]
        assert asyncio.run(committed({"bootstrap_servers": broker.address}, asked)) == {f"{topic}-committed"}


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
