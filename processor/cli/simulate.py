"""`handoff simulate`: a seeded company's log into a file, for `replay` and `publish`; what happens in it is `processor.simulation`'s."""

from pathlib import Path
from typing import Annotated

import typer

from processor.cli.files import STANDARD, emptied

app = typer.Typer(add_completion=False)


@app.command()
def simulate(
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same log, byte for byte.")],
    leads: Annotated[int, typer.Option(metavar="N", min=1, help="How many leads there are.")] = 300,
    days: Annotated[int, typer.Option(metavar="N", min=1, max=3_650, help="How long the log is.")] = 14,
    out: Annotated[Path, typer.Option(metavar="FILE", dir_okay=False, allow_dash=True, help="- is standard output.")] = STANDARD,
    hard: Annotated[
        bool, typer.Option("--hard", help="Late, duplicate and reordered records, silent connectors, outages, and what cannot be read.")
    ] = False,
) -> None:
    """Write the log of a company that does not exist: leads that come and go, reps who call in time or not, a CRM that syncs late.

    One CloudEvent a line, in the order in which they were logged. About fifteen lines a lead, and a heartbeat every ten minutes.

    Example: handoff simulate --seed 7 --leads 2000 --days 30 --out events.jsonl
    """
    from processor.simulation.worlds import Shape, lines

    written = 0
    with emptied(out) as file:
        for line in lines(Shape(seed, leads, days, hard)):
            file.write(line + b"\n")
            written += 1
            if written % 50_000 == 0:
                typer.echo(f"{written:,} lines so far", err=True)
    typer.echo(f"wrote {written:,} lines", err=True)
