"""A golden scenario: a text that says what was agreed, what was told and what came of it; read here, lived through, and written anew.

A title that is a claim, some lines of why, then "Agreed: ..." (what differs from the standard agreement, where something does), "Told:"
with a line for each thing done and "Until" at the end, `---`, and what comes out, a line an event. tests/README.md has an example.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import groupby, takewhile
from typing import NamedTuple

from processor.domain.partition import Partition
from processor.domain.policy import Policies
from schemas.errors import BadRecord
from schemas.instants import SECOND, Instant, format_instant
from schemas.signals import MARKETING, NOBODY, SIGNALS, Signal
from tests.scenarios.agreement import Change, agreed
from tests.scenarios.local_time import WHEN, read_instant
from tests.scenarios.phrases import data_of, type_of
from tests.scenarios.wording import letter_of, line_of

AGREED = "Agreed: the standard agreement, but"
TOLD = "Told:"
TOLD_AT_LENGTH = "Told, and handoffs shown at length:"
END = "---"

_LATER = re.compile(rf"From (?P<when>{WHEN}) on:")
_LINE = re.compile(
    rf"(?P<when>{WHEN})  +(?:\((?P<notes>[^)]+)\)  +)?(?P<who>\S+): (?P<what>.+?)"
    rf"(?:, every (?P<every>\d+) (?P<unit>minutes|hours|days) until (?P<last>{WHEN}))?(?:  +\[(?P<id>\S+)(?: from (?P<source>\S+))?\])?"
)
_UNITS = {"minutes": 60 * SECOND, "hours": 3600 * SECOND, "days": 86_400 * SECOND}


class Told(NamedTuple):
    logged: Instant
    signal: Signal


class Transcript(NamedTuple):
    policies: Policies
    log: tuple[Told, ...]
    until: Instant
    at_length: bool

    def outcome(self) -> str:
        """What comes out, a line an event, in the order decided."""
        return "".join(f"{line}\n" for line in _Life(self).lines())


def rewritten(text: str) -> str:
    """The transcript with what really comes out. ValueError where its upper part says what cannot be read."""
    head = text.partition(f"\n{END}\n")[0]
    return f"{head}\n{END}\n{read_transcript(head).outcome()}"


def read_transcript(head: str) -> Transcript:
    lines = iter(head.splitlines())
    versions: list[list[Change]] = [[]]
    for line in lines:
        if line in (TOLD, TOLD_AT_LENGTH):
            break
        if later := _LATER.fullmatch(line):
            versions.append([Change("in_force.from", format_instant(read_instant(later["when"])))])
        elif line.startswith("Agreed") and line != AGREED:
            raise ValueError(f"found {line!r}, expected {AGREED!r}")
        elif line.startswith("  "):
            paths, _, value = line.strip().partition(": ")
            versions[-1] += [Change(path, value) for path in paths.split(", ")]
    else:
        raise ValueError(f"found no line {TOLD!r}")
    told = [line for line in lines if line]
    until = told.pop().removeprefix("Until ")
    return Transcript(agreed([tuple(version) for version in versions]), tuple(_log(told)), read_instant(until), line == TOLD_AT_LENGTH)


def _log(lines: Iterable[str]) -> Iterator[Told]:
    counts: dict[str, int] = {}
    for line in lines:
        found = _LINE.fullmatch(line)
        if not found:
            raise ValueError(f"found {line!r}, expected such as 'Mon 19 Oct 10:40  A: call by r1, no answer'")
        first = read_instant(found["when"])
        step = int(found["every"] or 1) * _UNITS[found["unit"] or "minutes"]
        last = read_instant(found["last"], first) if found["last"] else first
        for occurred in range(first, last + 1, step):
            notes = dict(note.split(" ", 1) for note in (found["notes"] or "").split(", ") if note)
            recorded = read_instant(notes.pop("recorded"), occurred) if "recorded" in notes else occurred
            logged = read_instant(notes.pop("heard"), occurred) if "heard" in notes else recorded
            assert not notes, line
            phrases = found["what"].split("; ")
            assert not (found["id"] and len(phrases) > 1), f"one id for {len(phrases)} signals: {line}"
            for phrase in phrases:
                counts[found["who"]] = counts.get(found["who"], 0) + 1
                yield Told(logged, _signal(found, phrase, counts[found["who"]], occurred, recorded))


def _signal(found: re.Match[str], phrase: str, count: int, occurred: Instant, recorded: Instant) -> Signal:
    """A line about nobody says who is alive, or which rep is away."""
    who = found["who"]
    lead = NOBODY if phrase == "alive" or phrase.endswith("is away") else who
    signal_id = found["id"] or f"{who}-{count}"
    data = data_of(phrase, lead, signal_id, occurred)
    kind = type_of(data)
    default = who if lead == NOBODY else "mautic" if SIGNALS[kind][0] == MARKETING else "hubspot/crm"
    return Signal(signal_id, found["source"] or default, kind, lead, occurred, recorded, data)


class _Life:
    """A partition driven as a worker drives it, and asked so finely that each decision has its instant."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._states: dict[bytes, bytes] = {}
        self._partition = Partition(0, transcript.policies, self._states)
        self._watch = b""

    def lines(self) -> Iterator[str]:
        reached = 0
        for logged, together in groupby(self._log(), key=lambda told: told.logged):
            for told in sorted(together, key=lambda told: SIGNALS[told.signal.type][0] != MARKETING):
                try:
                    self._partition.admit(told.signal, logged)
                except BadRecord as error:
                    yield letter_of(told.signal, error, logged)
                    continue
                if reached:
                    yield from self._lived(reached, logged)
                reached = logged
                self._partition.judge(logged)
                self._partition.apply(told.signal, logged)
                yield from self._taken(logged)
        yield from self._lived(reached, self._transcript.until + 1)

    def _log(self) -> Iterator[Told]:
        """A line stands where its deed belongs in the story; the log has it where it was heard. Later than the end nothing is read."""
        log = sorted(self._transcript.log, key=lambda told: told.logged)
        return takewhile(lambda told: told.logged <= self._transcript.until, log)

    def _lived(self, reached: Instant, before: Instant) -> Iterator[str]:
        """Halving finds when the next decision falls: how often a partition is asked changes nothing (tests/laws)."""
        instants = range(reached, before, SECOND)
        while (n := bisect_left(instants, True, key=self._has_decided)) < len(instants):
            self._partition.judge(instants[n] + 1)
            yield from self._taken(instants[n])
            instants = instants[n:]
        self._partition.judge(before)

    def _has_decided(self, at: Instant) -> bool:
        twin = Partition(0, self._transcript.policies, self._states, self._watch)
        twin.judge(at + 1)
        return bool(twin.take().events)

    def _taken(self, at: Instant) -> Iterator[str]:
        decided = self._partition.take()
        decided.store(self._states)
        self._watch = decided.watch
        for event in decided.events:
            yield line_of(event, at, at_length=self._transcript.at_length)
