"""What a changelog says of a partition."""

import pytest

from processor.stream.leads import APPLIED, Applied, LeadStore, Part
from tests.stream.records import Record


def said(key: bytes, value: bytes | None) -> Record:
    return Record(0, 0, key, value, [])


def test_the_last_state_of_a_lead_counts_and_no_value_means_it_is_gone() -> None:
    part = Part()
    part.read([said(b"a", b"1"), said(b"b", b"1"), said(b"a", b"2"), said(b"b", None), said(b"c", None)])
    assert part.states == {b"a": b"2"}


def test_what_was_applied_is_read_back_as_it_was_written() -> None:
    applied = Applied({"marketing.events.v1": (17, 5_000_000)}, 6_000_000, b"watch")
    part = Part()
    part.read([said(APPLIED, Applied().packed()), said(APPLIED, applied.packed())])
    assert part.applied == applied
    assert part.states == {}


def test_what_an_older_worker_wrote_is_still_read() -> None:
    part = Part()
    part.read([said(APPLIED, b"\x92\x81\xb3marketing.events.v1\x92\x11\xce\x00\x4c\x4b\x40\xce\x00\x5b\x8d\x80")])  # before `watch`
    assert part.applied == Applied({"marketing.events.v1": (17, 5_000_000)}, 6_000_000, b"")


def test_the_store_holds_what_its_partitions_hold_and_is_not_written_through_faust() -> None:
    store = LeadStore.__new__(LeadStore)
    parts = {0: Part(), 3: Part()}
    parts[3].read([said(b"a", b"1")])
    store.hold(parts)
    assert dict(store) == {b"a": b"1"}
    with pytest.raises(TypeError, match="transactions"):
        store[b"a"] = b"2"
    with pytest.raises(TypeError, match="transactions"):
        del store[b"a"]
    assert store[b"a"] == b"1"
