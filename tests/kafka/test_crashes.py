"""Is every output published once and every input counted once, whoever is killed and whenever?"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import Result

from processor.cli.player import Player
from processor.stream.broker import EmbeddedKafka
from schemas.events import DEAD_LETTERS
from tests.kafka.judging import OUTPUTS, Changelog, Reader, assert_same, line_of, read, replayed, states_after
from tests.kafka.workers import PARTITIONS, SAMPLE_POLICY, WEEK, Worker, Workers, seeded, until

LINES = WEEK.read_bytes().splitlines()
KILLS = 3


@pytest.mark.slow
def test_killed_at_random_moments_a_worker_loses_nothing_and_repeats_nothing(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Callable[..., Result], tmp_path: Path
):
    chance = seeded(tmp_path)
    our_topics(PARTITIONS, "records", workers.app)
    assert handoff("publish", WEEK).exit_code == 0
    with Changelog(broker, workers.app) as changelog, Reader(broker, OUTPUTS) as reader:
        lines = []
        for share in sorted(chance.uniform(0.05, 0.9) for _ in range(KILLS)):
            worker = workers.start(name="a", batch_limit=10)  # many transactions: a kill mostly meets open ones
            await_applied(changelog, share)
            worker.kill()
            assert changelog.share() < 1, "the sample was over before the kill"
            lines += [line_of(record) for record in reader.new()]
        durable = len(changelog.read().states())
        worker = workers.start(name="a", batch_limit=10).await_ready()
        assert worker.counted()["handoff_leads_in_memory",] >= durable > 0, "ready before it was restored"
        changelog.await_all()
        lines += [line_of(record) for record in reader.new()]
        judge(broker, handoff, changelog, lines, WEEK)


@pytest.mark.slow
def test_of_two_workers_one_takes_over_from_the_killed_other_which_comes_back(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Callable[..., Result], tmp_path: Path
):
    """While days are played a static member is killed and comes back at once, then a nameless one, which comes back after it was missed."""
    chance = seeded(tmp_path)
    our_topics(PARTITIONS, "records", workers.app)
    last = max(n for n, line in enumerate(LINES[:1500]) if b"crm.heartbeat" in line)  # it brings every partition to its instant
    days = LINES[: last + 1]
    file = tmp_path / "days.jsonl"
    file.write_bytes(b"".join(line + b"\n" for line in days))
    named, nameless = workers.start(name="a"), workers.start()
    await_shared(named, nameless)
    with playing(broker, days[:500], tmp_path / "played-1") as player:
        await_played(player, chance.uniform(0.1, 0.8))
        named.kill()
        named = workers.start(name="a")
        await_shared(named, nameless)
    with playing(broker, days[500:1000], tmp_path / "played-2") as player:
        await_played(player, chance.uniform(0.1, 0.8))
        nameless.kill()
        until(lambda: owned(named) == PARTITIONS, "a takeover from the killed worker")
    with playing(broker, days[1000:], tmp_path / "played-3"):
        nameless = workers.start()
        await_shared(named, nameless)
    with Changelog(broker, workers.app) as changelog:
        judge(broker, handoff, changelog.await_all(), [line_of(record) for record in read(broker, *OUTPUTS)], file)


def await_applied(changelog: Changelog, share: float) -> None:
    until(lambda: changelog.share() > share, f"{share:.0%} of the inputs applied")


@contextmanager
def playing(broker: EmbeddedKafka, lines: Sequence[bytes], memory: Path) -> Iterator[Player]:
    """One line after the other meanwhile, in some two seconds; all of them are told after the block."""
    player = Player(lines, memory, seconds=2)
    with player.playing(broker.address, PARTITIONS):
        yield player
        until(lambda: player.over, "the end of what is played")


def await_played(player: Player, share: float) -> None:
    until(lambda: player.over or player.share > share, f"{share:.0%} of what is played")


def await_shared(*workers: Worker) -> None:
    share = PARTITIONS // len(workers)
    until(lambda: [owned(worker) for worker in workers] == [share] * len(workers), "partitions shared equally")


def owned(worker: Worker) -> int:
    return int(worker.counted().get(("handoff_partitions_owned",), 0))


def judge(broker: EmbeddedKafka, handoff: Callable[..., Result], changelog: Changelog, lines: list[bytes], file: Path) -> None:
    """Lines and states are those of the file's replay."""
    assert_same(lines, replayed(handoff, file, SAMPLE_POLICY))
    assert changelog.states() == states_after(file.read_bytes().splitlines(), SAMPLE_POLICY)
    assert read(broker, DEAD_LETTERS) == []
