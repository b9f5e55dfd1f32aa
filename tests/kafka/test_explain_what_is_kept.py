"""What does `handoff explain` say where no worker has decided yet, and where Kafka has deleted what was before?"""

import json
from collections.abc import Callable
from pathlib import Path

from kafka import KafkaAdminClient, TopicPartition
from typer.testing import Result

from processor.stream.reading import partition_of
from schemas.signals import MARKETING
from tests.kafka.workers import SAMPLE_POLICY

PARTITIONS = 4
LEAD = "A"
PLACE = TopicPartition(MARKETING, partition_of(LEAD.encode(), PARTITIONS))
PROFILE = {"role": "ceo", "industry": "saas", "employees": 200, "company": "X", "source": "google", "campaign": "q4", "email_known": True}


def line(number: int, kind: str, data: dict[str, object]) -> str:
    time = f"2026-11-10T09:00:{number:02}Z"
    event = {"specversion": "1.0", "id": f"s{number}", "source": "test", "type": kind, "subject": LEAD, "time": time, "data": data}
    return json.dumps(event)


def test_a_story_needs_no_worker_and_says_since_when_it_is_known(
    admin: KafkaAdminClient, handoff: Callable[..., Result], our_topics: Callable[..., None], tmp_path: Path
):
    our_topics(PARTITIONS, "records")
    activities = [line(n, "marketing.activity", {"activity": word}) for n, word in enumerate(("demo_request", "webinar_attended"), 2)]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join([line(1, "marketing.profile", {"attributes": PROFILE}), *activities]) + "\n")
    assert handoff("publish", file).exit_code == 0

    whole = handoff("explain", LEAD, "--policy", SAMPLE_POLICY, "--json")
    assert "No worker has decided anything yet" in whole.stderr
    assert json.loads(whole.stdout)["stage"] == "mql"
    assert "kept_from" not in json.loads(whole.stdout)

    admin.delete_records({PLACE: 1})
    rest = handoff("explain", LEAD, "--policy", SAMPLE_POLICY, "--json")
    assert json.loads(rest.stdout)["stage"] == "lead"
    assert json.loads(rest.stdout)["kept_from"] == "2026-11-10T09:00:02Z"
    assert "Kafka keeps records from Tue 10 Nov 10:00:02 on" in handoff("explain", LEAD, "--policy", SAMPLE_POLICY).stdout
