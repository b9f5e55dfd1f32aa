"""Does everything on one machine start with one command, outlive a worker's death, and end in order?"""

import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from kafka import KafkaAdminClient
from typer.testing import CliRunner

from processor.cli import app
from processor.stream.broker import running
from processor.stream.topics import specs
from tests.cli.conftest import POLICY, Running

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(120)]

Start = Callable[..., Running]


def up(start: Start, folder: Path) -> Running:
    return start("up", "--policy", POLICY, "--data", folder, "--port", 0, "--metrics-port", 0, "--partitions", 3)


def worker_of(machine: Running) -> psutil.Process:
    return next(process for process in machine.family() if process.cmdline()[3:4] == ["worker"])


def test_it_serves_kafka_with_the_topics_and_a_worker_until_it_is_told_to_end(start: Start, tmp_path: Path):
    machine = up(start, tmp_path)
    metrics = machine.until("metrics ").split()[1]
    machine.until("ready; Ctrl-C ends it")
    with urllib.request.urlopen(metrics) as answer:
        assert b'handoff_policy_info{digest="' in answer.read()
    with KafkaAdminClient(bootstrap_servers=running(tmp_path)) as admin:
        assert {spec.name for spec in specs()} <= set(admin.list_topics())

    worker = worker_of(machine)
    worker.kill()
    machine.until("the worker was killed by signal 9; it starts again in 1 s")
    machine.until('"event": "took over"')
    assert worker_of(machine) != worker

    family = machine.family()
    assert "ending the worker, then Kafka\nstopped\n" in machine.end()
    assert machine.process.wait() == 0
    assert psutil.wait_procs(family, timeout=0)[1] == []


@pytest.mark.skipif("sys.platform != 'linux'", reason="only Linux tells a child that its parent is gone")
def test_nothing_is_left_where_it_was_killed(start: Start, tmp_path: Path):
    machine = up(start, tmp_path)
    machine.until("ready; Ctrl-C ends it")
    family = machine.family()
    machine.process.kill()
    assert psutil.wait_procs(family, timeout=30)[1] == []


@pytest.mark.parametrize("command", ["up", "demo"])
def test_words_about_another_kafka_are_refused(command: str, tmp_path: Path):
    words = [command, "--policy", str(POLICY), "--data", str(tmp_path)]
    refused = CliRunner().invoke(app, words, env={"HANDOFF_KAFKA_USERNAME": "ann"})
    assert (refused.exit_code, "unset all that begin with HANDOFF_KAFKA_" in refused.stderr) == (2, True)
