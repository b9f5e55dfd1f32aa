"""Workers are added, or started again, while signals keep coming: is what comes out what one would have said, and how long is the pause?"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from processor.stream.broker import EmbeddedKafka
from tests.kafka.exact import Handoff, assert_exact
from tests.kafka.judging import OUTPUTS, Changelog, read
from tests.kafka.load import Load
from tests.kafka.playing import await_shared
from tests.kafka.workers import PARTITIONS, PROGRAM, SECONDS_POLICY, Worker, Workers, seeded, until

RATE = 150.0
SESSION_S = 15.0  # a worker ends and another begins within it, on a busy machine too


@pytest.mark.slow
def test_from_one_worker_to_two_to_four_while_signals_come(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Handoff, tmp_path: Path
):
    """Then one of them, a static member, ends, and another of its name comes within its session: the others take nothing over."""
    our_topics(PARTITIONS, "broker", workers.app)

    def start(number: int, program: str = PROGRAM) -> Worker:
        return workers.start(SECONDS_POLICY, time="broker", name=f"w{number}", session_timeout_s=SESSION_S, program=program)

    team, rebalances = [start(0).await_ready()], []
    with Load(broker.address, seeded(tmp_path), RATE).running():
        time.sleep(2)
        for size in (2, 4):
            rebalances.append(time.time())
            team += [start(number) for number in range(len(team), size)]
            await_shared(*team)
            time.sleep(2)
        door = tmp_path / "door"
        heir = start(0, f"from tests.kafka.coming import come; come({str(door)!r}, ending=False)")
        until(door.exists, "an heir at its door")
        before = [len(worker.said("took over")) for worker in team[1:]]
        team[0].end()
        door.unlink()
        team[0] = heir.await_ready()
        assert [len(worker.said("took over")) for worker in team[1:]] == before, "a restart within the session timeout was not quiet"
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all()
    for worker in team:
        worker.end()
    verdict = assert_exact(broker, handoff, workers.app, tmp_path)
    assert verdict.outputs > verdict.dead_letters > 0
    sys.stdout.write(f"{verdict}; pauses after 1 to 2 and 2 to 4 workers: {pauses(broker, rebalances)} s\n")


def pauses(broker: EmbeddedKafka, starts: list[float]) -> list[float]:
    """Seconds in which some partition published nothing, the longest within eight seconds of each start."""
    appended: dict[int, list[float]] = defaultdict(list)
    for record in read(broker, *OUTPUTS):
        appended[record.partition].append(record.timestamp / 1000)
    gaps = [gap for instants in appended.values() for gap in pairwise(sorted(instants))]
    return [round(max((b - a for a, b in gaps if start < b < start + 8), default=0.0), 2) for start in starts]
