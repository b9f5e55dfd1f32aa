"""Is a lead's story the one that really happened? Decided again from its own records, it is held here against the whole log."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from processor.domain.policy import Policies
from processor.explain import Telling
from processor.explain.story import Clock, Story
from processor.history import History
from processor.policy_file import load_policies
from processor.replay import replay
from schemas.cloudevents import decode_line
from schemas.errors import BadRecord
from schemas.instants import Instant, parse_instant
from schemas.signals import NOBODY
from tests.laws.worlds import World, run, story_of, worlds

ROOT = Path(__file__).parents[2]
CONFORMANCE = ROOT / "tests" / "conformance"
SCENARIOS = sorted(path.parent for path in CONFORMANCE.glob("*/expected.jsonl"))
SAMPLE, AGREED = ROOT / "deploy/samples/week.jsonl", ROOT / "deploy/samples/policies"
PUBLISHED = ("topic", "type", "id", "time", "data")
PROFILE = {"role": "ceo", "industry": "saas", "employees": 200, "company": "X", "source": "google", "campaign": "q4"}


def warsaw(wall: str) -> Instant:
    return parse_instant(f"{wall}+01:00")


def until_of(scenario: Path) -> Instant | None:
    file = scenario / "until"
    return parse_instant(file.read_text().strip()) if file.exists() else None


def clocks_of(stories: dict[str, Story]) -> list[Clock]:
    return [clock for told in stories.values() for cycle in told.cycles for clock in cycle.clocks]


def story(lead: str, lines: Iterable[bytes], policies: Policies, until: Instant | None = None) -> Story:
    telling = Telling(lead, policies)
    history = History(telling.admit)
    for raw in lines:
        try:
            line = decode_line(raw)
            if until is not None and history.logged_of(line) > until:
                break
            complete = history.add(line)
        except BadRecord:
            continue
        for told in complete:
            telling.hear(told)
    for told in history.rest():
        telling.hear(told)
    assert history.logged is not None
    reached = history.logged if until is None else until
    telling.reach(reached)
    return telling.told(reached)


def told_by_replay(lead: str, lines: Iterable[bytes], policies: Policies, until: Instant | None = None) -> list[dict[str, Any]]:
    events = [json.loads(said) for said in replay(lines, policies, "/handoff/test", until)]
    return [{name: event[name] for name in PUBLISHED} for event in events if event.get("subject") == lead]


def told_by_story(told: Story) -> list[dict[str, Any]]:
    return [json.loads(event.model_dump_json(exclude_none=True)) for moment in told.timeline for event in moment.published]


def leads_of(lines: Iterable[bytes], policies: Policies, until: Instant | None = None) -> list[str]:
    """Those of whom something is published."""
    events = [json.loads(said) for said in replay(lines, policies, "/handoff/test", until)]
    return sorted({event["subject"] for event in events if "subject" in event} - {NOBODY})


@pytest.fixture(scope="module")
def sample() -> dict[str, Story]:
    lines, policies = SAMPLE.read_bytes().splitlines(), load_policies(AGREED)
    return {lead: story(lead, lines, policies) for lead in leads_of(lines, policies)}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_lead_alone_is_published_as_in_the_whole_log(scenario: Path):
    lines, policies, until = (scenario / "events.jsonl").read_bytes().splitlines(), load_policies(scenario), until_of(scenario)
    for lead in leads_of(lines, policies, until):
        assert told_by_story(story(lead, lines, policies, until)) == told_by_replay(lead, lines, policies, until)


def test_every_lead_of_the_sample_week_is_published_as_in_the_whole_log(sample: dict[str, Story]):
    lines, policies = SAMPLE.read_bytes().splitlines(), load_policies(AGREED)
    events = [json.loads(said) for said in replay(lines, policies, "/handoff/test")]
    expected = {lead: [{name: event[name] for name in PUBLISHED} for event in events if event["subject"] == lead] for lead in sample}
    assert {lead: told_by_story(told) for lead, told in sample.items()} == expected


@given(worlds())
def test_in_any_world_a_lead_alone_lives_as_in_the_whole_log(world: World):
    lived = run(world)
    for lead in {told.signal.subject for told in world.log} - {NOBODY}:
        published = [event for moment in story_of(lead, world).timeline for event in moment.published]
        expected = [event for event in lived.events if event.subject == lead]
        assert [(event.id, event.time) for event in published] == [(event.id, event.time) for event in expected]
        assert [event.data for event in published] == [event.data.model_dump(mode="json", exclude_none=True) for event in expected]


def test_the_stretches_in_which_a_clock_ran_add_up_to_what_was_used(sample: dict[str, Story]):
    clocks = clocks_of(sample)
    assert len(clocks) > 400
    for clock in clocks:
        assert int(sum(stretch.open_s for stretch in clock.running)) == clock.used_s, clock


def test_a_breached_clock_had_used_its_target_when_it_was_due(sample: dict[str, Story]):
    breached = [clock for clock in clocks_of(sample) if clock.breach and clock.target == "4 business_hours"]
    assert len(breached) > 10
    for clock in breached:
        assert sum(stretch.open_s for stretch in clock.running if not stretch.past_due) == 4 * 3600


def test_what_counted_adds_up_to_the_score(sample: dict[str, Story]):
    scores = [cycle.score for told in sample.values() for cycle in told.cycles if cycle.score]
    assert len(scores) > 100
    for score in scores:
        by_side = {side: sum(rule.counted for rule in score.rules if rule.side == side) for side in ("fit", "intent")}
        assert by_side == {"fit": score.fit, "intent": score.intent}
        assert score.score == min(max(score.fit + score.intent, 0), score.scale)


def test_an_instant_at_which_nothing_was_heard_says_what_it_was_the_end_of(sample: dict[str, Story]):
    silent = [moment for told in sample.values() for moment in told.timeline if moment.signal is None]
    assert {moment.deadline.of for moment in silent if moment.deadline} >= {"due", "step", "grace", "return"}
    assert all(moment.deadline and moment.deadline.at <= moment.at for moment in silent)


def test_a_return_that_waited_and_was_withdrawn_is_told_to_the_end(sample: dict[str, Story]):
    [cycle] = sample["L-0142"].cycles
    [clock] = [clock for clock in cycle.clocks if clock.clock == "first_attempt"]
    assert [change.what for change in clock.history][-3:] == ["returned", "return_withdrawn", "met_late"]
    [back] = [change for change in clock.history if change.what == "returned"]
    assert (back.at, back.decided) == (warsaw("2026-11-12T13:36:18"), warsaw("2026-11-12T14:40:00"))
    assert clock.late_by_s == 4 * 3600 + 3 * 60 + 11
    assert [(rung.step, rung.state) for rung in clock.steps] == [("75%", "done"), ("100%", "done"), ("150%", "done"), ("200%", "skipped")]
    assert [(deed.evidence.id, deed.attempt, deed.not_counted) for deed in cycle.deeds if deed.channel] == [
        ("s01944", 1, None),
        ("s01956", 2, None),
        ("s02001", None, "channel"),
    ]


def test_until_an_instant_nothing_later_is_known(sample: dict[str, Story]):
    until = warsaw("2026-11-13T12:00:00")
    told = story("L-0142", SAMPLE.read_bytes().splitlines(), load_policies(AGREED), until)
    assert (told.reached, told.stage) == (until, "nurture")
    assert told.timeline == tuple(moment for moment in sample["L-0142"].timeline if moment.at <= until)
    assert told.cycles[0].ended is not None
    assert told.cycles[0].ended.by == "clock"


def test_a_lead_that_was_never_handed_off_is_told_what_it_would_take():
    lines, policies = SAMPLE.read_bytes().splitlines(), load_policies(AGREED)
    gates = [gate for n in range(1, 40) if (gate := story(f"L-{n:04}", lines, policies).gate)]
    assert len(gates) > 10
    for gate in gates:
        assert gate.score
        needs = {need.what: need for need in gate.needs}
        assert needs["score"].holds == (needs["score"].found >= needs["score"].needed)  # type: ignore[operator]


def test_an_erased_lead_keeps_its_cycles_in_the_story():
    lines = [
        line(1, "marketing.profile", {"attributes": PROFILE}),
        line(2, "marketing.activity", {"activity": "demo_request"}),
        line(3, "marketing.activity", {"activity": "webinar_attended"}),
        line(4, "crm.erased", {}),
        line(5, "crm.accepted", {}),
    ]
    told = story("A", lines, load_policies(CONFORMANCE / "01-friday-afternoon"))
    assert (told.stage, told.profile, told.gate) == ("erased", (), None)
    [cycle] = told.cycles
    assert cycle.ended is not None
    assert cycle.ended.by == "erased"
    assert {clock.state for clock in cycle.clocks} == {"cancelled"}
    assert told.timeline[-1].notes == ("dropped",)


def line(number: int, kind: str, data: dict[str, Any]) -> bytes:
    time = f"2026-10-16T13:00:{number:02}Z"
    event = {"specversion": "1.0", "id": f"s{number}", "source": "test", "type": kind, "subject": "A", "time": time, "data": data}
    return json.dumps(event).encode()
