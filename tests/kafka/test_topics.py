"""Does a broker have the topics as the table wants them, and is every difference seen and none repaired?"""

import json
from collections.abc import Callable

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from typer.testing import Result

from processor.stream.broker import EmbeddedKafka
from processor.stream.topics import Drift, create, describe, drift, specs
from schemas.events import DEAD_LETTERS, FIGURES, MQL
from schemas.signals import CRM, MARKETING


def test_create_makes_every_topic_as_it_must_be_and_does_nothing_the_second_time(
    admin: KafkaAdminClient, our_topics: Callable[..., None], delete_topics: Callable[..., None]
):
    our_topics(partitions=3)
    wanted = specs(3)
    assert drift(admin, wanted) == []
    assert create(admin, wanted) == []
    delete_topics([MQL])
    assert drift(admin, wanted) == [Drift(MQL, "topic", "there", "missing")]
    assert create(admin, wanted) == [MQL]


@pytest.mark.parametrize(
    ("topic", "setting", "value"),
    [
        (CRM, "message.timestamp.type", "CreateTime"),
        (FIGURES, "cleanup.policy", "delete"),
        (FIGURES, "min.compaction.lag.ms", "0"),
        (DEAD_LETTERS, "max.message.bytes", "1048588"),
    ],
)
def test_a_setting_that_differs_is_seen_and_stays(
    admin: KafkaAdminClient, delete_topics: Callable[..., None], topic: str, setting: str, value: str
):
    delete_topics([topic])
    [spec] = [spec for spec in specs(1) if spec.name == topic]
    made = {"num_partitions": 1, "replication_factor": 1, "configs": spec.settings() | {setting: value}}
    admin.create_topics({topic: made}, wait_for_metadata=True)
    assert create(admin, [spec]) == []
    assert drift(admin, [spec]) == [Drift(topic, setting, spec.settings()[setting], value)]


def test_other_partitions_and_too_few_replicas_are_seen(admin: KafkaAdminClient, our_topics: Callable[..., None]):
    our_topics(partitions=2)
    found = [each for each in drift(admin, specs(4, replicas=3)) if each.topic == MARKETING]
    assert found == [
        Drift(MARKETING, "partitions", "4", "2"),
        Drift(MARKETING, "replicas", "3", "1"),
        Drift(MARKETING, "min.insync.replicas", "2", "1"),
    ]


def test_what_an_operator_may_choose_is_no_drift(admin: KafkaAdminClient, delete_topics: Callable[..., None]):
    delete_topics([DEAD_LETTERS])
    [spec] = [spec for spec in specs(1) if spec.name == DEAD_LETTERS]
    chosen = {"retention.ms": "1000000", "max.message.bytes": "5000000", "segment.ms": "1000000"}
    made = {"num_partitions": 1, "replication_factor": 1, "configs": spec.settings() | chosen}
    admin.create_topics({DEAD_LETTERS: made}, wait_for_metadata=True)
    assert drift(admin, [spec]) == []


def test_records_say_their_own_time_far_past_and_far_future_only_on_inputs_made_for_it(
    broker: EmbeddedKafka, our_topics: Callable[..., None]
):
    year = 365 * 86_400_000
    now = 1_790_000_000_000
    with KafkaProducer(bootstrap_servers=broker.address) as producer:
        our_topics(timestamps="records")
        for said in (now - 9 * year, now + 9 * year):
            assert producer.send(CRM, b"x", timestamp_ms=said).get().timestamp == said
        our_topics(timestamps="broker")
        assert producer.send(CRM, b"x", timestamp_ms=5).get().timestamp > now - year


def test_check_returns_1_and_names_each_difference_for_people_and_programs(handoff: Callable[..., Result], our_topics: Callable[..., None]):
    our_topics(timestamps="records")
    fine = handoff("topics", "check", "--partitions", 4, "--time", "records")
    assert fine.exit_code == 0
    assert handoff("topics", "check", "--partitions", 4, "--time", "records", "--json").stdout == "[]\n"
    wrong = handoff("topics", "check", "--partitions", 4)
    assert wrong.exit_code == 1
    assert f"{CRM}: message.timestamp.type is CreateTime, must be LogAppendTime" in wrong.stdout
    listed = json.loads(handoff("topics", "check", "--partitions", 4, "--json").stdout)
    assert [each["topic"] for each in listed] == [MARKETING, CRM]


def test_create_is_idempotent_and_returns_1_where_what_is_there_differs(handoff: Callable[..., Result], our_topics: Callable[..., None]):
    our_topics(partitions=4)
    assert handoff("topics", "create", "--partitions", 4).exit_code == 0
    differs = handoff("topics", "create", "--partitions", 5)
    assert differs.exit_code == 1
    assert f"{CRM}: partitions is 4, must be 5" in differs.stdout


def test_more_replicas_than_brokers_is_wrong_use_in_kafkas_words(handoff: Callable[..., Result]):
    refused = handoff("topics", "create", "--replicas", 3, "--app", "elsewhere")
    assert refused.exit_code == 2
    assert "replication factor of 3" in refused.stderr


def test_show_says_what_each_topic_is_for_and_which_is_missing(
    handoff: Callable[..., Result], our_topics: Callable[..., None], delete_topics: Callable[..., None], admin: KafkaAdminClient
):
    our_topics(partitions=4)
    delete_topics([MQL])
    lines = {line.split()[0]: line for line in handoff("topics", "show").stdout.splitlines()}
    assert lines[CRM].split() == [CRM, "in", "4", "1", "delete", "broker", "90", "days"]
    assert lines[MQL].split() == [MQL, "out", "missing"]
    shown = {each["topic"]: each for each in json.loads(handoff("topics", "show", "--json").stdout)}
    assert shown[MQL]["settings"] is None
    assert shown[CRM]["settings"] == describe(admin, [CRM])[CRM]
