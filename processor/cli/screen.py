"""The demo on a terminal: a line for each event as it comes, totals below; on anything else the same lines, plain."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from processor.cli.local_time import day, hour, local
from processor.cli.sentences import WORDS, Line, gist
from processor.cli.tail import STYLES
from schemas.instants import Instant, parse_instant

FIRSTS = {
    ("handoff.created", None): "the first handoff: a lead qualified, sales is called",
    ("handoff.warning", None): "the first warning: time is nearly up",
    ("handoff.breached", None): "the first breach: not done when due",
    ("handoff.returned", "rep"): "the first return by a rep",
    ("handoff.returned", "clock"): "the first return by the clock",
}
"""By type, and by whom, where that matters."""

COMPANY = 19  # columns
WIDTH = max(map(len, WORDS.values()))


class Screen:
    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._console = Console(highlight=False)
        self._counts: Counter[str] = Counter()
        self._seen: set[tuple[str, str | None]] = set()
        self._companies: dict[str, str] = {}
        self._day = date.min
        self._at, self._share = "", 0.0

    @contextmanager
    def live(self, foot: str) -> Iterator[None]:
        """On a terminal the totals, where the week is, and `foot` stand at the bottom, until the end of the block."""
        bottom = Live(console=self._console, get_renderable=lambda: self._bottom(foot), refresh_per_second=5, transient=True)
        with bottom if self._console.is_terminal else nullcontext():
            yield

    def reached(self, at: Instant, share: float) -> None:
        """Where the week is: its time, and how much of it is over, from 0 to 1."""
        self._at, self._share = f"{day(at, self._zone)} {local(at, self._zone):%H:%M} in {self._zone}", share

    def say(self, words: str, style: str = "bold") -> None:
        self._console.print(Text(words, style), soft_wrap=not self._console.is_terminal)

    def show(self, line: Line) -> None:
        """What is worth a line to people, dead letters too; of the audit trail only the totals."""
        self.count(line)
        kind = line.get("type", "dead letter")
        if kind == "dead letter":
            self._print(Text(f"dead letter: {line['reason']} {line['field']}", "red"))
        if kind not in WORDS:
            return
        at = parse_instant(line["time"])
        self._turn_page(at)
        first = kind, line["data"].get("by")
        if is_first := first in FIRSTS and first not in self._seen:
            self._seen.add(first)
            self._print(Text(f"▼ {FIRSTS[first]} ({line['topic']})", "bold"))
        self._print(self._row(line, at, highlighted=is_first))

    def count(self, line: Line) -> None:
        """Without a word: what was there before."""
        data, kind = line.get("data", {}), line.get("type", "dead letter")
        self._counts[kind] += 1
        self._counts["met"] += kind == "handoff.clock" and data["state"] == "met" and "late_by_s" not in data
        if company := data.get("attributes", {}).get("company"):
            self._companies[line["subject"]] = company

    @property
    def totals(self) -> str:
        """In less than 80 columns, for a week."""
        count = self._counts
        breaches = f"breaches {count['handoff.breached']} ({count['handoff.breach_withdrawn']} withdrawn)"
        said = [f"handoffs {count['handoff.created']}", f"met {count['met']}", f"warnings {count['handoff.warning']}", breaches]
        return " · ".join([*said, f"returns {count['handoff.returned']}"])

    def _row(self, line: Line, at: Instant, *, highlighted: bool) -> Text:
        kind, data, lead = line["type"], line["data"], line["subject"]
        style = STYLES.get(kind, "")
        word = Text(f" {WORDS[kind]:<{WIDTH}} ", f"reverse {style}" if highlighted else style)
        row = Text.assemble((hour(at, self._zone), "dim"), " ", word, (f"{lead:<7}", "bold"))
        if "lead" in data:
            name = self._companies.get(lead, "")
            row.append(f"{name if len(name) <= COMPANY else name[: COMPANY - 1] + '…':<{COMPANY}} ")
        row.append(gist(line, self._zone), style)
        row.append(f"  {data.get('segment', '')}", "dim")
        return row

    def _turn_page(self, at: Instant) -> None:
        """A heading for each day, once: a verdict may be about the day before."""
        today = local(at, self._zone).date()
        if today > self._day:
            so_far = "" if self._day == date.min else f" so far: {self.totals}"
            self._day = today
            self._print(Text(f"── {day(at, self._zone)} ──{so_far}", "dim"))

    def _print(self, text: Text) -> None:
        if self._console.is_terminal:
            self._console.print(text, no_wrap=True, overflow="ellipsis", crop=True)
        else:
            self._console.print(text, soft_wrap=True)

    def _bottom(self, foot: str) -> Group:
        progress = Table.grid(padding=(0, 2))
        progress.add_row(ProgressBar(total=1.0, completed=self._share, width=24), Text(self._at, "bold"))
        return Group(Text(), progress, *(Text(line, no_wrap=True, overflow="ellipsis") for line in (self.totals, foot)))
