"""Is every output published once and every input counted once, whoever is killed and whenever?"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from typer.testing import Result

from processor.cli.player import Player
from processor.stream.broker import EmbeddedKafka
from schemas.events import DEAD_LETTERS
from tests.kafka.judging import OUTPUTS, Changelog, Reader, assert_same, line_of, read, replayed, states_after
from tests.kafka.workers import PARTITIONS, SAMPLE_POLICY, WEEK, Worker, Workers, seeded, until

LINES = WEEK.read_bytes().splitlines()
KILLS = 3


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
            until(lambda share=share: changelog.share() > share, f"{share:.0%} of the inputs applied")
            worker.kill()
            assert changelog.share() < 1, "the sample was over before the kill"
            lines += [line_of(record) for record in reader.new()]
        durable = len(changelog.read().states())
        worker = workers.start(name="a", batch_limit=10).await_ready()
        assert worker.counted()["handoff_leads_in_memory",] >= durable > 0, "ready before it was restored"
        changelog.await_all()
        lines += [line_of(record) for record in reader.new()]
        judge(broker, handoff, changelog, lines, tmp_path)


def test_of_two_workers_one_takes_over_from_the_killed_other_which_comes_back(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Callable[..., Result], tmp_path: Path
):
    """While the week is played a static member is killed and comes back at once, then a nameless one, which comes back after it was missed."""
    chance = seeded(tmp_path)
    our_topics(PARTITIONS, "records", workers.app)
    third = len(LINES) // 3
    named, nameless = workers.start(name="a"), workers.start()
    await_shared(named, nameless)
    with playing(broker, LINES[:third], tmp_path, seconds=2) as player:
        until(lambda share=chance.uniform(0.2, 0.8): player.share > share, "a part of the week")
        named.kill()
        named = workers.start(name="a")
        await_shared(named, nameless)
    with playing(broker, LINES[third : 2 * third], tmp_path, seconds=2) as player:
        until(lambda share=chance.uniform(0.2, 0.8): player.share > share, "a part of the week")
        nameless.kill()
        until(lambda: owned(named) == PARTITIONS, "a takeover from the killed worker")
    with playing(broker, LINES[2 * third :], tmp_path, seconds=5):
        nameless = workers.start()
        await_shared(named, nameless)
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all()
        judge(broker, handoff, changelog, [line_of(record) for record in read(broker, *OUTPUTS)], tmp_path)


@contextmanager
def playing(broker: EmbeddedKafka, lines: Sequence[bytes], folder: Path, seconds: float) -> Iterator[Player]:
    """One line after the other meanwhile; all of them are told after the block."""
    player = Player(lines, folder / f"played-{lines[0][:80].hex()}", seconds)
    with player.playing(broker.address, PARTITIONS):
        yield player
        until(lambda: player.over, "the end of this part of the week")


def judge(broker: EmbeddedKafka, handoff: Callable[..., Result], changelog: Changelog, lines: list[bytes], folder: Path) -> None:
    assert_same(lines, replayed(handoff, WEEK, SAMPLE_POLICY, folder))
    assert changelog.states() == states_after(LINES, SAMPLE_POLICY)
    assert read(broker, DEAD_LETTERS) == []


def owned(worker: Worker) -> int:
    return int(worker.counted().get(("handoff_partitions_owned",), 0))


def await_shared(*workers: Worker) -> None:
    until(lambda: [owned(worker) for worker in workers] == [PARTITIONS // len(workers)] * len(workers), "partitions shared equally")
