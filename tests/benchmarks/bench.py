"""The parts of the benchmark and how much each does; a part that fails is a line of the table, and the next one begins."""

import time
import traceback
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.benchmarks.business_time import BusinessTime, business_time
from tests.benchmarks.deadlines import Deadlines, deadlines
from tests.benchmarks.growth import Growth, growth
from tests.benchmarks.latency import Latency, latency
from tests.benchmarks.report import OURS, Figure, Gap, Kind, Report
from tests.benchmarks.restore import Restore, restore
from tests.benchmarks.throughput import Size, Throughput, shell, whole
from tests.benchmarks.turns import Say


class Scale(NamedTuple):
    """How much is done, by part."""

    whole: Throughput
    shell: Throughput
    latency: Latency
    restore: Restore
    deadlines: Deadlines
    growth: Growth
    business_time: BusinessTime


FULL = Scale(
    whole=Throughput(Size(1_000_000, 100_000), 25, 2),
    shell=Throughput(Size(1_600_000, 50_000), 25, 2),
    latency=Latency((1_000, 5_000), 15, 2),
    restore=Restore(1_000_000, 10, 20, 1),
    deadlines=Deadlines(100_000, 2),
    growth=Growth((10_000, 100_000, 1_000_000), 30_000),
    business_time=BusinessTime(100_000, 3),
)
QUICK = Scale(
    whole=Throughput(Size(20_000, 2_000), 10, 1, "one of each"),
    shell=Throughput(Size(40_000, 2_000), 10, 1, "one of each"),
    latency=Latency((500,), 3, 1),
    restore=Restore(10_000, 10, 2, 1),
    deadlines=Deadlines(2_000, 1),
    growth=Growth((1_000, 10_000), 3_000),
    business_time=BusinessTime(2_000, 1),
)
PARTS: dict[str, Callable[[Scale, Say], list[Figure | Gap]]] = {
    "whole": lambda scale, say: whole(scale.whole, say),
    "shell": lambda scale, say: shell(scale.shell, say),
    "latency": lambda scale, say: latency(scale.latency, say),
    "restore": lambda scale, say: restore(scale.restore, say),
    "deadlines": lambda scale, say: deadlines(scale.deadlines, say),
    "growth": lambda scale, say: growth(scale.growth, say),
    "business_time": lambda scale, say: business_time(scale.business_time, say),
}


def measure(scale: Scale, say: Say, parts: Sequence[str] = tuple(PARTS)) -> Report:
    rows: list[Figure | Gap] = []
    for name in parts:
        began = time.monotonic()
        say(name)
        try:
            rows += PARTS[name](scale, say)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other parts are measured, and the table says it
            say(traceback.format_exc())
            rows.append(Gap(Kind(name, "", "more"), OURS, f"failed: {error!r}"[:200]))
        say(f"  {name} took {time.monotonic() - began:.0f} s")
    return Report(rows)
