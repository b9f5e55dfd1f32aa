"""`handoff replay`: a file of events in, the decisions out, with no Kafka; how they are made is `processor.replay`'s."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from processor.cli.environment import settings
from processor.cli.files import STANDARD, emptied, opened
from processor.cli.options import Policy, WrongUse

app = typer.Typer(add_completion=False)


@app.command()
def replay(
    file: Annotated[
        Path,
        typer.Argument(dir_okay=False, help="One CloudEvent in structured mode a line; - is standard input."),
    ],
    policy: Policy,
    until: Annotated[
        str | None, typer.Option(metavar="T", help="The instant at which time ends, with offset.", show_default="the last line's")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", dir_okay=False, help="Where the decisions go; - is standard output.")] = STANDARD,
) -> None:
    """Make the same decisions as the workers, byte for byte, with no Kafka: one line in, any number of lines out.

    A line that cannot be read becomes a dead letter that says why, and the rest goes on. A summary stands on standard error.

    Example: handoff replay events.jsonl --policy deploy/samples/policies --until 2026-10-16T17:00:00+02:00 --out decisions.jsonl
    """
    from pydantic_core import to_json

    from processor.garbage import look_seldom
    from processor.policy_file import load_policies
    from processor.replay import replay as decide
    from schemas.events import DEAD_LETTERS

    end = None if until is None else _instant(until)
    policies, source = load_policies(policy), settings().source
    of_bad_lines = to_json({"topic": DEAD_LETTERS})[:-1]
    look_seldom()
    bad = written = 0
    with opened(file) as lines, _emptied(out, file) as decisions, _shown(lines, file, out) as shown:
        read = _Counted(shown)
        for decision in decide(read, policies, source, end):
            decisions.write(decision + b"\n")
            written += 1
            bad += decision.startswith(of_bad_lines)
    typer.echo(f"read {read.lines} lines, {bad} of them bad; wrote {written - bad} events", err=True)


class _Counted:
    """Lines, counted when they are done with: one that lies beyond the end of time is not."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._of = lines
        self.lines = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._of:
            yield line
            self.lines += 1


def _instant(text: str) -> int:
    from schemas.instants import parse_instant

    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--until") from error


@contextmanager
def _emptied(out: Path, file: Path) -> Iterator[BinaryIO]:
    if STANDARD not in (out, file) and out.exists() and out.samefile(file):
        raise WrongUse(f"{out} is the file to read; name another one to write")
    with emptied(out) as decisions:
        yield decisions


@contextmanager
def _shown(lines: BinaryIO, file: Path, out: Path) -> Iterator[BinaryIO]:
    """The same lines; how far they are is shown to whoever watches, unless the decisions themselves are on the screen."""
    if not sys.stderr.isatty() or (out == STANDARD and sys.stdout.isatty()):
        yield lines
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        size = None if file == STANDARD else file.stat().st_size
        yield progress.wrap_file(lines, size, description="replaying")
