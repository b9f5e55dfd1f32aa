"""A lead has grown to more than its topic takes: is it said, is nothing lost or skipped, and does it go on once the topic takes it?"""

from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from processor.stream.broker import EmbeddedKafka
from processor.stream.topics import LEAD_BYTES
from tests.kafka.exact import Handoff, assert_exact
from tests.kafka.judging import Changelog
from tests.kafka.telling import demo_request, signal, tell
from tests.kafka.workers import DIED, PARTITIONS, SECONDS_POLICY, Workers

KAFKAS_OWN_LIMIT = 1_048_588  # ours is larger


def large(lead: str, *names: str) -> list[bytes]:
    """Each is an attribute of 800 kB, as large as a record may be."""
    return [signal("marketing.profile", lead, attributes={name: ["x" * 4_000] * 200}) for name in names]


@pytest.mark.slow
def test_a_lead_too_large_to_be_written_stops_its_partition_until_the_limit_is_raised(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers, handoff: Handoff, tmp_path: Path, admin: KafkaAdminClient
):
    our_topics(PARTITIONS, "broker", workers.app)
    limit_changelog(admin, workers.app, KAFKAS_OWN_LIMIT)
    worker = workers.start(SECONDS_POLICY, time="broker", name="a").await_ready()
    tell(broker, [*large("lead", "role", "b", "c"), demo_request("lead"), demo_request("other"), signal("crm.heartbeat", "-")])
    assert worker.process.wait(20) == DIED
    assert "raise its max.message.bytes" in worker.said("the worker dies")[0]["why"]
    limit_changelog(admin, workers.app, LEAD_BYTES)
    worker = workers.start(SECONDS_POLICY, time="broker", name="a")
    with Changelog(broker, workers.app) as changelog:
        changelog.await_all()
        worker.end()
        assert len(changelog.read().states()[b"lead"]) > 2 * KAFKAS_OWN_LIMIT
    assert_exact(broker, handoff, workers.app, tmp_path)


def limit_changelog(admin: KafkaAdminClient, app: str, most: int) -> None:
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, f"{app}-leads-changelog", {"max.message.bytes": str(most)})])
