"""Everything on one machine: the embedded broker, the topics, a supervised worker; started in this order, ended in the opposite one."""

import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from textwrap import wrap

from kafka import KafkaAdminClient

from processor.cli.options import WrongUse
from processor.cli.supervisor import Supervisor
from processor.settings import Security, Settings
from processor.stream import topics
from processor.stream.broker import EmbeddedKafka, ports
from processor.stream.preflight import check
from schemas.events import ESCALATIONS

PROGRAM = (sys.executable, "-c", "from processor.cli import app; app(prog_name='handoff')")
READY_ASKED_EVERY_S = 0.1
SECURED = str(Security.model_config["env_prefix"])


@dataclass(frozen=True, slots=True)
class Machine:
    settings: Settings  # as the worker has them
    kafka: EmbeddedKafka
    worker: Supervisor

    def watch(self) -> None:
        """Call it about every second. Raises KafkaEnded, WorkerEnded."""
        self.kafka.watch()
        self.worker.watch()

    def ready(self) -> bool:
        """The worker has its partitions, restored."""
        try:
            with urllib.request.urlopen(f"{self.worker_at}/readyz", timeout=1) as answer:  # noqa: S310 - http it is
                return bool(answer.status == 200)
        except OSError:  # not yet, or not ready
            return False

    @property
    def worker_at(self) -> str:
        return f"http://{self.settings.host}:{self.settings.metrics_port}"

    def told(self) -> str:
        """Where it is and how it is used, in lines of at most 80 columns."""
        ours = topics.specs(app=self.settings.app)
        rows = [
            ("Kafka", f"{self.kafka.address}, data in {self.kafka.data}"),
            ("metrics", f"{self.worker_at}/metrics"),
            ("in", " ".join(topic.name for topic in ours if topic.role == "in")),
            ("out", " ".join(topic.name for topic in ours if topic.role in {"out", "dead letters"})),
        ]
        told = [wrap(words, 78, initial_indent=f"{name:<9}", subsequent_indent=" " * 9, break_on_hyphens=False) for name, words in rows]
        read = f"handoff tail {ESCALATIONS} --broker {self.kafka.address} --from-beginning"
        return "\n".join([*chain.from_iterable(told), read])


@contextmanager
def started(settings: Settings, port: int, log: Path | None, say: Callable[[str], None]) -> Iterator[Machine]:
    """A machine that is ready, until the end of the block, or SIGTERM, which is as Ctrl-C. `log` is the worker's: a file, or our own.

    Raises BrokerError, UnfitTopics, WorkerEnded, and WrongUse where the environment says how another Kafka is reached.
    """
    if secured := sorted(name for name in os.environ if name.startswith(SECURED)):
        raise WrongUse(f"found {secured[0]}, but the embedded Kafka asks nobody who they are; unset all that begin with {SECURED}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with EmbeddedKafka(settings.data, port) as kafka:
        here = {
            "broker": kafka.address,
            "metrics_port": settings.metrics_port or ports.free_port(),
            "instance": settings.instance or "only",  # with a name it need not wait until its predecessor is missed
        }
        settings = settings.model_copy(update=here)
        with KafkaAdminClient(bootstrap_servers=kafka.address) as admin:
            topics.create(admin, topics.specs(settings.partitions, 1, settings.app, settings.time))
        check(settings)
        machine = Machine(settings, kafka, Supervisor(_command(settings), log, say))
        try:
            while not machine.ready():
                machine.watch()
                time.sleep(READY_ASKED_EVERY_S)
            yield machine
        finally:
            say("ending the worker, then Kafka")
            machine.worker.stop()


def _command(settings: Settings) -> list[str]:
    names = ("broker", "policy", "data", "metrics_port", "time", "instance", "partitions")
    options = [str(word) for name in names for word in (f"--{name.replace('_', '-')}", getattr(settings, name))]
    return [*PROGRAM, "worker", *options]
