"""`handoff backtest`: one history under two agreements, side by side; how they are compared is `processor.backtest`'s."""

from pathlib import Path
from typing import Annotated

import typer

from processor.cli.options import Json, Policy, WrongUse
from processor.cli.progress import shown

app = typer.Typer(add_completion=False)

LEADS_SHOWN = 10


@app.command()
def backtest(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="One CloudEvent in structured mode a line.")],
    policy: Policy,
    against: Annotated[
        Path, typer.Option(metavar="DIR", exists=True, file_okay=False, help="The other agreement, a YAML file for each version.")
    ],
    leads: Annotated[str, typer.Option(metavar="N|all", help="Leads to name of each kind that changes sides.")] = str(LEADS_SHOWN),
    as_json: Json = False,
) -> None:
    """Say what another agreement would have meant: the same history under --policy and --against, side by side.

    Handoffs, clocks met and breached, returns, the load on each rep, which leads change sides. What people did is as it was.

    Example: handoff backtest deploy/samples/week.jsonl --policy deploy/samples/policies --against draft
    """
    from processor.cli.shares import compare_in_shares, passes
    from processor.policy_file import load_policies

    most, agreements = _how_many(leads), (load_policies(policy), load_policies(against))  # refused here, not in every process
    with shown("comparing", file.stat().st_size * passes(file)) as advance:
        comparison = compare_in_shares(file, (policy, against), advance)
    if as_json:
        from pydantic_core import to_json

        from processor.backtest.values import as_values

        typer.echo(to_json(as_values(comparison, agreements, most)).decode())
    else:
        from rich.console import Console

        from processor.cli.side_by_side import print_side_by_side

        print_side_by_side(Console(highlight=False), comparison, agreements, (str(policy), str(against)), most)


def _how_many(leads: str) -> int | None:
    if leads == "all":
        return None
    if not leads.isdecimal():
        raise WrongUse(f"--leads is {leads!r}; expected a number, or all")
    return int(leads)
