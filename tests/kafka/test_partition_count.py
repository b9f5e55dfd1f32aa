"""A lead's partition follows from their number: is another number refused, seen while running, and is there a way to it that works?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType
from typer.testing import Result

from processor.settings import Settings
from processor.stream.broker import EmbeddedKafka
from processor.stream.preflight import UnfitTopics, check
from processor.stream.reading import partition_of
from processor.stream.topics import DAY, specs
from schemas.events import MQL
from schemas.signals import CRM, NOBODY
from tests.kafka.judging import OUTPUTS
from tests.kafka.telling import INPUTS, call, demo_request, send, signal, tell
from tests.kafka.workers import DIED, PARTITIONS, SECONDS_POLICY, WRONG_USE, Workers, until

PLACE = frozenset({"topic", "loggedtime", "partition", "offset"})


@pytest.fixture
def app(workers: Workers, our_topics: Callable[..., None]) -> str:
    our_topics(PARTITIONS, "broker", workers.app)
    return workers.app


@pytest.mark.parametrize("grown", [CRM, "{app}-leads-changelog"])
def test_a_worker_does_not_start_on_a_topic_of_another_number(broker: EmbeddedKafka, admin: KafkaAdminClient, app: str, grown: str):
    topic = grown.format(app=app)
    admin.create_partitions({topic: PARTITIONS + 1})
    with pytest.raises(UnfitTopics, match=f"topic {topic} has 5 partitions, expected 4: .* start with HANDOFF_PARTITIONS=5; .* new topics"):
        until(lambda: check(Settings(broker=broker.address, app=app, partitions=PARTITIONS)), "the grown topic")


def test_a_worker_told_another_number_ends_with_wrong_use_and_the_way_out(workers: Workers, app: str):
    worker = workers.start(partitions=PARTITIONS + 2, time="broker")
    assert worker.process.wait(20) == WRONG_USE
    assert f"{app}-leads-changelog have 4 partitions, expected 6: if the data was written with 4, start with" in worker.log.read_text()


@pytest.mark.usefixtures("app")
def test_an_input_that_grows_under_a_worker_ends_it_with_the_way_out(workers: Workers, admin: KafkaAdminClient):
    worker = workers.start(time="broker").await_ready()
    admin.create_partitions({CRM: PARTITIONS + 2})
    assert worker.process.wait(20) == DIED
    [death] = worker.said("the worker dies")
    assert death["why"].startswith(f"topic {CRM} has 6 partitions, expected 4: ")


@pytest.mark.slow
def test_the_way_to_another_number_says_everything_again_with_the_same_ids_and_bytes(
    broker: EmbeddedKafka, handoff: Callable[..., Result], admin: KafkaAdminClient, delete_topics: Callable[..., None],
    workers: Workers, app: str, tmp_path: Path,
):  # fmt: skip
    """The steps are the README's, in its order."""
    worker = workers.start(SECONDS_POLICY, time="broker").await_ready()
    leads = [f"lead-{n}" for n in range(12)]
    tell(broker, [signal("crm.heartbeat", NOBODY), *map(demo_request, leads), *(call(lead) for lead in leads[::2])])
    until(lambda: len([line for line in _said(handoff, MQL) if line["type"] == "handoff.created"]) == len(leads), "the handoffs")
    worker.end()
    before = _said(handoff, *OUTPUTS)

    again = tmp_path / "again.jsonl"
    lines = [json.loads(line) for line in handoff("tail", *INPUTS, "--from-beginning", "--until-end", "--json").stdout.splitlines()]
    kept = [line for line in lines if line["subject"] != NOBODY or line["partition"] == 0]
    again.write_text("".join(json.dumps({name: value for name, value in line.items() if name != "partition"}) + "\n" for line in kept))
    delete_topics([spec.name for spec in specs(app=app)])
    assert handoff("topics", "create", "--partitions", 6, "--time", "records", "--app", f"{app}-6").exit_code == 0
    assert handoff("publish", again).exit_code == 0
    stamped = {"message.timestamp.type": "LogAppendTime", "retention.ms": str(90 * DAY)}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, stamped) for topic in INPUTS])
    assert handoff("topics", "check", "--partitions", 6, "--app", f"{app}-6").exit_code == 0

    workers.start(SECONDS_POLICY, time="broker", app=f"{app}-6", partitions=6).await_ready()
    with KafkaProducer(bootstrap_servers=broker.address) as producer:
        send(producer, demo_request("new"), 6)
    until(lambda: any(line["subject"] == "new" for line in _said(handoff, MQL)), "a handoff of a new lead")
    after = _said(handoff, *OUTPUTS)
    assert [line for line in before if line not in after] == []
    assert {partition_of(lead.encode(), 6) for lead in leads} > {4, 5}, "no lead lies where there was no partition before"


def _said(handoff: Callable[..., Result], *topics: str) -> list[dict[str, Any]]:
    """What was published, wherever and whenever."""
    lines = handoff("tail", *topics, "--from-beginning", "--until-end", "--json").stdout.splitlines()
    return [{name: value for name, value in json.loads(line).items() if name not in PLACE} for line in lines]
