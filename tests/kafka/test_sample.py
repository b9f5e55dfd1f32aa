"""Does a worker decide over Kafka what `replay` decides of the same log, byte for byte, and count what it publishes?"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from kafka import KafkaProducer
from typer.testing import Result

from processor.stream.broker import EmbeddedKafka
from schemas.events import DEAD_LETTERS
from tests.kafka.exact import assert_exact, group_offsets
from tests.kafka.judging import Changelog, assert_same, published, read, replayed, states_after
from tests.kafka.telling import INPUTS, anything, send, signal
from tests.kafka.workers import PARTITIONS, SAMPLE_POLICY, SECONDS_POLICY, WEEK, Workers, commands, seeded, until, workers_of

COUNTED_AS = {
    "handoff.created": "handoff_handoffs_total",
    "handoff.withheld": "handoff_withheld_total",
    "handoff.clock opened": "handoff_clocks_opened_total",
    "handoff.clock met": "handoff_clocks_met_total",
    "handoff.clock cancelled": "handoff_clocks_cancelled_total",
    "handoff.warning": "handoff_warnings_total",
    "handoff.escalated": "handoff_escalations_total",
    "handoff.breached": "handoff_breaches_total",
    "handoff.breach_confirmed": "handoff_breaches_confirmed_total",
    "handoff.breach_withdrawn": "handoff_breaches_withdrawn_total",
    "handoff.returned": "handoff_returns_total",
    "handoff.return_withdrawn": "handoff_returns_withdrawn_total",
    "handoff.stage": "handoff_stage_changes_total",
    "handoff.ignored": "handoff_signals_ignored_total",
}


class Decided(NamedTuple):
    """What one worker made of the sample week, from its start to SIGTERM."""

    readiness: list[int]
    told: Counter[str]  # types of the records that lay there
    outputs: list[bytes]
    dead_letters: list[Any]
    states: Mapping[bytes, bytes]
    counted: Mapping[tuple[str, ...], float]
    ended_after_s: float


@pytest.fixture(scope="module")
def decided(broker: EmbeddedKafka, our_topics: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Decided:
    folder = tmp_path_factory.mktemp("week")
    with workers_of(broker, folder) as workers, Changelog(broker, workers.app) as changelog:
        our_topics(PARTITIONS, "records", workers.app)
        published_ = commands(broker, folder)("publish", WEEK)
        assert published_.exit_code == 0, published_.output
        worker = workers.start().await_ready()
        changelog.await_all()
        told = Counter(dict(record.headers)["ce_type"].decode() for record in read(broker, *INPUTS))
        durable = changelog.read().applied()
        until(lambda: group_offsets(broker, workers.app) == durable, "the group's offsets, by which tools tell the lag", 10)
        counted, ended_after_s = worker.await_counted(told.total()), worker.end()
        return Decided(
            worker.readiness, told, published(broker), read(broker, DEAD_LETTERS), changelog.read().states(), counted, ended_after_s
        )


def test_a_worker_decides_of_the_sample_what_replay_decides_byte_for_byte(decided: Decided, handoff: Callable[..., Result]):
    expected = replayed(handoff, WEEK, SAMPLE_POLICY)
    assert len(expected) > 500
    assert_same(decided.outputs, expected)
    assert decided.dead_letters == []


def test_after_the_sample_every_lead_is_in_the_changelog_as_a_fold_of_the_file_has_it(decided: Decided):
    assert decided.states == states_after(WEEK.read_bytes().splitlines(), SAMPLE_POLICY)


def test_metrics_count_what_was_told_and_what_was_published(decided: Decided):
    events = [json.loads(line) for line in decided.outputs]
    names = Counter(f"{event['type']} {event['data'].get('state', '')}".strip() for event in events)
    totals: Counter[str] = Counter()
    for (name, *_), value in decided.counted.items():
        totals[name] += int(value)
    assert {name: totals[family] for name, family in COUNTED_AS.items()} == {name: names[name] for name in COUNTED_AS}
    assert min(names[name] for name in ("handoff.created", "handoff.clock opened", "handoff.breached", "handoff.returned")) > 0
    applied = {labels[0]: value for (name, *labels), value in decided.counted.items() if name == "handoff_signals_applied_total" and value}
    assert applied == decided.told
    assert totals["handoff_batch_records_sum"] == decided.told.total()
    assert totals["handoff_leads_in_memory"] == len(decided.states)
    assert totals["handoff_dead_letters_total"] == totals["handoff_signals_applied_late_total"] == 0


def test_a_worker_is_ready_only_once_it_has_taken_over(decided: Decided):
    assert decided.readiness[0] == 503
    assert set(decided.readiness) == {503, 200}


def test_sigterm_ends_a_worker_cleanly_within_seconds(decided: Decided):
    assert decided.ended_after_s < 8


def test_what_is_published_while_a_worker_runs_comes_to_it_in_the_order_of_the_file(
    our_topics: Callable[..., None], workers: Workers, handoff: Callable[..., Result], tmp_path: Path
):
    """Large records, both topics in turns: more than a producer sends in one request."""
    our_topics(PARTITIONS, "records", workers.app)
    worker = workers.start().await_ready()
    lines = []
    for n in range(300):
        kind, instant = "crm.profile" if n % 2 else "marketing.profile", f"2026-11-09T07:{n // 60:02}:{n % 60:02}Z"
        lines.append(signal(kind, f"lead-{n % 20}", instant, attributes={"role": f"role-{n}"}, note="x" * 30_000))
    file = tmp_path / "large.jsonl"
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    assert handoff("publish", file).exit_code == 0
    assert worker.await_counted(len(lines))["handoff_signals_applied_late_total",] == 0


@pytest.mark.slow
def test_both_topics_under_load_are_decided_as_the_log_has_them(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Callable[..., Result], tmp_path: Path
):
    """Stamped by the broker, with deadlines in between."""
    our_topics(PARTITIONS, "broker", workers.app)
    worker = workers.start(SECONDS_POLICY, time="broker").await_ready()
    load(broker, tmp_path, seconds=6, rate=500)
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all()
        worker.end()
    assert assert_exact(broker, handoff, workers.app, tmp_path).outputs > 2000


def load(broker: EmbeddedKafka, folder: Path, seconds: float, rate: float) -> None:
    """Signals of both sides, so many a second, none waiting for another; last, apart from them, a heartbeat."""
    chance = seeded(folder)
    with KafkaProducer(bootstrap_servers=broker.address, linger_ms=2) as producer:
        began = time.monotonic()
        for n in range(int(seconds * rate)):
            time.sleep(max(0.0, began + n / rate - time.monotonic()))
            send(producer, anything(chance))
        producer.flush()
        time.sleep(0.01)
        send(producer, signal("crm.heartbeat", "-"))
