"""Does `handoff simulate` write a log that the other commands take, and that comes out as the agreement says?"""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from processor.cli.replay import app as replay_app
from processor.cli.simulate import app
from processor.policy_file import load_policies
from processor.replay import replay
from processor.simulation.company import week
from tests.checker.judge import judge_files

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy/samples/policies"


@pytest.mark.parametrize("options", [[], ["--hard"]])
def test_what_it_writes_can_be_replayed_and_the_checker_finds_nothing(options: list[str], tmp_path: Path) -> None:
    file, out = tmp_path / "events.jsonl", tmp_path / "decisions.jsonl"
    asked = ["--seed", "4", "--leads", "60", "--days", "20", "--out", str(file), *options]
    assert CliRunner().invoke(app, asked).exit_code == 0
    said = list(replay(file.read_bytes().splitlines(), load_policies(SAMPLE), "/handoff/test"))
    out.write_bytes(b"".join(line + b"\n" for line in said))
    assert len(said) > 300
    assert judge_files(file, out, SAMPLE) == []


def test_the_checkers_command_finds_nothing_wrong_with_other_sample_weeks(tmp_path: Path) -> None:
    file, out = tmp_path / "week.jsonl", tmp_path / "decisions.jsonl"
    for seed in (31, 32):
        file.write_bytes(b"".join(line + b"\n" for line in week(seed, 60)))
        replayed = CliRunner().invoke(replay_app, [str(file), "--policy", str(SAMPLE), "--out", str(out)])
        assert replayed.exit_code == 0, replayed.output
        command = [sys.executable, "-m", "tests.checker", str(file), str(out), "--policy", str(SAMPLE)]
        judged = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        assert (judged.returncode, judged.stdout.splitlines()[-1]) == (0, "0 violations"), judged.stdout


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one", "two", "other")]
    for file, seed in zip(files, ("1", "1", "2"), strict=True):
        assert CliRunner().invoke(app, ["--seed", seed, "--leads", "20", "--out", str(file)]).exit_code == 0
    one, two, other = (file.read_bytes() for file in files)
    assert one == two != other
