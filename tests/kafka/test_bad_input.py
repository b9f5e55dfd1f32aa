"""Does bad input go to the dead letters, whole and with its story, while what is good before, between and after it is decided?"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.serializer import Serializer

from processor.stream.broker import EmbeddedKafka
from processor.stream.topics import INPUT_BYTES
from schemas.events import DEAD_LETTERS, MQL
from schemas.signals import CRM, MARKETING
from tests.kafka.judging import Changelog, read
from tests.kafka.telling import leads_of
from tests.kafka.workers import PARTITIONS, SECONDS_POLICY, Workers

HERE, ELSEWHERE = 0, 1
LEADS = leads_of(HERE, "bad")
STORY = "__handoff.errors."
NULL = b"null"
REQUEST = b'{"activity":"demo_request"}'


class Name(str):
    """A header's name that is not UTF-8, which clients in other languages can write."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return str.encode(self, "latin-1")


class Nulls(Serializer):  # type: ignore[misc] # it says no types
    """The client refuses a record without key and value, unless it learns late that there is no value."""

    def serialize(self, *said: Any) -> bytes | None:
        """The last of what is said is the value."""
        return None if said[-1] == NULL else said[-1]


class Bad(NamedTuple):
    """A record and what is said of it."""

    reason: str
    field: str
    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def signal(lead: str, kind: str = "marketing.activity", **attributes: bytes) -> list[tuple[str, bytes]]:
    said = {"specversion": b"1.0", "id": f"of-{lead}".encode(), "source": b"test", "type": kind.encode(), "subject": lead.encode()}
    said |= {"time": datetime.now(UTC).isoformat().encode()} | attributes
    return [("content-type", b"application/json"), *((f"ce_{name}", value) for name, value in said.items())]


def bad(reason: str, field: str, value: bytes | None = REQUEST, kind: str = "marketing.activity", **attributes: bytes) -> Bad:
    lead = next(LEADS)
    return Bad(reason, field, CRM if kind.startswith("crm") else MARKETING, lead.encode(), value, signal(lead, kind, **attributes))


def kinds() -> dict[str, Bad]:
    plain = bad("", "")
    nearly = INPUT_BYTES - 700  # what a record may be at most, without room for its headers
    latin = [(Name("ce_t\xffpe") if name == "ce_type" else name, value) for name, value in plain.headers]
    structured = [("content-type", b"application/cloudevents+json")]
    elsewhere = next(leads_of(ELSEWHERE, "bad"))
    return {
        "not JSON": bad("unparsable", "data", b"{"),
        "not UTF-8": bad("unparsable", "data", b'{"activity":"\xff"}'),
        "nested 10,000 deep": bad("unparsable", "data", b'{"activity":"a","properties":' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
        "a number without end": bad(
            "unparsable", "data.attributes.employees", b'{"attributes":{"employees":1%s}}' % (b"0" * 400), "marketing.profile"
        ),
        "a structured envelope that is a list": plain._replace(reason="unparsable", value=b"[]", headers=structured),
        "wrong schema": bad("bad_schema", "data.activity", b'{"activity":5}'),
        "null value": bad("bad_schema", "data", None),
        "unknown type": bad("unknown_type", "type", type=b"marketing.rumour"),
        "a type of the other topic": bad("wrong_topic", "type", type=b"crm.accepted"),
        "null key": bad("wrong_key", "key")._replace(key=None),
        "key other than the subject": bad("wrong_key", "key")._replace(key=b"another"),
        "no subject": bad("missing_subject", "subject", subject=b""),
        "an id that is not UTF-8": bad("unparsable", "id", id=b"\xff\xfe"),
        "a type whose header's name is not UTF-8": plain._replace(reason="unknown_type", field="type", headers=latin),
        "an instant without offset": bad("bad_attribute", "time", time=b"2026-11-09T08:00:00"),
        "a reason that the agreement does not know": bad("unknown_reason", "data.reason", b'{"reason":"boredom"}', "crm.returned"),
        "a lead of another partition": Bad("wrong_partition", "", MARKETING, elsewhere.encode(), REQUEST, signal(elsewhere)),
        "a value as large as a record can be": bad("oversized", "", b'{"activity":"%s"}' % (b"a" * nearly)),
        "headers as large as a record can be": bad("unparsable", "data", b"{", note=b"a" * nearly),
        "nothing at all": Bad("bad_attribute", "specversion", CRM, None, None, []),
    }


def test_every_kind_of_bad_record_becomes_a_dead_letter_and_the_stream_goes_on(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers
):
    our_topics(PARTITIONS, "broker", workers.app)
    worker = workers.start(SECONDS_POLICY, time="broker", batch_limit=50)
    good, sent = [], {}
    with KafkaProducer(bootstrap_servers=broker.address, max_request_size=2 << 20, value_serializer=Nulls()) as producer:

        def send(record: Bad) -> tuple[str, int]:
            value = NULL if record.value is None else record.value
            put = producer.send(record.topic, value, record.key, record.headers, HERE).get(10)
            return record.topic, put.offset

        def send_good() -> None:
            lead = next(LEADS)
            send(Bad("", "", MARKETING, lead.encode(), REQUEST, [*signal(lead), (Name("x-\xff"), b"odd, and nobody's business")]))
            good.append(lead)

        send_good()
        for name, record in kinds().items():
            sent[send(record)] = name, record
            send_good()
        worker.await_ready()
        for name, record in kinds().items():  # and live
            sent[send(record)] = name, record
        send_good()
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all()
    assert [record.key.decode() for record in read(broker, MQL)] == good
    found = read(broker, DEAD_LETTERS)
    letters = {position(letter): letter for letter in found}
    assert letters.keys() == sent.keys()
    assert len(found) == len(letters), "a dead letter came twice"
    for at, (name, record) in sent.items():
        assert as_sent(letters[at]) == (record.key, record.value, shown(record.headers)), name
        assert {part: story(letters[at])[part] for part in ("reason", "field", "partition", "attempt")} == {
            "reason": record.reason,
            "field": record.field,
            "partition": str(HERE),
            "attempt": "1",
        }, name
    counted = worker.await_counted(len(good) + len(sent))
    by_reason = {labels[0]: value for (name, *labels), value in counted.items() if name == "handoff_dead_letters_total" and value}
    assert by_reason == Counter(record.reason for _, record in sent.values())
    assert counted["handoff_signals_applied_total", "marketing.activity"] == len(good)


def story(letter: Any) -> dict[str, str]:
    return {name.removeprefix(STORY): value.decode() for name, value in letter.headers if name.startswith(STORY)}


def position(letter: Any) -> tuple[str, int]:
    told = story(letter)
    return told["topic"], int(told["offset"])


def as_sent(letter: Any) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]:
    return letter.key, letter.value, [(name, value) for name, value in letter.headers if not name.startswith(STORY)]


def shown(headers: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Names that are no text come back with backslashes; values are bytes, and stay."""
    return [(name.encode().decode("utf-8", "backslashreplace"), value) for name, value in headers]
