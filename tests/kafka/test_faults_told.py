"""Signals come twice, late, early, in disorder or not at all, over both changes of the hour: who is accused, and does a replay say so too?

One history on topics where records move time; every fault has leads of its own.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from processor.stream.broker import EmbeddedKafka
from tests.kafka.exact import Handoff, assert_exact
from tests.kafka.judging import Changelog, published
from tests.kafka.telling import call, hot_lead, instants, signal, tell
from tests.kafka.workers import PARTITIONS, SAMPLE_POLICY, Workers

Events = dict[tuple[str, str], list[dict[str, Any]]]  # by lead and type


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """From January; a second version, from a Monday morning on which clocks run, makes that very day a holiday."""
    first = (SAMPLE_POLICY / "policy.yaml").read_text().replace("2026-10-01T00:00:00+02:00", "2026-01-01T00:00:00+01:00")
    second = first.replace("version: 1\n", "version: 2\n").replace("2026-01-01T00:00:00+01:00", "2026-10-26T09:30:00+01:00")
    second = second.replace("extra: {2026-12-31:", 'extra: {2026-10-26: "Founders", 2026-12-31:')
    assert "Founders" in second
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "1.yaml").write_text(first)
    (folder / "2.yaml").write_text(second)
    return folder


@pytest.mark.slow
def test_whatever_connectors_do_accuses_nobody_falsely(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Handoff, tmp_path: Path, policies: Path
):
    our_topics(PARTITIONS, "records", workers.app)
    with Changelog(broker, workers.app) as changelog:
        worker = workers.start(policies, name="a")
        tell(broker, [*spring(), *autumn(), *silence()])
        changelog.await_all()
        silent = by_lead(published(broker))
        tell(broker, [*heard_again(), *days_later()])
        changelog.await_all()
    worker.end()
    events = by_lead(published(broker))

    assert due(events, "spring") == "2026-03-30T09:00:00Z"  # 11:00 in Warsaw, an hour earlier by the sun
    assert due(events, "autumn") == "2026-10-26T10:00:00Z"
    assert due(events, "before-the-holiday") == "2026-10-26T10:00:00Z", "a promise was moved by a later version"
    assert due(events, "on-the-holiday") == "2026-10-27T13:00:00Z"

    assert kinds(events, "thrice") == {"handoff.ignored": 1}
    assert [met["data"]["due"] for met in states(events, "reordered", "attempts", "met")]
    assert kinds(events, "an-hour-late") == {"handoff.breached": 1, "handoff.breach_withdrawn": 1}
    assert kinds(events, "three-days-late")["handoff.breach_withdrawn"] == kinds(events, "three-days-late")["handoff.breached"] == 1
    assert kinds(events, "forgotten") == {"handoff.breached": 1, "handoff.breach_confirmed": 1}
    [met] = states(events, "from-the-future", "first_attempt", "met")
    assert met["time"] == "2026-10-26T08:40:00Z", "dated by itself, not by when it was logged"
    assert states(events, "erased", "first_attempt", "cancelled")
    assert not states(events, "erased", "first_attempt", "met")
    assert kinds(events, "erased") == {}
    assert kinds(events, "clock-set-back") == {}, "called in time, by a source whose clock was an hour behind"

    assert kinds(silent, "forgotten") == {"handoff.breached": 1}, "confirmed while its connector was silent"
    assert silent["", "handoff.source_silent"]
    assert_exact(broker, handoff, workers.app, tmp_path, policies, by_records=True)


def spring() -> Iterator[bytes]:
    yield from heartbeats("2026-03-27T13:30:00Z", "2026-03-27T14:00:00Z")
    yield from hot_lead("spring", "2026-03-27T14:00:00Z")
    yield call("spring", "2026-03-27T14:05:00Z")


def autumn() -> Iterator[bytes]:
    """Friday afternoon to Monday morning, four business hours apart, an hour longer by the sun."""
    yield from heartbeats("2026-10-23T12:30:00Z", "2026-10-23T13:00:00Z")
    odd = ("thrice", "reordered", "an-hour-late", "three-days-late", "forgotten", "from-the-future", "erased", "clock-set-back")
    for lead in ("autumn", "before-the-holiday", *odd):
        yield from hot_lead(lead, "2026-10-23T13:00:00Z")
    yield from heartbeats("2026-10-26T08:00:00Z", "2026-10-26T08:30:00Z")
    monday = "2026-10-26T08:40:00Z"
    for lead in ("autumn", "before-the-holiday"):
        yield call(lead, monday)
    yield from [call("thrice", monday)] * 3
    for at in ("2026-10-26T08:39:00Z", "2026-10-23T14:20:00Z", "2026-10-23T13:10:00Z"):  # the newest is heard first
        yield call("reordered", at, logged=monday)
    yield call("from-the-future", "2026-10-27T08:40:00Z", logged=monday)
    yield signal("crm.erased", "erased", monday)
    yield call("erased", monday)
    yield call("clock-set-back", "2026-10-26T07:45:00Z", logged="2026-10-26T07:45:00Z")  # appended after what was logged at 08:40
    yield from hot_lead("on-the-holiday", "2026-10-26T08:50:00Z")
    yield from heartbeats("2026-10-26T09:00:00Z", "2026-10-26T09:30:00Z")


def silence() -> Iterator[bytes]:
    """For three hours only marketing is heard, and the CRM's word of a rep, which is no proof."""
    for hour in (10, 11, 12):
        yield signal("crm.rep", "-", f"2026-10-26T{hour}:20:00Z", rep="r1", available=True)
        yield from (signal("marketing.activity", lead, f"2026-10-26T{hour}:25:00Z", activity="read_blog") for lead in everywhere())


def heard_again() -> Iterator[bytes]:
    """The connector is back and brings what it had kept: a call from before the due."""
    yield call("an-hour-late", "2026-10-26T09:50:00Z", logged="2026-10-26T12:35:00Z")
    yield from heartbeats("2026-10-26T12:40:00Z", "2026-10-26T13:10:00Z")
    yield call("on-the-holiday", "2026-10-26T13:11:00Z")


def days_later() -> Iterator[bytes]:
    yield from heartbeats("2026-10-26T13:20:00Z", "2026-10-26T13:50:00Z")
    yield call("three-days-late", "2026-10-26T09:59:00Z", logged="2026-10-26T14:00:00Z")
    yield call("autumn", "2026-10-23T13:30:00Z", logged="2026-10-26T14:05:00Z")  # three days late
    yield from heartbeats("2026-10-26T14:07:30Z", "2026-10-26T14:07:30Z")


def heartbeats(first: str, last: str) -> Iterator[bytes]:
    """Of the connector to the CRM, every half hour; all of marketing is heard too, so that time moves in every partition."""
    for at in instants(first, last, timedelta(minutes=30)):
        yield from (signal("marketing.activity", lead, at, activity="read_blog") for lead in everywhere())
        yield signal("crm.heartbeat", "-", at)


def everywhere() -> Iterator[str]:
    """Leads of which one lies in each partition, and more."""
    return (f"reader-{n}" for n in range(12))


def by_lead(lines: list[bytes]) -> Events:
    events: Events = defaultdict(list)
    for event in map(json.loads, lines):
        events[event["data"].get("lead", ""), event["type"]].append(event)
    return events


def states(events: Events, lead: str, clock: str, state: str) -> list[dict[str, Any]]:
    return [event for event in events[lead, "handoff.clock"] if (event["data"]["clock"], event["data"]["state"]) == (clock, state)]


def due(events: Events, lead: str) -> str:
    [opened] = states(events, lead, "first_attempt", "opened")
    found: str = opened["data"]["due"]
    return found


def kinds(events: Events, lead: str) -> dict[str, int]:
    """Of what is said about the first attempt, and of what is ignored: how often."""
    names = ("handoff.breached", "handoff.breach_confirmed", "handoff.breach_withdrawn", "handoff.ignored")
    found = {
        name: [event for event in events[lead, name] if event["data"].get("clock", "first_attempt") == "first_attempt"] for name in names
    }
    return {name: len(said) for name, said in found.items() if said}
