"""One real Kafka for the whole session, topics of a test's own, and the program `handoff` against it."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from typer.testing import Result

from processor.stream.broker import EmbeddedKafka
from processor.stream.topics import Timestamps, create, specs
from tests.kafka.workers import Workers, commands, workers_of

HERE = Path(__file__).parent
NUMBERS = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("kafka")


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    kafka = EmbeddedKafka(tmp_path_factory.mktemp("broker"), 0)
    with pytest.MonkeyPatch.context() as environment:
        quick_java(environment)
        kafka.start()
    yield kafka
    kafka.stop()


def quick_java(environment: pytest.MonkeyPatch) -> None:
    """A broker that lives for seconds starts with half the work if its code is not compiled twice."""
    environment.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")


@pytest.fixture
def quick_brokers(monkeypatch: pytest.MonkeyPatch) -> None:
    """For brokers that a test starts itself."""
    quick_java(monkeypatch)


@pytest.fixture(scope="session")
def admin(broker: EmbeddedKafka) -> Iterator[KafkaAdminClient]:
    with KafkaAdminClient(bootstrap_servers=broker.address) as client:
        yield client


@pytest.fixture
def new_topic(admin: KafkaAdminClient) -> Callable[..., str]:
    """Makes a topic that no other test has; settings in Kafka's words."""

    def make(partitions: int = 1, **settings: str) -> str:
        name = f"test-{os.getpid()}-{next(NUMBERS)}"
        admin.create_topics({name: {"num_partitions": partitions, "replication_factor": 1, "configs": settings}}, wait_for_metadata=True)
        return name

    return make


@pytest.fixture(scope="session")
def delete_topics(admin: KafkaAdminClient) -> Callable[[Iterable[str]], None]:
    """Deletes what is there of the topics, and waits until the broker knows what its controller knows."""

    def delete(names: Iterable[str]) -> None:
        admin.delete_topics(list(names), raise_errors=False)
        while not set(names).isdisjoint(admin.list_topics()):
            time.sleep(0.02)

    return delete


@pytest.fixture(scope="session")
def our_topics(admin: KafkaAdminClient, delete_topics: Callable[[Iterable[str]], None]) -> Callable[..., None]:
    """Makes our topics, empty, whatever was there before."""

    def make(partitions: int = 4, timestamps: Timestamps = "broker", app: str = "handoff") -> None:
        wanted = specs(partitions, 1, app, timestamps)
        delete_topics([spec.name for spec in wanted])
        create(admin, wanted)

    return make


@pytest.fixture
def handoff(broker: EmbeddedKafka, tmp_path: Path) -> Callable[..., Result]:
    """Runs a command of the program, in this process, against the session's broker."""
    return commands(broker, tmp_path / "data")


@pytest.fixture
def workers(broker: EmbeddedKafka, tmp_path: Path) -> Iterator[Workers]:
    """Starts workers, of an app that no other test has."""
    with workers_of(broker, tmp_path) as started:
        yield started
