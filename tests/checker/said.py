"""What came out of a run, event by event, and by lead, cycle and clock; whether it is right stands elsewhere."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tests.checker.instants import instant

DEAD_LETTERS = "handoff.dead-letters.v1"
TOPIC_OF = {
    "handoff.mql.v1": ("created", "withheld"),
    "handoff.escalations.v1": (
        *("warning", "breached", "breach_confirmed", "breach_withdrawn", "escalated", "systemic_breach", "systemic_recovered"),
        *("source_silent", "source_returned", "review_due"),
    ),
    "handoff.returns.v1": ("returned", "return_withdrawn"),
    "handoff.nurture.v1": ("nurture", "nurture_cancelled"),
    "handoff.lifecycle.v1": ("stage", "clock", "ignored"),
}
TYPES = {f"handoff.{name}": topic for topic, names in TOPIC_OF.items() for name in names}


class Said(NamedTuple):
    """One event; `place` says where it lies. Those of one topic and partition stand in the order in which they were written."""

    place: str
    topic: str
    partition: int
    raw: bytes
    id: str
    type: str  # without `handoff.`
    subject: str
    time: int
    data: Mapping[str, Any]

    def at(self, field: str) -> int:
        return instant(self.data[field])

    @property
    def lead(self) -> str:
        return str(self.data.get("lead", ""))

    @property
    def cycle(self) -> str | None:
        return self.data.get("cycle")

    @property
    def evidence(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.data.get("evidence") or {}
        return found


class Refused(NamedTuple):
    """A dead letter: where the bad record lay, and its key. A replay gives the line's number as offset, and neither topic nor key."""

    topic: str
    partition: int
    offset: int
    reason: str
    key: str | None = None


class Told(NamedTuple):
    events: list[Said]
    dead_letters: list[Refused]
    unreadable: list[str]


def read_told(lines: Iterable[bytes], partition: int = 0) -> Told:
    """Structured lines: of a replay, or of `handoff tail --json`, the topics in any order. They say their partition, or lie in that one."""
    told = Told([], [], [])
    for number, line in enumerate(lines, 1):
        try:
            envelope = json.loads(line)
            if envelope.get("topic") == DEAD_LETTERS:
                told.dead_letters.append(_refused(envelope))
            elif "type" in envelope:
                told.events.append(_said(number, envelope, partition))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            told.unreadable.append(f"output line {number}: {error!r}")
    return told


def dead_letter(headers: Iterable[tuple[str, bytes | None]]) -> Refused:
    """A record of the dead-letter topic, by its headers."""
    story = {name.removeprefix("__handoff.errors."): (raw or b"").decode() for name, raw in headers if name.startswith("__handoff.errors.")}
    return Refused(story["topic"], int(story["partition"]), int(story["offset"]), story["reason"])


def _refused(envelope: Mapping[str, Any]) -> Refused:
    if "line" in envelope:
        return Refused("", 0, int(envelope["line"]), envelope["reason"])
    origin = envelope["origin"]
    return Refused(origin["topic"], int(origin["partition"]), int(origin["offset"]), envelope["reason"], envelope.get("key"))


def _said(number: int, envelope: Mapping[str, Any], partition: int) -> Said:
    kind = envelope["type"]
    partition, offset = envelope.get("partition", partition), envelope.get("offset")
    topic = envelope.get("topic") or TYPES[kind]
    place = f"output line {number}" if offset is None else f"{topic}/{partition}@{offset}"
    bare = {
        name: value for name, value in envelope.items() if name not in ("loggedtime", "partition", "offset", "topic", "datacontenttype")
    }
    raw = json.dumps(bare, ensure_ascii=False, separators=(",", ":")).encode()
    return Said(
        place,
        topic,
        partition,
        raw,
        envelope["id"],
        kind.removeprefix("handoff."),
        envelope["subject"],
        instant(envelope["time"]),
        envelope["data"],
    )


class Clock:
    """What was said of one clock of one cycle: its states, and its escalations, each in the order of their topic."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.states: list[Said] = []
        self.rungs: list[Said] = []  # warnings, breaches, escalations, confirmations, withdrawals

    def of(self, *kinds: str) -> list[Said]:
        """Rungs of some types, or states of some names."""
        return [said for said in self.rungs if said.type in kinds] + [said for said in self.states if said.data["state"] in kinds]


class Cycle:
    """What was said of one cycle."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.said: list[Said] = []
        self.clocks: dict[str, Clock] = {}

    def of(self, *kinds: str) -> list[Said]:
        return [said for said in self.said if said.type in kinds]

    def one(self, kind: str) -> Said | None:
        return next(iter(self.of(kind)), None)


class Lead:
    """What was said of one lead."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.said: list[Said] = []
        self.cycles: dict[str, Cycle] = {}

    def of(self, *kinds: str) -> list[Said]:
        return [said for said in self.said if said.type in kinds]


def by_lead(events: Iterable[Said]) -> dict[str, Lead]:
    leads: dict[str, Lead] = defaultdict(lambda: Lead(""))
    for said in events:
        if not said.lead:
            continue
        lead = leads.setdefault(said.lead, Lead(said.lead))
        lead.said.append(said)
        if said.cycle is None or said.type == "ignored":  # what is ignored may name a cycle of which nothing else is said
            continue
        cycle = lead.cycles.setdefault(said.cycle, Cycle(said.cycle))
        cycle.said.append(said)
        name = said.data.get("clock")
        if name is not None and said.type != "returned":
            clock = cycle.clocks.setdefault(name, Clock(name))
            (clock.states if said.type == "clock" else clock.rungs).append(said)
    return dict(leads)
