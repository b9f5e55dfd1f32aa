"""What the turns come to: medians, ratios, and how they are shown; measuring is done elsewhere."""

import os
import platform
import re
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

from rich.table import Table

from tests.benchmarks.decisions import Work

Who = Literal["Handoff", "plain Faust", "the limit"]
WHO: dict[Who, str] = {
    "Handoff": "one worker process, exactly once",
    "plain Faust": "one process, at least once, no deadlines",
    "the limit": "decode and decide in one process, no Kafka, nothing stored",
}
HEAD = ("work", "who", "signals", "leads", "signals/s", "slowest–fastest", "× plain Faust", "of the limit")
README = Path(__file__).parents[2] / "README.md"
_SECTION = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- /figures -->)", re.DOTALL)
_WORDS = {1: "One core", 2: "Two cores", 4: "Four cores", 8: "Eight cores", 16: "Sixteen cores"}


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


class Report(NamedTuple):
    figures: list[Figure]

    def ratio(self, figure: Figure, other: Who) -> float | None:
        """Of medians of the same call; None where the other has not done this work."""
        return next((figure.median / found.median for found in self.figures if (found.work, found.who) == (figure.work, other)), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "machine": machine(),
            "figures": [
                figure._asdict()
                | {"median": figure.median, "to_plain_faust": self.ratio(figure, "plain Faust"), "to_limit": self.ratio(figure, "the limit")}
                for figure in self.figures
            ],
        }

    def as_table(self) -> Table:
        table = Table(*HEAD, caption=machine())
        for column in table.columns[2:]:
            column.justify = "right"
        for row in self._rows():
            table.add_row(*row)
        return table

    def as_markdown(self) -> str:
        rows = [HEAD, ("---", "---", *["---:"] * (len(HEAD) - 2)), *self._rows()]
        return "\n".join(["| " + " | ".join(row) + " |" for row in rows] + ["", machine()])

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                figure.work,
                f"{figure.who}: {WHO[figure.who]}",
                f"{figure.signals:,}",
                f"{figure.leads:,}",
                f"{figure.median:,.0f}",
                f"{min(figure.per_second):,.0f}–{max(figure.per_second):,.0f}",
                _shown(self.ratio(figure, "plain Faust"), "{:.1f}"),
                _shown(self.ratio(figure, "the limit"), "{:.0%}"),
            )
            for figure in self.figures
        ]


def machine() -> str:
    """Where it was measured, in words."""
    cores = os.cpu_count() or 1
    return f"{_WORDS.get(cores, f'{cores} cores')}, shared with the broker; Python {platform.python_version()}, {platform.system()}."


def write_readme(report: Report, readme: Path = README) -> None:
    """The README's section of figures is this report."""
    readme.write_text(_SECTION.sub(lambda _: f"{report.as_markdown()}\n", readme.read_text(encoding="utf-8")), encoding="utf-8")


def _shown(ratio: float | None, form: str) -> str:
    return "" if ratio is None else form.format(ratio)
