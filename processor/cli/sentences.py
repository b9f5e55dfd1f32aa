"""What an event says, in a few words and in a reader's own time; colours and columns are the screen's."""

from collections.abc import Mapping
from typing import Any

from processor.cli.local_time import day, hour
from schemas.instants import parse_instant

Line = Mapping[str, Any]
"""An event in structured mode, as `processor.stream.lines.from_record` gives it."""

WORDS = {
    "handoff.created": "handoff",
    "handoff.withheld": "withheld",
    "handoff.warning": "warning",
    "handoff.breached": "breach",
    "handoff.breach_confirmed": "confirmed",
    "handoff.breach_withdrawn": "withdrawn",
    "handoff.escalated": "escalated",
    "handoff.systemic_breach": "systemic",
    "handoff.systemic_recovered": "recovered",
    "handoff.source_silent": "silent",
    "handoff.source_returned": "heard",
    "handoff.review_due": "review",
    "handoff.returned": "return",
    "handoff.return_withdrawn": "undone",
    "handoff.nurture": "nurture",
    "handoff.nurture_cancelled": "cancelled",
}
"""One word each for what is worth a line to people: the audit trail's events are none of them."""


def gist(line: Line, zone: str) -> str:
    """What the event's word leaves open: which duty, due when, who is told, why."""
    data = line["data"]
    match line["type"]:
        case "handoff.created":
            first = min(data["deadlines"], key=lambda deadline: parse_instant(deadline["due"]), default=None)
            return f"{_due(first, zone)} · score {data['score']:g}" if first else f"score {data['score']:g}"
        case "handoff.withheld":
            return f"missing: {', '.join(data['missing'])}"
        case "handoff.warning" | "handoff.breached":
            return f"{_due(data, zone)} · tell {_all(data['tell'])}"
        case "handoff.escalated":
            return f"{data['clock']} {data['step']} · tell {_all(data['tell'])}"
        case "handoff.breach_confirmed":
            return f"{_due(data, zone)}, and nothing came to light"
        case "handoff.breach_withdrawn":
            return f"{data['clock']} done {_heard(data['evidence'], zone)}"
        case "handoff.returned" if data["by"] == "clock":
            return f"{data['reason']}: {data['clock']} ran out"
        case "handoff.returned":
            return f"{data['reason']}, says {data.get('owner', 'the rep')}"
        case "handoff.return_withdrawn":
            return f"return: done {_heard(data['evidence'], zone)}"
        case "handoff.nurture":
            return f"{data['track']}, eligible from {day(parse_instant(data['eligible_from']), zone)}"
        case "handoff.nurture_cancelled":
            return "nurture: the lead was not returned"
        case "handoff.source_silent" | "handoff.source_returned":
            source, _, _ = line["id"].rpartition("/")
            return f"{source}: no heartbeat since {hour(parse_instant(data['since']), zone)}"
        case "handoff.systemic_breach" | "handoff.systemic_recovered":
            return f"{line['id'].rpartition('/')[0]}: {data['figure']:g}, target {data['target']:g} in {data['window']}"
        case "handoff.review_due":
            return f"the agreement is to be reviewed on {data['review_on']}"
        case _:
            return ""


def _due(data: Mapping[str, Any], zone: str) -> str:
    return f"{data['clock']} due {hour(parse_instant(data['due']), zone)}"


def _heard(evidence: Mapping[str, Any], zone: str) -> str:
    return f"{hour(parse_instant(evidence['occurred']), zone)}, heard of {hour(parse_instant(evidence['logged']), zone)}"


def _all(roles: list[str]) -> str:
    return " and ".join(roles)
