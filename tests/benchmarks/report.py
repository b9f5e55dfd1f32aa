"""What the turns come to: medians, ratios, targets, and how they are shown; measuring is done elsewhere."""

import os
import platform
import re
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

from rich import box
from rich.table import Table

OURS = "Handoff"
FAUST = "plain Faust"
QUIX = "Quix Streams"
STREAMS = "Kafka Streams, exactly once"
STREAMS_100_MS = "Kafka Streams, 100 ms"
STREAMS_30_S = "Kafka Streams, 30 s"
LIMIT = "the limit"
HOLIDAYS = "holidays"
TIMEDELTA = "businesstimedelta"

HEAD = ("figure", "who", "of", "measured", "±", "Handoff is", "target")
LEGEND = """\
One process each, in turns, against the same embedded broker. "Handoff is": so many times better than this row, in the same call. Handoff
writes exactly once. *whole*: the signals of marketing and the CRM, ten a lead, are scored, leads handed off, promises kept by clocks;
every changed state is durable, every event published. Plain Faust and Quix Streams make the same decisions, at least once, but keep no
deadlines. *shell*: a counter a lead, durable, and nothing else. *The limit*: decoding and deciding *whole* in one Python process, without
Kafka. Handoff and Faust are timed by the log, first to last commit; Quix Streams (commits every 5 s) and Kafka Streams (every 100 ms, or
at least once every 100 ms or 30 s) say themselves when they had the first and the last signal. A slow peer has fewer of the leads, with
as many signals each, in the same two weeks. What Handoff has published and stored is what the limit decided: events by count, states to
the byte; counters are right. *seen*: from a signal's append until a `read_committed` reader has the handoff that it causes (of Kafka
Streams: a word about the counter). *restore*: the same changelog, until signals are read again; plain Faust reads a tenth of it, times
ten.
"""
README = Path(__file__).parents[2] / "README.md"
_SECTION = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- /figures -->)", re.DOTALL)
_WORDS = {1: "one core", 2: "two cores", 4: "four cores", 8: "eight cores", 16: "sixteen cores"}


class Kind(NamedTuple):
    """What is measured."""

    name: str
    unit: str
    better: Literal["more", "less"]


class Target(NamedTuple):
    """Of a peer: Handoff is so many times better at least. Of ours: what is measured is at least, or at most, so much."""

    bound: float
    text: str


class Figure(NamedTuple):
    """One number a turn; `of` says of how much work."""

    kind: Kind
    who: str
    of: str
    values: tuple[float, ...]
    target: Target | None = None

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def spread(self) -> float:
        """Half of what lies between the slowest turn and the fastest, as a share of the median."""
        return (max(self.values) - min(self.values)) / 2 / self.median if self.median else 0.0


class Gap(NamedTuple):
    """A figure that could not be had, and why."""

    kind: Kind
    who: str
    why: str


class Report(NamedTuple):
    rows: list[Figure | Gap]

    def better(self, figure: Figure) -> float | None:
        """How many times better ours is at the same; None where ours is not there, or this is ours."""
        ours = next((row for row in self.rows if isinstance(row, Figure) and (row.kind, row.who) == (figure.kind, OURS)), None)
        if ours is None or ours is figure or not (ours.median and figure.median):
            return None
        return ours.median / figure.median if figure.kind.better == "more" else figure.median / ours.median

    def met(self, figure: Figure) -> bool | None:
        """None where there is no target, or nothing to hold against it."""
        if figure.target is None:
            return None
        if figure.who == OURS:
            return figure.median >= figure.target.bound if figure.kind.better == "more" else figure.median <= figure.target.bound
        better = self.better(figure)
        return None if better is None else better >= figure.target.bound

    def as_json(self) -> dict[str, Any]:
        return {"where": _where(), "figures": [self._json(row) for row in self.rows]}

    def _json(self, row: Figure | Gap) -> dict[str, Any]:
        said = {"figure": row.kind.name, "unit": row.kind.unit, "who": row.who}
        if isinstance(row, Gap):
            return said | {"why": row.why}
        target = row.target.text if row.target else None
        return said | {
            "of": row.of, "values": row.values, "median": row.median,
            "handoff_is": self.better(row), "target": target, "met": self.met(row),
        }  # fmt: skip

    def as_table(self) -> Table:
        table = Table(*HEAD, caption=_where(), box=box.SIMPLE)
        for column in table.columns[2:]:
            column.justify = "right"
        for row in self._lines():
            table.add_row(*row)
        return table

    def as_markdown(self) -> str:
        rows = [HEAD, ("---", "---", *["---:"] * (len(HEAD) - 2)), *self._lines()]
        return "\n".join([*("| " + " | ".join(row) + " |" for row in rows), "", f"{LEGEND}{_where()}", ""])

    def _lines(self) -> list[tuple[str, ...]]:
        return [(row.kind.name, row.who, "", row.why, "", "", "") if isinstance(row, Gap) else self._line(row) for row in self.rows]

    def _line(self, figure: Figure) -> tuple[str, ...]:
        better, met = self.better(figure), self.met(figure)
        measured = f"{_number(figure.median)} {figure.kind.unit}"
        spread = f"{figure.spread:.0%}" if len(figure.values) > 1 else ""
        shown = "" if better is None else f"{better:.0%}" if figure.who == LIMIT else f"{_number(better)} ×"
        target = figure.target.text if figure.target else ""
        verdict = "" if met is None else ", met" if met else ", missed"
        return (figure.kind.name, figure.who, figure.of, measured, spread, shown, target + verdict)


def write_readme(report: Report, readme: Path = README) -> None:
    """The README's section of figures is this report."""
    readme.write_text(_SECTION.sub(lambda _: report.as_markdown(), readme.read_text(encoding="utf-8")), encoding="utf-8")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2g}"


def _where() -> str:
    cores = os.cpu_count() or 1
    return (
        f"Medians (`make bench`); {_WORDS.get(cores, f'{cores} cores')}, shared with the broker; "
        f"Python {platform.python_version()}, {platform.system()}."
    )
