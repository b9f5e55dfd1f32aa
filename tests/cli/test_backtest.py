"""Can people and programs read what another agreement would have meant? Whether the numbers are right is asked in tests/replay."""

import json
import os
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.testing import Result

from processor.backtest import compare
from processor.cli import shares
from processor.cli.progress import shown
from processor.cli.side_by_side import print_side_by_side
from processor.policy_file import load_policies

ROOT = Path(__file__).parents[2]
WEEK, AGREED = ROOT / "deploy/samples/week.jsonl", ROOT / "deploy/samples/policies"

Run = Callable[..., Result]


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """The agreement with half the time for the first attempt."""
    folder = tmp_path / "draft"
    folder.mkdir()
    agreed = (AGREED / "policy.yaml").read_text()
    changed = agreed.replace("target: 4 business_hours", "target: 2 business_hours").replace("version: 1", "version: 2")
    (folder / "policy.yaml").write_text(changed)
    return folder


def said(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def row(page: str, section: str, name: str) -> list[str]:
    """The values of a row, by the names of its section and of itself."""
    _, _, rest = page.partition(section)
    line = next(line for line in rest.splitlines() if line.strip().startswith(name))
    return line.strip().removeprefix(name).split()


def test_the_two_stand_side_by_side_with_the_difference(handoff: Run, draft: Path):
    page = said(handoff("backtest", WEEK, "--policy", AGREED, "--against", draft))
    assert "sample-2026-q4/1" in page
    assert "sample-2026-q4/2" in page
    assert "Clock first_attempt: A 4 business_hours, B 2 business_hours" in page
    before, after, change = row(page, "Clock first_attempt", "breached, not done")
    assert int(after) - int(before) == int(change.replace("−", "-")) > 0


def test_the_json_has_the_same_numbers_and_the_leads(handoff: Run, draft: Path):
    told = json.loads(said(handoff("backtest", WEEK, "--policy", AGREED, "--against", draft, "--json", "--leads", "all")))
    page = said(handoff("backtest", WEEK, "--policy", AGREED, "--against", draft))
    counts = [told[side]["clocks"]["first_attempt"]["breached"] for side in ("policy", "against")]
    assert [str(count) for count in counts] == row(page, "Clock first_attempt", "breached, not done")[:2]
    [changed] = [each for each in told["change_sides"] if (each["what"], each.get("clock")) == ("breached", "first_attempt")]
    assert len(changed["against_only"]["leads"]) == changed["against_only"]["count"] > 10
    assert {day["rep"] for day in told["policy"]["load"]} == {"r1", "r2", "r3", "r4", "r5", "r6"}


def test_as_many_leads_are_named_as_asked_for(handoff: Run, draft: Path):
    options = ("backtest", WEEK, "--policy", AGREED, "--against", draft)
    assert "L-0025, L-0039, L-0055, and 10 more" in said(handoff(*options, "--leads", 3))
    assert " more" not in said(handoff(*options, "--leads", "all"))
    assert "L-0" not in said(handoff(*options, "--leads", 0))
    assert handoff(*options, "--leads", "some").exit_code == 2


def test_an_agreement_against_itself_changes_no_lead(handoff: Run):
    assert "No lead changes sides" in said(handoff("backtest", WEEK, "--policy", AGREED, "--against", AGREED))


def test_several_processes_say_what_one_does(handoff: Run, draft: Path, monkeypatch: pytest.MonkeyPatch):
    options = ("backtest", WEEK, "--policy", AGREED, "--against", draft, "--json", "--leads", "all")
    alone = said(handoff(*options))
    monkeypatch.setattr(shares, "SHARE_BYTES", 100_000)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert shares.passes(WEEK) == 2
    assert json.loads(said(handoff(*options))) == json.loads(alone)


def test_an_agreement_with_a_mistake_is_refused_before_anything_is_read(handoff: Run, tmp_path: Path):
    (tmp_path / "policy.yaml").write_text("policy: x\n")
    told = handoff("backtest", WEEK, "--policy", AGREED, "--against", tmp_path)
    assert told.exit_code == 2
    assert "policy.yaml" in told.stderr


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(draft: Path, columns: int):
    agreements = load_policies(AGREED), load_policies(draft)
    page = StringIO()
    comparison = compare(WEEK.read_bytes().splitlines(), agreements)
    print_side_by_side(Console(file=page, width=columns), comparison, agreements, ("deploy/policies", "draft"), 10)
    assert max(map(cell_len, page.getvalue().splitlines())) <= columns
    assert "…" not in page.getvalue()


def test_progress_is_shown_to_whoever_watches_and_to_nobody_else(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with shown("comparing", 10) as advance:
        advance(10)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with shown("comparing", 10) as advance:
        advance(10)
    assert "comparing" in capsys.readouterr().err
