"""Signals at a pace while something happens to workers and broker, and the question whether what came out is exactly what the log says.

What happens is the tests' matter. Time is the broker's: deadlines of seconds come due meanwhile.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, Self

from kafka import KafkaAdminClient, KafkaProducer
from pydantic_core import to_json
from typer.testing import Result

from processor.stream.broker import EmbeddedKafka
from processor.stream.lines import from_record, to_records
from schemas.cloudevents import decode_line
from schemas.events import DEAD_LETTERS
from schemas.instants import format_instant
from tests.checker.judge import judge_files
from tests.kafka.judging import OUTPUTS, Changelog, line_of, read
from tests.kafka.telling import INPUTS, anything, call, demo_request, signal
from tests.kafka.workers import PARTITIONS, SECONDS_POLICY

Handoff = Callable[..., Result]

LATE = (timedelta(hours=1), timedelta(days=3), timedelta(hours=-1))  # ago; the last one is in the future
REMEMBERED = 200


class Load:
    """Signals of both sides about some hundred leads, so many a second, from a thread; among them the odd ones that connectors send."""

    def __init__(self, broker: EmbeddedKafka, chance: Random, rate: float) -> None:
        self.sent = 0
        self._broker, self._chance, self._rate = broker, chance, rate
        self._before: list[bytes] = []
        self._ending = threading.Event()
        self._error: Exception | None = None

    @contextmanager
    def running(self) -> Iterator[Self]:
        """After the block all that was sent is acknowledged; last, apart from it, a heartbeat brought every partition to its instant."""
        thread = threading.Thread(target=self._run, name="load", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ending.set()
            thread.join()
        if self._error:
            raise self._error

    def _run(self) -> None:
        try:
            with KafkaProducer(bootstrap_servers=self._broker.address, linger_ms=2, enable_idempotence=True) as producer:
                deliveries: list[Any] = []
                began, told = time.monotonic(), 0
                while not self._ending.wait(max(0.0, began + told / self._rate - time.monotonic())):
                    told += 1
                    deliveries = [each for each in deliveries if not each.succeeded()] if told % 1000 == 0 else deliveries
                    if self._chance.random() < 0.005:
                        deliveries.append(producer.send(INPUTS[told % 2], b"{", f"lead-{told % 400}".encode()))  # no signal at all
                        self.sent += 1
                    else:
                        self._send(producer, self._next(), deliveries)
                producer.flush(120)
                time.sleep(0.01)
                self._send(producer, signal("crm.heartbeat", "-"), deliveries)
                for delivery in deliveries:
                    delivery.get(120)
        except Exception as error:  # noqa: BLE001 - raised where the block ends
            self._error = error

    def _send(self, producer: KafkaProducer, line: bytes, deliveries: list[Any]) -> None:
        for topic, number, key, value, headers, at in to_records(line, decode_line(line), dict.fromkeys(INPUTS, PARTITIONS)):
            deliveries.append(producer.send(topic, value, key, headers, number, at))
            self.sent += 1

    def _next(self) -> bytes:
        chance, odd = self._chance, self._chance.random()
        if odd < 0.04 and self._before:
            return chance.choice(self._before)  # a second delivery, or a third
        line = self._odd(odd) if odd < 0.12 else anything(chance)
        self._before = [*self._before[-REMEMBERED:], line]
        return line

    def _odd(self, odd: float) -> bytes:
        lead = f"lead-{self._chance.randrange(400)}"
        if odd < 0.05:
            return signal("crm.erased", lead)
        if odd < 0.06:
            return signal("crm.reopened", lead)
        at = (datetime.now(UTC) - self._chance.choice((timedelta(seconds=self._chance.uniform(0, 6)), *LATE))).isoformat()
        at = at.replace("+00:00", "Z")
        return call(lead, at, outcome="connected") if odd < 0.09 else demo_request(lead, at)


class Verdict(NamedTuple):
    """What was found to be right."""

    inputs: int
    outputs: int
    dead_letters: int


def assert_exact(
    broker: EmbeddedKafka, handoff: Handoff, app: str, folder: Path, policy: Path = SECONDS_POLICY, *, by_records: bool = False
) -> Verdict:
    """Workers have ended and all inputs are applied: what a read_committed reader sees is what a replay of the topics says, each topic's
    order and every byte, nothing twice; every input is applied and the bad ones are dead letters (I9); the group's offsets are not ahead of
    the state's (I10); the independent checker finds nothing.
    """
    reached = assert_right_so_far(broker, handoff, app, folder, policy, over=True, by_records=by_records)
    outputs, letters = read(broker, *OUTPUTS), read(broker, DEAD_LETTERS)
    tailed, said = folder / "inputs.jsonl", folder / "said.jsonl"
    said.write_bytes(b"".join(to_json(from_record(record)) + b"\n" for record in (*outputs, *letters)))
    violations = judge_files(tailed, said, policy, max(reached.values()))
    assert violations == [], "\n".join(map(str, violations[:5]))
    return Verdict(len(tailed.read_bytes().splitlines()), len(outputs), len(letters))


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

    `over`: and there is nothing else. `by_records`: they move time, and no deadline falls on the last. Answers the instants, by partition.
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
    return reached


def group_offsets(broker: EmbeddedKafka, app: str) -> dict[tuple[str, int], int]:
    """What tools see of the group, of the inputs."""
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
