"""In which order records are applied, and what is proven of time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.stream.merge import Chunk, Entry, Feed, Merge, Seen
from schemas.cloudevents import decode
from schemas.errors import BadRecord
from schemas.instants import Instant
from tests.stream.records import BAD, TOPICS, Record, record

MS = 1000
MARGIN = 0.0011
A, B = TOPICS


def read(found: Any, topic: str, _: int) -> Any:
    return decode(found.key, found.value, found.headers, topic)


def merge(guard: Instant | None = 0, offsets: tuple[int, int] = (0, 0)) -> Merge:
    return Merge([Feed(topic, offset, 0, read) for topic, offset in zip(TOPICS, offsets, strict=True)], MARGIN, guard)


def arrive(merge: Merge, topic: str, *records: Record, taken: float = 0.0, end: int | None = None) -> None:
    feed = merge.feeds[TOPICS.index(topic)]
    feed.add(feed.next, Chunk(records, records[-1].offset + 1 if end is None else end, taken))


def see_end(merge: Merge, topic: str, sent: float = 0.0, wall: Instant = 0) -> None:
    feed = merge.feeds[TOPICS.index(topic)]
    feed.seen = Seen(feed.next, sent, wall)


def drain(merge: Merge, limit: int = 1000) -> list[tuple[str, Entry]]:
    applied = []
    while run := merge.run(limit):
        feed, entries = run
        feed.advance(len(entries))
        applied += [(feed.topic, entry) for entry in entries]
    return applied


def places(applied: list[tuple[str, Entry]]) -> list[tuple[str, int]]:
    return [(topic, entry.record.offset) for topic, entry in applied]


def test_what_was_logged_earlier_comes_first_whatever_its_topic() -> None:
    m = merge()
    arrive(m, A, record(A, 0, 20), record(A, 1, 40))
    arrive(m, B, record(B, 0, 10), record(B, 1, 30))
    see_end(m, A, sent=1.0)
    see_end(m, B, sent=1.0)
    assert places(drain(m)) == [(B, 0), (A, 0), (B, 1), (A, 1)]


def test_at_one_instant_the_order_of_topics_decides() -> None:
    m = merge()
    arrive(m, B, record(B, 0, 10), record(B, 1, 11))
    arrive(m, A, record(A, 0, 10), record(A, 1, 10), record(A, 2, 12))
    see_end(m, B, sent=1.0)
    assert places(drain(m)) == [(A, 0), (A, 1), (B, 0), (B, 1), (A, 2)]


def test_a_head_waits_for_a_topic_whose_end_nobody_has_seen() -> None:
    m = merge()
    arrive(m, A, record(A, 0, 10))
    assert drain(m) == []


def test_an_end_seen_by_a_fetch_sent_too_soon_proves_nothing() -> None:
    m = merge()
    arrive(m, A, record(A, 0, 10), taken=5.0)
    see_end(m, B, sent=5.0 + MARGIN - 0.0005)
    assert drain(m) == []
    see_end(m, B, sent=5.0 + MARGIN)
    assert places(drain(m)) == [(A, 0)]


def test_an_end_that_was_passed_since_is_none() -> None:
    m = merge(guard=0)
    see_end(m, B, sent=9.0, wall=90 * MS)
    arrive(m, B, record(B, 0, 50), record(B, 1, 51))
    arrive(m, A, record(A, 0, 60), taken=1.0)
    assert places(drain(m)) == [(B, 0), (B, 1)]
    assert m.bound() == 0
    see_end(m, B, sent=9.0, wall=100 * MS)
    assert places(drain(m)) == [(A, 0)]


def test_append_times_that_go_back_do_not_turn_the_order() -> None:
    m = merge()
    arrive(m, A, record(A, 0, 30), record(A, 1, 10), record(A, 2, 31))
    arrive(m, B, record(B, 0, 20), record(B, 1, 40))
    see_end(m, A, sent=1.0)
    see_end(m, B, sent=1.0)
    applied = drain(m)
    assert places(applied) == [(B, 0), (A, 0), (A, 1), (A, 2), (B, 1)]
    assert [entry.logged for _, entry in applied] == [20 * MS, 30 * MS, 30 * MS, 31 * MS, 40 * MS]


def test_a_bad_record_moves_no_time() -> None:
    m = merge(guard=None)
    arrive(m, A, record(A, 0, 10), record(A, 1, 99_999, value=BAD), record(A, 2, 20))
    see_end(m, B, sent=1.0)
    applied = drain(m)
    assert [entry.logged for _, entry in applied] == [10 * MS, 10 * MS, 20 * MS]
    assert isinstance(applied[1][1].signal, BadRecord)
    assert m.feeds[0].offset == 3


def test_time_is_proven_up_to_the_least_of_the_ends_less_the_guard() -> None:
    m = merge(guard=2 * MS)
    assert m.bound() == 0
    see_end(m, A, wall=100 * MS)
    assert m.bound() == 0
    see_end(m, B, wall=90 * MS)
    assert m.bound() == 88 * MS


def test_a_waiting_head_bounds_what_is_proven() -> None:
    m = merge(guard=0)
    arrive(m, A, record(A, 0, 50), taken=1.0)
    assert m.bound() == 0
    see_end(m, B, sent=0.5, wall=70 * MS)
    assert m.bound() == 50 * MS


def test_where_records_move_time_an_end_lets_the_merge_go_on_and_proves_no_instant() -> None:
    m = merge(guard=None)
    arrive(m, A, record(A, 0, 10))
    see_end(m, B, sent=1.0, wall=1_000_000 * MS)
    assert places(drain(m)) == [(A, 0)]
    see_end(m, A, sent=1.0, wall=1_000_000 * MS)
    assert m.bound() == 0


def test_a_hole_in_what_was_fetched_is_an_error() -> None:
    m = merge()
    arrive(m, A, record(A, 0, 10))
    with pytest.raises(RuntimeError, match="hole"):
        m.feeds[0].add(5, Chunk([record(A, 5, 20)], 6, 0.0))


def test_a_row_of_records_ends_at_the_limit() -> None:
    m = merge()
    arrive(m, A, *(record(A, offset, 10) for offset in range(10)))
    see_end(m, B, sent=1.0)
    run = m.run(3)
    assert run
    assert len(run[1]) == 3


def test_what_is_applied_ends_where_the_fetch_ended_not_at_its_last_record() -> None:
    m = merge()
    arrive(m, A, record(A, 3, 10), record(A, 4, 11), end=9)
    see_end(m, B, sent=1.0)
    feed = m.feeds[0]
    run = m.run(1)
    assert run
    feed.advance(1)
    assert feed.offset == 4
    drain(m)
    assert (feed.offset, feed.logged, feed.waiting) == (9, 11 * MS, 0)


# A world of one broker: time goes on in tenths of a millisecond, append times are whole ones.
steps = st.lists(
    st.tuples(st.sampled_from(["append", "fetch"]), st.sampled_from(TOPICS), st.sampled_from([0, 1, 12])), min_size=30, max_size=60
)


@given(steps)
def test_whatever_arrives_when_the_order_is_that_of_the_log(steps: list[tuple[str, str, int]]) -> None:
    m, tenths, proven = merge(guard=0), 0, 0
    logs: dict[str, list[Record]] = {topic: [] for topic in TOPICS}
    applied: list[tuple[str, Entry]] = []
    for what, topic, wait in [*steps, *[("fetch", topic, 20) for topic in TOPICS * 3]]:
        tenths += wait
        log = logs[topic]
        if what == "append":
            log.append(record(topic, len(log), tenths // 10))
            continue
        if new := log[m.feeds[TOPICS.index(topic)].next :]:
            arrive(m, topic, *new, taken=tenths / 10_000)
        else:
            see_end(m, topic, sent=tenths / 10_000, wall=tenths // 10 * MS)
        fresh = drain(m)
        assert all(entry.logged >= proven for _, entry in fresh), "applied behind what was proven"
        applied += fresh
        proven = max(proven, m.bound())
    expected = sorted((found.timestamp * MS, TOPICS.index(topic), found.offset) for topic in TOPICS for found in logs[topic])
    assert [(entry.logged, TOPICS.index(topic), entry.record.offset) for topic, entry in applied] == expected
