"""`handoff publish`: a file of structured-mode CloudEvents, one a line, to the input topics; what a line must be is schemas'."""

import hashlib
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Self

import typer

from processor.cli.options import DATA, Broker, Data, WrongUse, broker_at

if TYPE_CHECKING:
    from processor.stream.lines import Outgoing
    from schemas.errors import BadRecord

app = typer.Typer(add_completion=False)

Advance = Callable[[int], None]
"""Tells a progress bar of so many more bytes of the file."""

BAD_LINES_SHOWN = 20
UNACKNOWLEDGED_MAX = 20_000  # lines; without a bound, memory would hold the file
REMEMBER_EVERY_S = 1.0
DAY_MS = 86_400_000


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="One CloudEvent in structured mode a line.")],
    broker: Broker = None,
    data: Data = DATA,
    rate: Annotated[float | None, typer.Option(min=0.001, help="Lines a second.", show_default="as fast as it goes")] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave bad lines out. Without it they are named, and nothing is sent.")
    ] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Send the whole file again, also what was sent before.")] = False,
) -> None:
    """Put a file of CloudEvents on the topics.

    The same command resumes a run that was interrupted: after the last line up to which Kafka has acknowledged all. What had been
    sent beyond it comes twice; the processor knows it by source and id. A line about nobody (subject "-") goes to the partition that
    it names, or else to every one. When a line was logged counts only on topics that were made with --time records; on others it is
    logged when it arrives, and a CRM record of days ago comes too late to count.

    Example: handoff publish events.jsonl --broker kafka:9092 --rate 500
    """
    with broker_at(broker, data) as address:
        cluster, partitions, records_move_time = _cluster(address)
        with _bar("checking", file) as advance:
            checked = _check(file, partitions, advance)
        if checked.bad and not skip_bad:
            raise WrongUse(_complaint(file, checked.bad))
        if checked.of_other_days and not records_move_time:
            typer.secho(_warning(checked), fg=typer.colors.YELLOW, err=True)
        sent = _Sent(data / "publish" / f"{checked.digest}.{cluster}", restart)
        before = sent.line
        try:
            with _bar("publishing", file) as advance, _Sender(address, partitions, in_order=records_move_time) as sender:
                _send(file, sender, set(checked.bad), sent, rate, advance)
        except KeyboardInterrupt:
            typer.echo(f"interrupted; the same command goes on after line {sent.line}", err=True)
            raise
    if before < checked.lines:
        typer.echo(f"published lines {before + 1} to {checked.lines}" + (f", without {len(checked.bad)} bad ones" if checked.bad else ""))
    else:
        typer.echo(f"all {checked.lines} lines were published before; --restart publishes them again")


class _Checked(NamedTuple):
    digest: str
    lines: int
    bad: "dict[int, BadRecord]"
    """By line number, from 1."""
    of_other_days: int
    """Lines that were logged more than a day ago, or will be in more than a day, as they say themselves."""


def _check(file: Path, partitions: Mapping[str, int], advance: Advance) -> _Checked:
    from schemas.errors import BadRecord

    digest, number, bad, of_other_days = hashlib.sha256(), 0, {}, 0
    now_ms = time.time() * 1000
    with file.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            digest.update(raw)
            advance(len(raw))
            try:
                records = _records(raw, partitions)
            except BadRecord as error:
                bad[number] = error
            else:
                of_other_days += bool(records) and abs(records[0].timestamp - now_ms) > DAY_MS
    return _Checked(digest.hexdigest(), number, bad, of_other_days)


def _complaint(file: Path, bad: "dict[int, BadRecord]") -> str:
    shown = [f"{file}:{number}: {error}" for number, error in list(bad.items())[:BAD_LINES_SHOWN]]
    more = [f"and {len(bad) - len(shown)} more"] if len(bad) > len(shown) else []
    return "\n".join([*shown, *more, f"{len(bad)} bad lines; nothing was published. Correct them, or leave them out with --skip-bad."])


def _warning(checked: _Checked) -> str:
    return (
        f"{checked.of_other_days} of {checked.lines} lines say that they were logged on other days, but these topics stamp what arrives: "
        "it is judged as told now, and a CRM record older than the agreement's evidence.window is ignored as too late. A file is judged by "
        "its own time on new topics: handoff up --time records, in another data folder; or topics create and worker, both --time records."
    )


def _send(file: Path, sender: "_Sender", bad: set[int], sent: "_Sent", rate: float | None, advance: Advance) -> None:
    began, due, number = time.monotonic(), 0.0, 0
    try:
        with file.open("rb") as lines:
            for number, raw in enumerate(lines, 1):
                advance(len(raw))
                if number <= sent.line or number in bad:
                    continue
                sent.add(number, [sender.send(record) for record in _records(raw, sender.partitions)])
                if rate:
                    due += 1 / rate
                    time.sleep(max(0.0, began + due - time.monotonic()))
        sent.settle(0)
        sent.line = number
    finally:
        sent.remember()


class _Sender:
    """A producer. `in_order`: no record is sent before what was sent earlier to the same partition of the other topic is acknowledged.

    Where records move time nobody would wait for it: a worker that saw the other topic's end has gone on, and would apply it too late.
    """

    def __init__(self, address: str, partitions: Mapping[str, int], *, in_order: bool) -> None:
        from kafka import KafkaProducer

        from processor.stream.connection import connection

        self.partitions, self._in_order = partitions, in_order
        self._producer = KafkaProducer(**connection(address), linger_ms=0 if in_order else 20, batch_size=262_144)
        self._last: dict[int, tuple[str, Any]] = {}  # by partition: topic and delivery of the last record

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._producer.close(timeout=1)

    def send(self, record: "Outgoing") -> Any:
        """The delivery, kafka-python's future. Raises what went wrong with the one that was waited for."""
        from processor.stream.reading import partition_of

        topic, partition, key, value, headers, timestamp = record
        number = partition_of(key, self.partitions[topic]) if partition is None else partition
        if self._in_order and number in self._last:
            before, delivery = self._last[number]
            if before != topic:
                delivery.get()
        delivery = self._producer.send(topic, value, key, headers, number, timestamp)
        self._last[number] = topic, delivery
        return delivery


def _records(raw: bytes, partitions: Mapping[str, int]) -> "list[Outgoing]":
    from processor.stream.lines import to_records
    from schemas.cloudevents import decode_line

    return to_records(raw, decode_line(raw), partitions) if raw.strip() else []


class _Sent:
    """How far a file is on its way to a cluster; `line` and all before it are acknowledged, which a file keeps for the next run."""

    def __init__(self, memory: Path, restart: bool) -> None:
        self._memory = memory
        self._remembered = time.monotonic()
        self._waiting: deque[tuple[int, list[Any]]] = deque()
        self.line = int(memory.read_text()) if memory.exists() and not restart else 0

    def add(self, line: int, deliveries: list[Any]) -> None:
        self._waiting.append((line, deliveries))
        self.settle(UNACKNOWLEDGED_MAX)
        if time.monotonic() > self._remembered + REMEMBER_EVERY_S:
            self.remember()

    def settle(self, most: int) -> None:
        """At most so many lines are unacknowledged. Raises what went wrong with one."""
        while self._waiting and (len(self._waiting) > most or all(delivery.is_done for delivery in self._waiting[0][1])):
            line, deliveries = self._waiting.popleft()
            for delivery in deliveries:
                delivery.get()
            self.line = line

    def remember(self) -> None:
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._memory.with_name(f"{self._memory.name}.new")
        fresh.write_text(str(self.line))
        fresh.replace(self._memory)
        self._remembered = time.monotonic()


def _cluster(address: str) -> tuple[str, dict[str, int], bool]:
    """The cluster's id, how many partitions each input topic has there, and whether it takes the records' own time."""
    from kafka import KafkaAdminClient

    from processor.stream import topics
    from processor.stream.connection import connection

    names = [topic.name for topic in topics.TOPICS if topic.role == "in"]
    with KafkaAdminClient(**connection(address)) as admin:
        cluster: str = admin.describe_cluster()["cluster_id"]
        found = topics.describe(admin, names)
    if missing := [name for name in names if name not in found]:
        raise WrongUse(f"At {address} these topics are missing: {', '.join(missing)}. Create them: handoff topics create")
    records_move_time = any(found[name]["message.timestamp.type"] == "CreateTime" for name in names)
    return cluster, {name: int(found[name]["partitions"]) for name in names}, records_move_time


@contextmanager
def _bar(what: str, file: Path) -> Iterator[Advance]:
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=file.stat().st_size)
        yield lambda size: progress.advance(task, size)
