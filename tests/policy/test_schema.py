"""Does the JSON Schema say to an editor what the check says, as far as a schema can?"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from typer.testing import CliRunner

from processor.cli import app
from processor.policy_file import check, has_errors
from processor.policy_file.schema import policy_schema
from tests.policy import plain_yaml

ROOT = Path(__file__).parents[2]
EXAMPLE = (Path(__file__).parent / "policy.yaml").read_text(encoding="utf-8")
SCHEMA = Draft202012Validator(policy_schema(), format_checker=FormatChecker(["date"]))


def refusals(text: str) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in SCHEMA.iter_errors(plain_yaml.read(text))]


def test_it_is_a_schema():
    Draft202012Validator.check_schema(policy_schema())


def test_the_command_prints_it():
    ran = CliRunner().invoke(app, ["policy", "schema"])
    assert (ran.exit_code, json.loads(ran.stdout)) == (0, policy_schema())


@pytest.mark.parametrize(
    "path",
    sorted([*ROOT.glob("deploy/samples/policies/*.yaml"), *ROOT.glob("tests/**/policy*.yaml")]),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_policy_of_this_project_fits(path: Path):
    assert refusals(path.read_text(encoding="utf-8")) == []


def test_every_key_has_its_sentence():
    def keys(schema: dict[str, Any]) -> list[tuple[str, str]]:
        own = [(name, key.get("description", "")) for name, key in schema.get("properties", {}).items() if "$ref" not in key]
        inner = [schema.get(word, {}) for word in ("additionalProperties", "items")] + list(schema.get("properties", {}).values())
        return own + [key for part in inner if isinstance(part, dict) and part for key in keys(part)]

    days = {"mon-fri", "mon", "tue", "wed", "thu", "fri", "sat", "sun"}
    assert [name for name, says in keys(policy_schema()) if name not in days and not says.endswith(".")] == []


# What an editor underlines at once.
SPOILED = {
    "a misspelt key": ("grace: 30 minutes", "graze: 30 minutes"),
    "a missing section": ("review_on: 2026-12-15", ""),
    "days without their kind": ("target: 4 business_hours", "target: 4 days"),
    "business time where time only elapses": ("grace: 30 minutes", "grace: 30 business_minutes"),
    "a target of no time": ("target: 4 business_hours", "target: 0 business_hours"),
    "an instant without its offset": ("2026-10-01T00:00:00+02:00", "2026-10-01T00:00:00"),
    "a date that does not exist": ("review_on: 2026-12-15", "review_on: 2026-02-30"),
    "a week that wraps": ("mon-fri:", "fri-mon:"),
    "a window without an end": ('["09:00-17:00"]', '["09:00"]'),
    "an unknown operator": ("{at_least: 1000}", "{least: 1000}"),
    "two operators on one attribute": ("{at_least: 1000}", "{at_least: 1000, at_most: 5000}"),
    "a range of one end": ("[50, 5000]", "[50]"),
    "two ways to decay": ("half_life: 14 calendar_days, ", "half_life: 14 calendar_days, linear_to_zero: 1 hours, "),
    "a deed nobody knows": ("met_by: [attempt],", "met_by: [call],"),
    "a step that does nothing": ("[{at: 100%, tell: manager}]", "[{at: 100%}]"),
    "a share without its sign": ("{at: 80%, tell: owner}", "{at: 80, tell: owner}"),
    "a reason that says nothing of what follows": ("{fault: neither, nurture: {default: budget-cycle}}", "{fault: neither}"),
    "a promise without a period": ("at_most: 5%, per: month", "at_most: 5%"),
    "a promise of two periods": ("at_most: 5%, per: month", "at_most: 5%, per: month, window: 1 hours"),
    "a conversion backwards": ("sql_to_won", "won_to_sql"),
    "a target over 100%": ("withheld_share: {at_most: 5%", "withheld_share: {at_most: 101%"),
    "a rep without room": ("r1: {capacity: 25}", "r1: {capacity: 0}"),
    "a clock named like an id of events": ("  acceptance: {opens", "  handoff: {opens"),
}
# What one part asks of another is the check's alone.
SPOILED_FOR_THE_CHECK = {
    "a team that is none": ("team: mid, calendar", "team: middle, calendar"),
    "a threshold out of reach": ("threshold: 80", "threshold: 96"),
    "a country that is none": ("country: PL,", "country: XX,"),
    "a promise about no clock": ("first_attempt_met", "first_atempt_met"),
    "a segment that no lead reaches": (
        "  smb:        {team: smb",
        "  rest: {team: smb, calendar: warsaw, threshold: 80, min_fit: 15}\n  smb: {team: smb",
    ),
}


@pytest.mark.parametrize("change", SPOILED.values(), ids=SPOILED.keys())
def test_schema_and_check_refuse(change: tuple[str, str], edited):
    path = edited(change)
    assert refusals(path.read_text(encoding="utf-8"))
    assert has_errors(check(path))


@pytest.mark.parametrize("change", SPOILED_FOR_THE_CHECK.values(), ids=SPOILED_FOR_THE_CHECK.keys())
def test_only_the_check_refuses(change: tuple[str, str], edited):
    path = edited(change)
    assert (refusals(path.read_text(encoding="utf-8")), has_errors(check(path))) == ([], True)


SCALARS = [
    (event.start_mark.index, event.end_mark.index)
    for event in yaml.parse(EXAMPLE)
    if isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark
]
WORDS = sorted({EXAMPLE[start:end] for start, end in SCALARS})
ODD = (
    *("~", "null", "true", "no", "0", "-1", "007", "1e9", ".inf", "0x10", "1_000", "60.125", "999999.999", "100%", "9999%", "+1 hours"),
    *("0 seconds", "1  hours", "1 hour", "999999999 business_days", "1900-01-01", "2999-12-31T23:59:59.5Z", "24:00-00:00", "22:00-24:00"),
    *("[]", "{}", "[phone]", "{a: b}", "[a, a]", "mon-mon", "sun", "UTC", "a b", "a" * 128),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schema") / "policy.yaml"


@given(st.sampled_from(SCALARS), st.sampled_from([*WORDS, *ODD]))
def test_what_the_check_takes_the_schema_takes(path: Path, scalar: tuple[int, int], replacement: str):
    start, end = scalar
    text = EXAMPLE[:start] + replacement + EXAMPLE[end:]
    path.write_text(text, encoding="utf-8")
    if not has_errors(check(path)):
        assert refusals(text) == []
