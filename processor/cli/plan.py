"""`handoff plan`: what a plan rests on, read and checked; its arithmetic is `processor.planning`'s, its looks are `plan_screen`'s."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Literal, NamedTuple, TypeVar

import typer

from processor.cli import FINDING
from processor.cli.amounts import amount, share
from processor.cli.options import Json, WrongUse

if TYPE_CHECKING:
    from processor.domain.policy import Policies, Policy
    from processor.planning import Funnel, History, Load, Period

app = typer.Typer(add_completion=False)

Parsed = TypeVar("Parsed")

MIN_COUNT = 30  # of a cohort, below which there is no verdict, where the policy sets no other

PolicyOrNone = Annotated[
    Path | None,
    typer.Option(envvar="HANDOFF_POLICY", metavar="DIR", exists=True, file_okay=False, help="The agreement, whose teams do the work."),
]
HistoryFile = Annotated[
    Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="What happened, as for replay; needs --policy.")
]


@app.command()
def plan(  # noqa: PLR0913, PLR0917 - a plan rests on many things
    revenue: Annotated[str, typer.Option(metavar="AMOUNT", help="What is to be earned in the period.")],
    deal: Annotated[str, typer.Option(metavar="AMOUNT", help="A usual deal.")],
    sql_to_won: Annotated[str, typer.Option(metavar="SHARE", help="Of the SQLs, how many are won: 25%.")],
    mql_to_sql: Annotated[str, typer.Option(metavar="SHARE", help="Of the MQLs, how many sales takes as SQLs: 30%.")],
    period: Annotated[str, typer.Option(help="year or quarter, from the policy's start; or 2027, 2027-Q1.")] = "year",
    policy: PolicyOrNone = None,
    attempts_per_day: Annotated[int, typer.Option(min=1, max=1_000, help="That one rep can make.")] = 40,
    team_share: Annotated[
        list[str] | None,
        typer.Option("--share", metavar="TEAM=SHARE", help="Of the MQLs, each team's.", show_default="history's, or by size"),
    ] = None,
    history: HistoryFile = None,
    lang: Annotated[Literal["pl", "en"], typer.Option(help="Language.")] = "en",
    as_json: Json = False,
) -> None:
    """Say how many wins, SQLs and MQLs a revenue takes, whether the teams can work them, and what history says to it.

    0 if it fits, or there is no policy to say; 1 if the reps cannot make so many attempts.

    Example: handoff plan --revenue 1000000 --deal 100000 --sql-to-won 25% --mql-to-sql 30% --policy deploy/samples/policies
    """
    from processor.planning import funnel

    goal = funnel(
        _parsed("--revenue", amount, revenue),
        _parsed("--deal", amount, deal),
        _parsed("--sql-to-won", share, sql_to_won),
        _parsed("--mql-to-sql", share, mql_to_sql),
    )
    if policy is None and (history or team_share):
        raise WrongUse(f"found {'--history' if history else '--share'} without --policy, expected the agreement that it is about")
    checked = None if policy is None else _check(goal, policy, period, attempts_per_day, team_share or [], history)
    months = checked.period.months if checked else _parsed("--period", _months, period)
    if as_json:
        typer.echo(json.dumps(_to_json(goal, months, checked)))
    else:
        from processor.cli.plan_screen import Screen

        Screen(lang).show(goal, months, checked)
    if checked is not None and not checked.fits:
        raise typer.Exit(FINDING)


class Checked(NamedTuple):
    """A plan against an agreement, and against history where there is one."""

    policy: "Policy"
    period: "Period"
    per_day: int
    loads: "list[Load]"
    shares_from: Literal["given", "history", "room"]
    history: "History | None"
    at_measured_rates: "tuple[Funnel, bool] | None"
    """The funnel with what was measured, and whether that fits; None where too little was."""

    @property
    def fits(self) -> bool:
        return all(load.fits for load in self.loads)

    def min_count(self, conversion: str) -> int:
        return int(self.policy.targets["joint"].get(conversion, {}).get("min_count", MIN_COUNT))


def _check(goal: "Funnel", directory: Path, period: str, per_day: int, given: list[str], file: Path | None) -> Checked:
    """Raises PolicyError, WrongUse."""
    from processor import planning
    from processor.policy_file import load_policies

    policies = load_policies(directory)
    latest = policies.versions[-1]
    span = _parsed("--period", lambda word: planning.period(word, latest.first_calendar.local_date(latest.in_force_from)), period)
    policy = latest if period in ("year", "quarter") else policies.at(latest.first_calendar.midnight(span.first))
    past = None if file is None else _history(file, policies)
    shares, shares_from = _shares(given, past, policy)
    try:
        loads = planning.loads(goal.mql, policy, span, per_day, shares)
    except ValueError as error:
        raise WrongUse(f"--share: {error}") from error
    checked = Checked(policy, span, per_day, loads, shares_from, past, None)
    if past is None or any(conversion.of < checked.min_count(name) for name, conversion in past.conversions.items()):
        return checked
    rates = [past.sql_to_won.rate, past.mql_to_sql.rate]
    if not all(rates):
        return checked
    measured = planning.funnel(goal.revenue, goal.deal, *rates)
    fits = all(load.fits for load in planning.loads(measured.mql, policy, span, per_day, shares))
    return checked._replace(at_measured_rates=(measured, fits))


def _shares(
    given: list[str], past: "History | None", policy: "Policy"
) -> tuple[dict[str, Fraction] | None, Literal["given", "history", "room"]]:
    """As given; else as in history, if that is long enough and its teams are still there; else None, by size."""
    if given:
        parts = [text.rpartition("=") for text in given]
        return {team: _parsed("--share", share, part) for team, _, part in parts}, "given"
    if past and past.handoffs >= MIN_COUNT and past.by_team.keys() <= {segment.team for segment in policy.segments}:
        return {team: Fraction(count, past.handoffs) for team, count in past.by_team.items()}, "history"
    return None, "room"


def _history(file: Path, policies: "Policies") -> "History":
    from pydantic_core import from_json

    from processor.planning import history
    from processor.replay import replay

    with file.open("rb") as lines, _shown(lines, file) as shown:
        return history(map(from_json, replay(shown, policies, "/handoff/plan")), policies)


@contextmanager
def _shown(lines: BinaryIO, file: Path) -> Iterator[BinaryIO]:
    """The same lines; whoever watches sees how far they are."""
    if not sys.stderr.isatty():
        yield lines
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        yield progress.wrap_file(lines, file.stat().st_size, description="reading history")


def _months(period: str) -> int:
    from datetime import date

    from processor.planning import period as parsed

    return parsed(period, date(2000, 1, 1)).months


def _parsed(option: str, parse: Callable[[str], Parsed], text: str) -> Parsed:
    try:
        return parse(text)
    except ValueError as error:
        raise WrongUse(f"{option}: {error}") from error


def _to_json(goal: "Funnel", months: int, checked: Checked | None) -> dict[str, Any]:
    """Amounts as decimal text, shares from 0 to 1."""
    said: dict[str, Any] = {
        **_funnel_json(goal),
        "per_month": {stage: round(getattr(goal, stage) / months, 1) for stage in ("won", "sql", "mql")},
        "pipeline": f"{goal.pipeline:f}",
        "coverage": round(float(goal.coverage), 2),
        "coverage_is": goal.coverage_is,
    }
    if checked is None:
        return said
    said["capacity"] = {
        "policy": checked.policy.key,
        "first": str(checked.period.first),
        "last": str(checked.period.last),
        "attempts_per_lead": checked.loads[0].attempts_each,
        "attempts_per_day": checked.per_day,
        "shares_from": checked.shares_from,
        "teams": [
            {
                "team": load.team,
                "share": round(float(load.share), 4),
                **{
                    name: getattr(load, name)
                    for name in ("mql", "attempts", "reps", "open_days", "slots", "fits", "mql_max", "reps_missing")
                },
            }
            for load in checked.loads
        ],
        "fits": checked.fits,
    }
    if (past := checked.history) is not None:
        planned = {"mql_to_sql": goal.mql_to_sql, "sql_to_won": goal.sql_to_won}
        said["history"] = {"handoffs": past.handoffs, "maturing": past.maturing} | {
            name: {**conversion._asdict(), "verdict": conversion.against(planned[name], checked.min_count(name))}
            for name, conversion in past.conversions.items()
        }
    if checked.at_measured_rates is not None:
        measured, fits = checked.at_measured_rates
        said["at_measured_rates"] = {**_funnel_json(measured), "fits": fits}
    return said


def _funnel_json(funnel: "Funnel") -> dict[str, Any]:
    return {
        **{name: f"{getattr(funnel, name):f}" for name in ("revenue", "deal")},
        **{name: round(float(getattr(funnel, name)), 4) for name in ("sql_to_won", "mql_to_sql")},
        **{name: getattr(funnel, name) for name in ("won", "sql", "mql")},
    }
