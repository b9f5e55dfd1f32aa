"""Is every output published once and every input counted once, whoever is killed and whenever?"""

from collections.abc import Callable
from pathlib import Path

import pytest

from processor.stream.broker import EmbeddedKafka
from tests.kafka.exact import Handoff, assert_settled
from tests.kafka.judging import OUTPUTS, Changelog, Reader, assert_same, line_of, published
from tests.kafka.playing import Days, await_played, await_shared, owned
from tests.kafka.workers import PARTITIONS, WEEK, Workers, seeded, until

KILLS = 3


@pytest.mark.slow
def test_killed_at_random_moments_a_worker_loses_nothing_and_repeats_nothing(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Handoff, tmp_path: Path
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
    assert_same(lines, published(broker))
    assert_settled(broker, handoff, workers.app, tmp_path)


@pytest.mark.slow
def test_of_two_workers_one_takes_over_from_the_killed_other_which_comes_back(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Handoff, tmp_path: Path
):
    """While days are played a static member is killed and comes back at once, then a nameless one, which comes back after it was missed."""
    chance = seeded(tmp_path)
    our_topics(PARTITIONS, "records", workers.app)
    days = Days(1500, tmp_path)
    named, nameless = workers.start(name="a"), workers.start()
    await_shared(named, nameless)
    with days.playing(broker, 2, 0, 1 / 3) as player:
        await_played(player, chance.uniform(0.1, 0.8))
        named.kill()
        named = workers.start(name="a")
        await_shared(named, nameless)
    with days.playing(broker, 2, 1 / 3, 2 / 3) as player:
        await_played(player, chance.uniform(0.1, 0.8))
        nameless.kill()
        until(lambda: owned(named) == PARTITIONS, "a takeover from the killed worker")
    with days.playing(broker, 2, 2 / 3):
        nameless = workers.start()
        await_shared(named, nameless)
    assert_settled(broker, handoff, workers.app, tmp_path)


def await_applied(changelog: Changelog, share: float) -> None:
    until(lambda: changelog.share() > share, f"{share:.0%} of the inputs applied")
