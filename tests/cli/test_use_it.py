"""Do the lines that the README gives a new user do what it says, one after the other? What a command does is asked beside this."""

import re
import shlex
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.conftest import ROOT, Running

Handoff = Callable[..., Result]

USE_IT = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Use it")[2].partition("\n## ")[0]
WITH_KAFKA, WITHOUT = [
    re.findall(r"^\$ handoff (.*)", block, re.MULTILINE) for block in re.findall(r"```console\n(.*?)```", USE_IT, re.DOTALL)
]


def words(line: str) -> list[str]:
    return shlex.split(line, comments=True)


@pytest.mark.slow
@pytest.mark.kafka
def test_the_sample_week_on_a_machine_of_ones_own_shows_what_the_readme_says(
    start: Callable[..., Running], handoff: Handoff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(ROOT)
    up, publish, tail, explain = WITH_KAFKA
    machine = start(*words(up), "--data", tmp_path, "--port", 0, "--metrics-port", 0, "--partitions", 3)
    machine.until("ready; Ctrl-C ends it")
    published = handoff(*words(publish), "--data", tmp_path)
    assert (published.exit_code, published.stderr) == (0, "")
    [promised] = re.findall(r"(\d+) warnings, (\d+) breaches, (\d+) of them withdrawn", tail)

    def shown() -> tuple[str, ...]:
        kinds = Counter(re.findall(r"  handoff\.(\w+) ", handoff(*words(tail), "--data", tmp_path).stdout))
        return tuple(str(kinds[kind]) for kind in ("warning", "breached", "breach_withdrawn"))

    patience = time.monotonic() + 60
    while shown() != promised:
        assert time.monotonic() < patience, shown()
    assert "stage sql" in handoff(*words(explain), "--data", tmp_path).stdout


def test_what_is_agreed_on_with_no_kafka_runs_line_by_line(handoff: Handoff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    monkeypatch.chdir(tmp_path)
    for line in WITHOUT:
        ran = handoff(*words(line))
        assert ran.exit_code == 0, (line, ran.output)
    assert (tmp_path / "draft/policy.yaml").exists()
