"""Is the first policy of any company good as it stands, and does each of its numbers follow from the company?"""

import itertools
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from processor.domain.policy import Policy
from processor.policy_file import check, load_policy
from processor.policy_file.first_policy import INDUSTRIES, Company, first_policy
from processor.policy_file.first_policy_comments import COMMENTS, Lang
from processor.policy_file.first_policy_text import BODY
from processor.policy_file.schema import policy_schema
from schemas.instants import format_instant
from tests.policy import plain_yaml

STARTS = date(2027, 1, 1)
PLACES = [("Europe/Warsaw", "PL"), ("America/New_York", "US"), ("Asia/Tokyo", "JP"), ("Africa/Cairo", "EG"), ("UTC", "DE")]
SELLERS = [(1, 0), (0, 1), (1, 1), (2, 1), (3, 2), (7, 0), (6, 9), (40, 25)]
LANGS: tuple[Lang, ...] = ("pl", "en")
SCHEMA = Draft202012Validator(policy_schema())


def company(
    deal: str = "20000",
    cycle: int = 90,
    sdr: int = 3,
    ae: int = 2,
    zone: str = "Europe/Warsaw",
    country: str = "PL",
    industry: str = "saas",
) -> Company:
    known = next(word for word in INDUSTRIES if word == industry)
    return Company(known, Decimal(deal), cycle, sdr, ae, zone, country)


def written(path: Path, of: Company, lang: Lang = "en", starts: date = STARTS) -> Policy:
    path.write_text(first_policy(of, starts, lang), encoding="utf-8")
    return load_policy(path)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("industry", INDUSTRIES)
def test_it_passes_the_check_without_a_finding(industry: str, lang: Lang, tmp_path: Path):
    """Each pair of answers meets at least once in one of the two languages; all of them together would take an hour."""
    path = tmp_path / "policy.yaml"
    deals, cycles = ("1", "9999.99", "10000", "50000", "1000000"), (1, 30, 90, 400, 1825)
    grid = itertools.product(deals, range(5))
    for n, (deal, step) in enumerate(grid):
        zone, country = PLACES[(n + step) % 5]
        sdr, ae = SELLERS[(n + INDUSTRIES.index(next(word for word in INDUSTRIES if word == industry))) % 8]
        path.write_text(first_policy(company(deal, cycles[step], sdr, ae, zone, country, industry), STARTS, lang), encoding="utf-8")
        assert [str(finding) for finding in check(path)] == []
        assert [error.message for error in SCHEMA.iter_errors(plain_yaml.read(path.read_text(encoding="utf-8")))] == []


def test_both_languages_write_the_same_policy():
    def bare(lang: Lang) -> object:
        return yaml.safe_load(first_policy(company(), STARTS, lang))

    assert bare("pl") == bare("en")


@pytest.mark.parametrize("lang", LANGS)
def test_no_comment_is_left_out_and_none_is_unused(lang: Lang):
    stands = set(re.findall(r"#: (\w+)", BODY.template))
    of_companies = {"small", "medium", "large", "enterprise", "closers", "first_attempt_1", "first_attempt_2", "first_attempt_more"}
    assert stands | of_companies == set(COMMENTS)
    texts = [first_policy(company(deal, sdr=sdr), STARTS, lang) for deal in ("1", "20000", "50000") for sdr in (1, 2, 3)]
    assert not any(mark in text for text in texts for mark in ("$", "#:"))


@pytest.mark.parametrize("lang", LANGS)
def test_comments_fit_on_a_screen(lang: Lang):
    comments = [line for line in first_policy(company(deal="60000"), STARTS, lang).splitlines() if line.lstrip().startswith("#")]
    assert max(map(len, comments)) <= 110


@pytest.mark.parametrize(
    ("deal", "segments"),
    [
        ("9999", [("all", 80_000, 10_000)]),
        ("10000", [("all", 70_000, 15_000)]),
        ("50000", [("enterprise", 50_000, 25_000), ("all", 60_000, 20_000)]),
    ],
)
def test_the_bigger_the_deal_the_sooner_a_call_is_worth_it(deal: str, segments: list[tuple[str, int, int]], tmp_path: Path):
    policy = written(tmp_path / "policy.yaml", company(deal))
    assert [(segment.name, segment.threshold, segment.min_fit) for segment in policy.segments] == segments


@pytest.mark.parametrize(
    ("cycle", "qualification", "cool_down"), [(7, "5 business_days", 14), (90, "15 business_days", 30), (400, "30 business_days", 90)]
)
def test_the_longer_the_cycle_the_longer_what_waits_for_it(cycle: int, qualification: str, cool_down: int, tmp_path: Path):
    policy = written(tmp_path / "policy.yaml", company(cycle=cycle))
    assert policy.clock_named["qualification"].target.text == qualification
    assert policy.requalify.cool_down == cool_down * 86_400_000_000


@pytest.mark.parametrize(
    ("sdr", "target", "attempts", "within", "capacity"),
    [
        (1, "8 business_hours", 3, "5 business_days", 30),
        (2, "4 business_hours", 3, "5 business_days", 30),
        (3, "2 business_hours", 4, "7 business_days", 35),
        (6, "2 business_hours", 5, "10 business_days", 40),
    ],
)
def test_more_people_promise_more(sdr: int, target: str, attempts: int, within: str, capacity: int, tmp_path: Path):
    policy = written(tmp_path / "policy.yaml", company(sdr=sdr))
    first, all_of_them = policy.clock_named["first_attempt"], policy.clock_named["attempts"]
    assert (first.target.text, all_of_them.attempts, all_of_them.target.text) == (target, attempts, within)
    assert policy.teams["sdr"].reps == {f"sdr-{n}": capacity for n in range(1, sdr + 1)}


@pytest.mark.parametrize(
    ("deal", "sdr", "ae", "teams", "with_leads"),
    [
        ("60000", 3, 2, {"sdr", "ae"}, ["ae", "sdr"]),
        ("60000", 3, 0, {"sdr"}, ["sdr", "sdr"]),
        ("60000", 0, 2, {"ae"}, ["ae", "ae"]),
        ("20000", 3, 2, {"sdr", "ae"}, ["sdr"]),
        ("20000", 0, 2, {"ae"}, ["ae"]),
    ],
)
def test_closers_get_the_enterprises_and_all_leads_where_nobody_else_calls(
    deal: str, sdr: int, ae: int, teams: set[str], with_leads: list[str], tmp_path: Path
):
    policy = written(tmp_path / "policy.yaml", company(deal, sdr=sdr, ae=ae))
    assert set(policy.teams) == teams
    assert [segment.team for segment in policy.segments] == with_leads


def test_the_smallest_team_that_gets_leads_decides_what_is_promised(tmp_path: Path):
    assert written(tmp_path / "policy.yaml", company("60000", sdr=9, ae=1)).clock_named["first_attempt"].target.text == "8 business_hours"
    assert written(tmp_path / "policy.yaml", company("20000", sdr=9, ae=1)).clock_named["first_attempt"].target.text == "2 business_hours"


@pytest.mark.parametrize(
    ("starts", "zone", "country", "begins", "review"),
    [
        (date(2027, 1, 1), "Europe/Warsaw", "PL", "2026-12-31T23:00:00Z", date(2027, 3, 31)),
        (date(2026, 10, 1), "Europe/Warsaw", "PL", "2026-09-30T22:00:00Z", date(2026, 12, 31)),
        (date(2027, 2, 1), "Europe/Warsaw", "PL", "2027-01-31T23:00:00Z", date(2027, 4, 30)),
        (date(2026, 8, 1), "America/New_York", "US", "2026-08-01T04:00:00Z", date(2026, 10, 30)),  # 31 October is a Saturday
    ],
)
def test_the_pilot_lasts_three_months_and_ends_on_a_working_day(
    starts: date, zone: str, country: str, begins: str, review: date, tmp_path: Path
):
    policy = written(tmp_path / "policy.yaml", company(zone=zone, country=country), starts=starts)
    assert (format_instant(policy.in_force_from), policy.review_on) == (begins, review)


def test_it_promises_three_figures_of_both_sides(tmp_path: Path):
    targets = written(tmp_path / "policy.yaml", company()).targets
    assert {side: list(promised) for side, promised in targets.items()} == {
        "marketing": ["withheld_share"],
        "sales": ["first_attempt_met"],
        "joint": ["mql_to_sql"],
    }


@pytest.mark.parametrize(
    ("change", "says"),
    [({"zone": "Europe/Warszawa"}, "IANA"), ({"country": "XX"}, "expected the two letters"), ({"sdr": 0, "ae": 0}, "no SDR and no AE")],
)
def test_a_company_that_cannot_be_is_refused(change: dict[str, Any], says: str):
    with pytest.raises(ValueError, match=says):
        first_policy(company(**change), STARTS, "en")
