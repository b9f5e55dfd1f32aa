"""A lane decides, commits, then shows; with a core that counts and a journal in memory."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.stream import lane as lanes
from processor.stream.lane import Lane, Row, Terms
from processor.stream.leads import Applied, Part
from processor.stream.merge import Chunk, Feed, Merge, Seen
from processor.stream.observer import Commit, Nobody
from processor.stream.reading import partition_of, reader
from schemas.errors import Reason
from schemas.events import DEAD_LETTERS, LIFECYCLE, RETURNS, Event
from schemas.instants import SECOND, Instant
from tests.stream.counting import Count, Counting, unpack
from tests.stream.records import BAD, TOPICS, Journal, Record, Tap, record

MS = 1000
A, B = TOPICS
PARTITIONS = 4


class Watching(Nobody):
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.reasons: list[Reason] = []
        self.commits: list[Commit] = []

    def decided(self, partition: int, events: Sequence[Event], facts: Any) -> None:  # noqa: ARG002
        self.events += events

    def dead_letter(self, reason: Reason) -> None:
        self.reasons.append(reason)

    def committed(self, commit: Commit) -> None:
        self.commits.append(commit)


class World:
    """One lane, what it wrote, and what it told."""

    def __init__(self, part: Part | None = None, journal: Journal | None = None, limit: int = 1000, partitions: int = 1) -> None:
        self.part, self.journal, self.watching, self.tap = part or Part(), journal or Journal(), Watching(), Tap()
        self.deaths: list[tuple[str, int, Mapping[str, int]]] = []
        terms = Terms(limit, 0.0, "/handoff/test", asyncio.Lock(), self.tap, self.watching, lambda *why: self.deaths.append(why))
        applied = self.part.applied.inputs
        core = Counting(0, self.part.states, self.part.applied.watch)
        feeds = [Feed(topic, *applied.get(topic, (0, 0)), reader(self.part.states, 0, partitions, core.admit)) for topic in TOPICS]
        self.lane = Lane(0, self.part, core, Merge(feeds, 0.0011, 0), self.journal, terms)
        self.lane.epoch = 1

    def arrive(self, topic: str, records: Iterable[Record]) -> None:
        records = list(records)
        start = next(feed.next for feed in self.lane.merge.feeds if feed.topic == topic)
        self.lane.feed(topic, 1, start, Chunk(records, records[-1].offset + 1, 0.0))

    def see_ends(self, wall: Instant = 0) -> None:
        for feed in self.lane.merge.feeds:
            self.lane.saw(feed.topic, Seen(feed.next, 1.0, wall))

    async def work(self) -> None:
        """Until there is nothing to decide."""
        self.lane.start(1)
        for _ in range(10):
            await asyncio.sleep(0)
        while any(feed.waiting for feed in self.lane.merge.feeds) and not self.deaths:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await self.lane.close()

    def count(self, lead: str) -> Count:
        return unpack(self.part.states[lead.encode()])


def ids(rows: Sequence[Row]) -> list[str]:
    return [dict(headers)["ce_id"].decode() for _, _, headers in rows]


async def test_a_batch_is_one_transaction_of_outputs_states_and_what_was_applied() -> None:
    w = World()
    w.arrive(A, [record(A, offset, 10 + offset) for offset in range(3)])
    w.see_ends()
    await w.work()
    [(outputs, log)] = w.journal.transactions
    assert ids(outputs[LIFECYCLE]) == ["L1/stage/3"]
    assert [key for key, _, _ in log] == [b"L1", b"\0applied"]
    assert w.part.applied == Applied({A: (3, 12 * MS), B: (0, 0)}, 12 * MS, b"3 12000")
    assert w.part.position == w.journal.end


async def test_what_is_decided_is_seen_only_after_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    w = World()
    seen_at_commit: list[int] = []
    commit = w.journal.commit

    async def looking(*args: Any) -> None:
        seen_at_commit.append(len(w.part.states) + w.part.applied.reached + len(w.watching.commits))
        await commit(*args)

    monkeypatch.setattr(w.journal, "commit", looking)
    w.arrive(A, [record(A, 0, 10)])
    w.see_ends()
    await w.work()
    assert seen_at_commit == [0]
    assert w.count("L1").signals == 1


async def test_a_silence_is_judged_before_the_record_that_ends_it() -> None:
    w = World()
    w.arrive(A, [record(A, 0, 1000), record(A, 1, 4001)])
    w.see_ends()
    await w.work()
    assert ids(w.journal.outputs(RETURNS)) == ["L1/1000000/returned"]


async def test_a_record_at_the_very_deadline_is_in_time() -> None:
    w = World()
    w.arrive(A, [record(A, 0, 1000), record(A, 1, 4000)])
    w.see_ends()
    await w.work()
    assert w.journal.outputs(RETURNS) == []


async def test_a_silence_is_judged_when_the_ends_prove_it() -> None:
    w = World()
    w.arrive(A, [record(A, 0, 1000)])
    w.see_ends(wall=4 * SECOND)
    await w.work()
    assert w.journal.outputs(RETURNS) == []
    w = World(w.part, w.journal)
    w.see_ends(wall=4 * SECOND + 1)
    await w.work()
    assert ids(w.journal.outputs(RETURNS)) == ["L1/1000000/returned"]


async def test_bad_records_are_dead_letters_in_the_same_transaction() -> None:
    w = World()
    w.arrive(A, [record(A, 0, 10), record(A, 1, 11, value=BAD), record(A, 2, 12, id="unheard-of-1")])
    w.see_ends()
    await w.work()
    [(outputs, _)] = w.journal.transactions
    (key, value, headers), second = outputs[DEAD_LETTERS]
    errors = {name.removeprefix("__handoff.errors."): text for name, text in headers if name.startswith("__handoff.errors.")}
    assert (key, value) == (b"L1", BAD)
    assert errors == {
        "topic": A.encode(), "partition": b"0", "offset": b"1", "timestamp": b"1970-01-01T00:00:00.011Z",
        "reason": b"unparsable", "field": b"data", "attempt": b"1",
    }  # fmt: skip
    assert dict(second[2])["__handoff.errors.reason"] == b"unknown_reason"
    assert w.part.applied.inputs[A] == (3, 10 * MS)
    assert w.watching.reasons == ["unparsable", "unknown_reason"]


async def test_a_dead_letter_that_was_driven_again_counts_its_attempts() -> None:
    w = World()
    bad = record(A, 0, 10, value=BAD)
    again = bad._replace(headers=[*bad.headers, ("__handoff.errors.attempt", b"2"), ("__handoff.errors.reason", b"bad_schema")])
    w.arrive(A, [again])
    w.see_ends()
    await w.work()
    [(_, _, headers)] = w.journal.outputs(DEAD_LETTERS)
    assert [text for name, text in headers if name == "__handoff.errors.attempt"] == [b"3"]
    assert [text for name, text in headers if name == "__handoff.errors.reason"] == [b"unparsable"]


async def test_the_first_record_of_a_lead_in_a_partition_not_its_own_is_a_dead_letter() -> None:
    leads = [f"L{number}" for number in range(20)]
    w = World(partitions=PARTITIONS)
    w.arrive(A, [record(A, offset, 10, lead=lead) for offset, lead in enumerate(leads)])
    w.see_ends()
    await w.work()
    home = {lead for lead in leads if partition_of(lead.encode(), PARTITIONS) == 0}
    assert home
    assert {key.decode() for key in w.part.states} == home
    assert w.watching.reasons == ["wrong_partition"] * (len(leads) - len(home))


async def test_a_batch_ends_at_the_limit_of_signals() -> None:
    w = World(limit=4)
    w.arrive(A, [record(A, offset, 10) for offset in range(10)])
    w.see_ends()
    await w.work()
    assert [commit.signals for commit in w.watching.commits] == [4, 4, 2]


async def test_a_batch_ends_at_the_limit_of_changed_leads_and_loses_no_record() -> None:
    w = World(limit=4)
    w.arrive(A, [record(A, offset, 10, lead=f"L{offset}") for offset in range(10)])
    w.arrive(B, [record(B, 0, 9000, lead="late")])
    w.see_ends()
    await w.work()
    assert len(w.journal.outputs(RETURNS)) == 10
    assert all(len(log) <= 2 * 4 + 1 for _, log in w.journal.transactions)
    assert w.part.applied.inputs == {A: (10, 10 * MS), B: (1, 9000 * MS)}


async def test_a_record_logged_before_the_instant_reached_is_applied_at_it_and_counted() -> None:
    w = World()
    w.see_ends(wall=50 * MS)
    w.lane.decide()
    w.arrive(A, [record(A, 0, 10)])
    w.see_ends(wall=60 * MS)
    await w.work()
    assert w.count("L1").logged == 50 * MS
    assert [commit.late for commit in w.watching.commits] == [1]


async def test_a_commit_that_fails_ends_the_worker_at_the_offsets_last_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    w = World()

    async def refused(*_: Any) -> None:
        raise ConnectionError("fenced")

    monkeypatch.setattr(w.journal, "commit", refused)
    w.arrive(A, [record(A, 0, 10)])
    w.see_ends()
    await w.work()
    [(why, partition, offsets)] = w.deaths
    assert "fenced" in why
    assert (partition, offsets) == (0, {})
    assert w.part.states == {}
    assert w.watching.events == []


async def test_a_closed_lane_decides_nothing_more() -> None:
    w = World()
    w.lane.start(1)
    await asyncio.sleep(0)
    await w.lane.close()
    w.arrive(A, [record(A, 0, 10)])
    w.see_ends()
    await asyncio.sleep(0)
    assert w.journal.transactions == []


async def test_records_from_before_the_last_seek_are_dropped() -> None:
    w = World()
    w.lane.feed(A, 0, 0, Chunk([record(A, 0, 10)], 1, 0.0))
    assert w.lane.merge.feeds[0].waiting == 0


async def test_a_full_lane_pauses_its_own_topic_until_it_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "FULL", 6)
    monkeypatch.setattr(lanes, "LOW", 3)
    w = World(limit=2)
    w.arrive(A, [record(A, offset, 10) for offset in range(7)])
    assert w.tap.paused == {(A, 0)}
    w.see_ends()
    w.lane.decide()
    w.lane.decide()
    assert w.tap.paused == {(A, 0)}
    w.lane.decide()
    assert w.tap.paused == set()


Arrivals = list[tuple[str, int, int]]  # topic, milliseconds since the last one, lead
arrivals = st.lists(st.tuples(st.sampled_from(TOPICS), st.integers(0, 2500), st.integers(0, 5)), max_size=40)


def logs(arrivals: Arrivals) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {topic: [] for topic in TOPICS}
    at = 1000
    for topic, gap, lead in arrivals:
        at += gap
        found[topic].append(record(topic, len(found[topic]), at, lead=f"L{lead}"))
    return found


async def worked(found: dict[str, list[Record]], cuts: Sequence[tuple[int, bool]]) -> Journal:
    """The log worked off by one process after the other. Each commits one batch; its second transaction counts, or it does not."""
    journal = Journal()
    for limit, counts in [*cuts, (1000, True)]:
        part = Part()
        part.read(journal.changelog())
        w = World(part, journal, limit)
        for topic in TOPICS:
            if rest := found[topic][part.applied.inputs.get(topic, (0, 0))[0] :]:
                w.arrive(topic, rest)
        w.see_ends(wall=10**9)
        for committed in (True, counts):
            if (batch := w.lane.decide()) and committed:
                await journal.commit(batch.outputs, batch.decided.states, batch.applied.packed())
                part.show(batch.decided.states, batch.applied, journal.end)
    return journal


@given(arrivals, st.lists(st.tuples(st.integers(1, 7), st.booleans()), max_size=6))
async def test_wherever_it_is_cut_off_it_goes_on_as_if_nothing_had_been(arrivals: Arrivals, cuts: list[tuple[int, bool]]) -> None:
    found = logs(arrivals)
    whole, pieces = await worked(found, []), await worked(found, cuts)
    topics = (LIFECYCLE, RETURNS)
    assert [sorted(pieces.outputs(topic)) for topic in topics] == [sorted(whole.outputs(topic)) for topic in topics]
    before, after = Part(), Part()
    before.read(whole.changelog())
    after.read(pieces.changelog())
    assert (after.states, after.applied) == (before.states, before.applied)
