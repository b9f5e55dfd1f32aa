"""`handoff tail`: what is on the topics, for people in a line each and for programs as structured-mode CloudEvents."""

import sys
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from processor.cli.options import DATA, Broker, Data, Json, broker_at

if TYPE_CHECKING:
    from rich.text import Text

app = typer.Typer(add_completion=False)


@app.command()
def tail(
    topics: Annotated[list[str], typer.Argument(metavar="TOPIC...", help="One topic, or several, merged.")],
    broker: Broker = None,
    data: Data = DATA,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="From the oldest record; else what comes from now on.")] = False,
    until_end: Annotated[bool, typer.Option("--until-end", help="To where the topics end now; else until Ctrl-C.")] = False,
    partition: Annotated[int | None, typer.Option(min=0, help="Only this one.", show_default="all")] = None,
    as_json: Json = False,
) -> None:
    """Read what is on the topics: what was committed, with --until-end in the order of the log.

    With --json each line is a CloudEvent with its `topic`, `loggedtime`, `partition` and `offset`: it can be replayed and published.

    Example: handoff tail handoff.mql.v1 handoff.escalations.v1

    Example: handoff tail marketing.events.v1 crm.events.v1 --from-beginning --until-end --json > log.jsonl
    """
    from processor.stream.follow import follow
    from processor.stream.lines import from_record

    with (
        broker_at(broker, data) as address,
        suppress(KeyboardInterrupt),  # which is how one ends it
        closing(follow(address, topics, partition, from_beginning=from_beginning, until_end=until_end)) as records,
    ):
        if as_json:
            _print_json(map(from_record, records), at_once=not until_end)
        else:
            _print_words(map(from_record, records))


def _print_json(lines: Iterable[Mapping[str, Any]], *, at_once: bool) -> None:
    from pydantic_core import to_json

    for line in lines:
        sys.stdout.buffer.write(to_json(line) + b"\n")
        if at_once:
            sys.stdout.flush()


def _print_words(lines: Iterable[Mapping[str, Any]]) -> None:
    from rich.console import Console

    console = Console(soft_wrap=True)
    for line in lines:
        console.print(one_line(line))


STYLES = {
    "handoff.created": "bold green",
    "handoff.withheld": "yellow",
    "handoff.warning": "yellow",
    "handoff.breached": "red",
    "handoff.breach_confirmed": "bold red",
    "handoff.breach_withdrawn": "green",
    "handoff.escalated": "red",
    "handoff.systemic_breach": "bold red",
    "handoff.source_silent": "yellow",
    "handoff.returned": "magenta",
    "handoff.nurture": "cyan",
    "handoff.stage": "blue",
    "handoff.clock": "dim",
    "handoff.ignored": "dim",
}
# They are the same in every line, or said by the subject.
UNSAID = frozenset({"lead", "policy", "policy_version"})


def one_line(line: Mapping[str, Any]) -> "Text":
    """A line of `from_record` for a reader: when, what, about whom, and the gist of its data."""
    from rich.text import Text

    kind = line.get("type", line["topic"])
    subject = line.get("subject", line.get("key") or "")
    gist = line.get("data") if "type" in line else {name: value for name, value in line.items() if name not in {"topic", "key"}}
    when = str(line.get("time", line["loggedtime"]))[:19].replace("T", " ")
    return Text.assemble((when, "dim"), "  ", (f"{kind:<{WIDTH}}", STYLES.get(kind, "")), "  ", (str(subject), "bold"), "  ", _gist(gist))


WIDTH = max(map(len, STYLES))


def _gist(data: object) -> str:
    if not isinstance(data, dict):
        return _word(data)
    return " · ".join(f"{name} {_word(value)}" for name, value in data.items() if name not in UNSAID and value not in (None, "", [], {}))


def _word(value: object) -> str:
    match value:
        case None:
            return ""
        case [dict(), *_]:
            return str(len(value))
        case list():
            return ", ".join(map(_word, value))
        case dict():
            return ", ".join(f"{name}={_word(inner)}" for name, inner in value.items() if inner is not None)
        case _:
            return str(value)
