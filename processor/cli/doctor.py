"""`handoff doctor`: what processor/stream/doctor finds and thinks of a Kafka, for people and for scripts."""

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from processor.cli import FINDING
from processor.cli.environment import settings
from processor.cli.options import DATA, Broker, Data, Json, broker_at
from processor.cli.worker import Partitions

if TYPE_CHECKING:
    from processor.stream.doctor.facts import Chart
    from processor.stream.doctor.judgement import Finding

app = typer.Typer(add_completion=False)


@app.command()
def doctor(
    broker: Broker = None,
    data: Data = DATA,
    partitions: Partitions = None,
    replicas: Annotated[int | None, typer.Option(min=1, help="Of every partition.", show_default="3, or as many as brokers")] = None,
    time: Annotated[
        Literal["broker", "records"] | None,
        typer.Option(envvar="HANDOFF_TIME", help="What moves the workers' time.", show_default="broker"),
    ] = None,
    name: Annotated[str | None, typer.Option("--app", envvar="HANDOFF_APP", help="The workers' name.", show_default="handoff")] = None,
    as_json: Json = False,
) -> None:
    """Say whether this Kafka is right for Handoff, and what to do where it is not: 0 if all is well, 1 if not, 2 if it cannot be reached.

    It tries whether an older owner of a transactional id is shut out, measures the brokers' clocks, and looks at versions, topics,
    rights, the workers' group, what waits, and transactions that stay open. Run it where a worker runs, as the user that a worker is.
    It may run beside workers: it writes only to a topic of its own, which it deletes.

    Example: handoff doctor --broker kafka:9092
    """
    from processor.stream.doctor import examine
    from processor.stream.doctor.judgement import judge

    chosen = settings(broker=broker, data=data, partitions=partitions, time=time, app=name)
    with broker_at(broker, data) as address:
        chart = examine(chosen.model_copy(update={"broker": address}), replicas)
    findings = judge(chart, chosen)
    if as_json:
        typer.echo(json.dumps(_document(chart, findings)))
    else:
        _print(chart, findings)
    if not all(finding.good for finding in findings):
        raise typer.Exit(FINDING)


def _document(chart: "Chart", findings: "list[Finding]") -> dict[str, object]:
    return {
        "broker": chart.address,
        "cluster": chart.cluster,
        "healthy": all(finding.good for finding in findings),
        "findings": [finding._asdict() | {"good": finding.good} for finding in findings],
        "partitions": [each._asdict() | {"lag": each.lag} for each in chart.reached],
    }


def _print(chart: "Chart", findings: "list[Finding]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        words = Text(finding.found)
        if not finding.good:
            words = Text.assemble(words, f"\nexpected: {finding.expected}\n", (f"to do: {finding.do}", "bold"))
        mark, style = ("ok", "green") if finding.good else ("WRONG", "bold red")
        table.add_row(Text(mark, style), Text(finding.check), words)
    console = Console()
    console.print(f"Kafka at {chart.address}, cluster {chart.cluster}", highlight=False)
    console.print(table)
    wrong = sum(not finding.good for finding in findings)
    console.print(
        f"{wrong} of {len(findings)} findings need something done" if wrong else "all is well", style="bold red" if wrong else "green"
    )
