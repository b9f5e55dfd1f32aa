"""The inputs of a run in the order in which they are applied, each with the instants that count; what came out stands elsewhere.

A partition's signals come by logged (the greatest so far in their topic), then topic, then offset (semantics section 2).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.checker.instants import DAY, MINUTE, instant
from tests.checker.partitioner import partition_of
from tests.checker.policies import Policies
from tests.checker.records import FACTS, TOPICS, Letter, Record, on_its_topic, read_line, read_record
from tests.checker.said import Refused

SKEW = 5 * MINUTE


class Heard(NamedTuple):
    """One record that was applied. `order` counts within its partition; `place` says where it lies, in words."""

    order: int
    place: str
    partition: int
    logged: int
    occurred: int  # as it counts: back-dating and skew looked at
    backdated: bool
    letter: Letter
    first: bool | None  # False: delivered before, and surely remembered; None: perhaps remembered
    gone: bool  # its lead was erased or merged when it came
    too_late: bool  # a fact that came after the window in which it may still count

    @property
    def type(self) -> str:
        return self.letter.type

    @property
    def id(self) -> str:
        return self.letter.id

    @property
    def data(self) -> Mapping[str, Any]:
        return self.letter.data

    @property
    def is_fact(self) -> bool:
        return self.letter.type in FACTS


class Bad(NamedTuple):
    """A record that cannot be judged."""

    topic: str
    partition: int
    offset: int
    why: str


class History:
    """All that was applied, by partition and in order, and what could not be judged."""

    def __init__(self, heard: list[Heard], bad: list[Bad], policies: Policies) -> None:
        self.heard, self.bad, self.policies = heard, bad, policies
        self._beats: dict[tuple[int, str], list[Heard]] = {}

    def by_lead(self) -> dict[str, list[Heard]]:
        leads: dict[str, list[Heard]] = defaultdict(list)
        for heard in self.heard:
            if heard.letter.subject != "-" and heard.type != "marketing.cost":
                leads[heard.letter.subject].append(heard)
        return leads

    def last_logged(self) -> dict[int, int]:
        """By partition."""
        return {heard.partition: heard.logged for heard in self.heard}

    def proven(self, partition: int, prefix: str) -> int:
        """How far the heartbeats prove a source alive by the end; -1 if none does."""
        return max((beat.occurred for beat in self.beats(partition, prefix)), default=-1)

    def beats(self, partition: int, prefix: str) -> list[Heard]:
        """The heartbeats of a source that a partition heard."""
        key = partition, prefix
        if key not in self._beats:
            beats = (heard for heard in self.heard if heard.partition == partition and heard.type == "crm.heartbeat")
            self._beats[key] = [heard for heard in beats if heard.letter.source.startswith(prefix)]
        return self._beats[key]


class _Placed(NamedTuple):
    logged: int
    topic: str
    partition: int
    offset: int
    place: str
    letter: Letter


def read_records(records: Iterable[Record], policies: Policies, dead: Sequence[Refused] = ()) -> History:
    """What lay on the topics, all partitions of them."""
    parts: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for record in records:
        parts[record.topic, record.partition].append(record)
    refused = _Refusals(dead, 1 + max((partition for _, partition in parts), default=0))
    placed: dict[int, list[_Placed]] = defaultdict(list)
    bad: list[Bad] = []
    for (topic, partition), part in parts.items():
        logged = 0
        for record in sorted(part, key=lambda record: record.offset):
            letter = refused.look(_known(read_record(record), max(logged, record.logged), policies), (topic, partition, record.offset))
            if letter.bad:
                bad.append(Bad(topic, partition, record.offset, letter.bad))
                continue
            logged = max(logged, record.logged)
            place = f"{topic}/{partition}@{record.offset}"
            placed[partition].append(_Placed(logged, topic, partition, record.offset, place, letter))
    return _history(placed, bad, policies)


def read_lines(lines: Iterable[bytes], policies: Policies, until: int | None = None) -> History:
    """A file: one partition, the line's number its offset; lines logged after `until` are not read."""
    placed: list[_Placed] = []
    bad: list[Bad] = []
    logged = -(1 << 62)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        letter = read_line(line)
        says = letter.recorded if letter.loggedtime is None else letter.loggedtime
        if not letter.bad and until is not None and max(logged, says) > until:
            break
        letter = _known(letter, max(logged, says), policies)
        if letter.bad:
            bad.append(Bad("", 0, number, letter.bad))
            continue
        logged = max(logged, says)
        topic = TOPICS[not letter.type.startswith("marketing.")]
        placed.append(_Placed(logged, topic, 0, number, f"line {number}", letter))
    return _history({0: placed}, bad, policies)


def read_tailed(rows: Iterable[tuple[Mapping[str, Any], bytes]], policies: Policies, dead: Sequence[Refused] = ()) -> History:
    """What `handoff tail --json` printed of the input topics, as `tailed.rows` gives it: by topic, partition and offset."""
    rows = list(rows)
    refused = _Refusals(dead, 1 + max((row["partition"] for row, _ in rows), default=0))
    placed: dict[int, list[_Placed]] = defaultdict(list)
    bad: list[Bad] = []
    reached: dict[tuple[str, int], int] = defaultdict(int)
    for row, line in rows:
        topic, partition, offset = row["topic"], row["partition"], row["offset"]
        logged = max(reached[topic, partition], instant(row["loggedtime"]))
        letter = refused.look(_known(on_its_topic(read_line(line), topic), logged, policies), (topic, partition, offset))
        if letter.bad:
            bad.append(Bad(topic, partition, offset, letter.bad))
            continue
        reached[topic, partition] = logged
        placed[partition].append(_Placed(logged, topic, partition, offset, f"{topic}/{partition}@{offset}", letter))
    return _history(placed, bad, policies)


class _Refusals:
    """Two faults that a record does not show of itself: a key that is not printed, and a lead that lies in another's partition.

    Whether a lead was known in a partition is not, so that its record there may be refused and need not be.
    """

    def __init__(self, dead: Sequence[Refused], partitions: int) -> None:
        self._letters = {(letter.topic, letter.partition, letter.offset): letter for letter in dead}
        self._partitions = partitions

    def look(self, letter: Letter, place: tuple[str, int, int]) -> Letter:
        refused = self._letters.get(place)
        if letter.bad or refused is None or letter.subject == "-":
            return letter
        if refused.reason == "wrong_key" and refused.key != letter.subject:
            return Letter("a key that is not the subject")
        if refused.reason == "wrong_partition" and partition_of(letter.subject, self._partitions) != place[1]:
            return Letter("a lead of another partition")
        return letter


def _known(letter: Letter, logged: int, policies: Policies) -> Letter:
    """A reason that the policy in force does not list makes a record bad."""
    reasons: Mapping[str, Sequence[Any]] = {"crm.returned": policies.at(logged).returns, "crm.paused": policies.at(logged).pauses}  # type: ignore[dict-item]
    if not letter.bad and letter.type in reasons and letter.data["reason"] not in reasons[letter.type]:
        return Letter(f"an unknown reason {letter.data['reason']!r}")
    return letter


def _history(placed: Mapping[int, list[_Placed]], bad: list[Bad], policies: Policies) -> History:
    heard: list[Heard] = []
    for part in placed.values():
        part.sort(key=lambda record: (record.logged, TOPICS.index(record.topic), record.offset))
        memories: dict[str, _Memory] = defaultdict(_Memory)
        for order, record in enumerate(part):
            heard.append(_heard(order, record, policies, memories[record.letter.subject]))
    return History(heard, bad, policies)


def _heard(order: int, record: _Placed, policies: Policies, memory: "_Memory") -> Heard:
    letter, logged = record.letter, record.logged
    occurred = letter.time
    backdated = letter.type in FACTS and letter.recorded - occurred > policies.at(logged).max_backdating
    if backdated:
        occurred = letter.recorded
    if occurred > logged + SKEW:
        occurred = logged
    first = True if letter.subject == "-" else memory.is_first(letter, logged)
    gone = memory.gone
    if first is not False and letter.subject != "-":
        memory.live_through(letter)
    too_late = letter.type in FACTS and logged - occurred > policies.at(logged).window
    return Heard(order, record.place, record.partition, logged, occurred, backdated, letter, first, gone, too_late)


class _Memory:
    """Which ids a lead has surely heard, and whether it is gone."""

    def __init__(self) -> None:
        self.gone = False
        self._merged = False
        self._ids: dict[tuple[str, str], tuple[int, int]] = {}  # (how many had been heard, logged)
        self._heard = 0
        self._forgot = 0  # what was heard before may have gone with the person's data

    def is_first(self, letter: Letter, logged: int) -> bool | None:
        name = letter.source, letter.id
        before = self._ids.get(name)
        if before is None:
            self._heard += 1
            self._ids[name] = (self._heard, logged)
            return True
        nth, then = before
        if nth <= self._forgot or self.gone:
            return None
        return False if self._heard - nth < 64 or (self._heard - nth < 1_024 and logged - then < 7 * DAY) else None

    def live_through(self, letter: Letter) -> None:
        if letter.type in ("crm.erased", "crm.merged"):
            self._merged = self._merged or (letter.type == "crm.merged" and not self.gone)
            self.gone = True
            self._forgot = self._heard
        elif letter.type == "crm.reopened" and self.gone and not self._merged:
            self.gone = False
            self._forgot = self._heard  # what was dropped meanwhile may or may not be remembered
