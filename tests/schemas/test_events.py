"""An event's data is written in one way only, and reads back as what it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.events import (
    EVENTS,
    Evidence,
    HandoffBreached,
    HandoffClock,
    HandoffCreated,
    HandoffStage,
    HandoffWithheld,
    dead_letter_headers,
)
from schemas.values import milli_points, shown_points
from tests.schemas.examples import EXAMPLES

AT = 1_792_155_600_000_000  # 2026-10-16T13:00:00Z


def written(data: object) -> str:
    return data.model_dump_json(exclude_none=True)  # type: ignore[attr-defined, no-any-return]


def test_there_is_an_example_of_every_type():
    assert EXAMPLES.keys() == EVENTS.keys()
    assert all(type(data) is EVENTS[name][1] for name, data in EXAMPLES.items())


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_written_reads_back_and_is_written_the_same(name: str):
    first = written(EXAMPLES[name])
    again = EVENTS[name][1].model_validate_json(first)
    assert again == EXAMPLES[name]
    assert written(again) == first


def test_the_common_fields_come_first_and_nothing_is_null():
    stage = HandoffStage(lead="A", cycle="A#1", policy="acme", policy_version=3, team="mid", from_="mql", to="sal", cause="call-1")
    assert written(stage) == (
        '{"lead":"A","cycle":"A#1","policy":"acme","policy_version":3,"team":"mid","from":"mql","to":"sal","cause":"call-1"}'
    )


def test_instants_are_rfc_3339_and_evidence_says_backdated_only_where_it_is():
    proof = Evidence(id="call-1", source="hubspot/crm", occurred=AT, recorded=AT + 500_000, logged=AT + 1_000_000)
    met = HandoffClock(
        lead="A",
        policy="acme",
        policy_version=3,
        clock="acceptance",
        state="met",
        due=AT,
        at=AT,
        business_s=7200,
        late_by_s=0,
        evidence=proof,
    )
    assert written(met).endswith(
        '"clock":"acceptance","state":"met","due":"2026-10-16T13:00:00Z","at":"2026-10-16T13:00:00Z","business_s":7200,"late_by_s":0,'
        '"evidence":{"id":"call-1","source":"hubspot/crm","occurred":"2026-10-16T13:00:00Z","recorded":"2026-10-16T13:00:00.5Z",'
        '"logged":"2026-10-16T13:00:01Z"}}'
    )
    assert '"backdated":true' in written(Evidence(id="c", source="s", occurred=AT, recorded=AT, logged=AT, backdated=True))


@pytest.mark.parametrize(
    ("milli", "shown"),
    [
        (95_000, 95.0),
        (48_709, 48.7),
        (48_749, 48.7),
        (48_750, 48.8),
        (72_994, 73.0),
        (0, 0.0),
        (-49, 0.0),
        (-50, 0.0),
        (-51, -0.1),
        (-48_750, -48.7),
        (-48_751, -48.8),
    ],
)
def test_points_are_shown_with_one_decimal_half_up(milli: int, shown: float):
    assert shown_points(milli) == shown
    withheld = HandoffWithheld(lead="A", policy="acme", policy_version=1, missing=("campaign",), score=milli, fit=0, intent=0)
    assert json.loads(written(withheld))["score"] == shown
    assert f'"score":{shown}' in written(withheld)


@given(st.integers(-(10**12), 10**12))
def test_shown_points_read_back_are_shown_the_same(milli: int):
    assert shown_points(milli_points(shown_points(milli))) == shown_points(milli)


@pytest.mark.parametrize("trigger", ["threshold", "completed", "fast_track:demo_and_pricing"])
def test_a_trigger_is_one_of_three(trigger: str):
    created = EXAMPLES["handoff.created"]
    assert isinstance(created, HandoffCreated)
    fields = {name: getattr(created, name) for name in HandoffCreated.model_fields}
    assert HandoffCreated(**fields | {"trigger": trigger}).trigger == trigger
    with pytest.raises(ValidationError):
        HandoffCreated(**fields | {"trigger": f"x{trigger}"})


def test_an_instant_of_an_event_is_never_a_float():
    with pytest.raises(ValidationError):
        HandoffBreached(lead="A", policy="p", policy_version=1, clock="c", due=1.5, confirms_at=AT, tell=())  # type: ignore[arg-type]


def test_a_dead_letter_keeps_the_original_headers_and_tells_only_its_last_story():
    original = [("ce_id", b"1"), ("odd", None), ("__handoff.errors.attempt", b"1"), ("__handoff.errors.reason", b"bad_schema")]
    assert dead_letter_headers(original, "crm.events.v1", 3, 41, AT, "unknown_reason", "data.reason", 2) == [
        ("ce_id", b"1"),
        ("odd", None),
        ("__handoff.errors.topic", b"crm.events.v1"),
        ("__handoff.errors.partition", b"3"),
        ("__handoff.errors.offset", b"41"),
        ("__handoff.errors.timestamp", b"2026-10-16T13:00:00Z"),
        ("__handoff.errors.reason", b"unknown_reason"),
        ("__handoff.errors.field", b"data.reason"),
        ("__handoff.errors.attempt", b"2"),
    ]
