"""What tests tell the processor: signals as lines, put on the topics one after the other; what comes of them is not known here."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from kafka import KafkaProducer

from processor.stream.broker import EmbeddedKafka
from processor.stream.lines import Outgoing, to_records
from processor.stream.reading import partition_of
from schemas.cloudevents import decode_line
from schemas.signals import CRM, MARKETING
from tests.kafka.workers import PARTITIONS

INPUTS = (MARKETING, CRM)  # in the order that decides ties
NUMBERS = count(1)
LEADS = 400  # that anything is about


def signal(kind: str, lead: str, at: str | None = None, *, logged: str | None = None, **data: Any) -> bytes:
    """`at`: when it occurred, None for now. `logged`: where that is another instant."""
    envelope = {
        "specversion": "1.0",
        "id": f"s{next(NUMBERS)}",
        "source": "hubspot/crm",
        "type": kind,
        "subject": lead,
        "time": at or datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        **({"loggedtime": logged} if logged else {}),
        "data": data,
    }
    return json.dumps(envelope).encode()


def demo_request(lead: str, at: str | None = None) -> bytes:
    return signal("marketing.activity", lead, at, activity="demo_request")


def hot_lead(lead: str, at: str) -> list[bytes]:
    """Handed off at that instant by the sample's fast track, with all that its agreement asks for."""
    attributes = {"company": "Acme", "role": "ceo", "employees": 300, "industry": "saas", "source": "google", "campaign": "x"}
    return [
        signal("marketing.profile", lead, at, attributes={**attributes, "email_known": True}),
        signal("marketing.activity", lead, at, activity="page_view", url="/pricing"),
        demo_request(lead, at),
    ]


def instants(first: str, last: str, every: timedelta) -> Iterator[str]:
    """Both ends among them."""
    at = datetime.fromisoformat(first)
    while at <= datetime.fromisoformat(last):
        yield at.isoformat().replace("+00:00", "Z")
        at += every


def call(lead: str, at: str | None = None, *, logged: str | None = None, outcome: str = "no_answer") -> bytes:
    said = {"channel": "phone", "direction": "outbound", "outcome": outcome, "automated": False, "rep": "r1"}
    return signal("crm.activity", lead, at, logged=logged, activity_id=f"call-{next(NUMBERS)}", **said)


def anything(chance: Random) -> bytes:
    """A signal of either side about one of some hundred leads: requests, calls and what follows from them."""
    lead, said = f"lead-{chance.randrange(LEADS)}", chance.randrange(8)
    attributes = {"role": chance.choice(["ceo", "dev"])}
    if said < 2:
        return demo_request(lead)
    if said == 2:
        return signal("marketing.activity", lead, activity="page_view", url="/pricing")
    if said == 3:
        return signal("marketing.profile", lead, attributes=attributes)
    if said == 4:
        return signal("crm.profile", lead, attributes=attributes)
    if said == 5:
        return call(lead, outcome=chance.choice(["no_answer", "connected"]))
    if said == 6:
        return signal("crm.accepted", lead, rep="r1")
    return chance.choice(
        [
            signal("crm.returned", lead, reason="too_early"),
            signal("crm.qualified", lead),
            signal("crm.paused", lead, reason="asked_for_later"),
            signal("crm.heartbeat", "-"),
        ]
    )


def tell(broker: EmbeddedKafka, lines: Iterable[bytes]) -> None:
    """Each is acknowledged before the next is sent: where records move time, it must not be overtaken by what was logged after it."""
    with KafkaProducer(bootstrap_servers=broker.address) as producer:
        for line in lines:
            for delivery in send(producer, line):
                delivery.get(10)


def send(producer: KafkaProducer, line: bytes, partitions: int = PARTITIONS) -> list[Any]:
    """The deliveries of its records."""
    records = records_of(line, partitions)
    return [producer.send(topic, value, key, headers, number, at) for topic, number, key, value, headers, at in records]


def records_of(line: bytes, partitions: int = PARTITIONS) -> list[Outgoing]:
    """One, or one in each partition."""
    return to_records(line, decode_line(line), dict.fromkeys(INPUTS, partitions))


def leads_of(partition: int, name: str = "lead") -> Iterator[str]:
    """Leads that lie in the partition, without end."""
    return (lead for n in count(1) if partition_of((lead := f"{name}-{n}").encode(), PARTITIONS) == partition)
