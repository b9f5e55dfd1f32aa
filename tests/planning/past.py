"""A company's past as lines of events: so many leads handed off, so many of them qualified, so many of those won, the rest as told."""

import json
from typing import Any

from schemas.instants import SECOND, format_instant, parse_instant

DAY = 86_400 * SECOND
BEGAN = parse_instant("2026-10-05T08:00:00Z")  # a Monday, 10 o'clock in Warsaw
LATER = BEGAN + 70 * DAY  # the longest clock has run out long ago
KNOWN = {"company": "X", "role": "ceo", "industry": "saas"}
PROFILE = KNOWN | {"source": "google", "campaign": "q4", "email_known": True, "email_domain": "x.example"}


def past(*, qualified: int, returned: int = 0, untouched: int = 0, won: int = 0, lost: int = 0, employees: int = 200) -> list[bytes]:
    """The first of the qualified are won, the next lost; one more lead, handed off when all is over, is too young to count."""
    lines = []
    for n in range(qualified + returned + untouched):
        lead = f"L{n}"
        lines += handed_off(lead, BEGAN, employees)
        if n < qualified:
            lines.append(line("crm.qualified", lead, BEGAN + DAY, {}))
        elif n < qualified + returned:
            lines.append(line("crm.returned", lead, BEGAN + DAY, {"reason": "no_budget"}))
        if n < won + lost:
            lines.append(line("crm.opportunity", lead, BEGAN + 40 * DAY, {"opportunity": "o", "status": "won" if n < won else "lost"}))
    return sorted(lines + handed_off("young", LATER, employees), key=lambda said: json.loads(said)["time"])


def handed_off(lead: str, at: int, employees: int) -> list[bytes]:
    return [
        line("marketing.profile", lead, at, {"attributes": PROFILE | {"employees": employees}}),
        line("marketing.activity", lead, at + SECOND, {"activity": "page_view", "url": "/pricing"}),
        line("marketing.activity", lead, at + 2 * SECOND, {"activity": "demo_request"}),
    ]


def line(kind: str, lead: str, at: int, data: dict[str, Any]) -> bytes:
    time = format_instant(at)
    event = {
        "specversion": "1.0",
        "id": f"{lead}/{kind}/{time}",
        "source": "hubspot",
        "type": kind,
        "subject": lead,
        "time": time,
        "data": data,
    }
    return json.dumps(event).encode()
