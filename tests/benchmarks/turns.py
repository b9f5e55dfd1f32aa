"""Contestants take turns, and one that fails is left out from then on while the others go on; what they do is their own matter."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.benchmarks.peers.fetched import Unavailable
from tests.benchmarks.report import OURS, Figure, Gap, Kind, Target

Say = Callable[[str], None]


class Asked(NamedTuple):
    """A figure that a contestant is to give; `of` says of how much work."""

    kind: Kind
    of: str
    target: Target | None = None


class Contestant(NamedTuple):
    """`run` does the work of one turn (from 1 on), and answers a number for each figure asked, in their order."""

    who: str
    asked: Sequence[Asked]
    run: Callable[[int], Sequence[float]]


def in_turns(contestants: Sequence[Contestant], turns: int, say: Say) -> list[Figure | Gap]:
    """By figure, ours first, then in the order of the contestants."""
    values: dict[str, list[Sequence[float]]] = {contestant.who: [] for contestant in contestants}
    failed: dict[str, str] = {}
    for turn in range(1, turns + 1):
        for contestant in contestants:
            if contestant.who in failed:
                continue
            say(f"  turn {turn} of {turns}: {contestant.who}")
            try:
                values[contestant.who].append(contestant.run(turn))
            except Unavailable as lacking:
                failed[contestant.who] = f"skipped: {lacking}"
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are measured, and the table says it
                failed[contestant.who] = f"failed: {_in_a_line(error)}"
                say(traceback.format_exc())
    kinds = dict.fromkeys(asked.kind for contestant in contestants for asked in contestant.asked)
    shown = sorted(contestants, key=lambda contestant: contestant.who != OURS)
    return [row for kind in kinds for contestant in shown for row in _rows(contestant, kind, values[contestant.who], failed)]


def _rows(contestant: Contestant, kind: Kind, values: Sequence[Sequence[float]], failed: Mapping[str, str]) -> Iterator[Figure | Gap]:
    for number, asked in enumerate(contestant.asked):
        if asked.kind != kind:
            continue
        if values:
            yield Figure(kind, contestant.who, asked.of, tuple(turn[number] for turn in values), asked.target)
        if why := failed.get(contestant.who):
            yield Gap(kind, contestant.who, why)


def _in_a_line(error: Exception) -> str:
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return words if len(words) <= 160 else f"{words[:60]} … {words[-100:]}"
