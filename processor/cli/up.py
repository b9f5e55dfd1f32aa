"""`handoff up`: everything on this machine, for real use; what is started, and in which order, stands in `machine`."""

import time
from typing import Annotated

import typer

from processor.cli.environment import settings
from processor.cli.options import DATA, Data, Policy
from processor.cli.worker import MetricsPort, Partitions, require_room

app = typer.Typer(add_completion=False)


@app.command()
def up(
    policy: Policy,
    data: Data = DATA,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Of Kafka; 0: any free one.")] = 9092,
    metrics_port: MetricsPort = None,
    partitions: Partitions = None,
) -> None:
    """Run everything on this machine, until Ctrl-C or SIGTERM: the embedded Kafka, the topics and a worker; data stays.

    The first start downloads Kafka (47 MB). All listens on 127.0.0.1 only. The worker's log stands on standard error.

    Example: handoff up --policy deploy/policies
    """
    from processor.cli.machine import started
    from processor.policy_file import load_policies

    chosen = settings(policy=policy, data=data, metrics_port=metrics_port, partitions=partitions)
    load_policies(policy)  # what is wrong with it is said before Kafka starts
    require_room(chosen)
    try:
        with started(chosen, port, None, lambda words: typer.echo(words, err=True)) as machine:
            typer.echo(f"{machine.told()}\nready; Ctrl-C ends it, data stays")
            while True:
                machine.watch()
                time.sleep(1)
    except KeyboardInterrupt:
        typer.echo("stopped")
