"""The agreement's files change while workers run, or differ from worker to worker: who takes up what, and what is said of the rest?"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from processor.stream.broker import EmbeddedKafka
from schemas.events import MQL
from tests.kafka.exact import Handoff, assert_exact
from tests.kafka.judging import Changelog, read
from tests.kafka.load import Load
from tests.kafka.playing import await_shared
from tests.kafka.telling import signal, tell
from tests.kafka.workers import PARTITIONS, SECONDS_POLICY, WRONG_USE, Worker, Workers, seeded, until

FIRST = (SECONDS_POLICY / "policy.yaml").read_text()
LONGER = ("target: 4 seconds", "target: 6 seconds")
REFUSED = "the changed policies are refused; those from before go on"


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "1.yaml").write_text(FIRST)
    return folder


@pytest.mark.slow
def test_a_version_added_while_workers_run_rules_from_its_instant_on_as_if_it_had_always_been_there(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Handoff, tmp_path: Path, policies: Path
):
    """Then come changes that contradict what was decided: refused by those who run, and by who starts, whom the others do not notice."""
    our_topics(PARTITIONS, "broker", workers.app)
    began = time.monotonic()
    team = [workers.start(policies, time="broker", name=f"w{n}") for n in range(2)]
    await_shared(*team)
    notice = timedelta(seconds=5 + int(time.monotonic() - began))  # a slow machine takes long to read it, too
    with Load(broker.address, seeded(tmp_path), 60).running():
        begins = datetime.now(UTC).replace(microsecond=0) + notice
        put(policies / "2.yaml", version(2, begins))
        until(lambda: all(worker.said("the policies have changed") for worker in team), "the version taken up by both")
        assert datetime.now(UTC) < begins, "this machine was too slow: the version came after its instant"
        everywhere = set(range(PARTITIONS))
        until(lambda: handed_off(broker)[2] == everywhere, "a handoff by it in every partition", 60)
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all()

    before = [len(worker.said("took over")) for worker in team]
    for name, text, words in (
        ("2.yaml", version(2, begins).replace(LONGER[1], "target: soon"), "clocks.first_attempt.target"),
        ("3.yaml", version(3, begins - timedelta(days=1)), "give it a later in_force.from"),
        ("1.yaml", FIRST.replace(*LONGER), "seconds/1 says something else than while it was in force"),
        ("2.yaml", None, "seconds/2 is not there, expected its file"),
    ):
        with changed(policies / name, text):
            late = workers.start(policies, time="broker")
            await_told(team, words)
            assert {worker.counted()["handoff_policy_refused",] for worker in team} == {1}
            assert {worker.asked("/readyz")[0] for worker in team} == {200}
            assert late.process.wait(20) == WRONG_USE
            assert words in late.log.read_text()
    until(lambda: all(worker.counted()["handoff_policy_refused",] == 0 for worker in team), "the former files taken up again")
    assert [len(worker.said("took over")) for worker in team] == before, "whoever was refused had joined the others"

    for worker in team:
        worker.end()
    assert handed_off(broker) == {1: everywhere, 2: everywhere}
    assert_exact(broker, handoff, workers.app, tmp_path, policies)


def handed_off(broker: EmbeddedKafka) -> dict[int, set[int]]:
    """By the policy's version: in which partitions."""
    partitions = defaultdict[int, set[int]](set)
    for record in read(broker, MQL):
        partitions[json.loads(record.value)["policy_version"]].add(record.partition)
    return partitions


@pytest.mark.slow
def test_two_workers_that_start_with_different_files_are_seen(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, tmp_path: Path, policies: Path
):
    """Nothing is decided yet, so neither is wrong: each says that the other decides otherwise."""
    our_topics(PARTITIONS, "broker", workers.app)
    others = tmp_path / "others"
    others.mkdir()
    (others / "1.yaml").write_text(FIRST.replace(*LONGER))
    team = [workers.start(folder, time="broker") for folder in (policies, others)]
    await_shared(*team)
    tell(broker, [signal("crm.heartbeat", "-")])
    until(lambda: all(worker.counted()["handoff_policy_disputed",] == 1 for worker in team), "a dispute")
    for worker in team:
        [said] = worker.said("partitions were decided by other policies than this worker's; give all workers the same files")
        assert "seconds/1 says something else" in str(said["why"])


def await_told(team: list[Worker], words: str) -> None:
    def told(worker: Worker) -> bool:
        return any(words in str(line["why"]) for line in worker.said(REFUSED))

    until(lambda: all(map(told, team)), f"refused: {words}")


def version(number: int, begins: datetime) -> str:
    """Gives four seconds' duties six, from an instant on."""
    changed = FIRST.replace("version: 1", f"version: {number}").replace("2026-01-01T00:00:00Z", begins.isoformat().replace("+00:00", "Z"))
    return changed.replace(*LONGER)


def put(file: Path, text: str) -> None:
    """At once, as a mounted folder changes."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


@contextmanager
def changed(file: Path, text: str | None) -> Iterator[None]:
    """The file says something else, or is not there, until the block ends."""
    former = file.read_text() if file.exists() else None
    say(file, text)
    yield
    say(file, former)


def say(file: Path, text: str | None) -> None:
    if text is None:
        file.unlink()
    else:
        put(file, text)
