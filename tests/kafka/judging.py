"""What is right of a worker's topics, found without the shell: readers of its own, the log's order sorted anew, the core over that."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from pydantic_core import to_json
from typer.testing import Result

from processor.domain.partition import Partition
from processor.policy_file import load_policies
from processor.stream.broker import EmbeddedKafka
from processor.stream.leads import Part
from schemas.cloudevents import decode_line
from schemas.errors import BadRecord
from schemas.events import EVENTS
from schemas.instants import Instant
from schemas.signals import SIGNALS
from tests.kafka.telling import INPUTS
from tests.kafka.workers import PARTITIONS, until

OUTPUTS = tuple(sorted({topic for topic, _ in EVENTS.values()}))
ENVELOPE = ("specversion", "id", "source", "type", "subject", "time")


class Reader:
    """Reads on and on from the topics' beginnings; kafka-python's, so that no error of the worker's own client hides from it."""

    def __init__(self, broker: EmbeddedKafka, topics: Iterable[str], level: str = "read_committed") -> None:
        # fmt: off
        self._consumer = KafkaConsumer(
            bootstrap_servers=broker.address, group_id=None, enable_auto_commit=False, isolation_level=level,
            max_partition_fetch_bytes=4 << 20, fetch_max_wait_ms=50,
        )
        # fmt: on
        self._partitions = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
        self._consumer.assign(self._partitions)
        self._consumer.seek_to_beginning()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def ends(self) -> dict[tuple[str, int], int]:
        return {(tp.topic, tp.partition): end for tp, end in self._consumer.end_offsets(self._partitions).items()}

    def new(self) -> list[Any]:
        """The records since the last call, up to where the topics end now, each partition's in order."""
        ends, found = self.ends(), []
        while any(self._consumer.position(tp) < ends[tp.topic, tp.partition] for tp in self._partitions):
            for records in self._consumer.poll(50).values():
                found += records
        return found


def read(broker: EmbeddedKafka, *topics: str) -> list[Any]:
    with Reader(broker, topics) as reader:
        return reader.new()


def unended(broker: EmbeddedKafka, *topics: str) -> set[tuple[str, int]]:
    """The partitions in which a transaction is open."""
    with Reader(broker, topics) as committed, Reader(broker, topics, "read_uncommitted") as all_:
        stable, last = committed.ends(), all_.ends()
    return {place for place in last if stable[place] < last[place]}


def line_of(record: Any) -> bytes:
    """An output as the line that a replay writes of it: key, headers and value are all in it, or asserted here."""
    said = {name: value.decode() for name, value in record.headers}
    assert list(said) == ["content-type", *(f"ce_{name}" for name in ENVELOPE)], record
    assert said["content-type"] == "application/json"
    assert record.key.decode() == said["ce_subject"], record
    envelope = {name: said[f"ce_{name}"] for name in ENVELOPE} | {"topic": record.topic}
    value: bytes = record.value
    return to_json(envelope)[:-1] + b',"data":' + value + b"}"


def published(broker: EmbeddedKafka) -> list[bytes]:
    return [line_of(record) for record in read(broker, *OUTPUTS)]


def replayed(handoff: Callable[..., Result], file: Path, policy: Path, *options: object) -> list[bytes]:
    """What `handoff replay` writes."""
    result = handoff("replay", file, "--policy", policy, *options)
    assert result.exit_code == 0, result.output
    return result.stdout.encode().splitlines()


def assert_same(found: Iterable[bytes], expected: Sequence[bytes]) -> None:
    """The same lines as often, in any order."""
    seen, right = Counter(found), Counter(expected)
    missing, extra = right - seen, seen - right
    assert not missing, f"{missing.total()} of {len(expected)} are missing, such as {next(iter(missing))!r}"
    assert not extra, f"{extra.total()} beside {len(expected)} right ones, such as {next(iter(extra))!r}"


class Changelog:
    """What of an app is durable, folded as a takeover folds it."""

    def __init__(self, broker: EmbeddedKafka, app: str) -> None:
        self.parts = {number: Part() for number in range(PARTITIONS)}
        self._changes = Reader(broker, [f"{app}-leads-changelog"])
        self._inputs = Reader(broker, INPUTS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for reader in (self._changes, self._inputs):
            reader.__exit__()

    def read(self) -> Self:
        for record in self._changes.new():
            self.parts[record.partition].read([record])
        return self

    def applied(self) -> dict[tuple[str, int], int]:
        """By topic and partition the offset that comes next."""
        offsets = {number: part.applied.offsets() for number, part in self.parts.items()}
        return {(topic, number): offsets[number].get(topic, 0) for topic in INPUTS for number in offsets}

    def states(self) -> dict[bytes, bytes]:
        """By lead; of no lead there are two."""
        states = {key: state for part in self.parts.values() for key, state in part.states.items()}
        assert len(states) == sum(len(part.states) for part in self.parts.values()), "a lead lies in two partitions"
        return states

    def ends(self) -> dict[tuple[str, int], int]:
        """By input topic and partition the offset at which it ends."""
        return self._inputs.ends()

    def share(self) -> float:
        """Of the inputs that are there, what is applied; from 0 to 1."""
        return sum(self.read().applied().values()) / sum(self.ends().values())

    def await_all(self, limit_s: float = 40.0) -> Self:
        """Exactly what is there is applied: nothing is left over, and nothing is ahead of the log."""
        ends = self._inputs.ends()
        until(lambda: self.read().applied() == ends, f"all inputs applied, which end at {ends}", limit_s)
        return self


def states_after(lines: Iterable[bytes], policy: Path, reached: Instant | None = None) -> dict[bytes, bytes]:
    """The leads' states after a partition's lines, sorted anew into the log's order, bad ones left out; time ends at the instant that was
    reached, else at the last line."""
    states: dict[bytes, bytes] = {}
    partition = Partition(0, load_policies(policy), states)
    latest: dict[str, Instant] = dict.fromkeys(INPUTS, 0)
    told = []
    for number, raw in enumerate(lines):
        with suppress(BadRecord):
            line = decode_line(raw)
            topic = SIGNALS[line.signal.type][0]
            logged = max(line.logged, latest[topic])
            partition.admit(line.signal, logged)
            latest[topic] = logged
            told.append((logged, INPUTS.index(topic), number, line.signal))
    for logged, _, _, signal in sorted(told):
        partition.judge(logged)
        partition.apply(signal, logged)
    partition.judge(reached or partition.reached)
    return {key: state for key, state in partition.take().states if state is not None}
