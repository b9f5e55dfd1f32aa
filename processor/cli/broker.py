"""`handoff broker`: the embedded Kafka alone, in the foreground."""

import signal
from typing import Annotated, Never

import typer

from processor.cli.options import DATA, Data

app = typer.Typer(add_completion=False)


@app.command()
def broker(port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any free one.")] = 9092, data: Data = DATA) -> None:
    """Run only the embedded Kafka, until Ctrl-C or SIGTERM; its data stays.

    The first start on a machine downloads Kafka (45 MB). It listens on 127.0.0.1 only.

    Example: handoff broker --port 9092 --data ./.handoff
    """
    from processor.stream.broker import EmbeddedKafka

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with EmbeddedKafka(data, port) as kafka:
            typer.echo(f"ready at {kafka.address}, data in {data}; Ctrl-C ends it")
            kafka.wait()
    except KeyboardInterrupt:
        typer.echo("stopped")


def _interrupt(*_: object) -> Never:
    raise KeyboardInterrupt
