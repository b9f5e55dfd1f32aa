"""What went in, record by record: whether it can be judged at all, and what it says; what follows from it stands elsewhere.

The contract's table of types (events.md) as the checker reads it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.checker.instants import instant

TOPICS = ("marketing.events.v1", "crm.events.v1")
FACTS = ("crm.activity", "crm.accepted", "crm.returned", "crm.qualified", "crm.disqualified", "crm.opportunity")
LARGEST = 1_000_000 - 65_536
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Record(NamedTuple):
    """A record of an input topic, as a consumer gives it; `logged` is its append time in microseconds."""

    topic: str
    partition: int
    offset: int
    logged: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


class Letter(NamedTuple):
    """What a record says, if it can be judged; `bad` says why it cannot, "" if it can."""

    bad: str
    id: str = ""
    source: str = ""
    type: str = ""
    subject: str = ""
    time: int = 0
    recorded: int = 0
    data: Mapping[str, Any] = {}
    loggedtime: int | None = None


def read_line(line: bytes) -> Letter:
    """A line of a file: structured mode, with no key."""
    try:
        envelope = _loaded(line)
        if not isinstance(envelope, dict):
            return Letter("not a JSON object")
        letter = _letter(envelope, envelope.get("data"))
        logged = envelope.get("loggedtime")
        return letter if letter.bad or logged is None else letter._replace(loggedtime=instant(logged))
    except (ValueError, TypeError, RecursionError) as error:
        return Letter(f"cannot be read: {error!r}"[:80])


def read_record(record: Record) -> Letter:
    headers = dict(record.headers)
    try:
        if (headers.get("content-type") or b"").startswith(b"application/cloudevents"):
            letter = read_line(record.value or b"")
        else:
            attributes = {name[3:]: (raw or b"").decode() for name, raw in headers.items() if name.startswith("ce_")}
            letter = _letter(attributes, _loaded(record.value) if record.value else None)
    except (ValueError, TypeError, RecursionError) as error:
        return Letter(f"cannot be read: {error!r}"[:80])
    letter = on_its_topic(letter, record.topic)
    if letter.bad:
        return letter
    if letter.subject != "-" and record.key != letter.subject.encode():
        return Letter("a key that is not the subject")
    return letter


def on_its_topic(letter: Letter, topic: str) -> Letter:
    return letter if letter.bad or _DATA[letter.type].topic == topic else Letter("on another type's topic")


def _loaded(raw: bytes) -> Any:
    if len(raw) > LARGEST:
        raise ValueError("oversized")
    return json.loads(raw.decode(), parse_constant=_refused)


def _refused(word: str) -> Any:
    raise ValueError(word)


def _letter(attributes: Mapping[str, Any], data: Any) -> Letter:
    get = attributes.get
    kind = _DATA.get(str(get("type")))
    if get("specversion") != "1.0" or kind is None:
        return Letter("an unknown type")
    subject = get("subject")
    if not _is_word(subject, 128) or not _is_word(get("id"), 512) or not _is_word(get("source"), 512):
        return Letter("no subject, id or source")
    data = {} if data is None else data
    if not isinstance(data, dict) or not all(kind.required(name, data) for name in kind.fields):
        return Letter("data that its type does not promise")
    if kind.subject != "campaign" and (kind.subject == "-") != (subject == "-"):
        return Letter("a subject of another kind")
    if kind.subject == "campaign" and subject != f"campaign:{data.get('campaign')}":
        return Letter("a subject of another kind")
    time = instant(str(get("time")))
    recorded = time if get("recordedtime") is None else instant(str(get("recordedtime")))
    return Letter("", str(get("id")), str(get("source")), str(get("type")), str(subject), time, recorded, data)


def _is_word(text: Any, longest: int = 128) -> bool:
    return isinstance(text, str) and 0 < len(text) <= longest and not _CONTROL.search(text)


def _is_text(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= 65_536


def _is_instant(text: Any) -> bool:
    try:
        instant(text)
    except (ValueError, TypeError):
        return False
    return True


def _is_flat(found: Any) -> bool:
    return isinstance(found, dict) and len(found) <= 256 and all(map(_is_value, found.values()))


def _is_value(value: Any) -> bool:
    if isinstance(value, list):
        return all(item is not None and not isinstance(item, list | dict) and _is_value(item) for item in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value) < 2**53
    return value is None or isinstance(value, str | bool)


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _among(words: str) -> Callable[[Any], bool]:
    known = frozenset(words.split())
    return lambda found: isinstance(found, str) and found in known


_Fields = dict[str, Callable[[Any], bool]]


class _Kind(NamedTuple):
    topic: str
    subject: str
    fields: _Fields  # a name that ends in ? may be absent or null

    def required(self, name: str, data: Mapping[str, Any]) -> bool:
        plain = name.removesuffix("?")
        found = data.get(plain)
        return (found is None and plain != name) or (found is not None and self.fields[name](found))


def _kinds() -> dict[str, _Kind]:
    marketing, crm = TOPICS
    channel = _among("paid organic event referral email social direct other")
    rep: _Fields = {"rep?": _is_word}
    pause: _Fields = {"until?": _is_instant, "clock?": _is_word}
    contact: _Fields = {
        "activity_id": _is_word,
        "channel": _among("phone email linkedin meeting sms whatsapp note task"),
        "direction": _among("outbound inbound"),
        "outcome": _among("connected replied met no_answer voicemail sent delivered bounced wrong_number busy"),
        "automated": lambda found: isinstance(found, bool),
        "duration_s?": _is_seconds,
    }
    activity: _Fields = {"activity": _is_word, "url?": _is_text, "asset?": _is_text, "asset_type?": _is_text, "campaign?": _is_text}
    money = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
    amount: _Fields = {"amount?": lambda found: isinstance(found, str) and bool(money.fullmatch(found)), "currency?": _is_word}
    opportunity: _Fields = {"opportunity": _is_word, "status": _among("open won lost"), "reason?": _is_text}
    return {
        "marketing.activity": _Kind(marketing, "lead", {**activity, "channel?": channel, "properties?": _is_flat}),
        "marketing.profile": _Kind(marketing, "lead", {"attributes": _is_flat}),
        "marketing.cost": _Kind(
            marketing, "campaign", {"campaign": _is_word, "amount": _is_word, "currency": _is_word, "period": _is_word}
        ),
        "crm.profile": _Kind(crm, "lead", {"attributes": _is_flat}),
        "crm.assigned": _Kind(crm, "lead", {"rep": _is_word}),
        "crm.accepted": _Kind(crm, "lead", rep),
        "crm.returned": _Kind(crm, "lead", {**rep, "reason": _is_word, "note?": _is_text}),
        "crm.qualified": _Kind(crm, "lead", rep),
        "crm.disqualified": _Kind(crm, "lead", {**rep, "reason": _is_word}),
        "crm.opportunity": _Kind(crm, "lead", {**opportunity, **amount}),
        "crm.activity": _Kind(crm, "lead", {**contact, **rep}),
        "crm.paused": _Kind(crm, "lead", {**pause, "reason": _is_word}),
        "crm.resumed": _Kind(crm, "lead", {**pause, "reason?": _is_word}),
        "crm.reopened": _Kind(crm, "lead", rep),
        "crm.erased": _Kind(crm, "lead", {}),
        "crm.merged": _Kind(crm, "lead", {"into": _is_word}),
        "crm.rep": _Kind(crm, "-", {"rep": _is_word, "available": lambda found: isinstance(found, bool), "until?": _is_instant}),
        "crm.heartbeat": _Kind(crm, "-", {}),
    }


_DATA = _kinds()
