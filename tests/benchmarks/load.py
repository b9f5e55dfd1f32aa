"""The work as records: signals of made-up leads in the order of their log, always the same ones; who works on them is elsewhere."""

import asyncio
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from processor.stream.reading import partition_of
from schemas.instants import SECOND, format_instant, parse_instant
from schemas.signals import (
    NOBODY,
    SIGNALS,
    ContactChannel,
    CrmAccepted,
    CrmActivity,
    CrmAssigned,
    CrmHeartbeat,
    CrmOpportunity,
    CrmQualified,
    MarketingActivity,
    MarketingProfile,
    Outcome,
    SignalData,
)
from schemas.values import Attribute

PARTITIONS = 4
BEGINS_MS = parse_instant("2026-11-09T08:00:00+01:00") // 1000  # a Monday
EVERY_MS = 1_200  # so a million signals are two weeks, and as many deadlines come due as in life
HEARTBEAT_EVERY_MS = 600_000
ASKED_LATELY = 500  # leads that sales is busy with at a time: their promises are kept and broken within the week
BATCH_BYTES = 262_144

_TYPES = {model: (name, topic) for name, (topic, model) in SIGNALS.items()}
_DEMO = MarketingActivity(activity="demo_request", url="/demo")
_ACTIVITIES = {  # with their weights; three quarters of them are worth nothing
    MarketingActivity(activity="page_view", url="/blog/lead-scoring", channel="organic"): 44,
    MarketingActivity(activity="email_opened", asset="newsletter-november", channel="email"): 30,
    MarketingActivity(activity="page_view", url="/pricing"): 12,
    MarketingActivity(activity="content_download", asset="roi-report", asset_type="report", campaign="guides", channel="paid"): 8,
    MarketingActivity(activity="webinar_attended", asset="automation-live", channel="event"): 4,
    _DEMO: 2,
}
_ROLES, _INDUSTRIES, _EMPLOYEES = (
    ("ceo", "cmo", "analyst", "it_manager"),
    ("saas", "manufacturing", "retail", "education"),
    (12, 90, 450, 2400),
)


class Record(NamedTuple):
    """As a consumer gives it; `timestamp` in milliseconds."""

    topic: str
    partition: int
    timestamp: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def signals(count: int, leads: int, every_ms: int = EVERY_MS) -> Iterator[Record]:
    """Of ten signals eight are activities, one is a profile update, one comes from the CRM and is about a lead that asked for a demo."""
    lately = max(1, ASKED_LATELY * EVERY_MS // every_ms)
    rng = Random(0)
    profiles = [_profile(rng, n) for n in range(256)]
    activities, weights = list(_ACTIVITIES), list(_ACTIVITIES.values())
    asked, told = ["L000000"], dict[str, int]()
    for n in range(count):
        data: SignalData
        match n % 10:
            case 8:
                lead, data = f"L{n // 10 % leads:06}", rng.choice(profiles)
            case 9:
                lead = asked[rng.randrange(max(0, len(asked) - lately), len(asked))]
                told[lead] = told.get(lead, 0) + 1
                data = _deed(told[lead], n)
            case _:
                lead, data = f"L{rng.randrange(leads):06}", rng.choices(activities, weights)[0]
                if data is _DEMO:
                    asked.append(lead)
        yield record(f"s{n}", lead, BEGINS_MS + n * every_ms, data)


def heartbeats(count: int) -> Iterator[Record]:
    """What so many signals need beside them so that a breach can be confirmed: the CRM's connector is alive, said to every partition."""
    for n, at in enumerate(range(BEGINS_MS, BEGINS_MS + count * EVERY_MS, HEARTBEAT_EVERY_MS)):
        for partition in range(PARTITIONS):
            yield record(f"h{n}/{partition}", NOBODY, at + 1, CrmHeartbeat())._replace(partition=partition)


def _profile(rng: Random, n: int) -> MarketingProfile:
    attributes: dict[str, Attribute | None] = {
        "company": f"Company {n}",
        "role": rng.choice(_ROLES),
        "industry": rng.choice(_INDUSTRIES),
        "employees": rng.choice(_EMPLOYEES),
        "country": "PL",
        "source": "google",
        "campaign": "guides",
        "email_domain": "company.example",
        "email_known": True,
    }
    return MarketingProfile(attributes=attributes)


def _deed(nth: int, n: int) -> SignalData:
    """What sales does with a lead, step by step; after the last one it goes on talking."""
    match nth:
        case 1:
            return CrmAssigned(rep="r1")
        case 3:
            return CrmAccepted(rep="r1")
        case 6:
            return CrmQualified(rep="r1")
        case 7:
            return CrmOpportunity(opportunity=f"o{n}", status="open", amount="12000.00", currency="EUR")
    channel, outcome = _TALKS[nth % len(_TALKS)]
    return CrmActivity(activity_id=f"a{n}", channel=channel, direction="outbound", outcome=outcome, automated=False, rep="r1")


_TALKS: tuple[tuple[ContactChannel, Outcome], ...] = (("phone", "connected"), ("email", "sent"), ("phone", "no_answer"))


def record(id_: str, lead: str, at: int, data: SignalData) -> Record:
    name, topic = _TYPES[type(data)]
    key = lead.encode()
    headers = [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", id_.encode()),
        ("ce_source", b"hubspot/crm" if name.startswith("crm.") else b"hubspot/marketing"),
        ("ce_type", name.encode()),
        ("ce_subject", key),
        ("ce_time", format_instant(at * (SECOND // 1000)).encode()),
    ]
    return Record(topic, partition_of(key, PARTITIONS), at, key, data.model_dump_json(exclude_none=True).encode(), headers)


def publish(address: str, records: Iterable[Record], prefix: str = "") -> int:
    """The records are on their topics, whose names may begin with a prefix; answers how many they were."""
    return asyncio.run(send(address, records, prefix))


async def send(address: str, records: Iterable[Record], prefix: str = "") -> int:
    count = 0
    async with AIOKafkaProducer(bootstrap_servers=address, enable_idempotence=True, max_batch_size=BATCH_BYTES) as producer:
        open_batches: dict[tuple[str, int], Any] = {}
        for record in records:
            count += 1
            where = (record.topic, record.partition)
            if (batch := open_batches.get(where)) is None or not _append(batch, record):
                if batch is not None:
                    await producer.send_batch(batch, prefix + record.topic, partition=record.partition)
                open_batches[where] = batch = producer.create_batch()
                _append(batch, record)
        for (topic, partition), batch in open_batches.items():
            await producer.send_batch(batch, prefix + topic, partition=partition)
        await producer.flush()
    return count


def _append(batch: Any, record: Record) -> bool:
    """False where the batch is full."""
    return batch.append(timestamp=record.timestamp, key=record.key, value=record.value, headers=record.headers) is not None
