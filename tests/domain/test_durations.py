"""A duration is a whole number and a unit that says which time it counts."""

import pytest

from processor.domain.durations import UNITS, Duration, Measure, parse_duration
from schemas.instants import SECOND


@pytest.mark.parametrize(
    ("text", "amount", "measure"),
    [
        ("45 seconds", 45 * SECOND, "elapsed"),
        ("30 minutes", 1_800 * SECOND, "elapsed"),
        ("24 hours", 86_400 * SECOND, "elapsed"),
        ("5 calendar_days", 432_000 * SECOND, "elapsed"),
        ("90 business_seconds", 90 * SECOND, "open"),
        ("90 business_minutes", 5_400 * SECOND, "open"),
        ("4 business_hours", 14_400 * SECOND, "open"),
        ("15 business_days", 15, "open_days"),
        ("0 minutes", 0, "elapsed"),
    ],
)
def test_a_unit_says_what_is_measured(text: str, amount: int, measure: Measure) -> None:
    assert parse_duration(text) == Duration(amount, measure, text)


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_may_be_singular(unit: str) -> None:
    one, as_plural = parse_duration(f"1 {unit.removesuffix('s')}"), parse_duration(f"1 {unit}")
    assert (one.amount, one.measure) == (as_plural.amount, as_plural.measure)


@pytest.mark.parametrize("text", ["5 days", "1 day"])
def test_days_alone_are_refused_and_the_two_kinds_named(text: str) -> None:
    with pytest.raises(ValueError, match=f"found '{text}', .*write {text[0]} business_days or {text[0]} calendar_days"):
        parse_duration(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4",
        "business_hours",
        "4business_hours",
        "four hours",
        "4.5 hours",
        "-4 hours",
        "+4 hours",
        "4 weeks",
        "4 Hours",
        "4 hours ",
        "4 hourss",
        "٤ hours",
        "1000000000 hours",
    ],
)
def test_any_other_text_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected a whole number and one of seconds, minutes, hours, calendar_days, business_seconds"):
        parse_duration(text)


def test_a_refusal_stays_short_whatever_was_found() -> None:
    with pytest.raises(ValueError, match="…") as refusal:
        parse_duration("x" * 100_000)
    assert len(str(refusal.value)) < 300
