"""What the turns come to: medians, ratios, and how they are shown; measuring is done elsewhere."""

import os
import platform
import re
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

from rich import box
from rich.table import Table

from tests.benchmarks.decisions import Work

Who = Literal["Handoff", "plain Faust", "the limit"]
OURS: Who = "Handoff"
PEER: Who = "plain Faust"
LIMIT: Who = "the limit"

HEAD = ("work", "who", "signals", "signals/s", "±", "× plain Faust", "of the limit")
LEGEND = """\
One process each; Handoff writes exactly once, plain Faust at least once. *whole*: the signals of marketing and the CRM, ten a lead, are
scored, leads handed off, promises kept by clocks; every changed state is durable, every event published. Plain Faust makes the same
decisions, but keeps no deadlines. *shell*: a counter a lead, durable, and nothing else. *The limit*: decoding and deciding *whole* in one
Python process, without Kafka. A slow peer has a smaller part of the work, with as many signals a lead. What Handoff has published and
stored is what the limit decided: events by count, states to the byte.
"""
README = Path(__file__).parents[2] / "README.md"
_SECTION = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- /figures -->)", re.DOTALL)
_WORDS = {1: "one core", 2: "two cores", 4: "four cores", 8: "eight cores", 16: "sixteen cores"}


class Figure(NamedTuple):
    """Signals a second, one number a turn; what was read is `signals` of `leads`."""

    work: Work
    who: Who
    signals: int
    leads: int
    per_second: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.per_second)

    @property
    def spread(self) -> float:
        """Half of what lies between the slowest turn and the fastest, as a share of the median."""
        return (max(self.per_second) - min(self.per_second)) / 2 / self.median


class Report(NamedTuple):
    figures: list[Figure]

    def ratio(self, figure: Figure, other: Who) -> float | None:
        """Of the medians; None where the other has not done this work."""
        return next((figure.median / found.median for found in self.figures if (found.work, found.who) == (figure.work, other)), None)

    def as_json(self) -> dict[str, Any]:
        figures = [
            figure._asdict() | {"median": figure.median, "to_plain_faust": self.ratio(figure, PEER), "to_limit": self.ratio(figure, LIMIT)}
            for figure in self.figures
        ]
        return {"where": self._where(), "figures": figures}

    def as_table(self) -> Table:
        table = Table(*HEAD, caption=self._where(), box=box.SIMPLE)
        for column in table.columns[2:]:
            column.justify = "right"
        for row in self._rows():
            table.add_row(*row)
        return table

    def as_markdown(self) -> str:
        rows = [HEAD, ("---", "---", *["---:"] * (len(HEAD) - 2)), *self._rows()]
        return "\n".join([*("| " + " | ".join(row) + " |" for row in rows), "", f"{LEGEND}{self._where()}", ""])

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                figure.work,
                figure.who,
                f"{figure.signals:,}",
                f"{figure.median:,.0f}",
                f"{figure.spread:.0%}",
                _shown(self.ratio(figure, PEER), "{:.1f}"),
                _shown(self.ratio(figure, LIMIT), "{:.0%}"),
            )
            for figure in self.figures
        ]

    def _where(self) -> str:
        cores = os.cpu_count() or 1
        turns = max(len(figure.per_second) for figure in self.figures)
        return (
            f"Median of turns: {turns} (`make bench`); {_WORDS.get(cores, f'{cores} cores')}, shared with the broker; "
            f"Python {platform.python_version()}, {platform.system()}."
        )


def write_readme(report: Report, readme: Path = README) -> None:
    """The README's section of figures is this report."""
    readme.write_text(_SECTION.sub(lambda _: report.as_markdown(), readme.read_text(encoding="utf-8")), encoding="utf-8")


def _shown(ratio: float | None, form: str) -> str:
    return "" if ratio is None else form.format(ratio)
