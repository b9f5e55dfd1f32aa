"""A record is decoded to what it says, or refused with where and why; what is encoded is the same bytes every time."""

import json
from typing import Any

import pytest

from schemas.cloudevents import MAX_RECORD_BYTES, Line, decode, decode_line, encode, to_line
from schemas.errors import BadRecord
from schemas.events import EVENTS, Event
from schemas.signals import CRM, MARKETING, CrmActivity, CrmErased, CrmHeartbeat, MarketingActivity, MarketingCost, Signal
from tests.schemas.examples import EXAMPLES

T = 1_792_155_600_000_000  # 2026-10-16T13:00:00Z
CALL = {"activity_id": "c1", "channel": "phone", "direction": "outbound", "outcome": "no_answer", "automated": False}
ENVELOPE = {
    "specversion": "1.0",
    "id": "call-1",
    "source": "hubspot/crm",
    "type": "crm.activity",
    "subject": "A",
    "time": "2026-10-16T15:00:00+02:00",
}
CALLED = Signal("call-1", "hubspot/crm", "crm.activity", "A", T, T, CrmActivity.model_validate(CALL))
STRUCTURED = [("content-type", b"application/cloudevents+json")]


def headers(**changed: bytes | str | None) -> list[tuple[str, bytes | None]]:
    given = {name: changed.get(name, text) for name, text in (ENVELOPE | changed).items()}
    return [(f"ce_{name}", text.encode() if isinstance(text, str) else text) for name, text in given.items() if text is not None]


def binary(value: Any = CALL, key: bytes | None = b"A", topic: str = CRM, **changed: bytes | str | None) -> Signal:
    raw = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
    return decode(key, raw, headers(**changed), topic)


def structured(data: Any = CALL, key: bytes | None = b"A", topic: str = CRM, **changed: Any) -> Signal:
    envelope = {name: value for name, value in (ENVELOPE | {"data": data} | changed).items() if value is not None}
    return decode(key, json.dumps(envelope).encode(), STRUCTURED, topic)


def refusal(decoding: Any, *args: Any, **changed: Any) -> tuple[str, str]:
    with pytest.raises(BadRecord) as refused:
        decoding(*args, **changed)
    return refused.value.reason, refused.value.field


MODES = pytest.mark.parametrize("mode", [binary, structured])


@MODES
def test_both_modes_say_the_same(mode: Any):
    assert mode() == CALLED


@MODES
def test_recorded_is_the_time_unless_the_source_says_when_it_wrote(mode: Any):
    assert mode().recorded == T
    assert mode(recordedtime="2026-10-16T13:00:01.5Z")[4:6] == (T, T + 1_500_000)


@MODES
def test_occurred_is_neither_back_dated_nor_clamped(mode: Any):
    assert mode(time="2036-10-16T13:00:00Z", recordedtime="2026-10-16T13:00:00Z").occurred > mode().occurred


@pytest.mark.parametrize(
    "content_type", [None, b"application/json", b"Application/JSON; charset=UTF-8", b"text/json", b"application/x+json"]
)
def test_binary_mode_takes_json_or_no_content_type(content_type: bytes | None):
    assert decode(b"A", json.dumps(CALL).encode(), [*headers(), ("content-type", content_type)], CRM) == CALLED


@pytest.mark.parametrize("content_type", [b"application/cloudevents", b"APPLICATION/CLOUDEVENTS+JSON; charset=utf-8"])
def test_the_content_type_alone_makes_a_record_structured(content_type: bytes):
    value = json.dumps(ENVELOPE | {"data": CALL}).encode()
    misleading = headers(id="another", type="crm.erased")
    assert decode(b"A", value, [*misleading, ("content-type", content_type)], CRM) == CALLED


def test_a_structured_value_without_the_content_type_is_not_structured():
    assert refusal(decode, b"A", json.dumps(ENVELOPE | {"data": CALL}).encode(), [], CRM) == ("bad_attribute", "specversion")


@pytest.mark.parametrize(
    "content_type", [b"application/avro", b"application/cloudevents+avro", b"application/cloudevents-batch+json", b"\xff", b""]
)
def test_other_content_types_are_refused(content_type: bytes):
    value = json.dumps(CALL).encode()
    assert refusal(decode, b"A", value, [*headers(), ("content-type", content_type)], CRM) == ("bad_attribute", "datacontenttype")


def test_of_a_header_that_comes_twice_the_last_counts():
    assert decode(b"A", json.dumps(CALL).encode(), [("ce_id", b"first"), *headers()], CRM).id == "call-1"


@pytest.mark.parametrize("value", [None, b"", b"null", b" null\n", b"{}"])
def test_an_empty_value_is_enough_where_no_field_is_required(value: bytes | None):
    assert binary(value, type="crm.erased").data == CrmErased()
    assert refusal(binary, None) == ("bad_schema", "data")


def test_structured_data_may_be_absent_where_no_field_is_required():
    assert structured(None, type="crm.erased") == binary(None, type="crm.erased")
    assert refusal(structured, None) == ("bad_schema", "data")


def test_data_in_base64_is_refused():
    assert refusal(structured, None, data_base64="e30=") == ("bad_schema", "data_base64")


@MODES
@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"specversion": None}, "bad_attribute", "specversion"),
        ({"specversion": "0.3"}, "bad_attribute", "specversion"),
        ({"type": None}, "unknown_type", "type"),
        ({"type": "crm.unheard_of"}, "unknown_type", "type"),
        ({"topic": MARKETING}, "wrong_topic", "type"),
        ({"source": None}, "bad_attribute", "source"),
        ({"source": ""}, "bad_attribute", "source"),
        ({"subject": None}, "missing_subject", "subject"),
        ({"subject": ""}, "missing_subject", "subject"),
        ({"subject": "-"}, "missing_subject", "subject"),
        ({"subject": "A\n", "key": b"A\n"}, "bad_attribute", "subject"),
        ({"subject": "A\x85", "key": "A\x85".encode()}, "bad_attribute", "subject"),
        ({"subject": "x" * 129, "key": b"x" * 129}, "bad_attribute", "subject"),
        ({"id": None}, "bad_attribute", "id"),
        ({"id": "x" * 513}, "bad_attribute", "id"),
        ({"time": None}, "bad_attribute", "time"),
        ({"time": "2026-10-16T15:00:00"}, "bad_attribute", "time"),
        ({"recordedtime": "yesterday"}, "bad_attribute", "recordedtime"),
        ({"key": None}, "wrong_key", "key"),
        ({"key": b"B"}, "wrong_key", "key"),
        ({"key": b""}, "wrong_key", "key"),
        ({"key": b"\xff"}, "unparsable", "key"),
    ],
)
def test_a_record_that_cannot_be_judged_is_refused_with_where_and_why(mode: Any, changed: dict[str, Any], reason: str, field: str):
    assert refusal(mode, **changed) == (reason, field)


@MODES
@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"channel": "pigeon"}, "bad_schema", "data.channel"),
        ({"automated": "no"}, "bad_schema", "data.automated"),
        ({"duration_s": -1}, "bad_schema", "data.duration_s"),
        ({"duration_s": 10**30}, "unparsable", "data.duration_s"),
        ({"rep": None, "activity_id": None}, "bad_schema", "data.activity_id"),
    ],
)
def test_bad_data_is_refused_with_the_path_of_its_field(mode: Any, changed: dict[str, Any], reason: str, field: str):
    assert refusal(mode, CALL | changed) == (reason, field)


@MODES
def test_a_missing_field_is_named(mode: Any):
    assert refusal(mode, {name: value for name, value in CALL.items() if name != "outcome"}) == ("bad_schema", "data.outcome")


@MODES
def test_data_is_an_object(mode: Any):
    assert refusal(mode, [CALL]) == ("bad_schema", "data")


@MODES
def test_an_attribute_out_of_bounds_is_named_by_its_own_path(mode: Any):
    assert refusal(mode, {"attributes": {"role": "ceo", "employees": 2**53}}, type="crm.profile") == (
        "unparsable",
        "data.attributes.employees",
    )
    assert refusal(mode, {"attributes": {"role": {"is": "ceo"}}}, type="crm.profile") == ("bad_schema", "data.attributes.role")


@pytest.mark.parametrize(
    "value",
    [
        b"{",
        b"\xff\xfe",
        b'{"activity_id": "\xff"}',
        b'{"activity_id": "\\ud800"}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"unknown": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"unknown": NaN}',
        b'{"unknown": -Infinity}',
        b'{"duration_s": ' + b"9" * 10_000 + b"}",
        b'\xef\xbb\xbf{"activity_id": "c1"}',
        b"{'activity_id': 'c1'}",
        b"\x00\x00\x00\x00\x01{}",
    ],
)
def test_poison_is_unparsable_in_every_form(value: bytes):
    whole = json.dumps(ENVELOPE).encode()[:-1] + b', "data": ' + value + b"}"
    assert refusal(binary, value) == ("unparsable", "data")
    assert refusal(decode, b"A", whole, STRUCTURED, CRM) == ("unparsable", "")
    assert refusal(decode_line, whole) == ("unparsable", "")


def test_a_company_may_be_called_nan():
    assert binary(CALL | {"rep": "NaN & Infinity"}) == structured(CALL | {"rep": "NaN & Infinity"})


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject", "time", "recordedtime"])
def test_a_header_that_is_not_utf_8_is_named(name: str):
    assert refusal(binary, **{name: b"\xff"}) == ("unparsable", name)
    assert binary() == decode(b"A", json.dumps(CALL).encode(), [("trace", b"\xff"), ("odd", None), *headers()], CRM)


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject", "time", "recordedtime", "datacontenttype"])
def test_a_structured_attribute_is_text(name: str):
    assert refusal(structured, **{name: 1}) == ("bad_attribute", name)


def test_structured_data_is_json():
    assert structured(datacontenttype="application/json") == CALLED
    assert refusal(structured, datacontenttype="text/plain") == ("bad_attribute", "datacontenttype")


@pytest.mark.parametrize("value", [b"", b"[]", b'"x"', b"1", b"null"])
def test_a_structured_record_is_one_object(value: bytes):
    assert refusal(decode, b"A", value, STRUCTURED, CRM) == ("unparsable", "")


def test_too_large_a_value_is_refused_unread():
    assert refusal(binary, b"x" * (MAX_RECORD_BYTES + 1)) == ("oversized", "")
    assert refusal(decode_line, b"x" * (MAX_RECORD_BYTES + 1)) == ("oversized", "")
    assert refusal(binary, b"x" * MAX_RECORD_BYTES) == ("unparsable", "data")


@MODES
@pytest.mark.parametrize("key", [None, b"", b"anything", b"\xff"])
def test_what_is_about_nobody_may_have_any_key(mode: Any, key: bytes | None):
    assert mode({}, key=key, type="crm.heartbeat", subject="-").data == CrmHeartbeat()


@MODES
def test_a_heartbeat_is_about_nobody(mode: Any):
    assert refusal(mode, {}, type="crm.heartbeat") == ("bad_attribute", "subject")


@MODES
def test_a_cost_is_about_its_campaign(mode: Any):
    cost = {"campaign": "q4", "amount": "120.50", "currency": "PLN", "period": "2026-10"}
    told = mode(cost, type="marketing.cost", topic=MARKETING, subject="campaign:q4", key=b"campaign:q4")
    assert told.data == MarketingCost.model_validate(cost)
    assert refusal(mode, cost, type="marketing.cost", topic=MARKETING) == ("bad_attribute", "subject")


def test_unknown_attributes_and_fields_are_ignored():
    assert structured(CALL | {"mood": "good"}, traceparent="00-x", partitionkey="B") == binary(CALL | {"weather": {"a": [1]}}) == CALLED


def test_a_message_never_quotes_data_or_a_person():
    with pytest.raises(BadRecord) as refused:
        binary({"attributes": {"role": {"name": "Jan Kowalski"}}}, type="crm.profile")
    assert str(refused.value) == (
        "bad_schema at data.attributes.role: found an object, expected text, a truth value, a number up to 2^53 - 1, or a list of those; "
        "correct it and send it again"
    )
    with pytest.raises(BadRecord) as refused:
        binary(key=b"jan.kowalski@acme.example")
    assert "jan" not in str(refused.value)


def line(**changed: Any) -> Line:
    return decode_line(json.dumps(ENVELOPE | {"data": CALL} | changed))


def test_a_line_needs_no_key():
    assert line() == (CALLED, T, None)
    assert decode_line(json.dumps(ENVELOPE | {"data": CALL}).encode() + b"\r\n") == line()


def test_logged_is_the_loggedtime_else_the_recordedtime_else_the_time():
    recorded, logged = "2026-10-16T13:00:01Z", "2026-10-16T13:00:02Z"
    assert line(recordedtime=recorded, loggedtime=logged).logged == T + 2_000_000
    assert line(recordedtime=recorded).logged == T + 1_000_000
    assert line().logged == T


def test_a_line_may_name_its_partition():
    assert line(partition=7).partition == 7


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"partition": -1}, "partition"),
        ({"partition": True}, "partition"),
        ({"partition": "7"}, "partition"),
        ({"loggedtime": "x"}, "loggedtime"),
    ],
)
def test_a_bad_line_is_refused_like_a_bad_record(changed: dict[str, Any], field: str):
    assert refusal(line, **changed) == ("bad_attribute", field)


@pytest.mark.parametrize("text", ["", "\n", "\ud800", "this is not JSON"])
def test_what_is_no_json_is_no_line(text: str):
    assert refusal(decode_line, text) == ("unparsable", "")


def an_event(name: str) -> Event:
    return Event(name, "Żaneta-7#1/x", "Żaneta-7", T + 250_000, EXAMPLES[name])


def test_an_event_goes_out_in_binary_mode():
    key, value, given = encode(an_event("handoff.nurture_cancelled"), "/handoff/test")
    assert key == "Żaneta-7".encode()
    assert (
        value
        == (
            '{"lead":"Żaneta-7","cycle":"Żaneta-7#1","policy":"acme-2026-q4","policy_version":3,"segment":"mid_market","team":"mid","owner":"r3"}'
        ).encode()
    )
    assert given == [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", "Żaneta-7#1/x".encode()),
        ("ce_source", b"/handoff/test"),
        ("ce_type", b"handoff.nurture_cancelled"),
        ("ce_subject", "Żaneta-7".encode()),
        ("ce_time", b"2026-10-16T13:00:00.25Z"),
    ]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_that_came_back_is_encoded_to_the_same_bytes(name: str):
    event = an_event(name)
    _, value, _ = encode(event, "/handoff/test")
    again = event._replace(data=EVENTS[name][1].model_validate_json(value))
    assert encode(again, "/handoff/test") == encode(event, "/handoff/test")


@pytest.mark.parametrize("name", EVENTS)
def test_a_line_holds_what_the_record_holds_and_its_topic(name: str):
    event, topic = an_event(name), EVENTS[name][0]
    _, value, given = encode(event, "/handoff/test")
    written = to_line(event, "/handoff/test", topic)
    assert b"\n" not in written
    attributes = {header.removeprefix("ce_"): text.decode() for header, text in given if header.startswith("ce_")}
    assert json.loads(written) == attributes | {"topic": topic, "data": json.loads(value)}


def test_a_marketing_activity_is_read_as_one():
    told = binary({"activity": "page_view", "url": "/pricing"}, type="marketing.activity", topic=MARKETING)
    assert told.data == MarketingActivity(activity="page_view", url="/pricing")
