"""Two agreements side by side on a terminal, with what the second would change; the numbers are `processor.backtest`'s."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from processor.backtest import Comparison
from processor.backtest.tally import Load, Tally, Verdict, quantile
from processor.backtest.values import clocks_of
from processor.cli.story_words import span
from processor.domain.policy import Policies

Better = Literal["more", "less", "neither"]

VERDICTS: tuple[tuple[Verdict, str, Better], ...] = (
    ("opened", "opened", "neither"),
    ("met", "met in time", "more"),
    ("met_late", "done late", "less"),
    ("breached", "breached, not done", "less"),
    ("withdrawn", "breaches withdrawn", "neither"),
    ("cancelled", "cancelled", "neither"),
    ("running", "still running", "neither"),
)
NAMES = 36  # columns
REPS_SHOWN = 12
LOADS: tuple[Load, ...] = ("handoffs", "attempts")
CHANGES = {
    "handed_off": "handed off",
    "withheld": "withheld",
    "breached": "breached {}",
    "returned": "returned",
}


class Row(NamedTuple):
    """`unit`: how both values and their difference are written."""

    name: str
    one: float | None
    other: float | None
    better: Better = "neither"
    unit: Literal["", "%", "s"] = ""


def print_side_by_side(
    console: Console, comparison: Comparison, agreements: tuple[Policies, Policies], names: tuple[str, str], most: int | None
) -> None:
    """`names` of the agreements; `most`: how many leads of each kind are named, None: all of them."""
    for letter, policies, name in zip("AB", agreements, names, strict=True):
        versions = ", ".join(policy.key for policy in policies.versions)
        console.print(Text.assemble((letter, "bold"), f"  {name}: {versions}"))
    bad = f", {comparison.bad:,} of them bad" if comparison.bad else ""
    console.print(Text(f"{comparison.lines:,} events{bad}; what people did is as it was, whatever they had agreed", "dim"))
    table = _table("", "A", "B", "B − A")
    for title, rows in _sections(*comparison.tallies, agreements):
        shown = [row for row in rows if row.one or row.other]
        if shown:
            table.add_row()
            table.add_row(Text(title, "bold"))
        for row in shown:
            table.add_row(f"  {row.name}", _value(row.one, row.unit), _value(row.other, row.unit), _difference(row))
    console.print(table)
    _print_load(console, *comparison.tallies)
    _print_leads(console, comparison, most)


def _sections(one: Tally, other: Tally, agreements: tuple[Policies, Policies]) -> Iterator[tuple[str, list[Row]]]:
    yield "Handed off", list(_handoffs(one, other))
    for clock in clocks_of(one, other):
        yield _clock_title(clock, agreements), list(_clock(clock, one, other))
    yield "Returned to marketing", list(_returns(one, other))
    yield "Time to the first attempt", list(_first_attempts(one, other))
    yield "Signals refused", [Row(reason, one.refused[reason], other.refused[reason]) for reason in sorted({*one.refused, *other.refused})]


def _handoffs(one: Tally, other: Tally) -> Iterator[Row]:
    yield Row("leads handed off", one.handoffs.total(), other.handoffs.total())
    for trigger in sorted({*one.handoffs, *other.handoffs}):
        yield Row(_trigger(trigger), one.handoffs[trigger], other.handoffs[trigger])
    yield Row("withheld at first", one.withheld, other.withheld, "less")


def _trigger(trigger: str) -> str:
    return {"threshold": "by their score", "completed": "once complete"}.get(trigger, f"by fast track {trigger.partition(':')[2]}")


def _clock_title(clock: str, agreements: tuple[Policies, Policies]) -> str:
    """With the target of each agreement's last version."""
    named = [policies.versions[-1].clock_named.get(clock) for policies in agreements]
    targets = ["none" if duty is None else duty.target.text for duty in named]
    said = targets[0] if targets[0] == targets[1] else f"A {targets[0]}, B {targets[1]}"
    return f"Clock {clock}: {said}"


def _clock(clock: str, one: Tally, other: Tally) -> Iterator[Row]:
    for verdict, words, better in VERDICTS:
        yield Row(words, one.clocks[clock, verdict], other.clocks[clock, verdict], better)
    yield Row("in time, of those judged", one.compliance(clock), other.compliance(clock), "more", "%")


def _returns(one: Tally, other: Tally) -> Iterator[Row]:
    for reason, by in sorted({*one.returns, *other.returns}):
        better: Better = "less" if by == "clock" else "neither"
        yield Row(f"{reason}, by {'a rep' if by == 'rep' else 'the clock'}", one.returns[reason, by], other.returns[reason, by], better)
    yield Row("returns by a clock withdrawn", one.returns_withdrawn, other.returns_withdrawn)


def _first_attempts(one: Tally, other: Tally) -> Iterator[Row]:
    yield Row("attempts in time or late", len(one.first_attempts), len(other.first_attempts), "more")
    for words, share in (("half of them within", 0.5), ("nine of ten within", 0.9)):
        yield Row(words, quantile(one.first_attempts, share), quantile(other.first_attempts, share), "less", "s")
        one_elapsed, other_elapsed = (quantile(tally.first_attempts_elapsed, share) for tally in (one, other))
        yield Row("  elapsed", one_elapsed, other_elapsed, "less", "s")


def _print_load(console: Console, one: Tally, other: Tally) -> None:
    """Of the reps with most work: handoffs, and attempts that fall due, on a day as they are on average, and on the fullest."""
    reps = sorted({rep for tally in (one, other) for rep, _, _ in tally.load}, key=lambda rep: (-_work(one, rep) - _work(other, rep), rep))
    if not reps:
        return
    table = _table("Load a day (fullest day)", "handoffs: A", "B", "attempts due: A", "B")
    for rep in reps[:REPS_SHOWN]:
        table.add_row(f"  {rep}", *(_busy(tally, (one, other), rep, what) for what in LOADS for tally in (one, other)))
    if len(reps) > REPS_SHOWN:
        table.add_row(Text(f"  and {len(reps) - REPS_SHOWN} more, in --json", "dim"))
    console.print()
    console.print(table)


def _busy(tally: Tally, both: tuple[Tally, Tally], rep: str, what: Load) -> str:
    """`3.7 (10)`: of the days on which anybody has such work."""
    days = {day for each in both for _, day, kind in each.load if kind == what}
    counts = [count for (who, _, kind), count in tally.load.items() if who == rep and kind == what]
    return f"{sum(counts) / len(days) if days else 0:.1f} ({max(counts, default=0)})"


def _work(tally: Tally, rep: str) -> int:
    return sum(count for (who, _, _), count in tally.load.items() if who == rep)


def _value(value: float | None, unit: str) -> Text:
    if value is None:
        return Text("–", "dim")
    match unit:
        case "%":
            return Text(f"{value:.1%}")
        case "s":
            return Text(" ".join(span(value).split(" ")[:4]))  # the two greatest units
        case _:
            return Text(f"{value:,.0f}")


def _difference(row: Row) -> Text:
    if row.one is None or row.other is None or row.one == row.other:
        return Text("")
    more = row.other - row.one
    sign = "+" if more > 0 else "−"
    words = f"{abs(more) * 100:.1f} points" if row.unit == "%" else _value(abs(more), row.unit).plain
    better = row.better != "neither" and (row.better == "more") == (more > 0)
    return Text(f"{sign}{words}", "" if row.better == "neither" else "green" if better else "red")


def _print_leads(console: Console, comparison: Comparison, most: int | None) -> None:
    """Kind by kind, first those of which it holds under A only."""
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True)
    rows.add_column(justify="right", no_wrap=True)
    rows.add_column(style="dim", overflow="fold")
    for change, sides in comparison.sides.items():
        for letter, leads in zip("AB", sides, strict=True):
            if leads:
                named = ", ".join(leads[:most])
                rows.add_row(
                    f"{CHANGES[change.what].format(change.clock)} under {letter} only", f"{len(leads):,}", _and_more(named, leads, most)
                )
    console.print()
    console.print(Text("Leads that change sides" if rows.row_count else "No lead changes sides", "bold"))
    console.print(Padding(rows, (0, 0, 0, 2), expand=False))


def _and_more(named: str, leads: list[str], most: int | None) -> str:
    more = 0 if most is None else len(leads) - most
    return f"{named}, and {more:,} more" if more > 0 and named else named


def _table(name: str, *heads: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(name, overflow="fold", min_width=NAMES if not name else None)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    return table
