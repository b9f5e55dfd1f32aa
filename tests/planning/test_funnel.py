"""Is the funnel backwards right to the last lead?"""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.planning import Period, funnel, period

QUARTER, THIRD = Fraction(25, 100), Fraction(30, 100)
STARTS = date(2026, 10, 1)

amounts = st.decimals("0.01", "1000000000", places=2)
shares = st.fractions(Fraction(1, 1000), 1)


def test_a_million_in_deals_of_a_hundred_thousand_takes_10_won_40_sql_and_134_mql():
    plan = funnel(Decimal(1_000_000), Decimal(100_000), QUARTER, THIRD)
    assert (plan.won, plan.sql, plan.mql) == (10, 40, 134)
    assert (plan.pipeline, plan.coverage, plan.coverage_is) == (Decimal(4_000_000), Decimal(4), "usual")


def test_each_step_is_rounded_up_before_the_next():
    plan = funnel(Decimal(250_000), Decimal(100_000), QUARTER, THIRD)
    assert (plan.won, plan.sql, plan.mql) == (3, 12, 40)


def test_a_share_that_no_float_can_say_is_exact():
    assert funnel(Decimal("0.3"), Decimal("0.1"), Fraction(1), Fraction(1)).won == 3
    assert funnel(Decimal(7), Decimal(1), Fraction(7, 100), Fraction(1)).sql == 100


@pytest.mark.parametrize(("wins", "verdict"), [(34, "thin"), (33, "usual"), (25, "usual"), (24, "heavy")])
def test_three_to_four_revenues_of_pipeline_are_usual(wins: int, verdict: str):
    assert funnel(Decimal(1_000_000), Decimal(100), Fraction(wins, 100), THIRD).coverage_is == verdict


@given(amounts, amounts, shares, shares)
def test_the_plan_is_enough_and_one_lead_less_is_not(revenue: Decimal, deal: Decimal, sql_to_won: Fraction, mql_to_sql: Fraction):
    plan = funnel(revenue, deal, sql_to_won, mql_to_sql)
    assert (plan.won - 1) * deal < revenue <= plan.won * deal
    assert (plan.sql - 1) * sql_to_won < plan.won <= plan.sql * sql_to_won
    assert (plan.mql - 1) * mql_to_sql < plan.sql <= plan.mql * mql_to_sql


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("year", Period(STARTS, date(2027, 10, 1), 12)),
        ("quarter", Period(STARTS, date(2027, 1, 1), 3)),
        ("2027", Period(date(2027, 1, 1), date(2028, 1, 1), 12)),
        ("2027-Q1", Period(date(2027, 1, 1), date(2027, 4, 1), 3)),
        ("2027-Q4", Period(date(2027, 10, 1), date(2028, 1, 1), 3)),
    ],
)
def test_a_period_begins_where_it_says_or_with_the_policy(word: str, expected: Period):
    assert period(word, STARTS) == expected


def test_a_quarter_from_the_end_of_a_month_ends_with_a_month():
    assert period("quarter", date(2026, 11, 30)).after == date(2027, 2, 28)


@pytest.mark.parametrize("word", ["month", "2027-Q5", "2027-1", "27", "", "2027-Q1 "])
def test_another_period_is_refused(word: str):
    with pytest.raises(ValueError, match="expected year, quarter"):
        period(word, STARTS)
