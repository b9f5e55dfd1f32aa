"""Options that several commands share, and what `--broker` stands for when it is not given."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

Broker = Annotated[
    str | None,
    typer.Option(
        envvar="HANDOFF_BROKER",
        metavar="HOST:PORT",
        help="Kafka, several addresses by commas. None: the embedded one of --data, which is started if it does not run.",
        show_default=False,
    ),
]
Data = Annotated[Path, typer.Option(envvar="HANDOFF_DATA", metavar="DIR", file_okay=False, help="Where data is kept between runs.")]
Policy = Annotated[
    Path,
    typer.Option(envvar="HANDOFF_POLICY", metavar="DIR", exists=True, file_okay=False, help="The agreement: a YAML file for each version."),
]
Json = Annotated[bool, typer.Option("--json", help="For programs: JSON instead of what people like to read.")]

DATA = Path(".handoff")
ANSWERS_WITHIN_S = 10.0


class WrongUse(Exception):
    """What was asked for cannot be done; the message says why, and what to do."""


@contextmanager
def broker_at(broker: str | None, data: Path) -> Iterator[str]:
    """The address of a Kafka that answers: the one that was named, else the embedded one of `data`.

    If nobody has started that one yet, it runs until the end of the block. Raises WrongUse, BrokerError.
    """
    from processor.stream.broker import AlreadyRunning, EmbeddedKafka, running

    if broker is not None:
        await_answer(broker)
        yield broker
    elif found := running(data):
        await_answer(found)
        yield found
    else:
        typer.echo("Starting the embedded Kafka.", err=True)
        embedded = EmbeddedKafka(data, 0)
        try:
            address = embedded.start().address
        except AlreadyRunning as other:  # it was quicker
            address = other.address
        try:
            yield address
        finally:
            embedded.stop()


def await_answer(addresses: str) -> None:
    """One of the addresses answers. Raises WrongUse, NoAnswer."""
    from processor.stream.broker import NoAnswer
    from processor.stream.broker.ports import await_open

    hosts = [address.rpartition(":") for address in addresses.split(",")]
    if not all(host and port.isdecimal() for host, _, port in hosts):
        raise WrongUse(f"--broker (HANDOFF_BROKER) is {addresses!r}; expected HOST:PORT, several by commas")
    if not any(await_open(host.strip("[] "), int(port), ANSWERS_WITHIN_S / len(hosts)) for host, _, port in hosts):
        raise NoAnswer(addresses, f"nothing listened there for {ANSWERS_WITHIN_S:.0f} s")
