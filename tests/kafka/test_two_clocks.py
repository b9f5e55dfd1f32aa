"""Two brokers' clocks differ: within what HANDOFF_SKEW_MS says, is the order the log's; beyond, is it said, and is nothing lost?

Stamped by the records, as brokers would stamp them: what the CRM tells bears an instant that lies behind.
"""

import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kafka import KafkaProducer

from processor.stream.broker import EmbeddedKafka
from schemas.events import DEAD_LETTERS
from tests.kafka.exact import Handoff, assert_exact
from tests.kafka.judging import Changelog, published, read
from tests.kafka.telling import send, signal
from tests.kafka.workers import PARTITIONS, SECONDS_POLICY, Workers

BEHIND = timedelta(milliseconds=300)
LEADS, PAUSE_S = [f"lead-{n}" for n in range(200)], 0.02


@pytest.mark.slow
@pytest.mark.parametrize("skew_ms", [400, 0])
def test_clocks_that_differ_within_the_margin_change_nothing_and_beyond_it_are_counted(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Handoff, tmp_path: Path, skew_ms: int
):
    our_topics(PARTITIONS, "records", workers.app)
    worker = workers.start(SECONDS_POLICY, skew_ms=skew_ms).await_ready()
    told = tell_by_two_clocks(broker)
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all()
        late = worker.await_counted(told)["handoff_signals_applied_late_total",]
    worker.end()
    events = [json.loads(line) for line in published(broker)]
    reached = Counter(event["subject"] for event in events if event["type"] == "handoff.stage")
    assert reached == dict.fromkeys(LEADS, 1), "accepted before the request or after it, but once"
    assert len({event["id"] for event in events}) == len(events)
    assert read(broker, DEAD_LETTERS) == []
    if skew_ms:
        assert late == 0
        assert_exact(broker, handoff, workers.app, tmp_path, by_records=True)
    else:
        assert 0 < late < told


def tell_by_two_clocks(broker: EmbeddedKafka) -> int:
    """As they come, in turns of both topics, each lead's request and then what the CRM says of it; answers how many records there are."""
    deliveries = []
    with KafkaProducer(bootstrap_servers=broker.address) as producer:
        lines = (line for lead in LEADS for line in pair(lead))
        for line in (*lines, signal("crm.heartbeat", "-")):
            deliveries += send(producer, line)
        for delivery in deliveries:
            delivery.get(30)
    return len(deliveries)


def pair(lead: str) -> list[bytes]:
    time.sleep(PAUSE_S)
    now = datetime.now(UTC)
    return [
        signal("marketing.activity", lead, stamp(now), activity="demo_request"),
        signal("crm.accepted", lead, stamp(now - BEHIND), rep="r1"),
    ]


def stamp(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
