"""Does history count what became of handoffs, and keep silent where it cannot know?"""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest
from pydantic_core import from_json

from processor.planning import Conversion, History, history
from processor.policy_file import load_policies
from processor.replay import replay
from schemas.instants import SECOND
from tests.planning.past import BEGAN, DAY, LATER, handed_off, line, past

POLICIES = load_policies(Path(__file__).parents[2] / "deploy" / "samples" / "policies")


def of(lines: Iterable[bytes]) -> History:
    return history(map(from_json, replay(lines, POLICIES, "/handoff/test")), POLICIES)


def test_a_cohort_is_counted_from_handoff_to_won():
    found = of(past(qualified=6, returned=3, untouched=1, won=2, lost=1))
    assert (found.handoffs, found.maturing) == (11, 1)
    assert found.mql_to_sql == Conversion(6, 10, still_open=1)
    assert found.sql_to_won == Conversion(2, 6, still_open=3)


def test_handoffs_are_counted_by_team():
    assert of(past(qualified=3)).by_team == {"mid_market": 4}
    assert of(past(qualified=3, employees=2000)).by_team == {"enterprise": 4}


def test_a_handoff_counts_once_its_longest_clock_has_run_out():
    the_first_day = handed_off("A", BEGAN, 200)
    just_before = handed_off("B", BEGAN + 21 * DAY - 4 * SECOND, 200)  # 15 business days are three weeks
    just_after = handed_off("C", BEGAN + 21 * DAY + 3_600 * SECOND, 200)
    assert of([*the_first_day, *just_before]).mql_to_sql.of == 0
    assert of([*the_first_day, *just_before, *just_after]).mql_to_sql.of == 1


def test_what_sales_found_for_itself_is_no_handoff():
    own = [line("crm.qualified", "A", BEGAN, {}), line("crm.opportunity", "A", BEGAN + DAY, {"opportunity": "o", "status": "won"})]
    found = of([*own, *handed_off("young", LATER, 200)])
    assert (found.handoffs, found.mql_to_sql.of, found.sql_to_won.of) == (1, 0, 0)


def test_an_opportunity_without_a_qualification_was_an_sql():
    lost = line("crm.opportunity", "A", BEGAN + DAY, {"opportunity": "o", "status": "lost"})
    found = of([*handed_off("A", BEGAN, 200), lost, *handed_off("young", LATER, 200)])
    assert found.sql_to_won == Conversion(0, 1, still_open=0)


def test_lines_that_are_none_are_no_history():
    assert of([b"not JSON"]) == History(0, 0, Conversion(0, 0, 0), Conversion(0, 0, 0), {})


@pytest.mark.parametrize(
    ("conversion", "verdict"),
    [
        (Conversion(9, 29, 0), "few"),
        (Conversion(9, 30, 0), "reached"),
        (Conversion(8, 30, 0), "missed"),
        (Conversion(8, 30, 1), "open"),
        (Conversion(7, 30, 1), "missed"),
        (Conversion(9, 30, 21), "reached"),
    ],
)
def test_a_verdict_waits_for_those_that_could_turn_it(conversion: Conversion, verdict: str):
    assert conversion.against(Fraction(30, 100), 30) == verdict
