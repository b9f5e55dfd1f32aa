"""Who is accused when the worker was away, or when nothing arrives? Only who has missed a deadline, and of that very deadline."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from processor.stream.broker import EmbeddedKafka
from schemas.instants import SECOND, parse_instant
from tests.kafka.judging import OUTPUTS, Changelog, Reader, assert_same, line_of, published, replayed
from tests.kafka.telling import call, demo_request, hot_lead, instants, signal, tell
from tests.kafka.workers import PARTITIONS, SAMPLE_POLICY, SECONDS_POLICY, Workers, until


@pytest.mark.slow
def test_a_worker_that_was_down_for_three_hours_of_record_time_accuses_nobody_falsely(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Callable[..., Result], tmp_path: Path
):
    """First attempts are due on Monday at 14:00 in Warsaw, 13:00Z: the worker is down from before 11:30Z until after 14:30Z."""
    our_topics(PARTITIONS, "records", workers.app)
    leads = [f"{name}-{n}" for name in ("called", "late", "forgotten") for n in range(6)]
    before = [
        *heartbeats("08:00", "08:00"),
        *(line for lead in leads for line in hot_lead(lead, at("08:00"))),
        *heartbeats("08:10", "11:20"),
    ]
    meanwhile = [
        *heartbeats("11:30", "12:10"),
        *(call(lead, at("12:11"), logged=at("12:15")) for lead in leads if lead.startswith("called")),
        *heartbeats("12:20", "13:10"),
        *(call(lead, at("12:59"), logged=at("13:15")) for lead in leads if lead.startswith("late")),
        *heartbeats("13:20", "14:30"),
    ]
    with Changelog(broker, workers.app) as changelog:
        tell(broker, before)
        worker = workers.start(name="a").await_ready()
        changelog.await_all()
        worker.end()
        tell(broker, meanwhile)
        workers.start(name="a")
        changelog.await_all()
    lines = published(broker)
    events = [event for event in map(json.loads, lines) if event["data"].get("clock") == "first_attempt"]
    assert {event["subject"] for event in events if event["data"].get("state") == "opened"} == set(leads)
    accused = {event["subject"]: event for event in events if event["type"] == "handoff.breached"}
    assert {lead.split("-")[0] for lead in accused} == {"late", "forgotten"}
    assert {(event["time"], event["data"]["due"]) for event in accused.values()} == {(at("13:00"), at("13:00"))}
    assert of_type(events, "handoff.breach_withdrawn") == {lead for lead in leads if lead.startswith("late")}
    assert of_type(events, "handoff.breach_confirmed") == {lead for lead in leads if lead.startswith("forgotten")}
    file = tmp_path / "told.jsonl"
    file.write_bytes(b"".join(line + b"\n" for line in [*before, *meanwhile]))
    assert_same(lines, replayed(handoff, file, SAMPLE_POLICY))


@pytest.mark.slow
def test_a_call_logged_while_the_worker_was_down_is_heard_before_its_deadline_is_judged(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers
):
    """In real time, stamped by the broker: the deadline of both leads passes while nobody works."""
    our_topics(PARTITIONS, "broker", workers.app)
    worker = workers.start(SECONDS_POLICY, time="broker", name="a").await_ready()
    with Reader(broker, OUTPUTS) as reader:
        events = Events(reader)
        tell(broker, [demo_request("called"), demo_request("forgotten")])
        dues = {lead: events.await_one(lead, "handoff.clock")["data"]["due"] for lead in ("called", "forgotten")}
        worker.kill()
        tell(broker, [call("called")])
        assert now() < parse_instant(min(dues.values())), "the machine is too slow for this test: the call came after the deadline"
        until(lambda: now() > parse_instant(max(dues.values())) + SECOND, "the deadline")
        workers.start(SECONDS_POLICY, time="broker", name="a")
        breach = events.await_one("forgotten", "handoff.breached")
        assert breach["time"] == breach["data"]["due"] == dues["forgotten"]
        until(lambda: len(events.of("called", "handoff.clock")) > 1, "a verdict on the lead that was called")
        assert [event["data"]["state"] for event in events.of("called", "handoff.clock")] == ["opened", "met"]
        assert not events.of("called", "handoff.breached")


@pytest.mark.slow
def test_a_deadline_at_rest_is_published_within_four_seconds_of_its_due(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers
):
    our_topics(PARTITIONS, "broker", workers.app)
    workers.start(SECONDS_POLICY, time="broker").await_ready()
    with Reader(broker, OUTPUTS) as reader:
        events = Events(reader)
        tell(broker, [demo_request("lead")])
        events.await_one("lead", "handoff.breached")
        for kind in ("handoff.warning", "handoff.breached"):
            [event] = events.of("lead", kind)
            late = events.appended[event["id"]] - parse_instant(event["time"])
            assert 0 <= late < 4 * SECOND, event


class Events:
    """What a reader has read, as it comes; `appended` says by id when."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._all: list[dict[str, Any]] = []
        self.appended: dict[str, int] = {}

    def of(self, lead: str, kind: str) -> list[dict[str, Any]]:
        for record in self._reader.new():
            event = json.loads(line_of(record))
            self._all.append(event)
            self.appended[event["id"]] = record.timestamp * 1000
        return [event for event in self._all if (event["subject"], event["type"]) == (lead, kind)]

    def await_one(self, lead: str, kind: str) -> dict[str, Any]:
        return until(lambda: self.of(lead, kind), f"{kind} of {lead}")[0]


def of_type(events: list[dict[str, Any]], kind: str) -> set[str]:
    return {event["subject"] for event in events if event["type"] == kind}


def now() -> int:
    return time.time_ns() // 1000


def at(hour: str) -> str:
    """On the Monday of the sample week, UTC."""
    return f"2026-11-09T{hour}:00Z"


def heartbeats(first: str, last: str) -> list[bytes]:
    """Of the connector to the CRM."""
    return [signal("crm.heartbeat", "-", instant) for instant in instants(at(first), at(last), timedelta(minutes=10))]
