"""Do the numbers say what was decided, committed and restored?"""

from pathlib import Path
from typing import Any

import pytest

from processor.domain.events import Noted, RepeatPublished
from processor.domain.partition import Partition
from processor.metrics import Metrics
from processor.policy_file import load_policies
from processor.stream.observer import Commit, Observer
from schemas.cloudevents import decode_line
from schemas.events import EVENTS, Event, EventData
from schemas.instants import SECOND
from schemas.signals import CRM, MARKETING
from tests.metrics.reading import POLICIES, counted, samples, value
from tests.schemas.examples import EXAMPLES

NOT_COUNTED = {
    "handoff.systemic_breach",
    "handoff.systemic_recovered",
    "handoff.source_silent",
    "handoff.source_returned",
    "handoff.review_due",
    "handoff.nurture",
    "handoff.nurture_cancelled",
}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(POLICIES, "0.1.0")


def test_a_call_that_was_heard_of_late_takes_its_breaches_and_the_return_back():
    scenario = Path(__file__).parents[1] / "conformance" / "02-late-call-withdraws"
    policies = load_policies(scenario)
    metrics, partition = Metrics(policies, "0.1.0"), Partition(0, policies, {})
    for line in (scenario / "events.jsonl").read_bytes().splitlines():
        signal, logged, _ = decode_line(line)
        partition.judge(logged)
        partition.apply(signal, logged)
    decided = partition.take()
    metrics.decided(0, decided.events, decided.told)

    assert counted(metrics, "handoff_handoffs_total") == {("all", "threshold"): 1}
    opened = [(clock, "all") for clock in ("acceptance", "attempts", "first_attempt", "qualification")]
    assert counted(metrics, "handoff_clocks_opened_total") == dict.fromkeys(opened, 1)
    judged = {("acceptance", "all"): 1, ("first_attempt", "all"): 1}
    for name in ("warnings", "breaches", "breaches_confirmed", "breaches_withdrawn"):
        assert counted(metrics, f"handoff_{name}_total") == judged
    assert counted(metrics, "handoff_escalations_total") == {("first_attempt", "all"): 1}
    assert counted(metrics, "handoff_clocks_cancelled_total") == {("attempts", "all"): 1}
    assert counted(metrics, "handoff_clocks_met_total") == {(clock, "on_time", segment): 1 for clock, segment in judged}
    assert counted(metrics, "handoff_returns_total") == {("clock", "no_response_from_sales"): 1}
    assert counted(metrics, "handoff_returns_withdrawn_total") == {(): 1}
    assert counted(metrics, "handoff_stage_changes_total") == {("mql",): 1, ("nurture",): 1, ("sal",): 1}


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_is_counted_or_knowingly_not(metrics: Metrics, kind: str):
    before = _sum_of_counters(metrics)
    metrics.decided(0, [_event(EXAMPLES[kind], kind)], [])
    assert _sum_of_counters(metrics) - before == (kind not in NOT_COUNTED)


def test_a_fast_track_counts_without_its_name(metrics: Metrics):
    metrics.decided(0, [_event(EXAMPLES["handoff.created"], "handoff.created")], [])
    assert counted(metrics, "handoff_handoffs_total") == {("mid_market", "fast_track"): 1}


def test_a_duty_done_late_is_not_one_done_on_time(metrics: Metrics):
    late = EXAMPLES["handoff.clock"]
    on_time = late.model_copy(update={"late_by_s": None, "late_by_elapsed_s": None})
    metrics.decided(0, [_event(data, "handoff.clock") for data in (late, on_time, on_time)], [])
    met = {("acceptance", "late", "mid_market"): 1, ("acceptance", "on_time", "mid_market"): 2}
    assert counted(metrics, "handoff_clocks_met_total") == met


@pytest.mark.parametrize("state", ["paused", "resumed", "breached"])
def test_a_breach_counts_once_and_a_pause_not_at_all(metrics: Metrics, state: str):
    before = _sum_of_counters(metrics)
    metrics.decided(0, [_event(EXAMPLES["handoff.clock"].model_copy(update={"state": state}), "handoff.clock")], [])
    assert _sum_of_counters(metrics) == before


def test_what_is_noted_is_counted_and_told_to_nobody_else(metrics: Metrics):
    metrics.decided(3, [], [Noted("clamped"), RepeatPublished(b"a"), Noted("clamped"), Noted("backdated")])
    assert counted(metrics, "handoff_oddities_total") == {("clamped",): 2, ("backdated",): 1}


def test_words_that_no_policy_knows_count_as_other_and_make_no_series(metrics: Metrics):
    words = [None, *map(str, range(100))]
    warnings = [EXAMPLES["handoff.warning"].model_copy(update={"segment": word, "clock": word}) for word in words]
    metrics.decided(0, [_event(data, "handoff.warning") for data in warnings], [])
    assert counted(metrics, "handoff_warnings_total") == {("other", "other"): 101}


def test_the_shell_takes_them_for_an_observer(metrics: Metrics):
    observer: Observer = metrics  # claimed to mypy
    observer.started()
    assert value(metrics, "handoff_ready") == 1


def test_dead_letters_count_by_reason(metrics: Metrics):
    for reason in ("unparsable", "wrong_key", "unparsable"):
        metrics.dead_letter(reason)
    assert counted(metrics, "handoff_dead_letters_total") == {("unparsable",): 2, ("wrong_key",): 1}


def test_a_commit_counts_its_signals_and_says_how_long_it_took(metrics: Metrics):
    metrics.committed(_commit(0, types={"crm.activity": 2, "crm.heartbeat": 1}, signals=4, late=1, seconds=0.03))
    metrics.committed(_commit(0, types={"crm.activity": 3}, signals=3, seconds=0.02))
    assert counted(metrics, "handoff_signals_applied_total") == {("crm.activity",): 5, ("crm.heartbeat",): 1}
    assert value(metrics, "handoff_signals_applied_late_total") == 1
    assert (value(metrics, "handoff_batch_records_count"), value(metrics, "handoff_batch_records_sum")) == (2, 7)
    assert value(metrics, "handoff_batch_duration_seconds_bucket", le="0.02") == 1
    assert value(metrics, "handoff_batch_duration_seconds_sum") == pytest.approx(0.05)


def test_partitions_add_up_and_the_one_furthest_behind_says_the_effective_time(metrics: Metrics):
    metrics.restored(0, 5, 100 * SECOND, 1.5)
    metrics.restored(1, 7, 300 * SECOND, 2.5)
    metrics.committed(_commit(0, leads=6, reached=200 * SECOND, waiting={MARKETING: 3, CRM: 4}))
    metrics.committed(_commit(1, leads=7, reached=301 * SECOND, waiting={MARKETING: 10, CRM: 0}))
    assert value(metrics, "handoff_partitions_owned") == 2
    assert value(metrics, "handoff_leads_in_memory") == 13
    assert counted(metrics, "handoff_waiting_records") == {(MARKETING,): 13, (CRM,): 4}
    assert value(metrics, "handoff_effective_timestamp_seconds") == 200
    assert value(metrics, "handoff_restore_duration_seconds") == 2.5

    metrics.reached(0, 302 * SECOND + SECOND // 2)
    assert value(metrics, "handoff_effective_timestamp_seconds") == 301


def test_a_partition_that_has_heard_nothing_yet_is_behind_nobody(metrics: Metrics):
    metrics.restored(0, 0, 0, 0.1)
    assert str(value(metrics, "handoff_effective_timestamp_seconds")) == "nan"
    metrics.restored(1, 9, 300 * SECOND, 0.1)
    assert value(metrics, "handoff_effective_timestamp_seconds") == 300


def test_a_worker_without_partitions_claims_none_of_their_numbers(metrics: Metrics):
    metrics.restored(0, 5, 100 * SECOND, 1.5)
    metrics.committed(_commit(0, waiting={MARKETING: 3}))
    metrics.started()
    assert value(metrics, "handoff_ready") == 1
    metrics.released()
    for name in ("ready", "partitions_owned", "leads_in_memory"):
        assert value(metrics, f"handoff_{name}") == 0
    assert counted(metrics, "handoff_waiting_records") == {}
    assert str(value(metrics, "handoff_effective_timestamp_seconds")) == "nan"


def test_a_restore_shows_how_far_it_is(metrics: Metrics):
    metrics.restoring(250, 1000)
    assert value(metrics, "handoff_restore_progress_ratio") == 0.25
    metrics.restoring(0, 0)
    assert value(metrics, "handoff_restore_progress_ratio") == 1


def _event(data: EventData, kind: str) -> Event:
    return Event(kind, "id", "Żaneta-7", 0, data)


def _commit(partition: int, **what: Any) -> Commit:
    nothing: dict[str, Any] = {"signals": 0, "types": {}, "late": 0, "waiting": {}, "leads": 0, "reached": 0, "seconds": 0.0}
    return Commit(partition, **nothing | what)


def _sum_of_counters(metrics: Metrics) -> float:
    return sum(sample.value for sample in samples(metrics) if sample.name.endswith("_total"))
