"""*whole* and *shell*: a broker and its load for each, the contestants in turns, and what they did held against each other."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from operator import attrgetter
from typing import Literal, NamedTuple

from tests.benchmarks.brokers import broker
from tests.benchmarks.decisions import STEP
from tests.benchmarks.limit import Limit, limit
from tests.benchmarks.load import EVERY_MS, Record, heartbeats, publish, signals
from tests.benchmarks.report import FAUST, LIMIT, OURS, QUIX, STREAMS, STREAMS_30_S, STREAMS_100_MS, Figure, Gap, Kind, Target
from tests.benchmarks.runs import Goal, Run, handoff, plain_faust, quix, streams
from tests.benchmarks.turns import Asked, Contestant, Say, in_turns

PART, HALF = "part-of.", "half-of."  # begin the names of the topics that slow peers read
WHOLE, SHELL = Kind("whole", "signals/s", "more"), Kind("shell", "signals/s", "more")
HALF_SHARE = 4


class Size(NamedTuple):
    signals: int
    leads: int
    every_ms: int = EVERY_MS

    def part(self, share: int) -> "Size":
        """Fewer leads with as many signals each, in the same time: a signal costs the same."""
        return Size(self.signals // share, self.leads // share, self.every_ms * share)

    def __str__(self) -> str:
        return f"{self.signals:,} signals, {self.leads:,} leads"


Peers = Literal["all", "one of each", "none"]
"""Of those that are fetched; Kafka Streams with other settings is one more."""


class Throughput(NamedTuple):
    """`share`: plain Faust has one signal in so many; Quix Streams one in four."""

    size: Size
    share: int
    turns: int
    peers: Peers = "all"


class Goals(NamedTuple):
    all: Goal
    half: Goal
    part: Goal


def whole(scale: Throughput, say: Say) -> list[Figure | Gap]:
    size, half, part = scale.size, scale.size.part(HALF_SHARE), scale.size.part(scale.share)
    with _loaded(scale, _with_heartbeats, say) as goals:
        expected: list[Limit] = []  # of the first turn; it is always the same

        def ours(turn: int) -> Sequence[float]:
            run = handoff("whole", f"whole-{turn}", goals.all)
            must = expected[0]
            assert run.outputs == must.outputs, f"published {run.outputs}, expected {must.outputs}"
            assert run.states == must.states, "other states than those of the same decisions without Kafka"
            return [run.per_second]

        def bound(turn: int) -> Sequence[float]:
            expected[:] = [limit(_with_heartbeats(size))]
            return [expected[0].per_second]

        contestants = [
            Contestant(LIMIT, [Asked(WHOLE, str(size), Target(0.5, "≥ 50 %"))], bound),
            Contestant(OURS, [Asked(WHOLE, str(size), Target(40_000, "≥ 40,000 signals/s"))], ours),
            Contestant(
                FAUST,
                [Asked(WHOLE, str(part), Target(10, "≥ 10 ×"))],
                lambda turn: [plain_faust("whole", f"plain-whole-{turn}", goals.part).per_second],
            ),
        ]
        if scale.peers != "none":
            contestants.append(
                Contestant(
                    QUIX,
                    [Asked(WHOLE, str(half), Target(1.5, "≥ 1.5 ×"))],
                    lambda turn: [quix("whole", f"quix-whole-{turn}", goals.half)],
                )
            )
        return in_turns(contestants, scale.turns, say)


def shell(scale: Throughput, say: Say) -> list[Figure | Gap]:
    size, half, part = scale.size, scale.size.part(HALF_SHARE), scale.size.part(scale.share)

    with _loaded(scale, lambda size: signals(*size), say) as goals:

        def java(who: str, name: str, guarantee: str, commit_ms: int, target: Target | None) -> Contestant:
            def run(turn: int) -> Sequence[float]:
                return [_counted(streams(f"{name}-{turn}", goals.all, guarantee, commit_ms), size)]

            return Contestant(who, [Asked(SHELL, str(size), target)], run)

        contestants = [
            Contestant(OURS, [Asked(SHELL, str(size))], lambda turn: [_counted(handoff("shell", f"shell-{turn}", goals.all), size)]),
            Contestant(
                FAUST,
                [Asked(SHELL, str(part), Target(30, "≥ 30 ×"))],
                lambda turn: [_counted(plain_faust("shell", f"plain-shell-{turn}", goals.part), part)],
            ),
        ]
        if scale.peers != "none":
            contestants += [
                Contestant(
                    QUIX,
                    [Asked(SHELL, str(half), Target(2.5, "≥ 2.5 ×"))],
                    lambda turn: [quix("shell", f"quix-shell-{turn}", goals.half)],
                ),
                java(STREAMS, "streams-once", "exactly_once_v2", 100, Target(1, "≥ 1 ×")),
            ]
        if scale.peers == "all":
            contestants += [
                java(STREAMS_100_MS, "streams-100", "at_least_once", 100, None),
                java(STREAMS_30_S, "streams-30", "at_least_once", 30_000, None),
            ]
        return in_turns(contestants, scale.turns, say)


def _counted(run: Run, size: Size) -> float:
    counted = sum(map(int, run.states.values()))
    assert counted == STEP * size.signals, f"counted {counted}, expected {STEP * size.signals}"
    return run.per_second


def _with_heartbeats(size: Size) -> Iterator[Record]:
    return merge(signals(*size), heartbeats(size.signals), key=attrgetter("timestamp"))


@contextmanager
def _loaded(scale: Throughput, records: Callable[[Size], Iterator[Record]], say: Say) -> Iterator[Goals]:
    """A broker of its own, with all records on our topics, and parts, without heartbeats, on those of peers."""
    size, half, part = scale.size, scale.size.part(HALF_SHARE), scale.size.part(scale.share)
    with broker("records", [PART, HALF]) as (address, folder):
        say(f"  publishing {size}")
        everything = Goal(address, folder, "", publish(address, records(size)))
        halved = Goal(address, folder, HALF, publish(address, signals(*half), HALF) if scale.peers != "none" else 0)
        yield Goals(everything, halved, Goal(address, folder, PART, publish(address, signals(*part), PART)))
