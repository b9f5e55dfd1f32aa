"""Can people and scripts plan with `handoff plan`?"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.conftest import POLICY
from tests.planning.past import past

Handoff = Callable[..., Result]

GOAL = ("--revenue", "1000000", "--deal", "100000", "--sql-to-won", "25%", "--mql-to-sql", "30%")
FITS, DOES_NOT, WRONG_USE = 0, 1, 2


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b"\n".join(past(qualified=36, returned=84, won=6, lost=30)))
    return path


def test_people_see_the_funnel_backwards(handoff: Handoff):
    ran = handoff("plan", *GOAL)
    assert ran.exit_code == FITS
    assert ran.stdout.split("\n")[0] == "Plan for a year: 1,000,000 in deals of 100,000"
    assert [line.split() for line in ran.stdout.splitlines()[4:7]] == [
        ["won", "10", "0.8", "revenue", "/", "deal"],
        ["SQL", "40", "3.3", "won", "/", "25%"],
        ["MQL", "134", "11.2", "SQL", "/", "30%"],
    ]
    assert "Pipeline needed: 4,000,000, 4.0 times the revenue." in ran.stdout


def test_people_see_it_in_polish(handoff: Handoff, history: Path):
    said = handoff("plan", *GOAL, "--lang", "pl", "--policy", POLICY, "--history", history).stdout
    assert "Plan na rok: 1\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}000 w transakcjach po 100\N{NO-BREAK SPACE}000" in said
    assert "11,2" in said
    assert "Mieści się." in said
    assert "historia tego nie potwierdza" in said


def test_a_quarter_has_three_months(handoff: Handoff):
    assert json.loads(handoff("plan", *GOAL, "--period", "quarter", "--json").stdout)["per_month"] == {"won": 3.3, "sql": 13.3, "mql": 44.7}


def test_scripts_see_amounts_as_text_and_shares_as_numbers(handoff: Handoff):
    assert json.loads(handoff("plan", *GOAL, "--json").stdout) == {
        "revenue": "1000000",
        "deal": "100000",
        "sql_to_won": 0.25,
        "mql_to_sql": 0.3,
        "won": 10,
        "sql": 40,
        "mql": 134,
        "per_month": {"won": 0.8, "sql": 3.3, "mql": 11.2},
        "pipeline": "4000000",
        "coverage": 4.0,
        "coverage_is": "usual",
    }


def test_a_plan_that_fits_ends_with_0(handoff: Handoff):
    ran = handoff("plan", *GOAL, "--policy", POLICY)
    assert (ran.exit_code, "It fits." in ran.stdout, "Shares by what each team can work." in ran.stdout) == (FITS, True, True)


def test_the_policy_may_stand_in_the_environment(handoff: Handoff):
    assert "It fits." in handoff("plan", *GOAL, HANDOFF_POLICY=str(POLICY)).stdout


def test_a_plan_beyond_the_reps_slots_ends_with_1_and_says_who_is_missing(handoff: Handoff):
    ran = handoff("plan", *GOAL, "--policy", POLICY, "--period", "2027-Q1", "--attempts-per-day", "1", "--share", "smb=100%")
    assert ran.exit_code == DOES_NOT
    assert "It does not fit: smb can work 40 MQL, or needs more reps: 5." in ran.stdout  # 2 reps × 61 days; 134 × 3 attempts


def test_a_period_of_its_own_has_its_own_days(handoff: Handoff):
    def days(period: str) -> tuple[str, str, int]:
        capacity = json.loads(handoff("plan", *GOAL, "--policy", POLICY, "--period", period, "--json").stdout)["capacity"]
        return capacity["first"], capacity["last"], capacity["teams"][0]["open_days"]

    assert days("quarter") == ("2026-10-01", "2026-12-31", 62)
    assert days("2027-Q1") == ("2027-01-01", "2027-03-31", 61)


def test_history_that_falls_short_says_what_it_would_take(handoff: Handoff, history: Path):
    ran = handoff("plan", *GOAL, "--policy", POLICY, "--history", history)
    lines = [" ".join(line.split()) for line in ran.stdout.splitlines()]
    assert "History: 121 handoffs, 1 of them too young to count" in lines
    assert "MQL → SQL 30% 30% 120 0 history bears it out" in lines
    assert "SQL → won 25% 16.7% 36 0 history does not bear it out" in lines
    assert "At these rates: 10 won, 60 SQL, 200 MQL, which fits." in lines
    assert ran.exit_code == FITS


def test_history_gives_the_teams_their_shares(handoff: Handoff, history: Path):
    said = json.loads(handoff("plan", *GOAL, "--policy", POLICY, "--history", history, "--json").stdout)
    assert said["capacity"]["shares_from"] == "history"
    assert [(team["team"], team["share"]) for team in said["capacity"]["teams"]] == [("enterprise", 0), ("mid_market", 1), ("smb", 0)]
    assert said["history"]["sql_to_won"] == {"reached": 6, "of": 36, "still_open": 0, "verdict": "missed"}
    assert (said["at_measured_rates"]["mql"], said["at_measured_rates"]["fits"]) == (200, True)


def test_too_little_history_is_no_verdict(handoff: Handoff, tmp_path: Path):
    path = tmp_path / "short.jsonl"
    path.write_bytes(b"\n".join(past(qualified=29, won=29)))
    ran = handoff("plan", *GOAL, "--policy", POLICY, "--history", path)
    assert ran.stdout.count("too few to judge (30 needed)") == 2
    assert "At these rates" not in ran.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--deal", "0"), "--deal: found '0', expected an amount of more than nothing"),
        (("--deal", "1e5"), "such as 100000 or 2500.50"),
        (("--revenue", "1,000,000"), "--revenue: found '1,000,000'"),
        (("--sql-to-won", "25"), "write 25%"),
        (("--sql-to-won", "0%"), "more than 0%"),
        (("--mql-to-sql", "101%"), "up to 100%"),
        (("--period", "month"), "--period: found 'month', expected year, quarter"),
        (("--share", "smb=100%"), "found --share without --policy"),
        (("--history", POLICY / "policy.yaml"), "found --history without --policy"),
        (("--policy", POLICY, "--share", "smb=60%"), "add up to 60.00%, expected 100%"),
        (("--policy", POLICY, "--share", "sales=100%"), "found a share of team 'sales'"),
        (("--policy", POLICY, "--share", "smb"), "--share: found 'smb', expected a share"),
    ],
)
def test_wrong_use_is_said_and_ends_with_2(handoff: Handoff, words: tuple[object, ...], says: str):
    ran = handoff("plan", *GOAL, *words)
    assert ran.exit_code == WRONG_USE
    assert says in ran.stderr


@pytest.mark.parametrize("lang", ["en", "pl"])
def test_it_fits_into_80_columns(handoff: Handoff, lang: str, history: Path):
    ran = handoff("plan", *GOAL, "--policy", POLICY, "--history", history, "--lang", lang)
    assert max(map(len, ran.stdout.splitlines())) <= 80
