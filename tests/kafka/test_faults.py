"""Whatever happens to workers and broker: is what comes out what the log says, once each, and nothing of it from who has lost the right?

Everything is judged twice: against a replay, byte for byte, and by the independent checker over the topics.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
from kafka import KafkaAdminClient
from typer.testing import Result

from processor.stream.broker import EmbeddedKafka
from processor.stream.topics import create, specs
from tests.kafka.judging import OUTPUTS, Changelog, line_of, read
from tests.kafka.killing import Point
from tests.kafka.playing import DIED, Days, Tended, await_played, await_shared, judge, owned, tend
from tests.kafka.workers import PARTITIONS, SESSION_TIMEOUT_S, Workers, commands, until, workers_of

Handoff = Callable[..., Result]
Fresh = Callable[..., None]


def settled(broker: EmbeddedKafka, handoff: Handoff, workers: Workers, days: Days) -> None:
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all(60)
        judge(broker, handoff, changelog, [line_of(record) for record in read(broker, *OUTPUTS)], days.file)


@pytest.mark.slow
def test_killed_at_every_step_of_a_commit(broker: EmbeddedKafka, our_topics: Fresh, workers: Workers, handoff: Handoff, tmp_path: Path):
    our_topics(PARTITIONS, "records", workers.app)
    days = Days(1200, tmp_path)
    assert handoff("publish", days.file).exit_code == 0
    for point in get_args(Point):
        worker = workers.start(name="a", batch_limit=10, program=f"from tests.kafka.killing import work_until; work_until({point!r})")
        assert worker.process.wait(30) == -signal.SIGKILL, f"{point}: see {worker.log}"
    workers.start(name="a").await_ready()
    settled(broker, handoff, workers, days)


@pytest.mark.slow
def test_a_worker_that_wakes_after_its_partitions_have_gone_publishes_nothing(
    broker: EmbeddedKafka, our_topics: Fresh, workers: Workers, handoff: Handoff, tmp_path: Path
):
    our_topics(PARTITIONS, "records", workers.app)
    days = Days(1500, tmp_path)
    zombie, heir = workers.start(), workers.start()
    await_shared(zombie, heir)
    with days.playing(broker, 4, 0, 0.7) as player:
        await_played(player, 0.4)
        os.kill(zombie.process.pid, signal.SIGSTOP)
        until(lambda: owned(heir) == PARTITIONS, "a takeover from the frozen worker")
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all()
    with days.playing(broker, 2, 0.7):
        before = len(zombie.said("took over"))
        os.kill(zombie.process.pid, signal.SIGCONT)
        # Its write is refused, or it hears of the rebalance before it has anything to write, and comes back as anybody.
        until(
            lambda: zombie.process.poll() is not None or len(zombie.said("took over")) > before, f"its end or its return, see {zombie.log}"
        )
    if zombie.process.poll() is not None:
        assert zombie.process.returncode == DIED, f"see {zombie.log}"
        assert any("Fenced" in line["why"] for line in zombie.said("the worker dies")), zombie.log
    settled(broker, handoff, workers, days)


@pytest.mark.slow
def test_two_workers_with_one_name_take_everything_from_each_other_and_change_nothing(
    broker: EmbeddedKafka, our_topics: Fresh, workers: Workers, handoff: Handoff, tmp_path: Path
):
    our_topics(PARTITIONS, "records", workers.app)
    days = Days(1500, tmp_path)
    rivals = [Tended(lambda: workers.start(name="same")) for _ in range(2)]
    with days.playing(broker, 12) as player:
        until(lambda: tend(rivals) or player.over, "the end of the days", 60)
    assert sum(rival.deaths for rival in rivals) >= 2, "they did not meet"
    rivals[0].worker.kill()
    rivals[1].tend()
    settled(broker, handoff, workers, days)


@pytest.mark.slow
def test_workers_that_come_and_go_every_two_seconds(
    broker: EmbeddedKafka, our_topics: Fresh, workers: Workers, handoff: Handoff, tmp_path: Path
):
    """Some are told to end while they take over."""
    our_topics(PARTITIONS, "records", workers.app)
    days = Days(1500, tmp_path)
    workers.start().await_ready()
    with days.playing(broker, 14) as player:
        while not player.over:
            guest = workers.start()
            time.sleep(2)
            guest.process.terminate()
            assert guest.process.wait(20) in (0, DIED, -signal.SIGTERM), f"see {guest.log}"
    settled(broker, handoff, workers, days)


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[EmbeddedKafka]:
    with EmbeddedKafka(tmp_path / "kafka", 0) as kafka:
        yield kafka


@pytest.mark.slow
@pytest.mark.usefixtures("quick_brokers")
def test_a_worker_that_is_told_to_end_while_no_broker_answers_ends(own_broker: EmbeddedKafka, tmp_path: Path):
    with workers_of(own_broker, tmp_path) as workers:
        with KafkaAdminClient(bootstrap_servers=own_broker.address) as admin:
            create(admin, specs(PARTITIONS, 1, workers.app))
        worker = workers.start(time="broker", name="a").await_ready()
        own_broker.kill()
        time.sleep(2)
        assert worker.end() < 15


@pytest.mark.slow
@pytest.mark.usefixtures("quick_brokers")
def test_a_broker_that_falters_and_is_then_away_for_a_while(own_broker: EmbeddedKafka, tmp_path: Path):
    handoff = commands(own_broker, tmp_path / "data")
    days = Days(1500, tmp_path)
    with workers_of(own_broker, tmp_path) as workers:
        with KafkaAdminClient(bootstrap_servers=own_broker.address) as admin:
            create(admin, specs(PARTITIONS, 1, workers.app, "records"))
        pair: list[Tended] = [Tended(lambda: workers.start(name="a")), Tended(lambda: workers.start(name="b"))]
        with days.playing(own_broker, 5, 0, 0.5) as player:
            for _ in range(3):
                os.kill(own_broker.pid, signal.SIGSTOP)
                time.sleep(0.7)
                os.kill(own_broker.pid, signal.SIGCONT)
                time.sleep(0.7)
            until(lambda: tend(pair) or player.over, "the end of the first half", 60)
        own_broker.stop()
        end = time.monotonic() + SESSION_TIMEOUT_S
        until(lambda: tend(pair) or time.monotonic() > end, "the end of the outage")
        own_broker.start()
        with days.playing(own_broker, 3, 0.5) as player:
            until(lambda: tend(pair) or player.over, "the end of the second half", 60)
        with Changelog(own_broker, workers.app) as changelog:
            until(lambda: tend(pair) or changelog.share() == 1, "everything applied", 60)
        settled(own_broker, handoff, workers, days)
