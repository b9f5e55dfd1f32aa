"""Does a policy file come to the values that it says?"""

from datetime import date
from pathlib import Path

import pytest

from processor.domain.conditions import Test as Asked  # a name that pytest does not collect
from processor.domain.durations import parse_duration
from processor.domain.policy import FastTrack, IntentRule, Step, Team
from processor.policy_file import check, load_policy
from schemas.instants import SECOND, parse_instant

ROOT = Path(__file__).parents[2]
DAY = 86_400 * SECOND


@pytest.mark.parametrize(
    "path",
    sorted([*ROOT.glob("deploy/samples/policies/*.yaml"), *ROOT.glob("tests/**/policy*.yaml")]),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_policy_of_this_project_is_good(path: Path):
    assert [str(finding) for finding in check(path)] == []


def test_an_instant_keeps_its_offset(edited):
    policy = load_policy(edited())
    assert policy.in_force_from == parse_instant("2026-09-30T22:00:00Z")
    assert policy.review_on == date(2026, 12, 15)
    assert policy.key == "acme-2026-q4/3"


def test_points_are_milli_points(edited):
    scoring = load_policy(edited(("points: -10", "points: -10.125"), ("cap: 60", "cap: 60.5"))).scoring
    assert scoring.scale == 100_000
    assert [rule.points for rule in scoring.fit_rules] == [20_000, 15_000, 15_000, -10_125]
    assert scoring.intent_cap == 60_500


def test_a_rule_decays_is_capped_and_shares_a_group_as_it_says(edited):
    path = edited(("  fast_tracks:", "    groups: {events: {cap: 20}}\n  fast_tracks:"), ("per_day: 2", "per_day: 2, group: events"))
    scoring = load_policy(path).scoring
    when = (Asked("activity", "equals", "page_view"), Asked("url", "prefix", "/pricing"))
    pricing = IntentRule("pricing_page", when, 12_000, half_life=14 * DAY, cap=24_000, per_day=2, group="events")
    assert scoring.intent_rules[1] == pricing
    assert scoring.intent_rules[3].linear_to_zero == 60 * DAY
    assert scoring.group_caps == {"events": 20_000}
    assert scoring.fast_tracks == (FastTrack("demo_and_pricing", ("demo_request", "pricing_page"), 14 * DAY, 10_000),)


@pytest.mark.parametrize(
    ("written", "test"),
    [
        ("1000", Asked("x", "equals", 1000)),
        ('"1000"', Asked("x", "equals", "1000")),
        ("0.5", Asked("x", "equals", 0.5)),
        ("007", Asked("x", "equals", "007")),
        ("true", Asked("x", "equals", True)),
        ("2026-01-01", Asked("x", "equals", "2026-01-01")),
        ("{in: [a, 1]}", Asked("x", "in", ("a", 1))),
        ("{not_in: [a]}", Asked("x", "not_in", ("a",))),
        ("{prefix: /p}", Asked("x", "prefix", "/p")),
        ("{at_least: -1}", Asked("x", "at_least", -1)),
        ("{at_most: 1.5}", Asked("x", "at_most", 1.5)),
        ("{between: [1, 1]}", Asked("x", "between", (1, 1))),
    ],
)
def test_a_condition_is_what_its_words_look_like(written: str, test: Asked, edited):
    policy = load_policy(edited(("when: {employees: {at_least: 1000}}", f"when: {{x: {written}}}")))
    (read,) = policy.segments[0].when
    assert (read, type(read.operand)) == (test, type(test.operand))


def test_no_is_norway(edited):
    calendar = load_policy(edited(("country: PL", "country: NO"))).calendars["warsaw"]
    assert not calendar.is_open_day(date(2027, 5, 17))


def test_a_calendar_has_its_subdivision_extra_days_and_exceptions(edited):
    calendar = load_policy(edited(("country: PL", "country: DE, subdivision: BY"))).calendars["warsaw"]
    closed = [date(2027, 1, 6), date(2026, 12, 24)]
    assert not any(map(calendar.is_open_day, closed))
    nine_to_one = calendar.midnight(date(2026, 11, 2)), calendar.midnight(date(2026, 11, 3))
    assert calendar.between(*nine_to_one) == 4 * 3_600 * SECOND


def test_a_week_may_name_single_days_and_ranges(edited):
    calendar = load_policy(
        edited(('{mon-fri: ["09:00-17:00"]}', '{mon-thu: ["09:00-12:00", "13:00-17:00"], sat: ["22:00-06:00"]}'))
    ).calendars["warsaw"]
    assert [len(day) for day in calendar.week] == [2, 2, 2, 2, 0, 1, 0]


def test_a_ladder_keeps_its_words_and_its_order(edited):
    path = edited(
        ("{at: 200%, do: return_to_marketing}", "{at: +3 business_hours, tell: owner}, {at: +2 business_days, do: return_to_marketing}")
    )
    clock = load_policy(path).clock_named["first_attempt"]
    assert clock.steps == (
        Step("75%", 75, ("owner",)),
        Step("100%", 100, ("owner", "manager")),
        Step("150%", 150, ("sales_director",)),
        Step("+3 business_hours", parse_duration("3 business_hours"), ("owner",)),
        Step("+2 business_days", parse_duration("2 business_days"), returns=True),
    )


def test_an_attempt_is_one_attempt(edited):
    clocks = load_policy(edited()).clocks
    assert [(clock.name, clock.attempts, set(clock.deeds)) for clock in clocks] == [
        ("acceptance", 1, {"accepted", "returned"}),
        ("first_attempt", 1, set()),
        ("attempts", 3, {"contact", "returned", "qualified"}),
        ("qualification", 0, {"qualified", "returned", "disqualified"}),
    ]


def test_a_track_may_ask_for_the_stage_left_and_for_earlier_returns(edited):
    path = edited(("[{role: {in: [ceo]}, track: executive-brief}]", "[{stage: sql, returns: {at_least: 2}, track: a}]"))
    reason = load_policy(path).returns["too_early"]
    assert reason.tracks[0].when == (Asked("stage", "equals", "sql"), Asked("returns", "at_least", 2))
    assert (reason.tracks[0].track, reason.default_track) == ("a", "education")


def test_targets_keep_their_words(edited):
    targets = load_policy(edited()).targets
    assert targets["marketing"]["mql"] == {"count": 120, "per": "month", "icp_only": True}
    assert targets["sales"]["first_attempt_met"] == {"at_least": 90, "window": parse_duration("5 business_days"), "min_count": 20}


def test_what_may_be_left_out_is_the_least(edited):
    path = edited(
        ("pauses: {asked_for_later: {max: 30 calendar_days}, legal_hold: {max: 90 calendar_days}}", ""),
        ("on_reassignment: keep                       # or restart", ""),
        (", fast_track_skips_cool_down: true", ""),
        ("  sources: {hubspot: {max_silence: 30 minutes}}", "  #"),
        ("    holidays: {country: PL, extra:", "    #"),
    )
    policy = load_policy(path)
    assert (policy.pauses, policy.restart_on_reassignment, policy.evidence.sources) == ({}, False, ())
    assert not policy.requalify.fast_track_skips_cool_down
    assert policy.teams["mid"] == Team("piotr@acme.example", {"r3": None, "r4": None})
