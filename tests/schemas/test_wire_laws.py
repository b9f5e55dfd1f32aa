"""Whatever the bytes are, decoding gives a signal or a BadRecord; and the form of a record changes nothing of what it says."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import decode, decode_line
from schemas.errors import BadRecord
from schemas.signals import CRM, MARKETING, SIGNALS, Signal

TOPICS = st.sampled_from([CRM, MARKETING])
NAMES = st.sampled_from(list(SIGNALS))
TEXTS = st.text(max_size=20)
NUMBERS = st.one_of(st.integers(), st.integers(-(2**60), 2**60), st.floats(), st.floats(-1e17, 1e17))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


def likely(values: list[Any]) -> st.SearchStrategy[Any]:
    """Mostly a value that fits, now and then any."""
    return st.integers(0, 24).flatmap(lambda drawn: st.sampled_from(values) if drawn else VALUES)


DATA = st.fixed_dictionaries(
    {
        "activity_id": likely(["c1"]),
        "channel": likely(["phone", "email"]),
        "direction": likely(["outbound"]),
        "outcome": likely(["met"]),
        "automated": likely([True, False]),
        "activity": likely(["page_view"]),
        "attributes": st.dictionaries(TEXTS, VALUES, max_size=3),
        "campaign": likely(["q4"]),
        "amount": likely(["1.50"]),
        "currency": likely(["PLN"]),
        "period": likely(["2026-10"]),
        "rep": likely(["r1"]),
        "reason": likely(["too_early"]),
        "opportunity": likely(["o1"]),
        "status": likely(["won"]),
        "into": likely(["B"]),
        "available": likely([True]),
    },
    optional={"until": likely(["2026-10-16T15:00:00+02:00"]), "properties": VALUES, "unknown": VALUES},
)
ENVELOPES = st.fixed_dictionaries(
    {
        "specversion": st.just("1.0"),
        "id": likely(["1"]),
        "source": likely(["hubspot/crm"]),
        "type": NAMES,
        "subject": st.sampled_from(["A", "-", "campaign:q4", "Żaneta\u00a07"]),
        "time": likely(["2026-10-16T15:00:00+02:00"]),
    },
    optional={"recordedtime": likely(["2026-10-16T15:00:00Z"]), "data": DATA | DATA | VALUES},
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            ["content-type", "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_recordedtime", "x"]
        ),
        st.one_of(
            st.none(),
            st.binary(max_size=30),
            st.sampled_from([b"1.0", b"crm.erased", b"-", b"application/cloudevents+json", b"2026-10-16T15:00:00Z"]),
        ),
    )
)


def outcome(decoding: Any, *args: Any) -> Signal | tuple[str, str]:
    try:
        signal: Signal = decoding(*args)
    except BadRecord as refused:
        return refused.reason, refused.field
    return signal


@given(st.none() | st.binary(), st.none() | st.binary(), HEADERS, TOPICS)
def test_any_bytes_give_a_signal_or_a_bad_record(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]], topic: str
):
    outcome(decode, key, value, headers, topic)


@given(st.binary() | st.text(st.characters()))
def test_any_line_gives_a_signal_or_a_bad_record(line: bytes | str):
    with suppress(BadRecord):
        decode_line(line)


@given(ENVELOPES, st.integers(0, 400), st.binary(max_size=3))
def test_damage_gives_a_signal_or_a_bad_record(envelope: dict[str, Any], at: int, noise: bytes):
    whole = json.dumps(envelope).encode()
    with suppress(BadRecord):
        decode_line(whole[:at] + noise + whole[at + len(noise) :])


@given(ENVELOPES)
def test_binary_structured_and_line_say_the_same(envelope: dict[str, Any]):
    topic, key = SIGNALS[envelope["type"]][0], envelope["subject"].encode()
    whole = json.dumps(envelope).encode()
    in_structured = outcome(decode, key, whole, [("content-type", b"application/cloudevents+json")], topic)
    assert outcome(lambda: decode_line(whole).signal) == in_structured
    if (
        all(isinstance(value, str) for name, value in envelope.items() if name != "data")
        and b"NaN" not in whole
        and b"Infinity" not in whole
    ):
        headers = [(f"ce_{name}", value.encode()) for name, value in envelope.items() if name != "data"]
        value = json.dumps(envelope["data"]).encode() if "data" in envelope else None
        assert outcome(decode, key, value, headers, topic) == in_structured
