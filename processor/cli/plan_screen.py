"""A plan on the screen: the funnel, the teams' load, what history says; fits into 80 columns, its words stand in `plan_words`."""

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from processor.cli.plan_words import WORDS, Lang, number, percent

if TYPE_CHECKING:
    from processor.cli.plan import Checked
    from processor.planning import Conversion, Funnel, History, Load


class Screen:
    def __init__(self, lang: Lang) -> None:
        self._lang, self._words = lang, WORDS[lang]
        self._console = Console(highlight=False)

    def show(self, goal: "Funnel", months: int, checked: "Checked | None") -> None:
        """`months` of the period; `checked` where there is a policy."""
        self._say("title", "bold", revenue=self._number(goal.revenue), deal=self._number(goal.deal), period=self._words[_PERIODS[months]])
        self._show_funnel(goal, months)
        self._say("pipeline", pipeline=self._number(goal.pipeline), coverage=self._number(round(goal.coverage, 1)))
        self._say(goal.coverage_is, "" if goal.coverage_is == "usual" else "yellow")
        if checked is not None:
            self._show_capacity(checked)
            if checked.history is not None:
                self._show_history(goal, checked, checked.history)

    def _show_funnel(self, goal: "Funnel", months: int) -> None:
        table = self._table("stage", "needed>", "month>", "how")
        shares = [percent(share, self._lang) for share in (goal.sql_to_won, goal.mql_to_sql)]
        for stage, count, how in (
            (self._words["won"], goal.won, self._words["of_revenue"]),
            ("SQL", goal.sql, self._words["of_won"].format(share=shares[0])),
            ("MQL", goal.mql, self._words["of_sql"].format(share=shares[1])),
        ):
            table.add_row(stage, self._number(count), self._number(round(Decimal(count) / months, 1)), how)
        self._print(table)

    def _show_capacity(self, checked: "Checked") -> None:
        each = checked.loads[0].attempts_each
        self._console.print()
        self._say("capacity", "bold", policy=checked.policy.key, each=each, per_day=checked.per_day)
        self._say("dates", first=checked.period.first, last=checked.period.last)
        table = self._table("team", "share>", "MQL>", "attempts>", "reps>", "days>", "slots>", "load>")
        for load in checked.loads:
            counts = [self._number(count) for count in (load.mql, load.attempts, load.reps, load.open_days, load.slots)]
            table.add_row(escape(load.team), percent(load.share, self._lang), *counts, self._load([load]), style="" if load.fits else "red")
        if len(checked.loads) > 1:
            mql, attempts, reps, slots = (
                self._number(sum(getattr(load, name) for load in checked.loads)) for name in ("mql", "attempts", "reps", "slots")
            )
            table.add_section()
            table.add_row(self._words["all"], "100%", mql, attempts, reps, "", slots, self._load(checked.loads))
        self._print(table)
        if len(checked.loads) > 1:
            self._say(f"share_{checked.shares_from}")
        if checked.fits:
            self._say("fits", "bold green")
        else:
            self._say("fits_not", "bold red", teams="; ".join(map(self._lack, (load for load in checked.loads if not load.fits))))

    def _lack(self, load: "Load") -> str:
        said = self._words["lacks" if load.open_days else "lacks_days"]
        return said.format(team=load.team, mql=self._number(load.mql_max), reps=self._number(load.reps_missing))

    def _load(self, loads: "list[Load]") -> str:
        slots = sum(load.slots for load in loads)
        return percent(Fraction(sum(load.attempts for load in loads), slots), self._lang) if slots else "–"

    def _show_history(self, goal: "Funnel", checked: "Checked", past: "History") -> None:
        self._console.print()
        self._say("history", "bold", handoffs=self._number(past.handoffs), maturing=self._number(past.maturing))
        table = self._table("conversion", "planned>", "measured>", "of>", "open>", "verdict")
        for name, planned, conversion in (
            ("mql_to_sql", goal.mql_to_sql, past.mql_to_sql),
            ("sql_to_won", goal.sql_to_won, past.sql_to_won),
        ):
            table.add_row(*self._conversion(name, planned, conversion, checked.min_count(name)))
        self._print(table)
        if checked.at_measured_rates is not None:
            measured, fits = checked.at_measured_rates
            verdict = self._words["which_fits" if fits else "which_does_not"]
            counts = {stage: self._number(getattr(measured, stage)) for stage in ("won", "sql", "mql")}
            self._say("as_measured", "" if fits else "red", **counts, verdict=verdict)

    def _conversion(self, name: str, planned: Fraction, conversion: "Conversion", least: int) -> list[str]:
        verdict = conversion.against(planned, least)
        color = {"reached": "green", "missed": "red"}.get(verdict)
        words = self._words["undecided" if verdict == "open" else verdict].format(least=least)
        earlier, later = name.split("_to_")
        stages = {"mql": "MQL", "sql": "SQL", "won": self._words["won"]}
        measured = percent(conversion.rate, self._lang) if verdict != "few" else "–"
        counts = [self._number(count) for count in (conversion.of, conversion.still_open)]
        said = f"[{color}]{words}[/]" if color else words
        return [f"{stages[earlier]} → {stages[later]}", percent(planned, self._lang), measured, *counts, said]

    def _table(self, *columns: str) -> Table:
        """`>` after a column's word: numbers, to the right."""
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for column in columns:
            word = column.removesuffix(">")
            table.add_column(self._words.get(word, word), justify="right" if column.endswith(">") else "left")
        return table

    def _print(self, table: Table) -> None:
        self._console.print()
        self._console.print(table)
        self._console.print()

    def _say(self, word: str, style: str = "", **values: object) -> None:
        self._console.print(self._words[word].format(**values), style=style, markup=False)

    def _number(self, value: Decimal | int) -> str:
        return number(value, self._lang)


_PERIODS = {12: "year", 3: "quarter"}
