"""Does `handoff doctor` find what is wrong with a real Kafka, and leave it as it was? What it thinks of it is tests/stream's."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    ResourcePattern,
    ResourceType,
)
from typer.testing import Result

from processor.cli import options
from processor.stream.broker import EmbeddedKafka
from processor.stream.topics import create, specs
from schemas.events import DEAD_LETTERS, FIGURES, MQL
from schemas.signals import CRM, MARKETING
from tests.kafka.workers import Workers, commands

Doctor = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def doctor(handoff: Callable[..., Result]) -> Doctor:
    return lambda *words: _examined(handoff, *words)


def _examined(handoff: Callable[..., Result], *words: object) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and the findings that need something done."""
    result = handoff("doctor", "--partitions", 4, "--json", *words)
    document = json.loads(result.stdout)
    wrong = [finding for finding in document["findings"] if not finding["good"]]
    assert document["healthy"] == (not wrong)
    return result.exit_code, wrong


def test_a_healthy_kafka_is_well_in_every_respect_and_left_as_it_was(
    handoff: Callable[..., Result], our_topics: Callable[..., None], admin: KafkaAdminClient
):
    our_topics(4)
    before = set(admin.list_topics())
    result = handoff("doctor", "--partitions", 4)
    assert result.exit_code == 0, result.output
    assert [line.split()[:2] for line in result.stdout.splitlines()[1:-1]] == [
        ["ok", check] for check in ("fencing", "brokers", "topics", "clocks", "rights", "group", "lag", "transactions")
    ]
    assert "the older owner's write was refused (ProducerFenced), its commit too (ProducerFenced)" in result.stdout
    assert "10 with 40 partitions" in result.stdout
    assert result.stdout.endswith("all is well\n")
    assert set(admin.list_topics()) <= before | {"__transaction_state", "__consumer_offsets"}


def test_every_topic_that_is_not_as_it_must_be_is_named_with_what_to_do(
    doctor: Doctor, our_topics: Callable[..., None], admin: KafkaAdminClient, delete_topics: Callable[..., None]
):
    our_topics(4)
    mistakes = {
        CRM: {"message.timestamp.type": "CreateTime"},
        FIGURES: {"cleanup.policy": "delete"},
        "handoff-leads-changelog": {"min.compaction.lag.ms": "0"},
        DEAD_LETTERS: {"max.message.bytes": "1000"},
    }
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs) for topic, configs in mistakes.items()])
    admin.create_partitions({MARKETING: 6})
    delete_topics([MQL])
    code, wrong = doctor("--replicas", 3)
    assert code == 1
    assert {each["check"] for each in wrong} == {"topics"}
    found = [each["found"] for each in wrong]
    assert f"partitions=6 of {MARKETING}" in found
    assert f"missing: {MQL}" in found
    for topic, settings in mistakes.items():
        [(name, value)] = settings.items()
        assert f"{name}={value} of {topic}" in found
    assert any(each.startswith("replicas=1 of ") for each in found)
    assert all(each["expected"] and each["do"] for each in wrong)


def test_workers_go_on_beside_it_and_what_waits_without_them_is_counted(
    doctor: Doctor, handoff: Callable[..., Result], our_topics: Callable[..., None], workers: Workers, broker: EmbeddedKafka
):
    our_topics(4, app=workers.app)
    worker = workers.start(time="broker").await_ready()
    shown = handoff("doctor", "--partitions", 4, "--app", workers.app)
    assert shown.exit_code == 0, shown.output
    assert f"{workers.app}: 1 worker: no static name" in shown.stdout
    worker.end()  # cleanly: nothing has fenced it
    with KafkaProducer(bootstrap_servers=broker.address) as producer:
        producer.send(CRM, b"x", partition=2).get()
    [lag] = doctor("--app", workers.app)[1]
    assert lag["found"] == f"1 records wait ({CRM}/2: 1), and no worker runs"


def test_a_transaction_that_stays_open_is_found(doctor: Doctor, our_topics: Callable[..., None], broker: EmbeddedKafka):
    our_topics(4)
    with KafkaProducer(bootstrap_servers=broker.address, transactional_id="forgotten") as producer:
        producer.init_transactions()
        producer.begin_transaction()
        producer.send(CRM, b"x", partition=1).get()
        code, [finding] = doctor()
        producer.abort_transaction()
    assert code == 1
    assert finding["found"].startswith(f"{CRM}/1 has one open at offset 0 for at least 3 s (producer ")


def test_nobody_answers_is_another_exit_code_than_a_finding(handoff: Callable[..., Result], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(options, "ANSWERS_WITHIN_S", 0.1)
    result = handoff("doctor", "--broker", "127.0.0.1:1")
    assert result.exit_code == 2
    assert "No Kafka broker answers at 127.0.0.1:1" in result.stderr


class GuardedKafka(EmbeddedKafka):
    """Obeys ACLs, without any for a thing everything is allowed; and lets nobody delete topics."""

    def _spawn(self, java: list[str]) -> "subprocess.Popen[bytes]":
        with (self._home / "server.properties").open("a") as properties:
            properties.write("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n")
            properties.write("allow.everyone.if.no.acl.found=true\n")
            properties.write("delete.topic.enable=false\n")
        return super()._spawn(java)


@pytest.mark.usefixtures("quick_brokers")
def test_rights_that_are_missing_are_named_in_kafkas_words(tmp_path: Path):
    rules = [
        (ResourceType.TOPIC, CRM, ACLOperation.READ),
        (ResourceType.TOPIC, MQL, ACLOperation.DESCRIBE),
        (ResourceType.GROUP, "handoff", ACLOperation.DESCRIBE),
        (ResourceType.TRANSACTIONAL_ID, "handoff-", ACLOperation.DESCRIBE),
    ]
    with GuardedKafka(tmp_path, 0) as guarded, KafkaAdminClient(bootstrap_servers=guarded.address) as admin:
        create(admin, specs(4))
        admin.create_acls([_rule(*rule, ACLPermissionType.DENY) for rule in rules])
        admin.create_acls([_rule(kind, name, ACLOperation.ALL, ACLPermissionType.ALLOW) for kind, name, _ in rules])
        code, wrong = _examined(commands(guarded, tmp_path / "data"))
        [left] = [name for name in admin.list_topics() if name.startswith("handoff-doctor-")]
    assert code == 1
    assert [(each["check"], each["found"]) for each in wrong] == [
        ("rights", "no Write on TransactionalId handoff-doctor"),
        ("rights", f"no Read on Topic {CRM}"),
        ("rights", f"no Describe on Topic {MQL}"),
        ("rights", "no Describe on Group handoff"),
        ("rights", "no Write on TransactionalId handoff-0, handoff-1, handoff-2, handoff-3"),
        ("left behind", f"the doctor's own topic {left}, which it may not delete"),
    ]


def _rule(kind: ResourceType, name: str, operation: ACLOperation, permission: ACLPermissionType) -> ACL:
    return ACL("User:ANONYMOUS", "*", operation, permission, ResourcePattern(kind, name, ACLResourcePatternType.PREFIXED))
