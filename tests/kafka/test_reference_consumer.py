"""The consumer that deploy/samples shows: does it do everything once, whatever is delivered again, and nothing that was aborted?"""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka import KafkaProducer

from processor.policy_file import load_policies
from processor.replay import replay
from processor.stream.broker import EmbeddedKafka
from schemas.events import ESCALATIONS
from schemas.signals import NOBODY
from tests.kafka.workers import ROOT, SAMPLE_POLICY, WEEK, until

Row = tuple[str, ...]


@pytest.mark.slow
def test_each_escalation_is_done_once_also_after_a_kill_before_the_commit_of_its_offset(
    broker: EmbeddedKafka, our_topics: Callable[..., None], tmp_path: Path
):
    our_topics(4)
    # What is about nobody first: a source's silence and its return have one id, and are two.
    escalations = sorted(_escalations(), key=lambda event: event["subject"] != NOBODY)[:40]
    with KafkaProducer(bootstrap_servers=broker.address, transactional_id="aborts") as producer:
        producer.init_transactions()
        for lines, end in ((escalations[:20], producer.commit_transaction), (escalations[20:30], producer.abort_transaction)):
            producer.begin_transaction()
            _send(producer, lines)
            end()
        tasks = tmp_path / "tasks.db"
        with _consuming(broker, tasks) as killed:
            until(lambda: len(_done(tasks)) >= 3, "the first tasks")
            killed.kill()
        done = _done(tasks)
        producer.begin_transaction()
        _send(producer, escalations[:5] + escalations[30:])  # the first again, under new offsets
        producer.commit_transaction()
    right = sorted(_row(event) for event in (*escalations[:20], *escalations[30:]))
    with _consuming(broker, tasks):
        until(lambda: len(_done(tasks)) == len(right), f"all {len(right)} tasks, of which {len(done)} were done before the kill")
    assert _done(tasks) == right


def _escalations() -> Iterator[dict[str, object]]:
    for line in replay(WEEK.read_bytes().splitlines(), load_policies(SAMPLE_POLICY), "/handoff/test"):
        event = json.loads(line)
        if event.get("topic") == ESCALATIONS:
            yield event


def _send(producer: KafkaProducer, events: list[dict[str, object]]) -> None:
    for event in events:
        headers = [(f"ce_{name}", str(event[name]).encode()) for name in ("id", "source", "type", "subject")]
        producer.send(ESCALATIONS, json.dumps(event["data"]).encode(), str(event["subject"]).encode(), headers, partition=0)


def _row(event: dict[str, object]) -> Row:
    return str(event["source"]), str(event["id"]), str(event["type"])


@contextmanager
def _consuming(broker: EmbeddedKafka, tasks: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, str(ROOT / "deploy/samples/escalations.py"), broker.address, str(tasks)]
    with subprocess.Popen(command) as process:
        try:
            yield process
        finally:
            process.kill()


def _done(tasks: Path) -> list[Row]:
    if not tasks.exists():
        return []
    with sqlite3.connect(tasks) as connection:
        try:
            return sorted(connection.execute("SELECT source, id, type FROM tasks").fetchall())
        except sqlite3.OperationalError:  # not made yet
            return []
