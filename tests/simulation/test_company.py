"""Is the sample week made by its generator, plausible, and as rich as a demo needs it? What the decisions mean is tested elsewhere."""

import json
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiokafka.partitioner import murmur2

from processor.policy_file import load_policies
from processor.replay import replay
from processor.simulation.company import OUTAGE, SEED, week
from schemas.cloudevents import Line, decode_line
from schemas.instants import parse_instant
from schemas.signals import SIGNALS, CrmActivity, CrmAssigned

SAMPLES = Path(__file__).parents[2] / "deploy" / "samples"
POLICIES = load_policies(SAMPLES / "policies")
LINES = (SAMPLES / "week.jsonl").read_bytes().splitlines()

Event = dict[str, Any]


@pytest.fixture(scope="module")
def signals() -> list[Line]:
    return [decode_line(line) for line in LINES]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return _decided(LINES)


def _decided(lines: Iterable[bytes]) -> list[Event]:
    return [json.loads(line) for line in replay(lines, POLICIES, "/handoff/test")]


def _of(events: list[Event], kind: str, **data: Any) -> list[Event]:
    return [event for event in events if event.get("type") == kind and data.items() <= event["data"].items()]


def test_the_same_seed_makes_the_same_bytes_and_another_seed_another_week():
    assert list(week(3, leads=40)) == list(week(3, leads=40)) != list(week(4, leads=40))


def test_the_committed_week_is_what_the_generator_makes():
    assert list(week(SEED)) == LINES, "run: python -m processor.simulation.company > deploy/samples/week.jsonl"


@pytest.mark.parametrize("leads", [0, 1, 10, 1_000])
def test_a_week_of_any_size_has_as_many_leads_as_it_was_asked_for(leads: int):
    lines = [decode_line(line) for line in week(1, leads)]
    assert len({line.signal.subject for line in lines if line.signal.subject.startswith("L-")}) == leads


def test_every_line_decodes_in_the_order_of_the_log_and_every_kind_of_signal_is_among_them(signals):
    assert all(earlier.logged <= later.logged for earlier, later in pairwise(signals))
    assert {line.signal.type for line in signals} == set(SIGNALS)


def test_the_week_is_one_of_300_leads_and_6_reps(signals):
    assert len({line.signal.subject for line in signals if line.signal.subject.startswith("L-")}) == 300
    assert {line.signal.data.rep for line in signals if isinstance(line.signal.data, CrmAssigned)} == {f"r{n}" for n in range(1, 7)}


def test_nobody_in_it_has_a_name_or_an_address():
    attributes = {name for line in LINES for name in json.loads(line)["data"].get("attributes", {})}
    assert attributes <= {
        *("company", "role", "employees", "industry", "country", "technologies", "source", "campaign", "email_domain", "email_known"),
    }
    assert not [line for line in LINES if b"@" in line]


def test_no_rep_works_on_independence_day(signals):
    begins, ends = parse_instant("2026-11-11T00:00:00+01:00"), parse_instant("2026-11-12T00:00:00+01:00")
    by_reps = [line for line in signals if isinstance(line.signal.data, CrmActivity) and not line.signal.data.automated]
    assert by_reps
    assert not [line for line in by_reps if begins <= line.signal.occurred < ends]


def test_the_crm_is_silent_during_the_outage_and_tells_it_all_before_its_next_heartbeat(signals):
    from_crm = [line for line in signals if line.signal.source == "hubspot/crm"]
    assert not [line for line in from_crm if OUTAGE[0] <= line.logged < OUTAGE[1]]
    next_heartbeat = next(line for line in from_crm if line.signal.type == "crm.heartbeat" and line.logged >= OUTAGE[1])
    backlog = [line for line in from_crm if line.signal.recorded < OUTAGE[1] <= line.logged < next_heartbeat.logged]
    assert len(backlog) > 20


def test_the_connector_is_never_silent_for_longer_than_agreed_outside_the_outage(events):
    assert len(_of(events, "handoff.source_silent")) == len(_of(events, "handoff.source_returned")) == 1


def test_what_reps_are_given_was_handed_off_and_what_was_handed_off_is_given_to_reps(signals, events):
    given = {line.signal.subject for line in signals if line.signal.type == "crm.assigned"}
    handed_off = {event["subject"] for event in _of(events, "handoff.created")}
    assert handed_off <= given
    assert len(given - handed_off) == 3, "three that sales found by itself"


@pytest.mark.parametrize(
    ("kind", "data", "least", "most"),
    [
        ("handoff.created", {}, 80, 130),
        ("handoff.created", {"trigger": "threshold"}, 20, 100),
        ("handoff.created", {"trigger": "fast_track:demo_and_pricing"}, 10, 40),
        ("handoff.withheld", {}, 5, 20),
        ("handoff.created", {"trigger": "completed"}, 3, 20),
        ("handoff.warning", {}, 20, 100),
        ("handoff.breached", {}, 20, 60),
        ("handoff.breach_confirmed", {}, 10, 50),
        ("handoff.breach_withdrawn", {}, 3, 20),
        ("handoff.escalated", {}, 5, 30),
        ("handoff.returned", {"by": "clock"}, 5, 12),
        ("handoff.return_withdrawn", {}, 1, 5),
        ("handoff.returned", {"reason": "too_early"}, 1, 20),
        ("handoff.returned", {"reason": "no_budget"}, 1, 20),
        ("handoff.returned", {"reason": "wrong_contact"}, 1, 20),
        ("handoff.returned", {"reason": "not_icp"}, 1, 20),
        ("handoff.nurture", {}, 5, 40),
        ("handoff.nurture_cancelled", {}, 1, 5),
        ("handoff.ignored", {"reason": "duplicate"}, 5, 30),
        ("handoff.ignored", {"reason": "too_late"}, 1, 5),
        ("handoff.ignored", {"reason": "impossible"}, 1, 5),
        ("handoff.ignored", {"reason": "no_effect"}, 1, 10),
        ("handoff.clock", {"state": "paused", "clock": "first_attempt"}, 1, 10),
        ("handoff.clock", {"state": "resumed", "clock": "first_attempt"}, 1, 10),
        ("handoff.clock", {"state": "cancelled"}, 3, 50),
        ("handoff.stage", {"to": "sql"}, 10, 50),
        ("handoff.stage", {"to": "customer"}, 2, 15),
        ("handoff.stage", {"to": "lost"}, 2, 15),
        ("handoff.stage", {"to": "disqualified"}, 2, 20),
        ("handoff.stage", {"to": "merged"}, 2, 2),
        ("handoff.review_due", {}, 1, 1),
    ],
    ids=str,
)
def test_the_week_leads_to(events, kind: str, data: dict[str, Any], least: int, most: int):
    assert least <= len(_of(events, kind, **data)) <= most


def test_a_lead_that_was_returned_comes_back_and_is_handed_off_again(events):
    assert [event for event in _of(events, "handoff.created") if event["data"]["cycle"].endswith("#2")]


def test_four_in_five_first_attempts_are_made_in_time(events):
    def cycles(kind: str, keeps: Callable[[Event], bool] = lambda _: True, **data: Any) -> set[str]:
        return {event["data"]["cycle"] for event in _of(events, kind, clock="first_attempt", **data) if keeps(event)}

    met = cycles("handoff.clock", lambda event: "late_by_s" not in event["data"], state="met")
    broken = cycles("handoff.breached") - cycles("handoff.breach_withdrawn")
    assert 0.75 <= len(met) / len(met | broken) <= 0.85


def test_nothing_in_it_is_a_dead_letter(events):
    assert all("type" in event for event in events)


@pytest.mark.parametrize("kind", ["handoff.created", "handoff.warning", "handoff.breached", "handoff.returned"])
def test_whoever_watches_has_seen_one_by_monday_evening(events, kind: str):
    assert min(parse_instant(event["time"]) for event in _of(events, kind)) < parse_instant("2026-11-09T17:00:00+01:00")


def test_twelve_partitions_decide_the_same_as_one(signals, events):
    """As Kafka would spread the leads; what concerns nobody is said by each of these replays, and by one partition of twelve."""
    apart: list[list[bytes]] = [[] for _ in range(12)]
    for raw, line in zip(LINES, signals, strict=True):
        subject = line.signal.subject
        for number in range(12) if subject == "-" else [(murmur2(subject.encode()) & 0x7FFFFFFF) % 12]:
            apart[number].append(raw)
    decided = [[json.dumps(event) for event in _decided(lines)] for lines in apart]
    assert all(of_one for of_one in decided)
    assert {text for of_one in decided for text in of_one} == {json.dumps(event) for event in events}
