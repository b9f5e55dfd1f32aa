"""The program `handoff` as people and scripts call it: in this process where it ends by itself, as one of its own where it runs."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner, Result

from processor.cli import app
from processor.cli.machine import PROGRAM

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy/samples"
POLICY = SAMPLE / "policies"


@pytest.fixture
def handoff() -> Callable[..., Result]:
    """Runs a command; `said` on its standard input, settings from nowhere but here."""

    def run(*words: object, said: bytes | None = None, **environment: str) -> Result:
        alone = dict.fromkeys((name for name in os.environ if name.startswith("HANDOFF_")), None)
        return CliRunner().invoke(app, [str(word) for word in words], input=said, env=alone | environment | {"COLUMNS": "200"})

    return run


class Running:
    """A command under way; `lines` are those of its standard output."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout
        self.lines = iter(process.stdout)

    def until(self, words: str) -> str:
        """The next line that has the words; AssertionError with all that came before, if none does."""
        before = ""
        for line in self.lines:
            if words in line:
                return line
            before += line
        raise AssertionError(f"{words!r} was not said, but:\n{before}")

    def end(self) -> str:
        """What it still said, after it was asked to end."""
        self.process.terminate()
        return "".join(self.lines)

    def family(self) -> list[psutil.Process]:
        """It, and all that it has started."""
        itself = psutil.Process(self.process.pid)
        return [itself, *itself.children(recursive=True)]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Running]]:
    """Starts a command; none outlives the test."""
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")  # a broker that lives for seconds starts sooner
    with _processes() as started:

        def run(*words: object, **environment: str) -> Running:
            process = subprocess.Popen(
                [*PROGRAM, *map(str, words)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=ROOT,
                env=os.environ | environment,
            )
            started.append(process)
            return Running(process)

        yield run


@contextmanager
def _processes() -> Iterator[list["subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []
    try:
        yield started
    finally:
        for process in started:
            process.kill()  # what it has started ends with it
            process.communicate()
