"""An ordinary line is read in a quicker way: whatever a line looks like, that way says what the long one says, or nothing."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import cloudevents
from schemas.errors import BadRecord

WEEK = (Path(__file__).parents[2] / "deploy/samples/week.jsonl").read_bytes().splitlines()
ODD = (
    *(b"null", b"NaN", b"1e999", b"true", b"[]", b"{}", b"-0", b"9" * 30, b" ", b"\xff", b'"\\ud800"', b"\\u0000"),
    *(b'"data":null,', b'"subject":"-",', b'"partition":3,', b'"partition":-1,', b'"data_base64":"aa",', b'"id":"",', b'"time":"x",'),
    *(b'"datacontenttype":"application/json",', b'"datacontenttype":"text/plain",', b'"traceparent":"00-1",'),
)
spoils = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 12), st.sampled_from(ODD)), max_size=3)


@given(st.sampled_from(WEEK), spoils)
@example(WEEK[0].replace(b"{", b'{"id":"another",', 1), [])
def test_both_ways_of_reading_a_line_say_the_same(line: bytes, spoiled: list[tuple[int, int, bytes]]) -> None:
    for place, cut, put in spoiled:
        at = place % len(line)
        at = at if place % 2 else line.find(b",", at) + 1  # half of them between two members
        line = line[:at] + put + line[at + cut :]
    with pytest.MonkeyPatch.context() as patched:
        quick = _said(line)
        patched.setattr(cloudevents, "_decode_quickly", _not_at_all)
        assert quick == _said(line)


def test_the_sample_is_read_in_the_quick_way() -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cloudevents, "_envelope", _not_at_all)
        for line in WEEK:
            cloudevents.decode_line(line)


def _not_at_all(_: bytes) -> None:
    raise msgspec.ValidationError("not this way")


def _said(line: bytes) -> object:
    try:
        return cloudevents.decode_line(line)
    except BadRecord as bad:
        return bad.reason, bad.field, bad.found, bad.expected
