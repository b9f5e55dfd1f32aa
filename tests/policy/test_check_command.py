"""Can people and scripts use `handoff policy check`?"""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from processor.cli.policy import app

GOOD, FINDINGS, WRONG_USE = 0, 1, 2
LATE_TEAM = ("team: mid, calendar", "team: middle, calendar")
NARROW_LAST = ("smb:        {team: smb", "smb: {when: {employees: {at_most: 99}}, team: smb")


def run(*words: str | Path, folder_in_environment: str | None = None):
    return CliRunner().invoke(app, ["check", *map(str, words)], env={"HANDOFF_POLICY": folder_in_environment})


def test_a_good_policy_ends_with_0(edited):
    ran = run(edited())
    assert (ran.exit_code, ran.output.endswith("errors: 0, warnings: 0\n")) == (GOOD, True)


def test_a_mistake_ends_with_1_and_is_told_on_its_line(edited):
    path = edited(LATE_TEAM)
    ran = run(path)
    assert ran.exit_code == FINDINGS
    assert ran.output.splitlines()[0].startswith(f'{path}:31: segments.mid_market.team: found "middle"')


def test_a_warning_ends_with_0_and_is_told(edited):
    ran = run(edited(NARROW_LAST))
    assert (ran.exit_code, "warning: segments.smb.when" in ran.output) == (GOOD, True)


def test_scripts_read_findings_as_json(edited):
    ran = run(edited(("grace: 30", "grace: half of"), NARROW_LAST), "--json")
    assert ran.exit_code == FINDINGS
    grace, last = json.loads(ran.stdout)
    assert (grace["line"], grace["field"], grace["severity"]) == (21, "evidence.grace", "error")
    assert grace.keys() == {"file", "line", "column", "field", "severity", "found", "expected", "to_do"}
    assert last["severity"] == "warning"


def test_nothing_found_is_an_empty_list(edited):
    assert json.loads(run(edited(), "--json").stdout) == []


def test_a_folder_is_checked_whole_however_it_is_named(edited):
    folder = edited(LATE_TEAM).parent
    outputs = {run(folder).output, run("--policy", folder).output, run(folder_in_environment=str(folder)).output}
    assert len(outputs) == 1
    assert "segments.mid_market.team" in outputs.pop()


@pytest.mark.parametrize("words", [["missing.yaml"], ["--policy", "missing"], []])
def test_wrong_use_ends_with_2(words: list[str]):
    assert run(*words).exit_code == WRONG_USE
