"""What every event must be, whatever it says: an identity made of facts, and the instant that it is about (events.md)."""

from collections import Counter
from collections.abc import Iterator

from tests.checker.instants import shown
from tests.checker.run import Run, Violation
from tests.checker.said import TYPES, Said

_ONCE = "I1: every identity once; a repeat carries the same id and bytes"
_MADE_OF = "events.md: an id is made only of facts, with an ordinal from the second occurrence on"
_TIME = "events.md: time is the instant that the verdict is about"
_COMMON = "events.md: all data names lead and cycle, policy and version; the key is the lead"

_WORDS = {
    "created": "{cycle}/handoff",
    "withheld": "{cycle}/withheld",
    "warning": "{cycle}/{clock}/{step}",
    "escalated": "{cycle}/{clock}/{step}",
    "breached": "{cycle}/{clock}/100%",
    "breach_confirmed": "{cycle}/{clock}/confirmed",
    "breach_withdrawn": "{cycle}/{clock}/withdrawn",
    "returned": "{cycle}/returned",
    "return_withdrawn": "{cycle}/returned/withdrawn",
    "nurture": "{cycle}/nurture",
    "nurture_cancelled": "{cycle}/nurture/cancelled",
    "clock": "{cycle}/{clock}/{state}",
}
_ABOUT = {"warning": "at", "escalated": "at", "clock": "at", "breached": "due", "breach_confirmed": "due", "breach_withdrawn": "due"}


def check_identities(run: Run) -> Iterator[Violation]:
    """Of what a read_committed reader sees."""
    first: dict[tuple[str, str], Said] = {}
    seen: Counter[str] = Counter()
    for said in run.told.events:
        name = said.type, said.id
        if name in first:
            if said.raw != first[name].raw:
                yield Violation(_ONCE, "the same id with other bytes", said.lead, said.id)
            elif said.type != "ignored":
                yield Violation(_ONCE, "told twice", said.lead, said.id)
            continue
        first[name] = said
        yield from _is_well_made(said, run)
        words = _WORDS.get(said.type)
        if words is not None:
            base = words.format_map(_Blank(said.data))
            seen[base] += 1
            expected = base if seen[base] == 1 else f"{base}/{seen[base]}"
            if said.id != expected:
                yield Violation(_MADE_OF, f"should be {expected}", said.lead, said.id)
    yield from (Violation(_COMMON, sentence) for sentence in run.told.unreadable)


def _is_well_made(said: Said, run: Run) -> Iterator[Violation]:
    data = said.data
    if TYPES.get(f"handoff.{said.type}") != said.topic:
        yield Violation(_COMMON, f"{said.type} on {said.topic}", said.lead, said.id)
    if said.subject != (said.lead or "-") or (said.cycle is not None and not said.cycle.startswith(f"{said.lead}#")):
        yield Violation(_COMMON, f"subject {said.subject}, lead {said.lead}, cycle {said.cycle}", said.lead, said.id)
    if run.history.policies.named(str(data.get("policy")), int(data.get("policy_version", 0))) is None:
        yield Violation(_COMMON, f"policy {data.get('policy')}/{data.get('policy_version')}", said.lead, said.id)
    if said.type in _ABOUT and said.at(_ABOUT[said.type]) != said.time:
        yield Violation(_TIME, f"time {shown(said.time)}, {_ABOUT[said.type]} {data[_ABOUT[said.type]]}", said.lead, said.id)
    if said.type != "ignored" and said.time > run.ends.get(said.partition, 1 << 62):
        yield Violation(
            "section 2: the engine never reads a wall clock", f"about {shown(said.time)}, before that is reached", said.lead, said.id
        )


class _Blank(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return ""
