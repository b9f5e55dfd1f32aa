"""A worker's clock steps, its broker is slow, it is told to end while it restores: is what comes out what it would be without?"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from processor.stream.broker import EmbeddedKafka
from tests.kafka.exact import Handoff, assert_exact
from tests.kafka.judging import Changelog
from tests.kafka.load import Load
from tests.kafka.workers import DIED, PARTITIONS, SECONDS_POLICY, Worker, Workers, seeded, until

RATE = 80.0


@pytest.mark.slow
def test_one_after_the_other_hampered_workers_say_what_a_replay_says(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Handoff, tmp_path: Path
):
    """A clock that steps an hour forward and back while deadlines come; then SIGTERM in the midst of a restore; then a slow broker."""
    our_topics(PARTITIONS, "broker", workers.app)

    def start(what: str) -> Worker:
        return workers.start(SECONDS_POLICY, time="broker", name="a", program=f"from tests.kafka import hampering; hampering.{what}")

    with Load(broker.address, seeded(tmp_path), RATE).running():
        stepping = start("work_with_a_clock_that_steps()").await_ready()
        until(lambda: stepping.said("the clock was set forward: deadlines are late by as much until the next start"), "a step of the clock")
        time.sleep(8)  # back, and right again
        stepping.end()
        restoring = start("restore_slowly(0.5)")
        until(lambda: 0 < restored(restoring) < 1, "the midst of a restore")
        restoring.end()
        assert not restoring.said("took over"), "it was restored before it ended"
        slow = start("work_with_a_slow_broker(0.3)").await_ready()
        time.sleep(4)
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all(60)
    slow.process.terminate()
    assert slow.process.wait(20) in (0, DIED), f"see {slow.log}"
    assert_exact(broker, handoff, workers.app, tmp_path)


def restored(worker: Worker) -> float:
    """The share of the changelog that it has read."""
    return worker.counted().get(("handoff_restore_progress_ratio",), 0.0)
