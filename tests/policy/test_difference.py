"""Does a comparison of two versions say what changes, where, and what it means, and nothing else?"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from processor.domain.durations import Duration
from processor.policy_file import Version, check, has_errors, load_versions
from processor.policy_file.difference import differences

EXAMPLE = Path(__file__).parent / "policy.yaml"
ORDER_OF_SEGMENTS = (
    "  enterprise: {when: {employees: {at_least: 1000}}, team: enterprise, calendar: warsaw, threshold: 60, min_fit: 25}\n",
    "  mid_market: {when: {employees: {between: [100, 999]}}, team: mid, calendar: warsaw, threshold: 70, min_fit: 20}\n",
)

CHANGED = {
    "a duty that is due earlier": (
        ("target: 4 business_hours", "target: 2 business_hours"),
        ("clocks.first_attempt.target", "4 business_hours", "2 business_hours", "due 2 h earlier"),
    ),
    "a duty in another kind of time": (
        ("target: 4 business_hours", "target: 4 hours"),
        ("clocks.first_attempt.target", "4 business_hours", "4 hours", "counted in hours of day and night instead of business hours"),
    ),
    "a step that is gone": (
        ("{at: 150%, tell: sales_director}, ", ""),
        ("clocks.first_attempt.steps[150%]", "{at: 150%, tell: sales_director}", None, "no longer tells sales_director"),
    ),
    "a role that is told too": (
        ("steps: [{at: 100%, tell: manager}]", "steps: [{at: 100%, tell: [manager, owner]}]"),
        ("clocks.qualification.steps[100%].tell", "manager", "[manager, owner]", "tells owner too"),
    ),
    "what does the duty": (
        ("met_by: [attempt],", "met_by: [{attempts: 2}],"),
        ("clocks.first_attempt.met_by", "[attempt]", "[{attempts: 2}]", "{attempts: 2} does it too; attempt no longer does it"),
    ),
    "a higher threshold": (
        ("threshold: 80", "threshold: 82.5"),
        ("segments.smb.threshold", "80", "82.5", "a lead needs 2.5 points more"),
    ),
    "a wider segment": (
        ("{at_least: 1000}", "{at_least: 500}"),
        ("segments.enterprise.when.employees", "{at_least: 1000}", "{at_least: 500}", "holds in more cases"),
    ),
    "a number that becomes text": (
        ("{activity: demo_request}", '{activity: "1"}'),
        ("score.intent.rules[demo_request].when.activity", "demo_request", '"1"', "holds in other cases"),
    ),
    "a rule worth more": (
        ("points: 12,", "points: 15,"),
        ("score.intent.rules[pricing_page].points", "12", "15", "3 points more"),
    ),
    "a shorter week": (
        ('{mon-fri: ["09:00-17:00"]}', '{mon-thu: ["09:00-17:00"]}'),
        ("calendars.warsaw.week", "{mon-fri: [09:00-17:00]}", "{mon-thu: [09:00-17:00]}", "40 h a week become 32 h: deadlines come later"),
    ),
    "a day that is closed": (
        ('2026-11-02: ["09:00-13:00"]', "2026-11-02: []"),
        ("calendars.warsaw.exceptions.2026-11-02", "[09:00-13:00]", "[]", "closed that day"),
    ),
    "a shorter grace": (
        ("grace: 30 minutes", "grace: 25 minutes"),
        ("evidence.grace", "30 minutes", "25 minutes", "breaches are confirmed 5 min earlier"),
    ),
    "a field that marketing owes": (
        ("required_at_handoff: [company,", "required_at_handoff: [country, company,"),
        (
            "profile.required_at_handoff",
            "[company, role, source, campaign, email_known]",
            "[country, company, role, source, campaign, email_known]",
            "leads without country are withheld",
        ),
    ),
    "a reason with another fault": (
        ("fault: neither", "fault: marketing"),
        ("returns.no_budget.fault", "neither", "marketing", "counts against marketing instead of neither"),
    ),
    "a choice of track": (
        ("{role: {in: [ceo]}, track", "{role: ceo, track"),
        ("returns.too_early.nurture.when", "[{role: {in: [ceo]}, track: executive-brief}]", "[{role: ceo, track: executive-brief}]", ""),
    ),
    "a word that was left out": (
        (", fast_track_skips_cool_down: true", ""),
        ("requalify.fast_track_skips_cool_down", "true", None, ""),
    ),
    "a rep who joins": (
        ("r4: {}", "r4: {}, r7: {capacity: 9}"),
        ("teams.mid.reps.r7", None, "{capacity: 9}", "joins the team"),
    ),
    "a looser promise": (
        ("{at_most: 5%", "{at_most: 8%"),
        ("targets.marketing.withheld_share.at_most", "5%", "8%", "looser by 3 percentage points"),
    ),
    "an order that counts": (
        ("".join(ORDER_OF_SEGMENTS), "".join(reversed(ORDER_OF_SEGMENTS))),
        ("segments (order)", "enterprise, mid_market, smb", "mid_market, enterprise, smb", "the first that matches counts"),
    ),
}
THE_SAME = {
    "an hour of minutes": ("min_spacing: 60 minutes", "min_spacing: 1 hour"),
    "an instant of another zone": ("2026-10-01T00:00:00+02:00", "2026-09-30T22:00:00Z"),
    "points with a nought": ("threshold: 80", "threshold: 80.0"),
    "a week told day by day": ('{mon-fri: ["09:00-17:00"]}', '{mon-thu: ["09:00-17:00"], fri: ["09:00-17:00"]}'),
    "names in another order": ("channels: [phone, email, linkedin]", "channels: [email, phone, linkedin]"),
    "one name in a list": ("{at: 150%, tell: sales_director}", "{at: 150%, tell: [sales_director]}"),
    "one attempt": ("met_by: [attempt],", "met_by: [{attempts: 1}],"),
    "a default that is left out": ("on_reassignment: keep ", " "),
    "needless quotes": ("country: PL", 'country: "PL"'),
    "a comment": ("version: 3 ", "version: 3 # as agreed on Monday\n"),
}


def version(path: Path) -> Version:
    return load_versions(path)[-1]


@pytest.mark.parametrize(("edit", "change"), CHANGED.values(), ids=CHANGED.keys())
def test_it_says(edit: tuple[str, str], change: tuple[str, str | None, str | None, str], edited):
    before = version(edited(("{at_least: 100}", "{between: [100, 999]}"), name="old.yaml"))
    after = version(edited(("{at_least: 100}", "{between: [100, 999]}"), edit))
    assert [(found.field, found.old, found.new, found.meaning) for found in differences(before, after)] == [change]


@pytest.mark.parametrize("edit", THE_SAME.values(), ids=THE_SAME.keys())
def test_no_change_is(edit: tuple[str, str], edited):
    assert differences(version(EXAMPLE), version(edited(edit))) == []


def test_changes_stand_in_their_groups_in_the_order_of_the_format(edited):
    after = version(edited(("threshold: 80", "threshold: 75"), ("version: 3 ", "version: 4 "), ("per: quarter", "per: year")))
    assert [(found.group, found.field) for found in differences(version(EXAMPLE), after)] == [
        ("agreement", "version"),
        ("segments", "segments.smb.threshold"),
        ("targets", "targets.joint.sql_to_won.per"),
    ]


TEXT = EXAMPLE.read_text(encoding="utf-8")
SCALARS = [
    (event.start_mark.index, event.end_mark.index)
    for event in yaml.parse(TEXT)
    if isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark
]
WORDS = sorted(
    {TEXT[start:end] for start, end in SCALARS} | {"60 minutes", "1 hours", "80.0", "240 business_minutes", "24 hours", "2", "a"}
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("difference") / "policy.yaml"


@given(st.sampled_from(SCALARS), st.sampled_from(WORDS))
def test_it_says_something_exactly_where_the_values_differ_and_the_other_way_round_the_same(path: Path, scalar: tuple[int, int], word: str):
    start, end = scalar
    path.write_text(TEXT[:start] + word + TEXT[end:], encoding="utf-8")
    if has_errors(check(path)):
        return
    before, after = version(EXAMPLE), version(path)
    there = [(found.field, found.old, found.new) for found in differences(before, after)]
    back = [(found.field, found.new, found.old) for found in differences(after, before)]
    assert bool(there) == (value(before.policy) != value(after.policy))
    assert sorted(there, key=str) == sorted(back, key=str)


def value(said: Any) -> Any:
    """Of a policy and of all that is in it: what it comes to, without how it was written."""
    if isinstance(said, Duration):
        return said.amount, said.measure
    if is_dataclass(said):
        return [value(getattr(said, field.name)) for field in fields(said) if field.compare and field.name != "_blocks"]
    if isinstance(said, Mapping):
        return [(name, value(inner)) for name, inner in said.items()]
    if isinstance(said, list | tuple):
        return [value(inner) for inner in said]
    return type(said), said
