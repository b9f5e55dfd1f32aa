"""Does the doctor think right of what it was told? A Kafka that does not fence cannot be had, so it is told of one."""

from typing import Any

import pytest

from processor.settings import Settings
from processor.stream.doctor.facts import NEWER, OLDER, Ahead, Chart, Fence, Group, Member, Missing, Open, Reached
from processor.stream.doctor.judgement import Finding, judge
from processor.stream.topics import Drift
from schemas.signals import CRM, MARKETING

FENCES = Fence("ProducerFenced", "ProducerFenced", (NEWER,))
READ = (Reached(CRM, 0, begin=0, stable=9, end=9, applied=9), Reached(MARKETING, 0, begin=0, stable=5, end=5, applied=5))
WORKER = Member("faust-1", "worker-1", "10.0.0.7", frozenset({(CRM, 0), (MARKETING, 0)}))
GROUP = Group("handoff", "Stable", (WORKER,))
HEALTHY = Chart("kafka:9092", "c", {1: (3, 8), 2: (4, 3)}, FENCES, (Ahead(1, -3.2, 4.5),), (), (), GROUP, READ, (), (), None)


def _wrong(settings: dict[str, Any] | None = None, **found: Any) -> list[Finding]:
    return [finding for finding in judge(HEALTHY._replace(**found), Settings(**settings or {})) if not finding.good]


def test_a_healthy_cluster_needs_nothing_done_and_every_check_says_so():
    checks = [finding.check for finding in judge(HEALTHY, Settings())]
    assert checks == ["fencing", "brokers", "topics", "clocks", "rights", "group", "lag", "transactions"]
    assert _wrong() == []


@pytest.mark.parametrize(
    ("fence", "words"),
    [
        (Fence(None, "ProducerFenced", (NEWER,)), "the older owner's write was accepted"),
        (Fence("ProducerFenced", None, (OLDER, NEWER)), f"the older owner's commit was accepted; a read_committed reader saw ['{OLDER}'"),
        (Fence("NotEnoughReplicasError", "ProducerFenced", (NEWER,)), "the older owner's write was refused with NotEnoughReplicasError"),
        (Fence("ProducerFenced", "ProducerFenced", ()), "a read_committed reader saw []"),
    ],
)
def test_a_kafka_that_does_not_fence_is_no_place_for_a_worker(fence: Fence, words: str):
    [finding] = _wrong(fence=fence)
    assert finding.check == "fencing"
    assert words in finding.found
    assert finding.do.startswith("run no worker here")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-2900.0, -2890.0, "with a clock ahead a worker could call a breach too early"),
        (2890.0, 2900.0, "at rest deadlines are noticed late"),
    ],
)
def test_a_clock_that_differs_by_more_than_the_guard_is_said_with_what_it_does(low: float, high: float, words: str):
    clocks = (Ahead(1, low, high),)
    [finding] = _wrong(clocks=clocks)
    assert f"broker 1's clock is {low:.0f} to {high:.0f} ms ahead of this machine's" in finding.found
    assert words in finding.do
    assert not _wrong({"guard_ms": 3000}, clocks=clocks)


def test_brokers_whose_clocks_differ_need_a_margin_that_covers_it():
    clocks = (Ahead(1, -1.0, 2.0), Ahead(2, 40.0, 43.5), Ahead(3, 10.0, 12.0))
    [finding] = _wrong(clocks=clocks)
    assert finding.found == "brokers 2 and 1 differ by 38 to 45 ms"
    assert "set HANDOFF_SKEW_MS to 45 or more" in finding.do
    assert not _wrong({"skew_ms": 45}, clocks=clocks)


def test_old_brokers_are_named():
    [finding] = _wrong(versions={1: (3, 7), 2: (4, 3), 3: (3, 7)})
    assert finding.found == "Kafka 3.7 (2 brokers: 1, 3), Kafka 4.3 (1 broker: 2)"


def test_topics_that_differ_alike_are_one_finding():
    found = _wrong(drift=(Drift(CRM, "partitions", "12", "6"), Drift(MARKETING, "partitions", "12", "6"), Drift(CRM, "replicas", "3", "1")))
    assert [(each.found, each.expected) for each in found] == [(f"partitions=6 of {CRM}, {MARKETING}", "12"), (f"replicas=1 of {CRM}", "3")]


def test_a_right_that_is_missing_is_said_in_kafkas_words_with_the_command_that_gives_it():
    ids = tuple(Missing("TransactionalId", f"handoff-{number}", "Write", "commit what is decided") for number in range(12))
    topic, transactions = _wrong(missing=(Missing("Topic", CRM, "Read", "read the signals"), *ids))
    assert topic.found == f"no Read on Topic {CRM}"
    assert topic.do.endswith(f"--operation Read --topic {CRM}")
    assert transactions.found.endswith("handoff-4 and 7 more")
    assert "--transactional-id handoff-0 --transactional-id handoff-1" in transactions.do


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (Group("handoff", "Stable", (WORKER._replace(instance=""),)), "an empty static name: 1 worker: 10.0.0.7"),
        (Group("handoff", "PreparingRebalance", (WORKER,)), "handoff is in PreparingRebalance"),
        (Group("handoff", "Stable", (WORKER._replace(partitions=frozenset({(CRM, 0)})),)), f"nobody reads {MARKETING}/0"),
    ],
)
def test_a_group_that_is_not_well_is_said(group: Group, words: str):
    [finding] = _wrong(group=group)
    assert (finding.check, finding.found) == ("group", words)


@pytest.mark.parametrize(
    ("partition", "words"),
    [
        (Reached(CRM, 0, begin=20, stable=90, end=90, applied=9), "retention took records before they were read"),
        (Reached(CRM, 0, begin=0, stable=3, end=3, applied=9), "the topic was made anew"),
    ],
)
def test_what_was_applied_and_is_not_in_the_log_is_said(partition: Reached, words: str):
    [finding] = _wrong(reached=(partition, READ[1]))
    assert finding.check == "lag"
    assert finding.do.startswith(words)


def test_what_waits_is_a_finding_only_where_nobody_works_on_it():
    waiting = (READ[0]._replace(stable=59, end=60), READ[1])
    assert _wrong(reached=waiting) == []
    [finding] = _wrong(reached=waiting, group=Group("handoff", "Empty", ()))
    assert finding.found == f"50 records wait ({CRM}/0: 50), and no worker runs"


def test_an_open_transaction_is_said_with_the_command_that_ends_it():
    [finding] = _wrong(open=(Open(CRM, 3, 17, 3.1, ("producer 8, epoch 2",)),))
    assert finding.found == f"{CRM}/3 has one open at offset 17 for at least 3 s (producer 8, epoch 2)"
    assert f"--topic {CRM} --partition 3 --start-offset 17" in finding.do


def test_what_could_not_be_looked_into_or_was_left_is_no_health():
    refused, left = _wrong(fence=None, refused=(("fencing", "TimeoutError: "),), left="handoff-doctor-1")
    assert (refused.check, refused.found) == ("not seen", "fencing: TimeoutError: ")
    assert left.do.endswith("--topic handoff-doctor-1")
