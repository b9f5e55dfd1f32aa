"""Contestants as processes: how one is started, what it says of itself, and that it does not outlive its turn."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psutil

from tests.benchmarks.decisions import POLICY
from tests.benchmarks.load import PARTITIONS

ENDED_WITHIN_S = 5.0  # Faust waits at its end for streams that stay empty
LOOK_EVERY_S = 0.05
ROOT = Path(__file__).parents[2]

T = TypeVar("T")


class Process:
    def __init__(self, running: "subprocess.Popen[bytes]", log: Path) -> None:
        self._running, self._log = running, log

    def alive(self) -> None:
        """Raises RuntimeError when it has ended."""
        if (code := self._running.poll()) is not None:
            raise RuntimeError(f"{self._log.stem} ended with {code}, expected it to work on:\n{self._log.read_text()[-2000:]}")

    def said(self, key: str) -> list[dict[str, Any]]:
        """The lines of JSON in its log that have the key."""
        lines = [line for line in self._log.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
        return [said for line in lines if key in (said := json.loads(line))]

    def until(self, found: Callable[[], T], what: str, within_s: float) -> T:
        """What is found as soon as it is true. Raises RuntimeError where the process ends before, or it takes too long."""
        end = time.monotonic() + within_s
        while not (value := found()):
            self.alive()
            if time.monotonic() > end:
                raise RuntimeError(f"{self._log.stem} took more than {within_s:.0f} s for: {what}\n{self._log.read_text()[-1000:]}")
            time.sleep(LOOK_EVERY_S)
        return value

    def ended(self, within_s: float) -> None:
        """It has done what it was asked to. Raises RuntimeError where it failed, or takes too long."""
        try:
            code = self._running.wait(within_s)
        except subprocess.TimeoutExpired as slow:
            raise RuntimeError(f"{self._log.stem} took more than {within_s:.0f} s\n{self._log.read_text()[-1000:]}") from slow
        if code:
            raise RuntimeError(f"{self._log.stem} ended with {code}:\n{self._log.read_text()[-1000:]}")

    def resident(self) -> int:
        """Bytes of memory."""
        return int(psutil.Process(self._running.pid).memory_info().rss)

    def worked(self) -> float:
        """Seconds of a core since its start."""
        spent = psutil.Process(self._running.pid).cpu_times()
        return float(spent.user + spent.system)


@contextmanager
def process(program: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Process]:
    """The program runs until the end of the block."""
    with log.open("wb") as out:
        running = subprocess.Popen(program, cwd=ROOT, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield Process(running, log)
    finally:
        running.terminate()
        try:
            running.wait(ENDED_WITHIN_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def answer(program: Sequence[str], environment: Mapping[str, str], within_s: float) -> Any:
    """What the program prints as JSON. Raises RuntimeError where it fails, or takes too long."""
    try:
        found = subprocess.run(
            program, cwd=ROOT, env=os.environ | environment, check=True, capture_output=True, text=True, timeout=within_s
        )
    except subprocess.CalledProcessError as failed:
        raise RuntimeError(f"{' '.join(program[-4:])}: {failed.stderr[-300:]}") from failed
    except subprocess.TimeoutExpired as slow:
        raise RuntimeError(f"{' '.join(program[-4:])} took more than {within_s:.0f} s") from slow
    return json.loads(found.stdout)


def module(name: str, *words: object) -> list[str]:
    """The command that runs a module of the benchmark."""
    return [sys.executable, "-m", f"tests.benchmarks.{name}", *map(str, words)]


def worker_settings(address: str, name: str, folder: Path, moves_time: str) -> dict[str, str]:
    """The environment of a worker of ours; `moves_time`: the broker, or records."""
    settings = {
        "broker": address,
        "app": name,
        "partitions": PARTITIONS,
        "time": moves_time,
        "metrics_port": 0,
        "data": folder / name,
        "policy": POLICY,
    }
    return {f"HANDOFF_{key.upper()}": str(value) for key, value in settings.items()}
