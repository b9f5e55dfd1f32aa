"""`handoff worker`: one worker in the foreground, composed of the shell, the core and what is seen of them from outside."""

import errno
import socket
from importlib import metadata
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from processor.cli.environment import settings
from processor.cli.options import DATA, Broker, Data, Policy, WrongUse, broker_at

if TYPE_CHECKING:
    from processor.settings import Settings

app = typer.Typer(add_completion=False)

MetricsPort = Annotated[
    int | None,
    typer.Option(envvar="HANDOFF_METRICS_PORT", min=0, max=65_535, help="Of health and metrics; 0: any free one.", show_default="9464"),
]
Partitions = Annotated[
    int | None,
    typer.Option(envvar="HANDOFF_PARTITIONS", min=1, help="Of every topic; never changed once there is data.", show_default="12"),
]
Time = Annotated[
    Literal["broker", "records"] | None,
    typer.Option(
        envvar="HANDOFF_TIME", help="What moves time: the broker's stamps, or (demo, history) the records' own.", show_default="broker"
    ),
]


@app.command()
def worker(
    policy: Policy,
    broker: Broker = None,
    data: Data = DATA,
    metrics_port: MetricsPort = None,
    time: Time = None,
    instance: Annotated[
        str | None,
        typer.Option(envvar="HANDOFF_INSTANCE", metavar="NAME", help="Survives restarts, and no other worker has it.", show_default="none"),
    ] = None,
    partitions: Partitions = None,
) -> None:
    """Run one worker in the foreground, until SIGTERM or Ctrl-C. More of them share the work.

    Health and metrics are served from its start: /livez, /readyz, /startupz, /metrics. It exits with 70 where only a new start helps,
    and whoever watches it starts it again. Its logs are JSON on standard error.

    Example: handoff worker --broker kafka:9092 --policy deploy/samples/policies --metrics-port 9464 --instance worker-1
    """
    from processor import logs
    from processor.metrics import Metrics
    from processor.stream.agreement import Agreement
    from processor.stream.broker import NoAnswer
    from processor.stream.deaths import EXIT_CODE
    from processor.stream.worker import run

    agreement = Agreement(policy)
    chosen = settings(
        policy=policy, broker=broker, data=data, metrics_port=metrics_port, time=time, instance=instance, partitions=partitions
    )
    require_room(chosen)
    logs.configure()

    try:
        with broker_at(broker, data) as address:
            metrics = Metrics(agreement.policies, _version())
            run(chosen.model_copy(update={"broker": address}), agreement.open_core, metrics, metrics.render, agreement)
    except NoAnswer as error:  # it may be on its way
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        raise typer.Exit(EXIT_CODE) from error


def require_room(chosen: "Settings") -> None:
    """The worker's port is free and its folder is there. Raises WrongUse."""
    from processor.stream.broker import ports

    try:
        chosen.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUse(f"The worker cannot write to {chosen.data}: {error.strerror}. Choose another folder with --data.") from error
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            probe.bind((chosen.host, chosen.metrics_port))
        except OSError as error:
            where = f"{chosen.host}:{chosen.metrics_port}"
            taken = f" (taken by {ports.holder(chosen.metrics_port)})" if error.errno == errno.EADDRINUSE else ""
            raise WrongUse(
                f"Health and metrics cannot be served at {where}: {error.strerror}{taken}. Choose another --metrics-port."
            ) from error


def _version() -> str:
    try:
        return metadata.version("handoff")
    except metadata.PackageNotFoundError:  # run from its sources, not installed
        return "unknown"
