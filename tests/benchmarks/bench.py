"""The order of things: a broker and its load for each work, then the contestants in turns, and what they did held against each other."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from heapq import merge
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from kafka import KafkaAdminClient

from processor.stream.broker import EmbeddedKafka
from processor.stream.topics import create, specs
from tests.benchmarks.decisions import STEP
from tests.benchmarks.limit import limit
from tests.benchmarks.load import PARTITIONS, Record, heartbeats, publish, signals
from tests.benchmarks.report import LIMIT, OURS, PEER, Figure, Report
from tests.benchmarks.runs import Goal, handoff, plain_faust

PART = "part-of."  # begins the names of the topics that a slow peer reads

Say = Callable[[str], None]


class Size(NamedTuple):
    signals: int
    leads: int

    def part(self, share: int) -> "Size":
        """As many signals of a lead, of fewer leads: a signal costs the same."""
        return Size(self.signals // share, self.leads // share)


class Scale(NamedTuple):
    """How much is done. `share`: a slow peer has one signal in so many."""

    shell: Size
    whole: Size
    share: int
    turns: int


FULL = Scale(Size(1_600_000, 50_000), Size(1_000_000, 100_000), 25, 3)
QUICK = Scale(Size(60_000, 2_000), Size(60_000, 6_000), 6, 1)


def measure(scale: Scale, say: Say) -> Report:
    """Raises RuntimeError where a contestant fails, AssertionError where it did not do the work."""
    return Report([*_whole(scale, say), *_shell(scale, say)])


def _whole(scale: Scale, say: Say) -> list[Figure]:
    size, part = scale.whole, scale.whole.part(scale.share)
    mine, theirs, limits = list[float](), list[float](), list[float]()
    with _loaded(size, part, _with_heartbeats, say) as (goal, part_goal):
        for turn in range(1, scale.turns + 1):
            say(f"whole, turn {turn} of {scale.turns}")
            run = handoff("whole", f"whole-{turn}", goal)
            theirs.append(plain_faust("whole", f"plain-whole-{turn}", part_goal).per_second)
            expected = limit(_with_heartbeats(size))
            assert run.outputs == expected.outputs, f"published {run.outputs}, expected {expected.outputs}"
            assert run.states == expected.states, "other states than those of the same decisions without Kafka"
            mine.append(run.per_second)
            limits.append(expected.per_second)
    return [
        Figure("whole", OURS, *size, tuple(mine)),
        Figure("whole", PEER, *part, tuple(theirs)),
        Figure("whole", LIMIT, *size, tuple(limits)),
    ]


def _shell(scale: Scale, say: Say) -> list[Figure]:
    size, part = scale.shell, scale.shell.part(scale.share)
    mine, theirs = list[float](), list[float]()
    with _loaded(size, part, lambda size: signals(*size), say) as (goal, part_goal):
        for turn in range(1, scale.turns + 1):
            say(f"shell, turn {turn} of {scale.turns}")
            run = handoff("shell", f"shell-{turn}", goal)
            theirs.append(plain_faust("shell", f"plain-shell-{turn}", part_goal).per_second)
            counted = sum(map(int, run.states.values()))
            assert counted == STEP * size.signals, f"counted {counted}, expected {STEP * size.signals}"
            mine.append(run.per_second)
    return [Figure("shell", OURS, *size, tuple(mine)), Figure("shell", PEER, *part, tuple(theirs))]


def _with_heartbeats(size: Size) -> Iterator[Record]:
    return merge(signals(*size), heartbeats(size.signals), key=attrgetter("timestamp"))


@contextmanager
def _loaded(size: Size, part: Size, records: Callable[[Size], Iterator[Record]], say: Say) -> Iterator[tuple[Goal, Goal]]:
    """A broker of its own, with all records on our topics, and the part, without heartbeats, on those of a peer."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedKafka(Path(folder), 0) as kafka:
        say(f"publishing {size.signals:,} signals of {size.leads:,} leads")
        inputs = [spec for spec in specs(PARTITIONS, timestamps="records") if spec.role == "in"]
        with KafkaAdminClient(bootstrap_servers=kafka.address) as admin:
            create(admin, [*specs(PARTITIONS, timestamps="records"), *(replace(spec, name=PART + spec.name) for spec in inputs)])
        everything = Goal(kafka.address, Path(folder), "", publish(kafka.address, records(size)))
        yield everything, Goal(kafka.address, Path(folder), PART, publish(kafka.address, signals(*part), PART))
