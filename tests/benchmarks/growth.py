"""What a signal costs as there are more leads: the same signals decoded and decided in one process beside so many states; without Kafka.

`python -m tests.benchmarks.growth LEADS SIGNALS` prints microseconds a signal, by thirds.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import NamedTuple

from processor.domain.partition import Partition
from processor.garbage import look_seldom
from processor.policy_file import load_policies
from schemas.cloudevents import decode
from tests.benchmarks.decisions import POLICY
from tests.benchmarks.load import BEGINS_MS, Record, record
from tests.benchmarks.processes import answer, module
from tests.benchmarks.report import OURS, Figure, Gap, Kind, Target
from tests.benchmarks.states import PRICING, handed_off
from tests.benchmarks.turns import Asked, Contestant, Say, in_turns

HANDED_OFF_MS = BEGINS_MS - 64 * 3_600_000  # Friday 16:00: the next step is on Monday at 11:00
BATCH = 2_000
FLAT = 1.25  # at most so many times what it costs with the fewest leads
SAID_WITHIN_S = 240
THIRDS = 3


class Growth(NamedTuple):
    leads: Sequence[int]
    signals: int


def growth(scale: Growth, say: Say) -> list[Figure | Gap]:
    fewest = 0.0
    rows: list[Figure | Gap] = []
    for leads in scale.leads:
        kind = Kind(f"a signal, in process, with {leads:,} leads", "µs", "less")
        target = Target(FLAT * fewest, f"≤ {FLAT:.2f} × the fewest leads'") if fewest else None
        (row,) = in_turns([_ours(leads, scale.signals, Asked(kind, f"{scale.signals:,} signals", target))], 1, say)
        rows.append(row)
        if isinstance(row, Figure):
            fewest = fewest or row.median
    return rows


def _ours(leads: int, signals: int, asked: Asked) -> Contestant:
    def run(_: int) -> Sequence[float]:
        return [min(answer(module("growth", leads, signals), {}, SAID_WITHIN_S))]

    return Contestant(OURS, [asked], run)


def costs(leads: int, signals: int) -> list[float]:
    """Of each third of the signals."""
    states = handed_off(HANDED_OFF_MS)
    kept = dict(states.of(leads))
    partition = Partition(1, load_policies(POLICY), kept, states.watch)
    records = _signals(leads, signals)
    return [_microseconds(partition, kept, list(islice(records, signals // THIRDS))) for _ in range(THIRDS)]


def _signals(leads: int, count: int) -> Iterator[Record]:
    """Of leads by chance, a tenth of a second apart."""
    rng = Random(0)
    for n in range(count):
        yield record(f"g{n}", f"L{rng.randrange(leads):06}", BEGINS_MS + 100 * n, PRICING)


def _microseconds(partition: Partition, kept: dict[bytes, bytes], records: Sequence[Record]) -> float:
    began = time.process_time()
    for at in range(0, len(records), BATCH):
        for each in records[at : at + BATCH]:
            signal, logged = decode(each.key, each.value, each.headers, each.topic), each.timestamp * 1000
            partition.admit(signal, logged)
            partition.judge(logged)
            partition.apply(signal, logged)
        kept.update({key: state for key, state in partition.take().states if state is not None})
    return 1e6 * (time.process_time() - began) / len(records)


if __name__ == "__main__":
    look_seldom()  # as a worker does
    sys.stdout.write(json.dumps(costs(*map(int, sys.argv[1:]))))
