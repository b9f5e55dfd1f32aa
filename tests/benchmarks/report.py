"""What the turns come to: medians, ratios, and how they are shown; measuring them is done elsewhere."""

import json
import os
import platform
import re
from pathlib import Path
from statistics import median
from typing import NamedTuple

from rich.table import Table

from tests.benchmarks.decisions import Work

README = Path(__file__).parents[2] / "README.md"
SECTION = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- /figures -->)", re.DOTALL)
HEAD = ("work", "who", "signals/s", "ratio")
NUMBERS = {1: "one", 2: "two", 4: "four", 6: "six", 8: "eight", 12: "twelve", 16: "sixteen"}


class Figure(NamedTuple):
    """Signals a second, one number a turn."""

    work: Work
    who: str
    signals: int
    leads: int
    per_second: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.per_second)


def ratio(figure: Figure, figures: list[Figure]) -> float:
    """To the peer of the same work."""
    peer = next(other for other in figures if other.work == figure.work and other.who == PEER)
    return figure.median / peer.median
