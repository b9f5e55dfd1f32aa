"""One history under two agreements, and how they differ; where the history is read, in how many processes, and printing stay outside."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

from processor.backtest.outcome import Leads, Outcome
from processor.backtest.tally import Change, Tally
from processor.course import Course
from processor.domain.policy import Policies
from processor.history import History, Told
from schemas.cloudevents import Line, decode_line
from schemas.errors import BadRecord

__all__ = ["WHOLE", "Comparison", "Share", "compare", "merged"]

NOT_THE_SPEAKER = 1  # partition 0 also says what is not about one lead, which both agreements share


class Share(NamedTuple):
    """The leads whose hash falls to `number` of `of`; every share reads the whole history, since every line moves time."""

    number: int
    of: int

    def has(self, lead: str) -> bool:
        return self.of == 1 or crc32(lead.encode()) % self.of == self.number


WHOLE = Share(0, 1)


class Comparison(NamedTuple):
    """`lines` and `bad` lines (under either agreement) are of the whole history; the rest adds up over shares.

    `sides`: for each way to differ the leads of which it holds under the first agreement only, and under the second only.
    """

    lines: int
    bad: int
    tallies: tuple[Tally, Tally]
    sides: Mapping[Change, tuple[list[str], list[str]]]


def compare(lines: Iterable[bytes], agreements: tuple[Policies, Policies], share: Share = WHOLE) -> Comparison:
    """Both agreements live through the same lines, each decoded once. What people did is as it was, whatever they had agreed."""
    sides = tuple(_Side(policies, share) for policies in agreements)
    read = bad = 0
    for raw in lines:
        if not raw.strip():
            continue
        read += 1
        try:
            line = decode_line(raw)
        except BadRecord:
            bad += 1
            continue
        for side in sides:
            side.hear(line)
    one, other = (side.end() for side in sides)
    return Comparison(read, bad, (one, other), _sides(*(side.outcome.leads() for side in sides)))


def merged(parts: Sequence[Comparison]) -> Comparison:
    """The comparison of all shares of one history."""
    first, *others = parts
    tallies, sides = first.tallies, {change: first.sides[change] for change in first.sides}
    for part in others:
        tallies = tallies[0] + part.tallies[0], tallies[1] + part.tallies[1]
        for change, (one, other) in part.sides.items():
            before = sides.get(change, ([], []))
            sides[change] = sorted(before[0] + one), sorted(before[1] + other)
    return Comparison(first.lines, first.bad, tallies, dict(sorted(sides.items())))


def _sides(one: Leads, other: Leads) -> dict[Change, tuple[list[str], list[str]]]:
    nobody = set[str]()
    return {
        change: (sorted(one.get(change, nobody) - other.get(change, nobody)), sorted(other.get(change, nobody) - one.get(change, nobody)))
        for change in sorted(one.keys() | other.keys())
    }


class _Side:
    """One agreement, living through a share of the history."""

    def __init__(self, policies: Policies, share: Share) -> None:
        self._share = share
        self._course = Course(NOT_THE_SPEAKER, policies)
        self._history = History(self._course.partition.admit)
        self._refused: Counter[str] = Counter()
        self.outcome = Outcome(policies)

    def hear(self, line: Line) -> None:
        try:
            complete = self._history.add(line)
        except BadRecord as bad:
            self._refused[bad.reason] += self._share.has(line.signal.subject)
            return
        for told in complete:
            self._apply(told)

    def end(self) -> Tally:
        """Time ends at the last line's logged, inclusive."""
        for told in self._history.rest():
            self._apply(told)
        if self._history.logged is not None:
            self.outcome.hear(self._course.reach(self._history.logged + 1))
        self.outcome.hear(self._course.take())
        self.outcome.end(self._course.states)
        return self.outcome.tally(self._refused)

    def _apply(self, told: Told) -> None:
        if told.signal.data.about != "lead" or self._share.has(told.signal.subject):
            self.outcome.hear(self._course.hear(told))
