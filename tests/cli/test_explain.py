"""Can a sales manager read a lead's story, and a program its JSON? Whether the story is true is asked in tests/replay."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from rich.cells import cell_len
from rich.console import Console
from typer.testing import Result

from processor.cli.story_page import print_story
from processor.explain.story import Story
from schemas.events import HandoffClock
from schemas.signals import NOBODY
from tests.laws.worlds import World, run, story_of, worlds

ROOT = Path(__file__).parents[2]
WEEK, AGREED = ROOT / "deploy/samples/week.jsonl", ROOT / "deploy/samples/policies"
BAD_LINES = ROOT / "tests/conformance/34-bad-lines"

Run = Callable[..., Result]


def said(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def test_it_says_when_a_clock_ran_and_by_how_much_the_duty_was_late(handoff: Run):
    page = said(handoff("explain", "L-0142", WEEK, "--policy", AGREED))
    assert "Clock first_attempt: done late by 4 h 3 min 11 s of its time (1 d 21 h 3 min 11 s elapsed); the breach is confirmed" in page
    assert "Tue 10 Nov 11:36:18–12:00, 13:00–16:36:18  = 4 h" in page  # lunch is left out
    assert "Thu 12 Nov 09:00–12:00, 13:00–13:39:29  = 3 h 39 min 29 s" in page  # the eleventh is a holiday


def test_it_says_the_evidence_with_its_three_instants(handoff: Run):
    page = said(handoff("explain", "L-0142", WEEK, "--policy", AGREED))
    assert "s01944 of hubspot/crm: occurred Thu 12 Nov 13:39:29, recorded Fri 13 Nov 12:40:29, logged Fri 13 Nov 12:40:36" in page


def test_it_says_what_was_published_and_what_for(handoff: Run):
    page = said(handoff("explain", "L-0142", WEEK, "--policy", AGREED))
    assert "200% of first_attempt had passed, and the grace; judged when its sources had been heard" in page
    assert "→ return no_response_from_sales: first_attempt ran out" in page
    assert "→ undone return: done Thu 13:39, heard of Fri 12:40" in page


def test_it_says_the_sum_of_the_score(handoff: Run):
    page = said(handoff("explain", "L-0142", WEEK, "--policy", AGREED))
    assert "Score 72.0 = fit 30.0 + intent 42.0" in page
    assert "pricing_page    12.0     12.0     12.0  1 ×, halves every 14 d; at most 24.0, 2 a day" in page


def test_of_a_lead_that_was_not_handed_off_it_says_what_that_would_take(handoff: Run):
    page = said(handoff("explain", "L-0003", WEEK, "--policy", AGREED))
    assert "What a handoff would take" in page
    assert "✗" in page


def test_pauses_stand_with_their_reason_and_with_the_due_that_they_have_moved(handoff: Run):
    page = said(handoff("explain", "L-0226", WEEK, "--policy", AGREED))
    assert "Thu 12 Nov 14:38:21 to Fri 13 Nov 13:30:02: legal_hold" in page
    assert "went on, due Fri 13 Nov 16:19:32" in page


def test_the_json_says_the_same(handoff: Run):
    told = json.loads(said(handoff("explain", "L-0142", WEEK, "--policy", AGREED, "--json")))
    [cycle] = told["cycles"]
    [clock] = [clock for clock in cycle["clocks"] if clock["clock"] == "first_attempt"]
    assert (told["lead"], told["stage"], cycle["policy_version"]) == ("L-0142", "sql", 1)
    assert (clock["state"], clock["late_by_s"], clock["breach"]) == ("met_late", 14_591, "confirmed")
    assert clock["running"][0] == {"from": "2026-11-10T10:36:18Z", "to": "2026-11-10T11:00:00Z", "open_s": 1422.0}


def test_until_an_instant_the_story_ends_there(handoff: Run):
    page = said(handoff("explain", "L-0142", WEEK, "--policy", AGREED, "--until", "2026-11-12T15:00:00+01:00"))
    assert "stage nurture" in page
    assert "as of Thu 12 Nov 2026 15:00" in page


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(handoff: Run, columns: int):
    for lead in ("L-0142", "L-0226", "L-0001", "L-0039"):
        story = Story.model_validate_json(said(handoff("explain", lead, WEEK, "--policy", AGREED, "--json")))
        page = StringIO()
        print_story(Console(file=page, width=columns), story)
        assert max(map(cell_len, page.getvalue().splitlines())) <= columns


def test_every_lead_of_the_sample_has_a_page(handoff: Run):
    leads = {json.loads(line)["subject"] for line in WEEK.read_text().splitlines()[::40]} - {"-"}
    for lead in sorted(leads):
        if not lead.startswith("campaign:"):
            assert lead in said(handoff("explain", lead, WEEK, "--policy", AGREED))


@settings(max_examples=40)
@given(worlds())
def test_whatever_a_lead_has_lived_through_has_a_page(world: World):
    lived = run(world)
    for lead in {told.signal.subject for told in world.log} - {NOBODY}:
        story = Story.model_validate_json(story_of(lead, world).model_dump_json(exclude_none=True))
        page = StringIO()
        print_story(Console(file=page, width=120), story)
        clocks = {(e.data.cycle, e.data.clock) for e in lived.events if e.subject == lead and isinstance(e.data, HandoffClock)}
        assert {(cycle.cycle, clock.clock) for cycle in story.cycles for clock in cycle.clocks} == clocks
        assert sum(line.startswith("  Clock ") for line in page.getvalue().splitlines()) == len(clocks)
        assert all(f"Clock {clock}: " in page.getvalue() for _, clock in clocks)


def test_a_record_of_the_lead_that_was_refused_stands_there_with_the_reason(handoff: Run):
    page = said(handoff("explain", "A", BAD_LINES / "events.jsonl", "--policy", BAD_LINES))
    assert "Records that were refused" in page
    assert "unknown_reason at data.reason" in page


def test_a_lead_that_the_file_does_not_know_is_wrong_use(handoff: Run):
    told = handoff("explain", "L-9999", WEEK, "--policy", AGREED)
    assert told.exit_code == 2
    assert "no record of a lead 'L-9999'" in told.stderr


def test_an_until_without_an_offset_is_wrong_use(handoff: Run):
    assert handoff("explain", "L-0142", WEEK, "--policy", AGREED, "--until", "2026-11-12T15:00:00").exit_code == 2
