"""A broker of a part's own, with our topics on it and those of the peers, and a folder that is gone afterwards; the records are load's."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from kafka import KafkaAdminClient

from processor.stream.broker import EmbeddedKafka
from processor.stream.topics import Timestamps, create, specs
from tests.benchmarks.load import PARTITIONS


class Place(NamedTuple):
    address: str
    folder: Path


@contextmanager
def broker(timestamps: Timestamps, prefixes: Sequence[str] = ()) -> Iterator[Place]:
    """With our topics, and our input topics again under each prefix."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, EmbeddedKafka(Path(folder), 0) as kafka:
        wanted = specs(PARTITIONS, timestamps=timestamps)
        inputs = [spec for spec in wanted if spec.role == "in"]
        with KafkaAdminClient(bootstrap_servers=kafka.address) as admin:
            create(admin, [*wanted, *(replace(spec, name=prefix + spec.name) for prefix in prefixes for spec in inputs)])
        yield Place(kafka.address, Path(folder))


def create_changelog(place: Place, name: str) -> None:
    with KafkaAdminClient(bootstrap_servers=place.address) as admin:
        create(admin, specs(PARTITIONS, 1, name, "records"))
