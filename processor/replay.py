"""The decisions over a file of events, with no Kafka: the same as a worker's over the topics; files and progress stay outside."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from pydantic_core import to_json

from processor.domain.partition import Partition
from processor.domain.policy import Policies
from schemas.cloudevents import decode_line, to_line
from schemas.errors import BadRecord
from schemas.events import DEAD_LETTERS, EVENTS
from schemas.instants import Instant
from schemas.signals import SIGNALS, Signal

TOPIC_ORDER = {topic: i for i, topic in enumerate(dict.fromkeys(topic for topic, _ in SIGNALS.values()))}
TAKEN_AT = 2000  # changed leads held decoded, so that memory does not grow with the file


class _Read(NamedTuple):
    logged: Instant
    signal: Signal


def replay(lines: Iterable[bytes], policies: Policies, source: str, until: Instant | None = None) -> Iterator[bytes]:
    """Structured-mode JSON lines, in the order decided, bad lines among them as dead letters; without line ends.

    The file is one partition, its order the log's: logged never goes back, lines of one logged are applied in the order of topics.
    `until`: lines logged later are not read, deadlines at exactly that instant fire; without it time ends at the last line's logged.
    """
    states: dict[bytes, bytes] = {}
    partition = Partition(0, policies, states)
    bad: list[bytes] = []
    for _, together in groupby(_read(lines, partition, until, bad), key=lambda read: read.logged):
        for read in sorted(together, key=lambda read: TOPIC_ORDER[SIGNALS[read.signal.type][0]]):
            while not partition.judge(read.logged, TAKEN_AT):
                yield from _taken(partition, states, source)
            partition.apply(read.signal, read.logged)
        yield from _flushed(bad)
        yield from _taken(partition, states, source)
    yield from _flushed(bad)
    while not partition.judge((partition.reached if until is None else until) + 1, TAKEN_AT):
        yield from _taken(partition, states, source)
    yield from _taken(partition, states, source)


def _read(lines: Iterable[bytes], partition: Partition, until: Instant | None, bad: list[bytes]) -> Iterator[_Read]:
    """The good lines; what the others come out as goes to `bad`. A bad line moves no time."""
    logged: Instant | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = decode_line(line)
            at = read.logged if logged is None else max(logged, read.logged)
            partition.admit(read.signal, at)
        except BadRecord as error:
            bad.append(_dead_letter(number, error))
            continue
        if until is not None and at > until:
            return
        logged = at
        yield _Read(at, read.signal)


def _dead_letter(number: int, error: BadRecord) -> bytes:
    return to_json({"topic": DEAD_LETTERS, "line": number, "reason": error.reason, "field": error.field, "message": str(error)})


def _flushed(bad: list[bytes]) -> Iterator[bytes]:
    yield from bad
    bad.clear()


def _taken(partition: Partition, states: dict[bytes, bytes], source: str) -> Iterator[bytes]:
    decided = partition.take()
    for key, packed in decided.states:
        if packed is None:
            states.pop(key, None)
        else:
            states[key] = packed
    for event in decided.events:
        yield to_line(event, source, EVENTS[event.type][0])
