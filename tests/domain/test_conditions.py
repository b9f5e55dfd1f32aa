"""Is a condition's test right: by examples."""

from typing import Any

import pytest

from processor.domain.conditions import Operator, holds
from processor.domain.conditions import Test as Asked


@pytest.mark.parametrize(
    ("operator", "operand", "inside", "outside"),
    [
        ("equals", "ceo", ["ceo", ("cto", "ceo")], ["cto", "CEO", ("cto",)]),
        ("equals", 1, [1, 1.0], [True, "1"]),
        ("equals", True, [True], [1, "true"]),
        ("in", ("ceo", "cto"), ["cto", ("clerk", "ceo")], ["clerk", ("clerk",)]),
        ("not_in", ("ceo", "cto"), ["clerk", ("clerk", "nurse")], ["cto", ("clerk", "ceo")]),
        ("prefix", "/pricing", ["/pricing", "/pricing/enterprise"], ["/about/pricing", "/pric", 7]),
        ("at_least", 50, [50, 50.5, (1, 51)], [49, 49.9, "51", True]),
        ("at_most", 1, [1, 0, -1], [2, 1.5, "0", True]),
        ("between", (50, 200), [50, 200, 100.5], [49, 201, "100", True]),
    ],
)
def test_a_condition_holds_of_these_and_not_of_those(operator: Operator, operand: Any, inside: list[Any], outside: list[Any]) -> None:
    test = Asked("told", operator, operand)
    assert [value for value in inside + outside if test.holds(value)] == inside


@pytest.mark.parametrize("missing", [None, False, "", (), []])
@pytest.mark.parametrize("test", [Asked("told", "not_in", ("ceo",)), Asked("told", "at_most", 5), Asked("told", "prefix", "")])
def test_of_what_is_missing_no_test_holds(missing: Any, test: Asked) -> None:
    assert not holds((test,), {"told": missing})
    assert not holds((test,), {})


def test_all_tests_of_a_condition_must_hold() -> None:
    both = (Asked("role", "equals", "ceo"), Asked("employees", "at_least", 50))
    assert holds(both, {"role": "ceo", "employees": 50})
    assert not holds(both, {"role": "ceo", "employees": 49})
    assert holds((), {})
