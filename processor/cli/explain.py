"""`handoff explain`: one lead's story, from a file or from the topics; what the story is, `processor.explain` tells."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from processor.cli.environment import settings
from processor.cli.options import DATA, Broker, Data, Json, Policy, WrongUse, broker_at
from processor.cli.progress import shown

if TYPE_CHECKING:
    from processor.domain.policy import Policies
    from processor.explain.story import Story
    from schemas.instants import Instant

app = typer.Typer(add_completion=False)


@app.command()
def explain(
    lead: Annotated[str, typer.Argument(help="The lead's id.")],
    policy: Policy,
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="One CloudEvent in structured mode a line.", show_default="what Kafka keeps"),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="T", help="The instant at which the story ends, with offset.", show_default="as far as is decided")
    ] = None,
    broker: Broker = None,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Tell a lead's story: its score with the arithmetic, its cycles, when their clocks ran, the evidence, what was published and why.

    Its records are decided once more, by --policy. On Kafka only its own partition is read, and held against what was published.

    Example: handoff explain L-0142 deploy/samples/week.jsonl --policy deploy/samples/policies

    Example: handoff explain L-0142 --broker kafka:9092 --policy deploy/samples/policies --json
    """
    from processor.policy_file import load_policies

    policies, end = load_policies(policy), None if until is None else _instant(until)
    if file is not None:
        story = _of_file(lead, policies, file, end)
    else:
        with broker_at(broker, data) as address:
            story = _of_topics(lead, policies, address, end)
    if as_json:
        typer.echo(story.model_dump_json(exclude_none=True))
    else:
        from rich.console import Console

        from processor.cli.story_page import print_story

        print_story(Console(highlight=False), story)


def _of_file(lead: str, policies: "Policies", file: Path, until: "Instant | None") -> "Story":
    from processor.explain import Telling
    from processor.explain.story import Refused
    from processor.history import History
    from schemas.cloudevents import decode_line
    from schemas.errors import BadRecord

    telling = Telling(lead, policies)
    history, refused = History(telling.admit), list[Refused]()
    with file.open("rb") as lines, shown("reading", file.stat().st_size) as advance:
        for number, raw in enumerate(lines, 1):
            advance(len(raw))
            try:
                if raw.strip():
                    line = decode_line(raw)
                    if until is not None and history.logged_of(line) > until:
                        break
                    for told in history.add(line):
                        telling.hear(told)
            except BadRecord as bad:
                if _subject(raw) == lead:
                    refused.append(Refused(place=f"line {number}", reason=bad.reason, field=bad.field, message=str(bad)))
    for told in history.rest():
        telling.hear(told)
    if not telling.knows_the_lead and not refused:
        raise WrongUse(f"{file} has no record of a lead {lead!r}; expected the subject of one of its lines")
    reached = until if until is not None else history.logged or 0
    telling.reach(reached)
    return telling.told(reached).model_copy(update={"refused": tuple(refused)})


def _of_topics(lead: str, policies: "Policies", address: str, until: "Instant | None") -> "Story":
    from processor.explain import Telling
    from processor.explain.compare import compared
    from processor.explain.story import Refused
    from processor.history import Told
    from processor.stream.lead_records import LeadRecords
    from schemas.errors import BadRecord

    records = LeadRecords(address, lead, settings().changelog)
    telling, refused, reached = Telling(lead, policies), list[Refused](), 0
    with shown(f"reading partition {records.partition}", records.count) as advance:
        for place, logged, signal in records.inputs(telling.admit, advance):
            if until is not None and logged > until:
                continue
            reached = logged
            if isinstance(signal, BadRecord):
                refused.append(Refused(place=place, reason=signal.reason, field=signal.field, message=str(signal)))
            else:
                telling.hear(Told(logged, signal))
        published = list(records.published(advance))
    if not telling.knows_the_lead and not refused and not published:
        raise WrongUse(f"Kafka keeps nothing of a lead {lead!r} in partition {records.partition}, where it would be; expected a lead's id")
    if records.applied is None:
        typer.echo("No worker has decided anything yet: this is what it would decide.", err=True)
        decided = reached
    else:
        reached = records.applied.reached
        decided = reached - 1  # of what falls due at the instant reached, nothing yet
    if until is not None:
        reached, decided = min(reached, until), min(decided, until)
    telling.reach(decided)
    story = telling.told(reached).model_copy(update={"refused": tuple(refused), "kept_from": records.kept_from})
    return compared(story, published, is_whole=until is None)


def _subject(raw: bytes) -> str | None:
    """Whom a line is about that could not be read as a signal."""
    from pydantic_core import from_json

    try:
        envelope = from_json(raw)
    except ValueError:
        return None
    return envelope.get("subject") if isinstance(envelope, dict) else None


def _instant(text: str) -> "Instant":
    from schemas.instants import parse_instant

    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--until") from error
