"""The order and the end of a replay."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from processor.policy_file import load_policies
from processor.replay import replay
from schemas.instants import Instant, parse_instant

POLICIES = load_policies(Path(__file__).parents[1] / "conformance" / "01-friday-afternoon")
PROFILE = {"attributes": {"role": "ceo", "industry": "saas", "employees": 200, "company": "X", "source": "google", "campaign": "q4"}}


def line(number: int, kind: str, time: str, data: dict[str, Any], **more: str) -> bytes:
    source = "hubspot/crm" if kind.startswith("crm") else "mautic"
    subject = "-" if kind == "crm.heartbeat" else "A"
    event = {"specversion": "1.0", "id": f"s{number}", "source": source, "type": kind, "subject": subject, "time": time, "data": data}
    return json.dumps(event | more).encode()


def replayed(lines: Iterable[bytes], until: Instant | None = None) -> list[dict[str, Any]]:
    return [json.loads(said) for said in replay(lines, POLICIES, "/handoff/test", until)]


def handed_off(time: str) -> list[bytes]:
    return [
        line(1, "marketing.profile", time, PROFILE),
        line(2, "marketing.activity", time, {"activity": "demo_request"}),
        line(3, "marketing.activity", time, {"activity": "webinar_attended"}),
    ]


def ids(said: list[dict[str, Any]]) -> list[str]:
    return [event["id"] for event in said]


def test_lines_of_one_logged_are_applied_in_the_order_of_topics() -> None:
    accepted = line(4, "crm.accepted", "2026-10-16T13:00:00Z", {})
    assert ids(replayed([accepted, *handed_off("2026-10-16T13:00:00Z")])) == ids(replayed([*handed_off("2026-10-16T13:00:00Z"), accepted]))


def test_logged_is_loggedtime_else_recordedtime_else_time() -> None:
    late = line(9, "crm.heartbeat", "2026-10-16T13:00:00Z", {}, loggedtime="2026-10-19T09:00:00Z")
    recorded = line(9, "crm.heartbeat", "2026-10-16T13:00:00Z", {}, recordedtime="2026-10-19T09:00:00Z")
    at_due = [event for event in replayed([*handed_off("2026-10-16T13:00:00Z"), late]) if event["type"] == "handoff.breached"]
    assert [event["time"] for event in at_due] == ["2026-10-19T09:00:00Z"]
    assert replayed([*handed_off("2026-10-16T13:00:00Z"), recorded]) == replayed([*handed_off("2026-10-16T13:00:00Z"), late])


def test_time_ends_at_the_last_lines_logged_inclusive() -> None:
    beat = line(9, "crm.heartbeat", "2026-10-19T08:59:59Z", {})
    assert "A#1/first_attempt/100%" not in ids(replayed([*handed_off("2026-10-16T13:00:00Z"), beat]))
    assert "A#1/first_attempt/100%" in ids(replayed([*handed_off("2026-10-16T13:00:00Z"), beat], parse_instant("2026-10-19T09:00:00Z")))


def test_a_bad_line_moves_no_time() -> None:
    unknown_reason = line(9, "crm.returned", "2026-10-30T09:00:00Z", {"reason": "bad_hair_day"})
    said = replayed([*handed_off("2026-10-16T13:00:00Z"), unknown_reason])
    (letter,) = [event for event in said if event["topic"] == "handoff.dead-letters.v1"]
    assert (letter["line"], letter["reason"], letter["field"]) == (4, "unknown_reason", "data.reason")
    assert "A#1/first_attempt/100%" not in [event.get("id") for event in said]


@pytest.mark.parametrize("time", ["1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"])
def test_a_line_logged_before_time_or_at_its_end_is_a_bad_line(time: str) -> None:
    letter, *said = replayed([line(9, "crm.heartbeat", time, {}), *handed_off("2026-10-16T13:00:00Z")])
    assert letter["topic"] == "handoff.dead-letters.v1"
    assert (letter["line"], letter["reason"], letter["field"]) == (1, "bad_attribute", "logged")
    assert "A#1/handoff" in ids(said)


def test_an_empty_file_says_nothing() -> None:
    assert replayed([]) == []
    assert replayed([], parse_instant("2026-10-16T13:00:00Z")) == []


def test_every_event_says_its_topic() -> None:
    said = replayed([*handed_off("2026-10-16T13:00:00Z"), line(9, "crm.heartbeat", "2026-10-19T15:00:00Z", {})])
    assert {event["type"]: event["topic"] for event in said} == {
        "handoff.created": "handoff.mql.v1",
        "handoff.clock": "handoff.lifecycle.v1",
        "handoff.stage": "handoff.lifecycle.v1",
        "handoff.warning": "handoff.escalations.v1",
        "handoff.breached": "handoff.escalations.v1",
        "handoff.breach_confirmed": "handoff.escalations.v1",
        "handoff.escalated": "handoff.escalations.v1",
        "handoff.returned": "handoff.returns.v1",
        "handoff.nurture": "handoff.nurture.v1",
    }
