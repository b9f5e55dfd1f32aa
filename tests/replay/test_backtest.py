"""Are the numbers of a backtest those that a replay under each agreement publishes, however the leads are shared out?"""

import json
from array import array
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from processor.backtest import Comparison, Share, compare, merged
from processor.backtest.tally import Change, Tally, Verdict, quantile
from processor.backtest.values import as_values
from processor.domain.policy import Policies
from processor.policy_file import load_policies
from processor.replay import replay

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "deploy/samples/week.jsonl").read_bytes().splitlines()
LAST_VERDICTS: tuple[Verdict, ...] = ("met", "met_late", "breached", "cancelled", "running")
AGREED = load_policies(ROOT / "deploy/samples/policies")


@pytest.fixture(scope="module")
def stricter(tmp_path_factory: pytest.TempPathFactory) -> Policies:
    """Half the time for the first attempt, and a gate that lets some through that had to wait."""
    folder = tmp_path_factory.mktemp("stricter")
    agreed = (ROOT / "deploy/samples/policies/policy.yaml").read_text()
    changed = agreed.replace("target: 4 business_hours", "target: 2 business_hours").replace("threshold: 80", "threshold: 60")
    assert changed != agreed
    (folder / "policy.yaml").write_text(changed.replace("version: 1", "version: 2"))
    return load_policies(folder)


@pytest.fixture(scope="module")
def comparison(stricter: Policies) -> Comparison:
    return compare(LINES, (AGREED, stricter))


def published(policies: Policies) -> list[dict[str, Any]]:
    return [json.loads(said) for said in replay(LINES, policies, "/handoff/test")]


def of_clock(events: Sequence[dict[str, Any]], clock: str) -> dict[str, Counter[str]]:
    """By cycle how often each was published, of one clock."""
    counts: dict[str, Counter[str]] = {}
    for event in events:
        data = event["data"]
        if data.get("clock") == clock and event["type"] in ("handoff.clock", "handoff.breach_withdrawn"):
            late = "_late" if "late_by_s" in data else ""
            counts.setdefault(data["cycle"], Counter())[data.get("state", "withdrawn") + late] += 1
    return counts


def test_handoffs_and_returns_are_those_that_a_replay_publishes(comparison: Comparison, stricter: Policies):
    for policies, tally in zip((AGREED, stricter), comparison.tallies, strict=True):
        events = published(policies)
        assert tally.handoffs == Counter(event["data"]["trigger"] for event in events if event["type"] == "handoff.created")
        assert tally.withheld == sum(event["type"] == "handoff.withheld" for event in events)
        withdrawn = sum(event["type"] == "handoff.return_withdrawn" for event in events)
        assert tally.returns_withdrawn == withdrawn > 0
        assert tally.returns.total() == sum(event["type"] == "handoff.returned" for event in events) - withdrawn


@pytest.mark.parametrize("clock", ["acceptance", "first_attempt", "attempts", "qualification"])
def test_a_clock_counts_once_with_its_last_verdict(comparison: Comparison, stricter: Policies, clock: str):
    for policies, tally in zip((AGREED, stricter), comparison.tallies, strict=True):
        cycles = of_clock(published(policies), clock)
        assert tally.clocks[clock, "opened"] == len(cycles)
        assert tally.clocks[clock, "withdrawn"] == sum(counts["withdrawn"] for counts in cycles.values())
        stands = sum(counts["breached"] > counts["withdrawn"] for counts in cycles.values())
        assert tally.clocks[clock, "breached"] + tally.clocks[clock, "met_late"] == stands
        assert tally.clocks[clock, "met"] == sum(counts["met"] > 0 for counts in cycles.values())
        assert sum(tally.clocks[clock, verdict] for verdict in LAST_VERDICTS) == tally.clocks[clock, "opened"]


def test_shares_of_the_leads_add_up_to_the_whole(comparison: Comparison, stricter: Policies):
    parts = [compare(LINES, (AGREED, stricter), Share(number, 3)) for number in range(3)]
    both = AGREED, stricter
    assert as_values(merged(parts), both, None) == as_values(comparison, both, None)


def test_an_agreement_against_itself_changes_nothing():
    comparison = compare(LINES, (AGREED, AGREED))
    assert comparison.tallies[0] == comparison.tallies[1]
    assert all(not one and not other for one, other in comparison.sides.values())


def test_leads_that_change_sides_are_named_on_the_side_on_which_it_holds(comparison: Comparison, stricter: Policies):
    breached = []
    for policies in (AGREED, stricter):
        cycles = of_clock(published(policies), "first_attempt")
        breached.append({cycle.partition("#")[0] for cycle, counts in cycles.items() if counts["breached"] > counts["withdrawn"]})
    only_agreed, only_stricter = comparison.sides[Change("breached", "first_attempt")]
    assert only_agreed == sorted(breached[0] - breached[1])
    assert only_stricter == sorted(breached[1] - breached[0])
    assert len(only_stricter) > 10


def test_the_load_is_every_handoff_once_and_every_attempt_that_the_clocks_ask_for(comparison: Comparison):
    tally = comparison.tallies[0]
    load: Counter[str] = Counter()
    for (_, _, what), count in tally.load.items():
        load[what] += count
    assert load["handoffs"] == tally.handoffs.total()
    assert load["attempts"] == 3 * tally.clocks["attempts", "opened"]  # the first one is asked for by another clock too, and counts once


def test_every_handoff_of_the_sample_has_the_rep_it_was_assigned_to(comparison: Comparison):
    assert {rep for rep, _, _ in comparison.tallies[0].load} == {"r1", "r2", "r3", "r4", "r5", "r6"}


def test_a_bad_line_is_counted_and_what_one_agreement_does_not_understand_is_refused_under_it_alone(tmp_path: Path):
    agreed = (ROOT / "deploy/samples/policies/policy.yaml").read_text()
    (tmp_path / "policy.yaml").write_text(agreed.replace("  no_budget: {fault: neither, nurture: {default: budget-cycle}}\n", ""))
    comparison = compare([b"no JSON", *LINES], (AGREED, load_policies(tmp_path)))
    assert (comparison.lines, comparison.bad) == (len(LINES) + 1, 1)
    assert comparison.tallies[0].refused == Counter()
    assert comparison.tallies[1].refused["unknown_reason"] > 0


def test_compliance_is_the_share_met_on_time_of_those_with_a_verdict():
    tally = Tally()
    tally.clocks.update({("call", "met"): 3, ("call", "met_late"): 1, ("call", "cancelled"): 5})
    assert tally.compliance("call") == 0.75
    assert tally.compliance("never opened") is None


def test_a_quantile_is_the_smallest_value_that_so_many_do_not_exceed():
    values = array("q", [5, 1, 4, 2, 3])
    assert [quantile(values, share) for share in (0.2, 0.5, 0.9, 1.0)] == [1, 3, 5, 5]
    assert quantile(array("q"), 0.5) is None
