"""Does the embedded Kafka start, stop, keep its data and say what is wrong? What runs on it is for the other tests."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from uuid import UUID

import psutil
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from typer.testing import CliRunner

from processor.cli import app
from processor.stream.broker import AlreadyRunning, EmbeddedKafka, running
from processor.stream.broker.errors import ChecksumDiffers, DownloadFailed, KafkaEnded, NotWritable, PortTaken
from processor.stream.broker.jars import cache_folder, classpath, locked
from processor.stream.broker.ports import free_port, is_free
from processor.stream.broker.running import Process, Running

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("quick_brokers")


def test_a_started_broker_answers_on_loopback_with_the_cluster_id_of_its_data(broker: EmbeddedKafka, admin: KafkaAdminClient):
    found = admin.describe_cluster()
    assert found["cluster_id"] == broker.cluster_id
    assert [(node["host"], node["port"]) for node in found["brokers"]] == [("127.0.0.1", broker.port)]


def test_a_cluster_id_that_looks_like_an_option_is_one_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """One id in 64 begins with a hyphen, which Kafka's tool takes for an option where it stands alone."""
    monkeypatch.setattr("processor.stream.broker.kafka.uuid.uuid4", lambda: UUID(bytes=b"\xfb" * 16))
    with EmbeddedKafka(tmp_path, 0) as kafka:
        assert kafka.cluster_id.startswith("-")


def test_a_second_start_on_the_same_data_names_the_broker_that_runs(broker: EmbeddedKafka):
    assert running(broker.data) == broker.address
    with pytest.raises(AlreadyRunning) as caught:
        EmbeddedKafka(broker.data, 0).start()
    assert caught.value.address == broker.address
    assert caught.value.owner == os.getpid()


def test_a_taken_port_is_refused_before_anything_starts_and_its_holder_is_named(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        with pytest.raises(PortTaken, match=f"{port} is taken by process {os.getpid()} .*--port"):
            EmbeddedKafka(tmp_path, port).start()
    assert running(tmp_path) is None


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "data").touch()
    with pytest.raises(NotWritable, match=f"cannot write to {tmp_path}/data/kafka: Not a directory.*--data"):
        EmbeddedKafka(tmp_path / "data", 0).start()


def test_data_survives_a_restart_on_other_ports_and_a_kill_is_reported(tmp_path: Path):
    with EmbeddedKafka(tmp_path, 0) as kafka:
        cluster, port = kafka.cluster_id, kafka.port
        with KafkaAdminClient(bootstrap_servers=kafka.address) as admin:
            admin.create_topics({"kept": {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
        with KafkaProducer(bootstrap_servers=kafka.address) as producer:
            producer.send("kept", b"still here").get()
    assert is_free(port)
    controller = int((tmp_path / "kafka" / "controller-port").read_text())
    with socket.create_server(("127.0.0.1", controller)), EmbeddedKafka(tmp_path, 0) as kafka:
        assert kafka.cluster_id == cluster
        consumer = KafkaConsumer("kept", bootstrap_servers=kafka.address, auto_offset_reset="earliest", group_id=None)
        assert next(consumer).value == b"still here"
        consumer.close()
        os.kill(kafka.pid, signal.SIGKILL)
        with pytest.raises(KafkaEnded, match=r"killed by signal 9.*\n.*INFO"):
            kafka.wait()
    assert running(tmp_path) is None


def test_a_kafka_that_ends_while_it_starts_shows_the_end_of_its_log(tmp_path: Path):
    (tmp_path / "kafka" / "data").mkdir(parents=True)
    (tmp_path / "kafka" / "data" / "meta.properties").write_text("version=1\ncluster.id=whose\nnode.id=7\n")
    with pytest.raises(KafkaEnded, match=r"ended with exit code 1[\s\S]*Stored node id 7"):
        EmbeddedKafka(tmp_path, 0).start()
    assert running(tmp_path) is None


def test_sigterm_ends_handoff_broker_cleanly(tmp_path: Path):
    port = free_port()
    with running_broker(tmp_path, port) as (handoff, said):
        assert "ready" in said
        assert f"127.0.0.1:{port}" in said
        [jvm] = psutil.Process(handoff.pid).children()
        handoff.terminate()
        assert handoff.wait(20) == 0
    assert not jvm.is_running()
    assert (tmp_path / "kafka" / "data" / ".kafka_cleanshutdown").exists()


def test_killing_the_parent_leaves_no_jvm(tmp_path: Path):
    with running_broker(tmp_path, 0) as (handoff, _):
        [jvm] = psutil.Process(handoff.pid).children()
        handoff.kill()
    jvm.wait(20)
    assert (tmp_path / "kafka" / "data" / ".kafka_cleanshutdown").exists(), "it was stopped, not killed"


def test_the_next_start_ends_an_orphan_and_spares_what_is_not_its_own(tmp_path: Path):
    kafka = EmbeddedKafka(tmp_path, 0)
    (tmp_path / "kafka").mkdir()
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        jvm, gone = Process.of(sleeper.pid), Process(sleeper.pid, 0.0)
        Running(gone, gone, "127.0.0.1:1").write(tmp_path / "kafka" / "running.json")
        kafka._end_orphan()
        assert sleeper.poll() is None, "the id is used again by another process"
        Running(jvm, gone, "127.0.0.1:1").write(tmp_path / "kafka" / "running.json")
        assert running(tmp_path) is None
        kafka._end_orphan()
        assert jvm.alive() is None


def test_without_a_broker_a_command_starts_the_embedded_one_and_stops_it(tmp_path: Path):
    created = CliRunner().invoke(app, ["topics", "create"], env={"HANDOFF_BROKER": "", "HANDOFF_DATA": str(tmp_path)})
    assert created.exit_code == 0, created.output
    assert "created crm.events.v1" in created.stdout
    assert (tmp_path / "kafka" / "data" / "crm.events.v1-0").exists()
    assert running(tmp_path) is None


def test_without_a_broker_a_command_finds_the_embedded_one_that_runs(broker: EmbeddedKafka):
    found = CliRunner().invoke(app, ["topics", "show"], env={"HANDOFF_BROKER": "", "HANDOFF_DATA": str(broker.data)})
    assert found.exit_code == 0
    assert "Starting" not in found.stderr


def test_a_broker_that_does_not_answer_is_wrong_use(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("processor.cli.options.ANSWERS_WITHIN_S", 0.2)
    address = f"127.0.0.1:{free_port()}"
    found = CliRunner().invoke(app, ["topics", "check", "--broker", address])
    assert found.exit_code == 2
    assert f"No Kafka broker answers at {address}" in found.stderr


def test_a_jar_that_is_not_the_locked_one_is_refused_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with maven_repository(b"not a jar") as url:
        only_repository(monkeypatch, tmp_path, url)
        with pytest.raises(ChecksumDiffers, match="thrown away"):
            classpath(tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*.jar"))


def test_a_download_that_fails_says_what_failed_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    only_repository(monkeypatch, tmp_path, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(DownloadFailed, match=r"jar .*:.*:.* could not be downloaded: [\s\S]*HTTPS_PROXY.*mirror.*mvn"):
        classpath(tmp_path / "cache")


@pytest.mark.usefixtures("broker")  # so that this machine has the jars
def test_without_network_jars_come_from_mavens_own_repository_and_a_damaged_one_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    only_repository(monkeypatch, tmp_path, f"http://127.0.0.1:{free_port()}", local=cache_folder() / "jars")
    assert len(classpath(tmp_path / "cache").split(os.pathsep)) == len(locked())
    damaged = locked()[0].path(tmp_path / "cache" / "jars")
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:100])
    classpath(tmp_path / "cache")
    assert damaged.read_bytes() == whole


@contextmanager
def running_broker(data: Path, port: int) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """`handoff broker` as a process that is ready, and the line in which it said so; gone after the block."""
    command = [sys.executable, "-c", "from processor.cli import app; app()", "broker", "--port", str(port), "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


@contextmanager
def maven_repository(content: bytes) -> Iterator[str]:
    """A repository that has the same content for whatever is asked."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def only_repository(monkeypatch: pytest.MonkeyPatch, folder: Path, url: str, local: Path | None = None) -> None:
    (folder / "jgo.conf").write_text(f"[repositories]\ncentral = {url}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(folder / "jgo.conf"))
    monkeypatch.setenv("M2_REPO", str(local or folder / "nothing"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
