"""Does what is published arrive whole, where it belongs and once, and does tail give it back? What lines must be is in tests/schemas."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from typer.testing import Result

from processor.stream import follow
from processor.stream.broker import EmbeddedKafka
from schemas.cloudevents import decode, decode_line
from schemas.events import DEAD_LETTERS, dead_letter_headers
from schemas.signals import CRM, MARKETING

ROOT = Path(__file__).parents[2]


def signal_line(kind: str, id_: str, subject: str, time: str, **more: Any) -> str:
    said = {"specversion": "1.0", "id": id_, "source": "test", "type": kind, "subject": subject, "time": time, **more}
    return json.dumps(said)


def activity(id_: str, lead: str, time: str = "2026-10-20T07:00:00Z", **more: Any) -> str:
    return signal_line("marketing.activity", id_, lead, time, data={"activity": "demo_request"}, **more)


def crm_profile(id_: str, lead: str, time: str) -> str:
    return signal_line("crm.profile", id_, lead, time, data={"attributes": {"role": "ceo"}})


def write(folder: Path, lines: Iterable[str]) -> Path:
    file = folder / "events.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def read(broker: EmbeddedKafka, topic: str) -> list[Any]:
    consumer = KafkaConsumer(bootstrap_servers=broker.address, auto_offset_reset="earliest", group_id=None)
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    records = [next(consumer) for _ in range(sum(consumer.end_offsets(partitions).values()))]
    consumer.close()
    return records


def tailed(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@contextmanager
def program(broker: EmbeddedKafka, folder: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """A command as a process of its own, gone after the block."""
    environment = os.environ | {"HANDOFF_BROKER": broker.address, "HANDOFF_DATA": str(folder / "data")}
    # Who runs the tests in the background may have had Ctrl-C ignored, which children inherit.
    heeded = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command = [sys.executable, "-c", f"{heeded}from processor.cli import app; app()", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(found: Callable[[], list[Path]]) -> list[Path]:
    limit = time.monotonic() + 20
    while not (value := found()):
        assert time.monotonic() < limit, "it did not come"
        time.sleep(0.02)
    return value


TO_END = ("--from-beginning", "--until-end", "--json")


def test_a_line_becomes_a_record_in_binary_mode_that_says_the_same(
    broker: EmbeddedKafka, handoff: Callable[..., Result], our_topics: Callable[..., None], tmp_path: Path
):
    our_topics(timestamps="records")
    line = activity(
        "ż-1", "Łódź/7", "2026-10-20T09:00:00+02:00", recordedtime="2026-10-20T07:01:00Z", loggedtime="2026-10-20T07:02:03.004Z", team="a"
    )
    assert handoff("publish", write(tmp_path, [line])).exit_code == 0
    [record] = read(broker, MARKETING)
    assert decode(record.key, record.value, record.headers, record.topic) == decode_line(line).signal
    assert record.timestamp * 1000 == decode_line(line).logged
    headers = dict(record.headers)
    assert headers["content-type"] == b"application/json"
    assert headers["ce_time"] == b"2026-10-20T09:00:00+02:00"
    assert headers["ce_team"] == b"a"
    assert "ce_loggedtime" not in headers


def test_a_lead_lies_where_kafkas_own_partitioner_puts_it(
    broker: EmbeddedKafka, handoff: Callable[..., Result], our_topics: Callable[..., None], tmp_path: Path
):
    our_topics(partitions=12)
    # Of Kafka's own UtilsTest: murmur2 of these keys is …
    murmur2 = {
        "21": -973932308,
        "foobar": -790332482,
        "a-little-bit-long-string": -985981536,
        "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    }
    handoff("publish", write(tmp_path, [activity(lead, lead) for lead in murmur2]))
    assert {record.key.decode(): record.partition for record in read(broker, MARKETING)} == {
        lead: (number & 0x7FFFFFFF) % 12 for lead, number in murmur2.items()
    }


def test_what_is_about_nobody_goes_to_the_partition_it_names_or_else_to_every_one(
    broker: EmbeddedKafka, handoff: Callable[..., Result], our_topics: Callable[..., None], tmp_path: Path
):
    our_topics(partitions=4)
    one = signal_line("crm.heartbeat", "b1", "-", "2026-10-20T07:00:00Z", partition=2)
    each = signal_line("crm.heartbeat", "b2", "-", "2026-10-20T07:00:00Z")
    handoff("publish", write(tmp_path, [one, each]))
    found = sorted((dict(record.headers)["ce_id"], record.partition) for record in read(broker, CRM))
    assert found == [(b"b1", 2), (b"b2", 0), (b"b2", 1), (b"b2", 2), (b"b2", 3)]


def test_a_bad_line_stops_all_before_anything_is_sent_and_can_be_left_out(
    broker: EmbeddedKafka, handoff: Callable[..., Result], our_topics: Callable[..., None], tmp_path: Path
):
    our_topics(partitions=4)
    nowhere = signal_line("crm.heartbeat", "b1", "-", "2026-10-20T07:00:00Z", partition=4)
    file = write(tmp_path, [activity("1", "A"), "not JSON", "", nowhere, activity("2", "B")])
    refused = handoff("publish", file)
    assert refused.exit_code == 2
    assert f"{file}:2: unparsable" in refused.stderr
    assert f"{file}:4: wrong_partition at partition: found 4, expected under 4" in refused.stderr
    assert "2 bad lines; nothing was published" in refused.stderr
    assert read(broker, MARKETING) == []
    assert "without 2 bad ones" in handoff("publish", file, "--skip-bad").stdout
    assert {record.key for record in read(broker, MARKETING)} == {b"A", b"B"}


def test_a_file_is_published_once_unless_restarted(
    broker: EmbeddedKafka, handoff: Callable[..., Result], our_topics: Callable[..., None], tmp_path: Path
):
    our_topics()
    file = write(tmp_path, [activity(str(n), f"lead-{n}") for n in range(10)])
    assert "published lines 1 to 10" in handoff("publish", file).stdout
    assert "all 10 lines were published before; --restart" in handoff("publish", file).stdout
    assert len(read(broker, MARKETING)) == 10
    handoff("publish", file, "--restart")
    assert len(read(broker, MARKETING)) == 20


def test_a_killed_run_is_resumed_and_loses_nothing(
    broker: EmbeddedKafka, handoff: Callable[..., Result], our_topics: Callable[..., None], tmp_path: Path
):
    our_topics()
    file = write(tmp_path, [activity(str(n), f"lead-{n}") for n in range(600)])
    with program(broker, tmp_path, "publish", str(file), "--rate", "200") as slow:
        [memory] = wait_for(lambda: [path for path in tmp_path.glob("data/publish/*") if path.read_text() not in {"", "0"}])
        slow.kill()
    done = int(memory.read_text())
    assert 0 < done < 600
    assert f"published lines {done + 1} to 600" in handoff("publish", file).stdout
    found = [dict(record.headers)["ce_id"] for record in read(broker, MARKETING)]
    assert {int(id_) for id_ in found} == set(range(600))
    assert len(found) < 600 + 300, "again comes only what was not yet known to be acknowledged"


def test_rate_is_lines_a_second(handoff: Callable[..., Result], our_topics: Callable[..., None], tmp_path: Path):
    our_topics()
    file = write(tmp_path, [activity(str(n), "A") for n in range(50)])
    began = time.monotonic()
    handoff("publish", file, "--rate", 100)
    assert 0.5 <= time.monotonic() - began < 5


def test_without_the_topics_publish_says_how_to_make_them(
    handoff: Callable[..., Result], delete_topics: Callable[..., None], tmp_path: Path
):
    delete_topics([CRM])
    refused = handoff("publish", write(tmp_path, [activity("1", "A")]))
    assert refused.exit_code == 2
    assert f"missing: {CRM}. Create them: handoff topics create" in refused.stderr


def test_what_was_tailed_is_what_was_published_in_the_order_of_the_log(
    handoff: Callable[..., Result], our_topics: Callable[..., None], tmp_path: Path
):
    our_topics(partitions=4, timestamps="records")
    lines = [
        (activity if n % 3 else crm_profile)(str(n), f"lead-{n % 7}", f"2026-10-20T07:{n // 60:02}:{n % 60:02}.5Z") for n in range(600)
    ]
    handoff("publish", write(tmp_path, lines))
    found = tailed(handoff("tail", CRM, MARKETING, *TO_END))
    assert [decode_line(json.dumps(line)).signal for line in found] == [decode_line(line).signal for line in lines]
    assert [line["loggedtime"] for line in found] == [json.loads(line)["time"] for line in lines]
    assert {(line["topic"], line["partition"]) for line in found} <= {(topic, n) for topic in (CRM, MARKETING) for n in range(4)}
    only = tailed(handoff("tail", CRM, "--partition", 2, *TO_END))
    assert only == [line for line in found if line["topic"] == CRM and line["partition"] == 2]


def test_at_one_instant_marketing_comes_before_crm_as_it_is_applied(
    handoff: Callable[..., Result], our_topics: Callable[..., None], tmp_path: Path
):
    our_topics(timestamps="records")
    instant = "2026-10-20T07:00:00Z"
    handoff("publish", write(tmp_path, [crm_profile("1", "A", instant), activity("2", "A", instant)]))
    assert [line["topic"] for line in tailed(handoff("tail", CRM, MARKETING, *TO_END))] == [MARKETING, CRM]


def test_tail_shows_what_was_committed_and_ends_where_only_markers_follow(
    broker: EmbeddedKafka, handoff: Callable[..., Result], new_topic: Callable[..., str]
):
    topic = new_topic(2)
    producer = KafkaProducer(bootstrap_servers=broker.address, transactional_id=topic)
    producer.init_transactions()
    for value in (b"committed", b"aborted"):
        producer.begin_transaction()
        for partition in (0, 1):
            producer.send(topic, value, b"key", partition=partition)
        producer.commit_transaction() if value == b"committed" else producer.abort_transaction()
    producer.close()
    found = tailed(handoff("tail", topic, *TO_END))
    assert sorted((line["partition"], line["offset"], line["key"], line["value"]) for line in found) == [
        (0, 0, "key", "committed"),
        (1, 0, "key", "committed"),
    ]


def test_partitions_that_wait_for_others_are_read_to_the_end(
    broker: EmbeddedKafka, new_topic: Callable[..., str], monkeypatch: pytest.MonkeyPatch
):
    """By kafka-python's own pauses some were never fetched again."""
    monkeypatch.setattr(follow, "READ_AHEAD", 50)
    topic = new_topic(4)
    with KafkaProducer(bootstrap_servers=broker.address, batch_size=2000) as producer:
        for n in range(4000):
            producer.send(topic, b"%d" % n, partition=n // 40 % 4)
    found = list(follow.follow(broker.address, [topic], None, from_beginning=True, until_end=True))
    assert len(found) == 4000
    assert [record.timestamp for record in found] == sorted(record.timestamp for record in found)


def test_without_until_end_tail_goes_on_from_now_until_interrupted(broker: EmbeddedKafka, new_topic: Callable[..., str], tmp_path: Path):
    topic = new_topic()
    with KafkaProducer(bootstrap_servers=broker.address) as producer:
        producer.send(topic, b"before").get()
        with program(broker, tmp_path, "tail", topic, "--json") as tail:
            assert tail.stdout
            number = 0
            os.set_blocking(tail.stdout.fileno(), False)
            while not (line := tail.stdout.readline()):  # from when it has found the end
                producer.send(topic, f"after {(number := number + 1)}".encode()).get()
                time.sleep(0.05)
            assert json.loads(line)["value"].startswith("after")
            tail.send_signal(signal.SIGINT)
            assert tail.wait(10) == 0


def test_a_dead_letter_is_shown_with_its_story(broker: EmbeddedKafka, handoff: Callable[..., Result], our_topics: Callable[..., None]):
    our_topics()
    headers = dead_letter_headers([("ce_id", b"1")], CRM, 3, 17, 1_790_000_000_000_000, "unparsable", "", 1)
    with KafkaProducer(bootstrap_servers=broker.address) as producer:
        producer.send(DEAD_LETTERS, b"\xff\x00", b"A", headers=headers).get()
    [line] = tailed(handoff("tail", DEAD_LETTERS, *TO_END))
    assert line["reason"] == "unparsable"
    assert line["origin"] == {"topic": CRM, "partition": "3", "offset": "17", "timestamp": "2026-09-21T14:13:20Z"}
    assert (line["key"], line["value_base64"]) == ("A", "/wA=")


def test_people_get_a_line_with_time_type_lead_and_gist(handoff: Callable[..., Result], our_topics: Callable[..., None], tmp_path: Path):
    our_topics()
    handoff("publish", write(tmp_path, [activity("1", "Anna", "2026-10-20T07:00:00.25Z")]))
    [line] = handoff("tail", MARKETING, "--from-beginning", "--until-end").stdout.splitlines()
    assert line.split() == ["2026-10-20", "07:00:00", "marketing.activity", "Anna", "activity", "demo_request"]


def test_tail_of_what_is_not_there_names_what_is(handoff: Callable[..., Result], our_topics: Callable[..., None]):
    our_topics(partitions=2)
    missing = handoff("tail", "crm.event.v1", "--until-end")
    assert missing.exit_code == 2
    assert CRM in missing.stderr
    assert handoff("tail", CRM, "--partition", 2, "--until-end").exit_code == 2
