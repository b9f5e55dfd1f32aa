"""How much memory each worker takes and how far each is behind, over its whole life, and whether that is flat."""

from collections import defaultdict
from statistics import median
from typing import NamedTuple

import psutil

from tests.kafka.workers import Worker

SHORTEST_LIFE_S = 120.0  # what is told of a shorter one is its start
PARTS, EARLY = 8, 2  # a life is looked at in so many parts, and the last compared with an early one, when it has settled
MAY_GROW_BYTES, MAY_GROW = 12 << 20, 1.1
CALM_LAG = 400  # records, some seconds of the load, when nothing has happened for a while


class Look(NamedTuple):
    at: float  # seconds since the beginning
    resident: int  # bytes


class Vitals:
    def __init__(self) -> None:
        self._lives: dict[str, list[Look]] = defaultdict(list)
        self.lags: list[tuple[float, int]] = []  # (seconds since the beginning, records), looked at in calm moments

    def look(self, at: float, workers: dict[str, Worker]) -> None:
        for name, worker in workers.items():
            try:
                resident = psutil.Process(worker.process.pid).memory_info().rss
            except psutil.NoSuchProcess:
                continue
            if resident:
                self.saw(f"{name} ({worker.log.stem})", Look(at, resident))

    def saw(self, life: str, look: Look) -> None:
        self._lives[life].append(look)

    def findings(self) -> list[str]:
        """What is not flat, and what cannot be said to be: nothing was seen of it."""
        lives = self._lives_in_parts()
        found = [
            f"{life} grew from {parts[EARLY] >> 20} to {parts[-1] >> 20} MB"
            for life, parts in lives
            if parts[-1] > parts[EARLY] * MAY_GROW + MAY_GROW_BYTES
        ]
        found += [f"{lag} records behind after {at:.0f} s, in a calm moment" for at, lag in self.lags if lag > CALM_LAG]
        if not lives:
            found.append(f"no worker lived for {SHORTEST_LIFE_S:.0f} s")
        if not self.lags:
            found.append("no moment was calm")
        return found

    def shown(self) -> list[str]:
        shown = [f"memory of {life}, MB: {' '.join(str(part >> 20) for part in parts)}" for life, parts in self._lives_in_parts()]
        if lags := [lag for _, lag in self.lags]:
            shown.append(f"lag in calm moments: median {median(lags):.0f}, largest {max(lags)} records")
        return shown

    def _lives_in_parts(self) -> list[tuple[str, list[int]]]:
        """Of every long life the medians of its parts."""
        return [
            (life, [_median(looks[len(looks) * part // PARTS : len(looks) * (part + 1) // PARTS]) for part in range(PARTS)])
            for life, looks in self._lives.items()
            if looks[-1].at - looks[0].at >= SHORTEST_LIFE_S
        ]


def _median(looks: list[Look]) -> int:
    return int(median(look.resident for look in looks))
