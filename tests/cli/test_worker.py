"""Does `handoff worker` say in words what keeps it from working? How it works is asked in tests/kafka."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from processor.cli import options
from tests.cli.conftest import POLICY, SAMPLE

Handoff = Callable[..., Result]

NOWHERE = ("--broker", "127.0.0.1:1", "--metrics-port", 0)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(options, "ANSWERS_WITHIN_S", 0.1)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (NOWHERE, "Missing option '--policy' (env var: 'HANDOFF_POLICY')"),
        (("--policy", "missing", *NOWHERE), "does not exist"),
        (("--policy", SAMPLE, *NOWHERE), "found no policy file"),
        (("--policy", POLICY, "--broker", "kafka"), "--broker (HANDOFF_BROKER) is 'kafka'; expected HOST:PORT"),
        (("--policy", POLICY, *NOWHERE, "--instance", "two words"), "HANDOFF_INSTANCE is 'two words'"),
        (("--policy", POLICY, *NOWHERE, "--time", "yesterday"), "'yesterday'"),
        (("--policy", POLICY, *NOWHERE, "--data", POLICY / "policy.yaml"), "is a file"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(handoff: Handoff, words: tuple[object, ...], complaint: str, tmp_path: Path):
    ran = handoff("worker", *words, HANDOFF_DATA=str(tmp_path))
    assert ran.exit_code == 2
    assert complaint in " ".join(ran.stderr.split())


def test_a_kafka_that_does_not_answer_may_be_on_its_way_and_is_worth_another_start(handoff: Handoff, tmp_path: Path):
    ran = handoff("worker", "--policy", POLICY, *NOWHERE, HANDOFF_DATA=str(tmp_path))
    assert ran.exit_code == 70
    assert "No Kafka broker answers at 127.0.0.1:1" in ran.stderr


def test_a_mistake_in_the_policy_is_told_by_file_line_and_field(handoff: Handoff, tmp_path: Path):
    policy = tmp_path / "policy.yaml"
    policy.write_text((POLICY / "policy.yaml").read_text().replace("team: mid_market, calendar", "team: middle, calendar"))
    ran = handoff("worker", "--policy", tmp_path, *NOWHERE)
    assert ran.exit_code == 2
    assert f'{policy}:26: segments.mid_market.team: found "middle"' in ran.stderr


def test_a_metrics_port_that_is_taken_is_told(handoff: Handoff, taken: int, tmp_path: Path):
    ran = handoff("worker", "--policy", POLICY, "--broker", "127.0.0.1:1", "--data", tmp_path, "--metrics-port", taken)
    assert ran.exit_code == 2
    assert f"Health and metrics cannot be served at 127.0.0.1:{taken}: Address already in use (taken by process" in ran.stderr
