"""`handoff due`: a look into the policy's calendars, when something is due and how much open time there is; the rules are the domain's."""

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

import typer

from processor.cli.local_time import local
from processor.cli.options import Json, Policy, WrongUse

if TYPE_CHECKING:
    from processor.domain.calendar import Calendar
    from processor.domain.policy import Policies
    from schemas.instants import Instant

app = typer.Typer(add_completion=False)

Parsed = TypeVar("Parsed")


@app.command()
def due(
    policy: Policy,
    calendar: Annotated[str | None, typer.Option(metavar="NAME", help="A calendar of the policy.", show_default=False)] = None,
    start: Annotated[str | None, typer.Option(metavar="T", help="An instant, with offset.", show_default=False)] = None,
    add: Annotated[str | None, typer.Option(metavar="DURATION", help="Such as '4 business_hours'.", show_default=False)] = None,
    end: Annotated[str | None, typer.Option(metavar="T", help="Instead of --add: the open time up to it.", show_default=False)] = None,
    as_json: Json = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Questions on standard input, a line each; a line of answer each.")] = False,
) -> None:
    """Say when something is due that may take so much time, or how much open time lies between two instants.

    By the version of the policy in force at the start. With --jsonl a line asks {"start": T, "add": DURATION} or {"start": T, "end": T},
    and may name its own "calendar"; the answers are {"due": T}, {"open_s": seconds} or {"error": why}.

    Example: handoff due --policy deploy/samples/policies --calendar warsaw --start 2026-10-16T15:00:00+02:00 --add "4 business_hours"
    """
    from pydantic_core import to_json

    from processor.policy_file import load_policies

    policies = load_policies(policy)
    if jsonl:
        for line in sys.stdin.buffer:
            sys.stdout.buffer.write(to_json(_answer_line(policies, line, calendar)) + b"\n")
            sys.stdout.buffer.flush()  # whoever waits for an answer before the next question gets it
        return
    answer = _answer(policies, {"calendar": calendar, "start": start, "add": add, "end": end})
    typer.echo(to_json(answer.to_json()).decode() if as_json else _sentences(answer))


class _Answer(NamedTuple):
    policy: str
    calendar: "Calendar"
    start: "Instant"
    end: "Instant"
    """Given, or the due."""
    added: str | None
    """The duration that makes the end a due; None where the end was given."""

    @property
    def open_s(self) -> float:
        from schemas.instants import SECOND

        open_span = self.calendar.between(self.start, self.end)
        return open_span / SECOND if open_span % SECOND else open_span // SECOND

    def to_json(self) -> dict[str, object]:
        from schemas.instants import format_instant

        return {"open_s": self.open_s} if self.added is None else {"due": format_instant(self.end)}


def _answer_line(policies: "Policies", line: bytes, calendar: str | None) -> dict[str, object]:
    from pydantic_core import from_json

    try:
        asked = from_json(line.rstrip())
    except ValueError as error:
        return {"error": f"no JSON: {error}"}
    if not isinstance(asked, dict):
        return {"error": "found JSON that is no object, expected one with start, and add or end"}
    try:
        return _answer(policies, {"calendar": calendar} | asked).to_json()
    except WrongUse as error:
        return {"error": str(error)}


def _answer(policies: "Policies", asked: Mapping[str, Any]) -> _Answer:
    """Raises WrongUse, and nothing else, whatever was asked."""
    from processor.domain.durations import parse_duration
    from schemas.instants import LATEST, SECOND, parse_instant

    start = _parsed(asked, "start", parse_instant)
    added, end = asked.get("add"), asked.get("end")
    if (added is None) == (end is None):
        raise WrongUse(f"found {'neither' if end is None else 'both'} add {'nor' if end is None else 'and'} end, expected one of them")
    policy = policies.at(start)
    name = _parsed(asked, "calendar", str)
    calendar = policy.calendars.get(name)
    if calendar is None:
        raise WrongUse(f"calendar: found {name[:40]!r}, expected one of policy {policy.key}: {', '.join(policy.calendars)}")
    if added is None:
        return _Answer(policy.key, calendar, start, _parsed(asked, "end", parse_instant), None)
    duration = _parsed(asked, "add", parse_duration)
    # Open time takes as long or longer; what surely never ends need not be searched for through all those years.
    at_least = (duration.amount - 2) * 86_400 * SECOND if duration.measure == "open_days" else duration.amount
    due = LATEST if start + at_least >= LATEST else calendar.due(start, duration)
    if due == LATEST:
        raise WrongUse(f"add: found {added!r}, expected a duration that ends before the year 10000")
    return _Answer(policy.key, calendar, start, due, added)


def _parsed(asked: Mapping[str, Any], field: str, parse: Callable[[str], Parsed]) -> Parsed:
    value = asked.get(field)
    if not isinstance(value, str):
        raise WrongUse(f"{field}: found {'nothing' if value is None else type(value).__name__}, expected text")
    try:
        return parse(value)
    except ValueError as error:
        raise WrongUse(f"{field}: {error}") from error


def _sentences(answer: _Answer) -> str:
    rows = [("start", _spelt(answer, answer.start))]
    if answer.added is None:
        hours, rest = divmod(int(answer.open_s), 3600)
        rows += [("end", _spelt(answer, answer.end)), ("open", f"{hours} h {rest // 60} min ({answer.open_s} s)")]
    else:
        rows += [("due", _spelt(answer, answer.end)), ("adding", answer.added)]
    rows += [("calendar", f"{answer.calendar.name} ({answer.calendar.zone})"), ("policy", answer.policy)]
    return "\n".join(f"{name:<10}{words}" for name, words in rows)


def _spelt(answer: _Answer, at: "Instant") -> str:
    there = local(at, answer.calendar.zone)
    return f"{there:%A}, {there.isoformat(' ')}"
