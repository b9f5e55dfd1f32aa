"""`handoff topics`: what stream/topics.py wants and what a cluster has, for people and for scripts."""

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from processor.cli import FINDING
from processor.cli.options import DATA, Broker, Data, Json, broker_at

if TYPE_CHECKING:
    from processor.stream.topics import Drift, TopicSpec

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Create, check and show the topics.")

Partitions = Annotated[int, typer.Option(envvar="HANDOFF_PARTITIONS", min=1, help="Of every topic; never changed once there is data.")]
Replicas = Annotated[int, typer.Option(min=1, help="Of every partition; 3 in production.")]
App = Annotated[str, typer.Option(envvar="HANDOFF_APP", help="The workers' name, which the changelog bears.")]
Time = Annotated[
    Literal["broker", "records"],
    typer.Option(envvar="HANDOFF_TIME", help="Who says when a signal was logged: the broker, or (demo, history) the record."),
]


@app.command()
def create(
    broker: Broker = None,
    data: Data = DATA,
    partitions: Partitions = 12,
    replicas: Replicas = 1,
    time: Time = "broker",
    app: App = "handoff",
) -> None:
    """Create the topics that are missing; those that are there stay as they are, and 1 is returned if they are not as they must be.

    Example: handoff topics create --broker kafka:9092 --replicas 3
    """
    from kafka import KafkaAdminClient

    from processor.stream import topics
    from processor.stream.connection import connection

    wanted = topics.specs(partitions, replicas, app, time)
    with broker_at(broker, data) as address, KafkaAdminClient(**connection(address)) as admin:
        for name in topics.create(admin, wanted):
            typer.echo(f"created {name}")
        _report(topics.drift(admin, wanted), as_json=False)


@app.command()
def check(
    broker: Broker = None,
    data: Data = DATA,
    partitions: Partitions = 12,
    replicas: Replicas = 1,
    time: Time = "broker",
    app: App = "handoff",
    as_json: Json = False,
) -> None:
    """Say what is not as it must be, and change nothing: 0 if all is well, else 1.

    Example: handoff topics check --broker kafka:9092 --replicas 3 --json
    """
    from kafka import KafkaAdminClient

    from processor.stream import topics
    from processor.stream.connection import connection

    with broker_at(broker, data) as address, KafkaAdminClient(**connection(address)) as admin:
        _report(topics.drift(admin, topics.specs(partitions, replicas, app, time)), as_json)


@app.command()
def show(broker: Broker = None, data: Data = DATA, app: App = "handoff", as_json: Json = False) -> None:
    """Show each topic: what it is for, and what it is like on this cluster.

    Example: handoff topics show
    """
    from kafka import KafkaAdminClient

    from processor.stream import topics
    from processor.stream.connection import connection

    wanted = topics.specs(app=app)
    with broker_at(broker, data) as address, KafkaAdminClient(**connection(address)) as admin:
        found = topics.describe(admin, [spec.name for spec in wanted])
    if as_json:
        typer.echo(
            json.dumps([{"topic": spec.name, "role": spec.role, "key": spec.key, "settings": found.get(spec.name)} for spec in wanted])
        )
    else:
        _print_table(wanted, found)


def _print_table(wanted: "list[TopicSpec]", found: "dict[str, dict[str, str]]") -> None:
    from rich.console import Console
    from rich.table import Table

    from processor.stream.topics import DAY

    table = Table("topic", "role", "parts", "copies", "cleanup", "stamped", "kept", box=None, pad_edge=False)
    for spec in wanted:
        if there := found.get(spec.name):
            kept = "for ever" if there["retention.ms"] == "-1" else f"{int(there['retention.ms']) / DAY:g} days"
            stamped = "broker" if there["message.timestamp.type"] == "LogAppendTime" else "record"
            table.add_row(spec.name, spec.role, there["partitions"], there["replicas"], there["cleanup.policy"], stamped, kept)
        else:
            table.add_row(spec.name, spec.role, "missing", style="red")
    Console().print(table)


def _report(found: "list[Drift]", as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([drift._asdict() for drift in found]))
    for drift in found if not as_json else ():
        typer.echo(f"{drift.topic}: {drift.setting} is {drift.found}, must be {drift.expected}")
    if found:
        raise typer.Exit(FINDING)
    if not as_json:
        typer.echo("all topics are as they must be")
