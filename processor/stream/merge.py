"""The one order of a partition's records, and the instant before which nothing can arrive any more; no Kafka and no clock: both are told.

Records of several topics come by (logged, topic, offset). The head of a topic comes next if every other topic has a later head, or was seen
at its end by a fetch sent after the head had arrived. What that fetch proves of time is a second matter, and none where records move time.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from schemas.errors import BadRecord
from schemas.instants import SECOND, Instant
from schemas.signals import Signal

WINDOW = 512  # records decoded ahead of the merge, by topic: the rest of a backlog waits as bytes


class Record(Protocol):
    """What is read of a consumer's record; `timestamp` in milliseconds since the epoch."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Seen(NamedTuple):
    """A fetch that found nothing after the records that end at `end`: no record, no open transaction."""

    end: int
    sent: float  # seconds of the consumer's own clock
    wall: Instant  # the same moment


class Entry(NamedTuple):
    """A record in its place. `logged` is the greatest append time so far in its topic partition; a bad record moves no time."""

    logged: Instant
    record: Any
    signal: Signal | BadRecord


class Chunk(NamedTuple):
    """Records that were taken from the fetcher together, `taken` on the consumer's clock; `end` is the position after them."""

    records: Sequence[Any]
    end: int
    taken: float


Read = Callable[[Any, str, Instant], Signal]  # (record, topic, logged) to the signal in it; raises BadRecord

NOTHING_SEEN = Seen(-1, 0.0, 0)
_logged = itemgetter(0)


class Feed:
    """One input topic of one partition: what has arrived, what was seen of its end, what is applied."""

    def __init__(self, topic: str, offset: int, logged: Instant, read: Read) -> None:
        self.topic = topic
        self.offset, self.logged = offset, logged  # of what is applied: the next offset, the greatest instant
        self.next = offset  # of what has arrived
        self.seen = NOTHING_SEEN
        self.waiting = 0  # records that have arrived and are not applied
        self._read = read
        self._chunks: deque[Chunk] = deque()
        self._undecoded = 0  # index in the first chunk
        self._window: list[Entry] = []
        self._at = 0
        self._window_end = offset
        self.taken = 0.0  # of the chunk that the window is from

    def add(self, start: int, chunk: Chunk) -> None:
        """A hole would be an input lost without a word: whoever feeds must die of the error."""
        first = chunk.records[0].offset
        if not start == self.next <= first:
            raise RuntimeError(f"hole in {self.topic}: records {first} to {chunk.end}, fetched from {start}; expected from {self.next}")
        self.next = chunk.end
        self.waiting += len(chunk.records)
        self._chunks.append(chunk)

    def head(self) -> Entry | None:
        if self._at == len(self._window) and not self._decode():
            return None
        return self._window[self._at]

    def upto(self, logged: Instant, limit: int) -> list[Entry]:
        """Waiting entries logged up to and at the instant, at most `limit` of them."""
        stop = bisect_right(self._window, logged, self._at, min(self._at + limit, len(self._window)), key=_logged)
        return self._window[self._at : stop]

    def advance(self, count: int) -> None:
        """The next `count` entries are applied."""
        if not count:
            return
        self._at += count
        self.waiting -= count
        last = self._window[self._at - 1]
        self.logged = last.logged
        self.offset = self._window_end if self._at == len(self._window) else last.record.offset + 1

    def at_end(self) -> bool:
        return self.seen.end == self.next

    def _decode(self) -> bool:
        if not self._chunks:
            return False
        records, end, self.taken = self._chunks[0]
        rows = records[self._undecoded : self._undecoded + WINDOW]
        self._undecoded += len(rows)
        self._window_end = rows[-1].offset + 1
        if self._undecoded == len(records):  # to the chunk's own end: behind its last record may be markers and what compaction left out
            self._chunks.popleft()
            self._undecoded, self._window_end = 0, end
        self._window, self._at = self._entries(rows), 0
        return True

    def _entries(self, rows: Sequence[Any]) -> list[Entry]:
        read, topic, logged = self._read, self.topic, self.logged
        entries = []
        for record in rows:
            at = max(logged, record.timestamp * (SECOND // 1000))  # Kafka does not promise that append times never go back
            try:
                signal: Signal | BadRecord = read(record, topic, at)
            except BadRecord as bad:
                signal = bad
            else:
                logged = at
            entries.append(Entry(logged, record, signal))
        return entries


class Merge:
    """The feeds of one partition. `margin`: seconds by which append times may differ between topics; `guard`: what the wall clock of a
    fetch is not trusted with, None where an end that was seen proves no instant (time moves by records only)."""

    def __init__(self, feeds: Sequence[Feed], margin: float, guard: Instant | None) -> None:
        self.feeds, self.margin, self.guard = feeds, margin, guard

    def bound(self) -> Instant:
        """Whatever was logged before it has been applied."""
        return min([head.logged if (head := feed.head()) else self._proven(feed) for feed in self.feeds])

    def run(self, limit: int) -> tuple[Feed, list[Entry]] | None:
        """The entries of one topic that come next, one after the other; None while another topic may still bring an earlier one."""
        heads = sorted((head.logged, place) for place, feed in enumerate(self.feeds) if (head := feed.head()))
        if not heads:
            return None
        (_, place), *others = heads
        feed = self.feeds[place]
        proof = feed.taken + self.margin
        if not all(other.at_end() and other.seen.sent >= proof for other in self.feeds if not other.waiting):
            return None
        if not others:
            return feed, feed.upto(_FOR_EVER, limit)
        next_logged, next_place = others[0]
        return feed, feed.upto(next_logged if place < next_place else next_logged - 1, limit)

    def _proven(self, feed: Feed) -> Instant:
        return feed.seen.wall - self.guard if self.guard is not None and feed.at_end() else 0


_FOR_EVER: Instant = 1 << 63
