"""The wire: CloudEvents 1.0 on Kafka (binary and structured mode) and in files; what the records mean stays in `signals` and `events`."""

# The `cloudevents` package is not used: any `ce_` header makes it choose binary mode, it overwrites `partitionkey` from the record's key,
# and its objects would cost more than all that is done here.

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from schemas.errors import BadRecord
from schemas.events import Event
from schemas.instants import Instant, parse_instant
from schemas.signals import NOBODY, SIGNALS, MarketingCost, Signal, SignalData, SubjectKind
from schemas.values import INSTANT_WORDS, LARGEST_NUMBER, written_instant

MAX_RECORD_BYTES = 1_000_000 - 65_536
"""Of a value, or of a line: with its key, its headers and the story of a dead letter a record still fits where a broker allows 1 MB."""

LONGEST_SUBJECT = 128
LONGEST_ATTRIBUTE = 512  # of `id` and `source`, which are kept with the lead and become parts of ids
LONGEST_PATH = 200

Headers = Sequence[tuple[str, bytes | None]]
_SUBJECTS = {"lead": "the id of a lead", "campaign": "campaign:<name>, as in `data`", "nobody": NOBODY}
_STRUCTURED_TYPE = re.compile(r"\s*application/cloudevents(\+json)?\s*(;.{0,200})?", re.IGNORECASE)
_JSON_TYPE = re.compile(r"\s*(application|text)/([\w.-]+\+)?json\s*(;.{0,200})?", re.IGNORECASE)
_N, _I = b"NI"  # A byte is found ten times sooner than a word.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_OPENING = re.compile(r"^(Value error, |Input should (be )?|\w+ should (be |have |match )?)")  # of pydantic's sentences


class Line(NamedTuple):
    """A signal from a file, with what the log would have said of it."""

    signal: Signal
    logged: Instant
    partition: int | None
    """Where a record about nobody belongs."""


class _Kind(NamedTuple):
    type: str
    topic: str
    about: SubjectKind
    validate: Callable[[bytes], SignalData]
    empty: SignalData | None
    """What a record without data says; None where the type has required fields."""


def _kind(name: str, topic: str, model: type[SignalData]) -> _Kind:
    needs_data = any(field.is_required() for field in model.model_fields.values())
    return _Kind(name, topic, model.about, model.__pydantic_validator__.validate_json, None if needs_data else model())


_KINDS = {name: _kind(name, topic, model) for name, (topic, model) in SIGNALS.items()}


class _Ordinary(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The members that nearly all lines have, those of `handoff tail` among them; a line with others goes the long way."""

    specversion: str
    type: str
    source: str
    id: str
    subject: str
    time: str
    recordedtime: str | None = None
    loggedtime: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")
    datacontenttype: Literal["application/json"] | None = None
    topic: str | None = None
    partition: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] | None = None
    offset: int | None = None


_ordinary = msgspec.json.Decoder(_Ordinary).decode


def decode(key: bytes | None, value: bytes | None, headers: Headers, topic: str) -> Signal:
    """The signal that a record bears, in binary or structured mode. Raises BadRecord, and nothing else, whatever the bytes are."""
    if value is not None and len(value) > MAX_RECORD_BYTES:
        raise _oversized(value)
    found = dict(headers)  # Of a header that comes twice the last counts, as in the `lastHeader` of Kafka's own clients.
    get = found.get
    try:
        if _is_structured(get("content-type")):
            signal = _from_envelope(_envelope(value or b""), topic)
            subject: bytes | None = signal.subject.encode()
        else:
            kind, source = _route_of_headers(get("ce_specversion"), get("ce_type"), topic, get("ce_source"))
            subject = get("ce_subject")
            _refuse_nan(value)
            signal = _signal(kind, source, _text(get("ce_id")), _text(subject), _text(get("ce_time")), _text(get("ce_recordedtime")), value)
    except UnicodeDecodeError:
        raise _not_utf8(found) from None
    if key != subject and signal.subject != NOBODY:
        raise _wrong_key(key)
    return signal


def decode_line(line: str | bytes) -> Line:
    """The signal that a line of a file bears. It has no key to check; `logged` is its `loggedtime`, else `recordedtime`, else `time`."""
    raw = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
    if len(raw) > MAX_RECORD_BYTES:
        raise _oversized(raw)
    try:
        return _decode_quickly(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, BadRecord):
        pass  # what is wrong, or unusual, the long way says
    envelope = _envelope(raw)
    signal = _from_envelope(envelope, None)
    logged = _member(envelope, "loggedtime")
    partition = envelope.get("partition")
    if partition is not None and not (type(partition) is int and 0 <= partition < 2**31):
        raise BadRecord("bad_attribute", "partition", _described(partition), "a partition's number, from 0")
    return _line(signal, logged, partition)


def _decode_quickly(raw: bytes) -> Line:
    """An ordinary line; `data` goes to its model as it stands. Raises MsgspecError or BadRecord for others."""
    line = _ordinary(raw)
    kind, source = _route_of_line(line.specversion, line.type, line.source)
    value = bytes(line.data)
    _refuse_nan(value)
    signal = _signal(kind, source, line.id, line.subject, line.time, line.recordedtime, value)
    return _line(signal, line.loggedtime, line.partition)


def _line(signal: Signal, loggedtime: str | None, partition: int | None) -> Line:
    return Line(signal, signal.recorded if loggedtime is None else _instant("loggedtime", loggedtime), partition)


def encode(event: Event, source: str) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of an event's record, in binary mode: the same bytes whenever it is the same event."""
    subject = event.subject.encode()
    headers = [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event.type.encode()),
        ("ce_subject", subject),
        ("ce_time", written_instant(event.time).encode()),
    ]
    return subject, _data_bytes(event), headers


def to_line(event: Event, source: str, topic: str) -> bytes:
    """An event as one line of a file, in structured mode, without the line's end; the extension `topic` says where it would go."""
    envelope = {
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": event.type,
        "subject": event.subject,
        "time": written_instant(event.time),
        "topic": topic,
    }
    return to_json(envelope)[:-1] + b',"data":' + _data_bytes(event) + b"}"


def _data_bytes(event: Event) -> bytes:
    return event.data.__pydantic_serializer__.to_json(event.data, exclude_none=True)


@lru_cache(maxsize=4096)
def _route_of_headers(specversion: bytes | None, name: bytes | None, topic: str, source: bytes | None) -> tuple[_Kind, str]:
    """`_route` of what repeats from record to record, so that it is decoded and judged once."""
    return _route(_text(specversion), _text(name), topic, _text(source))


@lru_cache(maxsize=4096)
def _route_of_line(specversion: str, name: str, source: str) -> tuple[_Kind, str]:
    return _route(specversion, name, None, source)


def _route(specversion: str | None, name: str | None, topic: str | None, source: str | None) -> tuple[_Kind, str]:
    if specversion != "1.0":
        raise BadRecord("bad_attribute", "specversion", _quoted(specversion), "1.0")
    kind = _KINDS.get(name or "")
    if kind is None:
        raise BadRecord("unknown_type", "type", _quoted(name), "a type of the contract, as in schemas/json")
    if topic is not None and topic != kind.topic:
        raise BadRecord("wrong_topic", "type", kind.type, f"it on {kind.topic}")
    return kind, _checked("source", source, LONGEST_ATTRIBUTE)


def _from_envelope(envelope: Mapping[str, Any], topic: str | None) -> Signal:
    get = partial(_member, envelope)
    kind, source = _route(get("specversion"), get("type"), topic, get("source"))
    if "data_base64" in envelope:
        raise BadRecord("bad_schema", "data_base64", "data in Base64", "JSON in `data`")
    content_type = get("datacontenttype")
    if content_type is not None and not _JSON_TYPE.fullmatch(content_type):
        raise BadRecord("bad_attribute", "datacontenttype", _quoted(content_type), "application/json")
    data = envelope.get("data")
    # Through JSON again, so that both modes take and refuse the same.
    value = None if data is None else to_json(data, inf_nan_mode="constants")
    return _signal(kind, source, get("id"), get("subject"), get("time"), get("recordedtime"), value)


def _signal(
    kind: _Kind, source: str, id_: str | None, subject: str | None, time: str | None, recordedtime: str | None, value: bytes | None
) -> Signal:
    if not subject or (subject == NOBODY and kind.about != "nobody"):
        raise BadRecord("missing_subject", "subject", _described(subject), _SUBJECTS[kind.about])
    occurred = _instant("time", time)
    signal = Signal(
        _checked("id", id_, LONGEST_ATTRIBUTE),
        source,
        kind.type,
        _checked("subject", subject, LONGEST_SUBJECT),
        occurred,
        occurred if recordedtime is None else _instant("recordedtime", recordedtime),
        _data(kind, value),
    )
    if kind.about != "lead" and not _is_its_subject(signal):
        raise BadRecord("bad_attribute", "subject", "another", _SUBJECTS[kind.about])
    return signal


def _is_its_subject(signal: Signal) -> bool:
    if isinstance(signal.data, MarketingCost):
        return signal.subject == f"campaign:{signal.data.campaign}"
    return signal.subject == NOBODY


def _data(kind: _Kind, value: bytes | None) -> SignalData:
    if not value or value.strip() == b"null":
        if kind.empty is None:
            raise BadRecord("bad_schema", "data", "nothing", f"the fields of {kind.type}")
        return kind.empty
    try:
        return kind.validate(value)
    except ValidationError as error:
        raise _bad_data(error) from None


def _refuse_nan(value: bytes | None) -> None:
    """Python's words for what is no number are no JSON, but the models let them pass in fields that they ignore."""
    if value and (_N in value or _I in value) and (b"NaN" in value or b"Infinity" in value):
        _json("data", value)


def _bad_data(error: ValidationError) -> BadRecord:
    first = error.errors(include_url=False, include_context=False)[0]
    words = first["msg"]
    if first["type"] == "json_invalid":
        return _not_json("data", words)
    path = ".".join(["data", *map(str, first["loc"])])[:LONGEST_PATH]
    if first["type"] == "missing":
        return BadRecord("bad_schema", path, "nothing", "a value")
    expected = _OPENING.sub("", words)
    if isinstance(first["input"], int | float) and not abs(first["input"]) <= LARGEST_NUMBER:
        return BadRecord("unparsable", path, "a number that not every reader of JSON can hold", expected)
    return BadRecord("bad_schema", path, _described(first["input"]), expected)


def _checked(name: str, text: str | None, longest: int) -> str:
    """The text, if it can stand in an id, a log and a line of a page."""
    if text and len(text) <= longest and (text.isprintable() or not _CONTROL.search(text)):
        return text
    raise BadRecord("bad_attribute", name, _described(text), f"1 to {longest} characters, none of them a control character")


def _instant(name: str, text: str | None) -> Instant:
    try:
        return parse_instant(text or "")
    except ValueError:
        raise BadRecord("bad_attribute", name, _quoted(text), INSTANT_WORDS) from None


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else str(raw, "utf-8")


def _member(envelope: Mapping[str, Any], name: str) -> str | None:
    value = envelope.get(name)
    if value is None or isinstance(value, str):
        return value
    raise BadRecord("bad_attribute", name, _described(value), "text")


def _envelope(raw: bytes) -> dict[str, Any]:
    envelope = _json("", raw)
    if isinstance(envelope, dict):
        return envelope
    raise BadRecord("unparsable", "", _described(envelope), "one CloudEvent as a JSON object")


def _json(field: str, raw: bytes) -> Any:
    try:
        return from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise _not_json(field, str(error)) from None


@lru_cache(maxsize=256)
def _is_structured(content_type: bytes | None) -> bool:
    """Whether the record is in structured mode: its content type alone decides, as the specification says."""
    if content_type is None:
        return False
    media_type = content_type.decode("ascii", "replace")
    if _STRUCTURED_TYPE.fullmatch(media_type):
        return True
    if _JSON_TYPE.fullmatch(media_type) and not media_type.lower().startswith("application/cloudevents"):
        return False
    raise BadRecord("bad_attribute", "datacontenttype", _quoted(media_type), "application/json, or application/cloudevents+json")


def _oversized(raw: bytes) -> BadRecord:
    return BadRecord("oversized", "", f"{len(raw):,} bytes", f"at most {MAX_RECORD_BYTES:,}")


def _not_json(field: str, words: str) -> BadRecord:
    return BadRecord("unparsable", field, f"no JSON ({words.removeprefix('Invalid JSON: ')})", "JSON in UTF-8")


def _not_utf8(found: Mapping[str, bytes | None]) -> BadRecord:
    name = next(name for name, raw in found.items() if name.startswith("ce_") and raw and not _is_utf8(raw))
    return BadRecord("unparsable", name.removeprefix("ce_"), "bytes that are not UTF-8", "UTF-8")


def _wrong_key(key: bytes | None) -> BadRecord:
    if key is None:
        return BadRecord("wrong_key", "key", "none", "the subject: without it the records of one lead lie in many partitions")
    if not _is_utf8(key):
        return BadRecord("unparsable", "key", "bytes that are not UTF-8", "the subject in UTF-8")
    return BadRecord("wrong_key", "key", "another", "the subject")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _quoted(text: str | None) -> str:
    """The beginning of an attribute that says how to read the record, so nothing about a person."""
    return "nothing" if text is None else repr(text[:60])


def _described(value: object) -> str:
    """What kind of value it is; never the value, which may be about a person."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "a truth value"
        case int() | float():
            return "a number"
        case str():
            return f"text of {len(value)} characters"
        case dict():
            return "an object"
        case _:
            return "a list"
