"""Signals at a pace while something happens to workers and broker, and the question whether what came out is exactly what the log says.

What happens is the tests' matter. Time is the broker's: deadlines of seconds come due meanwhile.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

from kafka import KafkaAdminClient
from pydantic_core import to_json
from typer.testing import Result

from processor.stream.broker import EmbeddedCluster, EmbeddedKafka
from processor.stream.lines import from_record
from processor.stream.topics import drift, specs
from schemas.events import DEAD_LETTERS
from schemas.instants import format_instant
from tests.checker.judge import judge_files
from tests.kafka.judging import OUTPUTS, Changelog, line_of, read, states_after
from tests.kafka.load import Load
from tests.kafka.playing import Tended, tend
from tests.kafka.telling import INPUTS
from tests.kafka.workers import PARTITIONS, SAMPLE_POLICY, SECONDS_POLICY, Worker, commands, seeded, until, workers_of

Handoff = Callable[..., Result]

SKEW_MS = 5  # by which brokers of this machine differ at most


class Scene(NamedTuple):
    """One worker that is started again whenever it dies."""

    app: str
    tended: Tended
    logs: list[Path]

    def watch(self, seconds: float) -> None:
        tend([self.tended], seconds)

    def until(self, found: Callable[[], bool], what: str) -> None:
        until(lambda: tend([self.tended]) or found(), what, 90)


@contextmanager
def exact_under_load(kafka: EmbeddedKafka | EmbeddedCluster, folder: Path, rate: float, *, replicas: int = 1) -> Iterator[Scene]:
    """Signals come during the block, in which anything may happen to the brokers; after it what came out is exact."""
    broker = cast("EmbeddedKafka", kafka)  # all that is asked of one here is its address
    handoff, logs = commands(broker, folder / "data"), list[Path]()
    with workers_of(broker, folder) as workers:
        create_topics(handoff, workers.app, replicas)

        def start() -> Worker:
            worker = workers.start(SECONDS_POLICY, time="broker", name="a", skew_ms=SKEW_MS if replicas > 1 else 0)
            logs.append(worker.log)
            return worker

        scene = Scene(workers.app, Tended(start), logs)
        scene.tended.worker.await_ready()
        with Load(kafka.address, seeded(folder), rate).running() as load:
            scene.watch(2)
            yield scene
            scene.watch(2)
        with Changelog(broker, workers.app) as changelog:
            scene.until(lambda: changelog.share() == 1, "everything applied")
        scene.tended.worker.end()
        with KafkaAdminClient(bootstrap_servers=kafka.address) as admin:
            assert drift(admin, specs(PARTITIONS, replicas, workers.app)) == []
        verdict = assert_exact(broker, handoff, workers.app, folder)
    lost = sum(log.read_text().count("a transaction had no marker") for log in logs)
    sys.stdout.write(f"{verdict} of {load.sent} sent; the worker died {scene.tended.deaths} times, {lost} transactions had no marker\n")
    assert verdict.outputs > verdict.dead_letters


def create_topics(handoff: Handoff, app: str, replicas: int) -> None:
    made = handoff("topics", "create", "--partitions", PARTITIONS, "--replicas", replicas, "--app", app)
    assert made.exit_code == 0, made.output


class Verdict(NamedTuple):
    """What was found to be right."""

    inputs: int
    outputs: int
    dead_letters: int


def assert_exact(
    broker: EmbeddedKafka, handoff: Handoff, app: str, folder: Path, policy: Path = SECONDS_POLICY, *, by_records: bool = False
) -> Verdict:
    """Workers have ended and all inputs are applied: what a read_committed reader sees is what a replay of the topics says, each topic's
    order and every byte, nothing twice; the changelog's states are the fold of the inputs (I7); every input is applied and the bad ones are
    dead letters (I9); the group has offsets, and none ahead of the state's (I10); the independent checker finds nothing.
    """
    reached = assert_right_so_far(broker, handoff, app, folder, policy, over=True, by_records=by_records)
    outputs, letters = read(broker, *OUTPUTS), read(broker, DEAD_LETTERS)
    tailed, said = folder / "inputs.jsonl", folder / "said.jsonl"
    said.write_bytes(b"".join(to_json(from_record(record)) + b"\n" for record in (*outputs, *letters)))
    violations = judge_files(tailed, said, policy, max(reached.values()))
    assert violations == [], "\n".join(map(str, violations[:5]))
    return Verdict(len(tailed.read_bytes().splitlines()), len(outputs), len(letters))


def assert_settled(broker: EmbeddedKafka, handoff: Handoff, app: str, folder: Path) -> None:
    """What was played of the sample week becomes applied, and all that came of it is exact."""
    with Changelog(broker, app) as changelog:
        changelog.await_all(60)
    verdict = assert_exact(broker, handoff, app, folder, SAMPLE_POLICY, by_records=True)
    assert verdict.outputs > verdict.dead_letters == 0


def assert_right_so_far(
    broker: EmbeddedKafka,
    handoff: Handoff,
    app: str,
    folder: Path,
    policy: Path = SECONDS_POLICY,
    *,
    over: bool = False,
    by_records: bool = False,
) -> dict[int, int]:
    """Also while workers go on: what was decided before the instant that a partition has reached is what a replay says, and stands first.

    `over`: there is nothing else, and the states are what follows from all inputs. `by_records`: they move time, and no deadline falls on
    the last. Answers the instants, by partition.
    """
    committed = group_offsets(broker, app)  # asked before the state: it can only grow meanwhile
    with Changelog(broker, app) as changelog:
        applied, parts = changelog.read().applied(), changelog.parts
    ahead = {place: offset for place, offset in committed.items() if offset > applied[place]}
    assert not ahead, f"the group's offsets {ahead} are ahead of what is durable: {applied}"
    reached = {number: part.applied.reached for number, part in parts.items()}
    lines = handoff("tail", *INPUTS, "--from-beginning", "--until-end", "--json").stdout
    (folder / "inputs.jsonl").write_text(lines)
    inputs: dict[int, list[str]] = defaultdict(list)
    for line in lines.splitlines():
        inputs[json.loads(line)["partition"]].append(line)
    outputs: dict[tuple[int, str], list[bytes]] = defaultdict(list)
    for record in read(broker, *OUTPUTS):
        outputs[record.partition, record.topic].append(line_of(record))
    for number in range(PARTITIONS):
        expected = _replayed(handoff, folder, inputs[number], policy, reached[number] - (not by_records))
        for topic in OUTPUTS:
            found, right = outputs[number, topic], expected[topic]
            assert found[: None if over else len(right)] == right, difference(found, right, f"{topic}, partition {number}")
        if over:
            states, fold = parts[number].states, states_after(map(str.encode, inputs[number]), policy, reached[number])
            wrong = {lead for lead, _ in states.items() ^ fold.items()}
            assert not wrong, f"{len(wrong)} states of {len(fold)} are not what follows from the inputs, such as of {min(wrong)!r}"
    return reached


def group_offsets(broker: EmbeddedKafka, app: str) -> dict[tuple[str, int], int]:
    """What tools see of the group, of the inputs; a worker commits them when it can, and nobody decides by them."""
    with KafkaAdminClient(bootstrap_servers=broker.address) as admin:
        found = admin.list_group_offsets({app: None})[app]
    return {(tp.topic, tp.partition): offset.offset for tp, offset in found.items() if tp.topic in INPUTS}


def difference(found: list[bytes], right: list[bytes], where: str) -> str:
    place = next((n for n, (a, b) in enumerate(zip(found, right, strict=False)) if a != b), min(len(found), len(right)))
    there, expected = (lines[place] if place < len(lines) else None for lines in (found, right))
    return f"{where}, event {place} of {len(found)}: found {there!r}, a replay says {expected!r} of {len(right)}"


def _replayed(handoff: Handoff, folder: Path, lines: list[str], policy: Path, until: int) -> dict[str, list[bytes]]:
    """By topic. A worker has judged what is due before the instant reached, a replay judges also what is due at the one it is given."""
    events: dict[str, list[bytes]] = defaultdict(list)
    if not lines or until < 0:
        return events
    file = folder / "partition.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines))
    result = handoff("replay", file, "--policy", policy, "--until", format_instant(until))
    assert result.exit_code == 0, result.output
    first = json.loads(lines[0])["partition"] == 0
    for line in result.stdout.encode().splitlines():
        event = json.loads(line)
        if first or event.get("subject") != "-":  # what is about nobody is said by partition 0; a replay takes every file for it
            events[event["topic"]].append(line)
    return events
