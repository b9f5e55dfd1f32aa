"""The program against the session's broker: its commands in this process, its workers as real ones, which no test's end outlives."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar

from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner, Result

from processor.cli import app as program
from processor.stream.broker import EmbeddedKafka

ROOT = Path(__file__).parents[2]
SAMPLE_POLICY = ROOT / "deploy/samples/policies"
WEEK = ROOT / "deploy/samples/week.jsonl"
SECONDS_POLICY = Path(__file__).parent / "policy_of_seconds"
PARTITIONS = 4
WRONG_USE, DIED = 2, 70  # exit codes of a worker
SESSION_TIMEOUT_S = 6.0  # the shortest that a broker takes: a killed worker without a name is missed after it
LOOK_EVERY_S = 0.02
APPS = count(1)
PROGRAM = "from processor.cli import app; app(prog_name='handoff')"

T = TypeVar("T")


def until(found: Callable[[], T], what: str, limit_s: float = 30.0) -> T:
    """What is found, as soon as it is true; AssertionError that says what did not come."""
    end = time.monotonic() + limit_s
    while not (value := found()):
        assert time.monotonic() < end, f"did not come within {limit_s:.0f} s: {what}"
        time.sleep(LOOK_EVERY_S)
    return value


def commands(broker: EmbeddedKafka, data: Path) -> Callable[..., Result]:
    def run(*words: object) -> Result:
        environment = {"HANDOFF_BROKER": broker.address, "HANDOFF_DATA": str(data), "COLUMNS": "200"}
        return CliRunner().invoke(program, [str(word) for word in words], env=environment)

    return run


def seeded(folder: Path) -> random.Random:
    """Chance that can be had again with TEST_SEED; shown, with where the data is, if the test fails."""
    seed = int(os.environ.get("TEST_SEED", random.randrange(1_000_000)))
    sys.stdout.write(f"TEST_SEED={seed}, logs and data in {folder}\n")
    return random.Random(seed)


class Worker:
    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process, self.log = process, log
        self.readiness: list[int] = []  # statuses of /readyz, as long as they were waited for

    @property
    def address(self) -> str:
        """Of health and metrics; it is served before the worker does anything else."""
        return until(lambda: next((line["health"] for line in self.said("worker starts")), ""), f"the start of the worker, see {self.log}")

    def said(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
        return [line for line in lines if line["event"] == event]

    def asked(self, path: str) -> tuple[int, str]:
        """Status and body of the answer; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ""

    def await_ready(self) -> Self:
        def ready() -> bool:
            assert self.process.poll() is None, f"the worker has ended with {self.process.returncode}, see {self.log}"
            self.readiness.append(self.asked("/readyz")[0])
            return self.readiness[-1] == 200

        until(ready, f"a worker that is ready, see {self.log}")
        assert self.said("took over"), "ready before it has taken over"
        return self

    def counted(self) -> Mapping[tuple[str, ...], float]:
        """What it tells Prometheus: by name, with label values in the order of the labels, a value."""
        families = text_string_to_metric_families(self.asked("/metrics")[1])
        return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}

    def await_counted(self, records: int) -> Mapping[tuple[str, ...], float]:
        """`counted`, once it has so many records in its transactions: it counts them a moment after they can be read."""
        until(lambda: self.counted()["handoff_batch_records_sum",] >= records, f"{records} records counted")
        return self.counted()

    def kill(self) -> None:
        self.process.kill()
        assert self.process.wait(10) == -signal.SIGKILL, f"it had ended before it was killed, see {self.log}"

    def end(self) -> float:
        """The seconds that it took to end on SIGTERM, cleanly."""
        began = time.monotonic()
        self.process.terminate()
        assert self.process.wait(20) == 0, f"see {self.log}"
        return time.monotonic() - began


class Workers:
    """Starts workers of one app; no other test has it, so that no group or changelog of another test is met."""

    def __init__(self, broker: EmbeddedKafka, folder: Path) -> None:
        self.app = f"app-{os.getpid()}-{next(APPS)}"
        self._broker, self._folder = broker, folder
        self._all: list[Worker] = []

    def start(
        self, policy: Path = SAMPLE_POLICY, *, time: str = "records", name: str | None = None, program: str = PROGRAM, **settings: object
    ) -> Worker:
        """`name`: of a static member. `program`: in Python, runs the command. `settings`: as HANDOFF_* in the environment."""
        number = len(self._all) + 1
        log = self._folder / f"worker-{number}.log"
        said = {
            "app": self.app,
            "deployment": "handoff",  # the events' source is then the one that a replay writes
            "broker": self._broker.address,
            "partitions": PARTITIONS,
            "session_timeout_s": SESSION_TIMEOUT_S,
            "metrics_port": 0,
            "data": self._folder / f"data-{name or number}",
            "policy": policy,
            "time": time,
            **({"instance": name} if name else {}),
            **settings,
        }
        environment = os.environ | {f"HANDOFF_{setting.upper()}": str(value) for setting, value in said.items()}
        command = [sys.executable, "-c", program, "worker"]
        with log.open("wb") as file:
            worker = Worker(subprocess.Popen(command, stdout=file, stderr=file, cwd=ROOT, env=environment), log)
        self._all.append(worker)
        return worker

    def end(self) -> None:
        for worker in self._all:
            worker.process.kill()
        for worker in self._all:
            worker.process.wait(10)


@contextmanager
def workers_of(broker: EmbeddedKafka, folder: Path) -> Iterator[Workers]:
    workers = Workers(broker, folder)
    try:
        yield workers
    finally:
        workers.end()
