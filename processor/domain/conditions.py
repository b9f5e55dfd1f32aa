"""`when` conditions of a policy: all tests must hold of a flat map of attributes; where the attributes come from stays outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Operator = Literal["equals", "in", "not_in", "prefix", "at_least", "at_most", "between"]


def is_missing(value: Any) -> bool:
    """`false`, empty and null say nothing about a lead; 0 does."""
    return value is None or value is False or value in ("", [], ())


@dataclass(frozen=True, slots=True)
class Test:
    """One attribute against one operator. The operand is a scalar for equals, prefix, at_least, at_most; a tuple for the others."""

    attribute: str
    operator: Operator
    operand: Any

    def holds(self, value: Any) -> bool:
        """Of a list attribute, equality asks for one of its items, `in` for any of them, `not_in` for none."""
        if is_missing(value):
            return False
        items = value if isinstance(value, list | tuple) else (value,)
        match self.operator:
            case "equals":
                return any(_same(item, self.operand) for item in items)
            case "in":
                return any(_same(item, wanted) for item in items for wanted in self.operand)
            case "not_in":
                return not any(_same(item, refused) for item in items for refused in self.operand)
            case "prefix":
                return any(isinstance(item, str) and item.startswith(self.operand) for item in items)
            case "at_least":
                return any(_is_number(item) and item >= self.operand for item in items)
            case "at_most":
                return any(_is_number(item) and item <= self.operand for item in items)
            case "between":
                low, high = self.operand
                return any(_is_number(item) and low <= item <= high for item in items)


Condition: TypeAlias = tuple[Test, ...]


def holds(condition: Condition, attributes: Mapping[str, Any]) -> bool:
    """An empty condition always holds."""
    for test in condition:  # noqa: SIM110 - `all` over a generator takes twice as long, and this is asked of every signal
        if not test.holds(attributes.get(test.attribute)):
            return False
    return True


def _same(a: Any, b: Any) -> bool:
    return a == b and isinstance(a, bool) == isinstance(b, bool)  # to Python, True is 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
