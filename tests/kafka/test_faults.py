"""Whatever happens to workers and broker: is what comes out what the log says, once each, and nothing of it from who has lost the right?

Everything is judged thrice: against a replay, byte for byte, against the fold of the inputs, and by the independent checker.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import psutil
import pytest
from kafka import KafkaAdminClient

from processor.stream.broker import EmbeddedKafka
from processor.stream.topics import create, specs
from tests.kafka.exact import Handoff, assert_settled
from tests.kafka.judging import OUTPUTS, Changelog, unended
from tests.kafka.killing import Point
from tests.kafka.playing import Days, Tended, await_shared, owned, tend
from tests.kafka.workers import DIED, PARTITIONS, SESSION_TIMEOUT_S, Worker, Workers, commands, until, workers_of

Fresh = Callable[..., None]

GUESTS = 6
STOPPING = "import signal; from tests.kafka.killing import work_until; work_until('all sent', signal.SIGSTOP)"
# Where the transaction in which a worker was killed is open: on some topic of the outputs, on the changelog.
LEFT_OPEN: dict[Point, tuple[bool, bool]] = {
    "begun": (False, False),
    "outputs sent": (True, False),
    "all sent": (True, True),
    "committed": (False, False),
}


@pytest.mark.slow
def test_killed_at_every_step_of_a_commit(broker: EmbeddedKafka, our_topics: Fresh, workers: Workers, handoff: Handoff, tmp_path: Path):
    our_topics(PARTITIONS, "records", workers.app)
    days = Days(2000, tmp_path)
    assert handoff("publish", days.file).exit_code == 0
    changelog = f"{workers.app}-leads-changelog"
    for point in get_args(Point):
        worker = workers.start(name="a", batch_limit=10, program=f"from tests.kafka.killing import work_until; work_until({point!r})")
        assert worker.process.wait(30) == -signal.SIGKILL, f"{point}: see {worker.log}"
        [said] = worker.said("ends itself")
        left = {topic for topic, number in unended(broker, *OUTPUTS, changelog) if number == said["partition"]}
        assert (not left.isdisjoint(OUTPUTS), changelog in left) == LEFT_OPEN[point], point
    workers.start(name="a").await_ready()
    assert_settled(broker, handoff, workers.app, tmp_path)


@pytest.mark.slow
def test_a_worker_that_wakes_in_a_commit_after_its_partitions_have_gone_is_refused(
    broker: EmbeddedKafka, our_topics: Fresh, workers: Workers, handoff: Handoff, tmp_path: Path
):
    our_topics(PARTITIONS, "records", workers.app)
    days = Days(1500, tmp_path)
    zombie, heir = workers.start(program=STOPPING), workers.start()
    await_shared(zombie, heir)
    with days.playing(broker, 4, 0, 0.7):
        until(lambda: psutil.Process(zombie.process.pid).status() == psutil.STATUS_STOPPED, "a commit in which it stands still")
        until(lambda: owned(heir) == PARTITIONS, "a takeover from the frozen worker")
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all()
    with days.playing(broker, 2, 0.7):
        os.kill(zombie.process.pid, signal.SIGCONT)
        assert zombie.process.wait(30) == DIED, f"see {zombie.log}"
    assert any("Fenced" in line["why"] for line in zombie.said("the worker dies")), f"its commit was not refused, see {zombie.log}"
    assert_settled(broker, handoff, workers.app, tmp_path)


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
    assert_settled(broker, handoff, workers.app, tmp_path)


@pytest.mark.slow
def test_workers_that_come_and_go_every_two_seconds(
    broker: EmbeddedKafka, our_topics: Fresh, workers: Workers, handoff: Handoff, tmp_path: Path
):
    """One comes and one goes; every other one is told to end while it takes over."""
    our_topics(PARTITIONS, "records", workers.app)
    days = Days(1500, tmp_path)
    resident = workers.start().await_ready()
    doors = [tmp_path / f"door-{number}" for number in range(GUESTS)]
    coming = "from tests.kafka.coming import come; come({!r}, ending={})"
    guests = [workers.start(program=coming.format(str(door), number % 2 > 0)) for number, door in enumerate(doors)]
    until(lambda: all(door.exists() for door in doors), "guests at their doors", 60)

    def see_off(guest: Worker) -> None:
        until(lambda: guest.said("took over"), f"a guest's takeover, see {guest.log}")
        guest.process.terminate()
        assert guest.process.wait(20) in (0, DIED), f"see {guest.log}"

    with days.playing(broker, 2 * GUESTS):
        for number, door in enumerate(doors):
            door.unlink()
            time.sleep(2)
            if number:
                see_off(guests[number - 1])
        see_off(guests[-1])
    assert len(resident.said("took over")) > GUESTS, "it did not share with each of them"
    assert_settled(broker, handoff, workers.app, tmp_path)


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
        assert_settled(own_broker, handoff, workers.app, tmp_path)
