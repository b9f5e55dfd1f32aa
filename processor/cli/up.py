"""`handoff up`: everything on this machine, for real use; what is started, and in which order, stands in `machine`."""

from time import sleep
from typing import Annotated

import typer

from processor.cli.environment import settings
from processor.cli.options import DATA, Data, Policy
from processor.cli.worker import MetricsPort, Partitions, Time, require_room

app = typer.Typer(add_completion=False)


@app.command()
def up(
    policy: Policy,
    data: Data = DATA,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Of Kafka; 0: any free one.")] = 9092,
    metrics_port: MetricsPort = None,
    partitions: Partitions = None,
    time: Time = None,
) -> None:
    """Run everything on this machine, until Ctrl-C or SIGTERM: the embedded Kafka, the topics and a worker; data stays.

    The first start downloads Kafka (45 MB). All listens on 127.0.0.1 only. The worker's log stands on standard error.

    What is published now is judged now. A file of the past, the sample week for instance, needs --time records: then time is what its
    lines say, and moves by them alone.

    Example: handoff up --policy deploy/samples/policies

    Example: handoff up --policy deploy/samples/policies --time records
    """
    from processor.cli.machine import started
    from processor.policy_file import load_policies

    chosen = settings(policy=policy, data=data, metrics_port=metrics_port, partitions=partitions, time=time)
    load_policies(policy)  # what is wrong with it is said before Kafka starts
    require_room(chosen)
    try:
        with started(chosen, port, None, lambda words: typer.echo(words, err=True)) as machine:
            typer.echo(f"{machine.told()}\nready; Ctrl-C ends it, data stays")
            while True:
                machine.watch()
                sleep(1)
    except KeyboardInterrupt:
        typer.echo("stopped")
