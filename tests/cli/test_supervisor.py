"""Is a worker started again exactly where a new start helps, and never left behind?"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from processor.cli import supervisor
from processor.cli.supervisor import Supervisor, WorkerEnded

BEGINS = "import os, pathlib, signal, sys, time; pathlib.Path(sys.argv[1]).open('a').write(f'{os.getpid()}\\n'); "


class Watched:
    """A stand-in for a worker, that does what the code says after it has noted its process id."""

    def __init__(self, folder: Path, code: str) -> None:
        self.log, self._starts, self.said = folder / "worker.log", folder / "starts", list[str]()
        self.supervisor = Supervisor([sys.executable, "-c", BEGINS + code, str(self._starts)], self.log, self.said.append)

    def pids(self) -> list[int]:
        return [int(line) for line in self._starts.read_text().splitlines()] if self._starts.exists() else []

    def until(self, met: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not met():
            assert time.monotonic() < end, self.said
            self.supervisor.watch()
            time.sleep(0.01)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_S", 0.2)


def test_a_worker_that_dies_with_70_is_started_again_after_growing_pauses(tmp_path: Path):
    worker = Watched(tmp_path, "sys.exit(70)")
    pauses = list[float]()
    while len(pauses) < 5:
        worker.until(lambda: len(worker.said) > len(pauses))
        pauses.append(worker.supervisor._pause)
    assert pauses == [0.05, 0.1, 0.2, 0.2, 0.2]
    assert worker.said[0].startswith("the worker died with exit code 70; it starts again in")


def test_one_that_lived_long_starts_again_after_the_first_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "STEADY_S", 0.0)
    worker = Watched(tmp_path, "sys.exit(70)")
    worker.until(lambda: len(worker.said) == 3)
    assert worker.supervisor._pause == 0.05


def test_a_worker_that_was_killed_is_started_again(tmp_path: Path):
    worker = Watched(tmp_path, "time.sleep(60)")
    worker.until(lambda: len(worker.pids()) == 1)
    psutil.Process(worker.pids()[0]).kill()
    worker.until(lambda: len(worker.pids()) == 2)
    assert worker.said[0].startswith("the worker was killed by signal 9")
    worker.supervisor.stop()


@pytest.mark.parametrize("code", [0, 1, 2])
def test_any_other_end_is_told_with_the_workers_last_words(tmp_path: Path, code: int):
    with pytest.raises(WorkerEnded, match=f"exit code {code}.*\nwhat is wrong, in words"):
        Watched(tmp_path, f"print('what is wrong, in words'); sys.exit({code})").until(lambda: False)


def test_stop_waits_until_the_worker_has_ended_in_its_own_way(tmp_path: Path):
    ends = "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.3), print('ended'), sys.exit(0))); "
    worker = Watched(tmp_path, f"{ends}print('began', flush=True); time.sleep(60)")
    worker.until(lambda: worker.log.exists() and "began" in worker.log.read_text())
    worker.supervisor.stop()
    assert worker.log.read_text().endswith("ended\n")
    assert not psutil.pid_exists(worker.pids()[0])


def test_a_worker_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "STOPPED_WITHIN_S", 0.2)
    worker = Watched(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('began', flush=True); time.sleep(60)")
    worker.until(lambda: worker.log.exists() and "began" in worker.log.read_text())
    worker.supervisor.stop()
    assert not psutil.pid_exists(worker.pids()[0])
