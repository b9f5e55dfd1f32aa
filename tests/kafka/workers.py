"""Real `handoff worker` processes against the session's broker, each with its log in a file; whatever a test does, none outlives it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client.parser import text_string_to_metric_families

from processor.stream.broker import EmbeddedKafka

ROOT = Path(__file__).parents[2]
SAMPLE_POLICY = ROOT / "deploy/samples/policies"
PARTITIONS = 4
SESSION_TIMEOUT_S = 6.0  # the shortest that a broker takes: a killed worker without a name is missed after it
LOOK_EVERY_S = 0.02

T = TypeVar("T")


def until(found: Callable[[], T], what: str, limit_s: float = 30.0) -> T:
    """What is found, as soon as it is true; AssertionError that says what did not come."""
    end = time.monotonic() + limit_s
    while not (value := found()):
        assert time.monotonic() < end, f"did not come within {limit_s:.0f} s: {what}"
        time.sleep(LOOK_EVERY_S)
    return value


class Worker:
    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process, self.log = process, log

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

    def await_ready(self) -> "Worker":
        def ready() -> bool:
            assert self.process.poll() is None, f"the worker has ended with {self.process.returncode}, see {self.log}"
            return self.asked("/readyz")[0] == 200

        until(ready, f"a worker that is ready, see {self.log}")
        return self

    def counted(self) -> Mapping[tuple[str, ...], float]:
        """What it tells Prometheus: by name, with label values in the order of the labels, a value."""
        families = text_string_to_metric_families(self.asked("/metrics")[1])
        return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}

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
    """Starts workers of one app; the test's own, so that no group or changelog of another test is met."""

    def __init__(self, broker: EmbeddedKafka, folder: Path, app: str) -> None:
        self.app, self.folder = app, folder
        self._broker = broker
        self._all: list[Worker] = []

    def start(self, policy: Path = SAMPLE_POLICY, *, time: str = "records", name: str | None = None, **settings: object) -> Worker:
        """`name`: of a static member. `settings`: as HANDOFF_* in the environment."""
        log = self.folder / f"worker-{len(self._all) + 1}.log"
        said = {
            "app": self.app,
            "deployment": "handoff",  # the events' source, as a replay writes it
            "broker": self._broker.address,
            "partitions": PARTITIONS,
            "session_timeout_s": SESSION_TIMEOUT_S,
            "metrics_port": 0,
            "data": self.folder / f"data-{name or len(self._all) + 1}",
            "policy": policy,
            "time": time,
            **({"instance": name} if name else {}),
            **settings,
        }
        environment = os.environ | {f"HANDOFF_{setting.upper()}": str(value) for setting, value in said.items()}
        command = [sys.executable, "-c", "from processor.cli import app; app(prog_name='handoff')", "worker"]
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
def workers_of(broker: EmbeddedKafka, folder: Path, app: str) -> Iterator[Workers]:
    workers = Workers(broker, folder, app)
    try:
        yield workers
    finally:
        workers.end()
