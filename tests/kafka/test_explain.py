"""Is what `handoff explain` says over Kafka what the workers have published, and does it read no more than the lead's own partition?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from processor.stream.broker import EmbeddedKafka
from processor.stream.lead_records import LeadRecords
from processor.stream.reading import partition_of
from tests.kafka.judging import Changelog
from tests.kafka.workers import PARTITIONS, SAMPLE_POLICY, WEEK, commands, workers_of

LEAD = "L-0142"  # returned by the clock, and the return withdrawn
HOME = partition_of(LEAD.encode(), PARTITIONS)


@pytest.fixture(scope="module")
def app(broker: EmbeddedKafka, our_topics: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a worker that has decided the sample week, and is gone."""
    folder = tmp_path_factory.mktemp("explained")
    with workers_of(broker, folder) as workers, Changelog(broker, workers.app) as changelog:
        our_topics(PARTITIONS, "records", workers.app)
        assert commands(broker, folder)("publish", WEEK).exit_code == 0
        workers.start().await_ready()
        changelog.await_all()
        return workers.app


@pytest.fixture
def explained(handoff: Callable[..., Result], app: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    def explain(*words: object) -> dict[str, Any]:
        monkeypatch.setenv("HANDOFF_APP", app)
        told = handoff("explain", *words, "--policy", SAMPLE_POLICY, "--json")
        assert told.exit_code == 0, told.output
        return dict(json.loads(told.stdout))

    return explain


def test_the_story_over_kafka_is_the_one_of_the_file_and_says_where_each_event_lies(explained: Callable[..., dict[str, Any]]):
    over_kafka, of_file = explained(LEAD), explained(LEAD, WEEK)
    assert over_kafka.pop("on_kafka") is True
    for moment in over_kafka["timeline"]:
        for event in moment["published"]:
            assert event.pop("partition") == HOME
            assert event.pop("offset") >= 0
    assert over_kafka == of_file


def test_only_the_leads_own_partition_is_read(broker: EmbeddedKafka, app: str):
    records = LeadRecords(broker.address, LEAD, f"{app}-leads-changelog")
    advanced: list[int] = []
    inputs = list(records.inputs(lambda *_: None, advanced.append))
    published = list(records.published(advanced.append))
    assert records.partition == HOME
    assert {record.place.split("/")[1] for record in inputs} == {str(HOME)}
    assert {line["partition"] for line in published} == {HOME}
    assert {line["subject"] for line in published} == {LEAD}
    assert 0 < len(advanced) <= records.count
    assert len(inputs) < len(advanced)


def test_what_another_agreement_had_published_is_said_not_to_be_explained(
    handoff: Callable[..., Result], app: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("HANDOFF_APP", app)
    other = tmp_path / "other"
    other.mkdir()
    agreed = (SAMPLE_POLICY / "policy.yaml").read_text()
    (other / "policy.yaml").write_text(agreed.replace("target: 4 business_hours", "target: 3 business_hours"))
    told = json.loads(handoff("explain", LEAD, "--policy", other, "--json").stdout)
    assert f"{LEAD}#1/first_attempt/100%" in {event["id"] for event in told["unexplained"]}
    said = handoff("explain", LEAD, "--policy", other).stdout
    assert "not found on Kafka" in said
    assert "Published, but not what the kept records lead to" in said


def test_a_lead_that_nobody_has_told_of_is_no_story(handoff: Callable[..., Result], app: str):
    told = handoff("explain", "nobody-knows", "--policy", SAMPLE_POLICY, "--json")
    assert app
    assert told.exit_code == 2
    assert "Kafka keeps nothing of a lead 'nobody-knows'" in told.stderr
