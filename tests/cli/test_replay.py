"""Does `handoff replay` say the same as `processor.replay`, and does it tell a script what went wrong?"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from processor.policy_file import load_policies
from processor.replay import replay
from tests.cli.conftest import POLICY, SAMPLE

Handoff = Callable[..., Result]

WEEK = SAMPLE / "week.jsonl"


@pytest.fixture(scope="module")
def monday() -> bytes:
    """The sample's first lines, some thousand of them."""
    return b"".join(WEEK.read_bytes().splitlines(keepends=True)[:1200])


def test_the_decisions_are_those_of_the_core_with_the_deployment_as_their_source(handoff: Handoff, monday: bytes, tmp_path: Path):
    file, out = tmp_path / "monday.jsonl", tmp_path / "out.jsonl"
    file.write_bytes(monday)
    assert handoff("replay", file, "--policy", POLICY, "--out", out, HANDOFF_DEPLOYMENT="warsaw").exit_code == 0
    decided = list(replay(monday.splitlines(), load_policies(POLICY), "/handoff/warsaw"))
    assert out.read_bytes().splitlines() == decided
    assert len(decided) > 100


def test_without_files_it_reads_standard_input_and_writes_standard_output(handoff: Handoff, monday: bytes, tmp_path: Path):
    file, out = tmp_path / "monday.jsonl", tmp_path / "out.jsonl"
    file.write_bytes(monday)
    handoff("replay", file, "--policy", POLICY, "--out", out)
    assert handoff("replay", "-", "--policy", POLICY, said=monday).stdout_bytes == out.read_bytes()


def test_bad_lines_are_counted_and_end_it_with_0(handoff: Handoff):
    ran = handoff("replay", "-", "--policy", POLICY, said=WEEK.read_bytes().splitlines()[0] + b"\nno json\n\n{}\n")
    assert (ran.exit_code, ran.stderr) == (0, "read 4 lines, 2 of them bad; wrote 0 events\n")
    assert [json.loads(line)["line"] for line in ran.stdout.splitlines()] == [2, 4]


def test_until_reads_no_line_that_was_logged_later(handoff: Handoff, monday: bytes):
    lines = monday.splitlines()
    until = json.loads(lines[799])["loggedtime"]
    later = next(n for n, line in enumerate(lines) if json.loads(line)["loggedtime"] > until)
    assert handoff("replay", "-", "--policy", POLICY, "--until", until, said=monday).stderr.startswith(f"read {later} lines, 0 of them bad")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((WEEK,), "Missing option '--policy'"),
        (("missing.jsonl", "--policy", POLICY), "missing.jsonl cannot be read: No such file"),
        ((WEEK, "--policy", "missing"), "does not exist"),
        ((WEEK, "--policy", SAMPLE), "no policy file"),
        ((WEEK, "--policy", POLICY, "--until", "Monday"), "found 'Monday', expected an RFC 3339 date and time"),
        ((WEEK, "--policy", POLICY, "--out", "missing/out.jsonl"), "missing/out.jsonl cannot be written: No such file"),
        ((WEEK, "--policy", POLICY, "--out", WEEK), "is the file to read"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(handoff: Handoff, words: tuple[object, ...], complaint: str):
    ran = handoff("replay", *words)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert complaint in " ".join(ran.stderr.split())


def test_a_setting_that_cannot_be_is_named(handoff: Handoff):
    ran = handoff("replay", "-", "--policy", POLICY, said=b"", HANDOFF_APP="two words")
    assert (ran.exit_code, ran.stderr.partition(":")[0]) == (2, "HANDOFF_APP is 'two words'")
