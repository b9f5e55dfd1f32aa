"""Is what the teams can work counted from their reps, their calendar and the attempts that a lead takes?"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.domain.policy import Policy
from processor.planning import Period, loads
from processor.policy_file import load_policy

ROOT = Path(__file__).parents[2]
SAMPLE = load_policy(ROOT / "deploy" / "samples" / "policies" / "policy.yaml")
WEEK = Period(date(2026, 11, 9), date(2026, 11, 16), 1)  # 11 November is a holiday


def edited(tmp_path: Path, *changes: tuple[str, str]) -> Policy:
    text = (ROOT / "deploy" / "samples" / "policies" / "policy.yaml").read_text()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return load_policy(path)


def test_slots_are_reps_times_attempts_a_day_times_open_days():
    assert [(load.team, load.reps, load.open_days, load.slots) for load in loads(134, SAMPLE, WEEK, 40)] == [
        ("enterprise", 2, 4, 320),
        ("mid_market", 2, 4, 320),
        ("smb", 2, 4, 320),
    ]


def test_each_lead_takes_as_many_attempts_as_the_longest_clock_asks():
    assert {load.attempts_each for load in loads(134, SAMPLE, WEEK, 40)} == {3}
    assert sum(load.attempts for load in loads(134, SAMPLE, WEEK, 40)) == 402


def test_a_team_fits_up_to_its_last_slot():
    one_team = {"smb": Fraction(1)}
    assert [load.fits for load in loads(106, SAMPLE, WEEK, 40, one_team)] == [True, True, True]
    full, beyond = (loads(mql, SAMPLE, WEEK, 40, one_team)[-1] for mql in (106, 107))
    assert (full.attempts, full.slots, full.mql_max) == (318, 320, 106)
    assert (beyond.fits, beyond.reps_missing) == (False, 1)


def test_the_reps_that_are_missing_would_do():
    short = loads(1_000, SAMPLE, WEEK, 40, {"smb": Fraction(1)})[-1]
    assert (short.reps + short.reps_missing) * 40 * 4 >= short.attempts > (short.reps + short.reps_missing - 1) * 40 * 4


def test_without_shares_each_team_gets_what_it_can_work(tmp_path: Path):
    policy = edited(tmp_path, ("reps: {r5: {}, r6: {}}", "reps: {r5: {}, r6: {}, r7: {}, r8: {}}"))
    assert [(load.team, load.share, load.mql) for load in loads(100, policy, WEEK, 40)] == [
        ("enterprise", Fraction(1, 4), 25),
        ("mid_market", Fraction(1, 4), 25),
        ("smb", Fraction(1, 2), 50),
    ]


def test_a_team_that_gets_no_leads_makes_no_attempts(tmp_path: Path):
    policy = edited(tmp_path, ("team: mid_market, calendar", "team: smb, calendar"))
    assert [load.team for load in loads(100, policy, WEEK, 40)] == ["enterprise", "smb"]


def test_a_team_of_two_calendars_counts_the_one_that_opens_least(tmp_path: Path):
    weekend = '  weekend:\n    zone: Europe/Warsaw\n    week: {sat-sun: ["09:00-17:00"]}\n\nevidence:'
    policy = edited(
        tmp_path,
        ("\nevidence:", weekend),
        ("smb: {team: smb, calendar: warsaw", "smb: {team: mid_market, calendar: weekend"),
    )
    assert {load.team: load.open_days for load in loads(100, policy, WEEK, 40)} == {"enterprise": 4, "mid_market": 2}


def test_a_team_without_reps_fits_only_nothing(tmp_path: Path):
    policy = edited(tmp_path, ("reps: {r5: {}, r6: {}}", "reps: {}"))
    assert loads(100, policy, WEEK, 40)[-1].share == 0
    given_leads = loads(100, policy, WEEK, 40, {"smb": Fraction(1)})[-1]
    assert (given_leads.fits, given_leads.mql_max) == (False, 0)


@pytest.mark.parametrize(
    ("shares", "says"),
    [({"nobody": Fraction(1)}, "the teams that get leads: enterprise, mid_market, smb"), ({"smb": Fraction(1, 2)}, "add up to 50.00%")],
)
def test_shares_that_cannot_be_are_refused(shares: Mapping[str, Fraction], says: str):
    with pytest.raises(ValueError, match=says):
        loads(100, SAMPLE, WEEK, 40, shares)


@given(st.integers(0, 10_000), st.tuples(*[st.integers(0, 50)] * 3).filter(any))
def test_parts_add_up_to_the_whole_and_none_is_off_by_one_lead(mql: int, weights: tuple[int, int, int]):
    shares = {team: Fraction(weight, sum(weights)) for team, weight in zip(("enterprise", "mid_market", "smb"), weights, strict=True)}
    parts = loads(mql, SAMPLE, WEEK, 40, shares)
    assert sum(load.mql for load in parts) == mql
    assert all(abs(load.mql - mql * load.share) < 1 for load in parts)
