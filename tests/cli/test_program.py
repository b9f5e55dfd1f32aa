"""Does the program answer at once, and does every command say what it is for, with an example?"""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from processor.cli import COMMANDS, app
from tests.cli.conftest import ROOT

SLOW = {"faust", "kafka", "pydantic", "holidays", "rich.progress"}


def leaves(*words: str) -> list[tuple[str, ...]]:
    """The commands that do something, with their groups' names."""
    shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"}).output
    _, is_group, below = shown.partition(" Commands ─")
    names = [line.split()[1] for line in below.splitlines() if line.startswith("│ ") and line[2] != " "] if is_group else []
    return [leaf for name in names for leaf in leaves(*words, name)] or [words]


@pytest.mark.parametrize("words", leaves(), ids=" ".join)
def test_every_command_shows_an_example_of_itself(words: tuple[str, ...]):
    ran = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"})
    assert ran.exit_code == 0
    assert f"Example: handoff {' '.join(words)}" in ran.output


def test_help_loads_nothing_slow():
    code = "import sys; from processor.cli import COMMANDS; import importlib; [importlib.import_module(m) for m, _ in COMMANDS.values()]"
    loaded = subprocess.run([sys.executable, "-c", f"{code}; print(*sys.modules)"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert SLOW & set(loaded.stdout.split()) == set()
    assert len(COMMANDS) >= 9
