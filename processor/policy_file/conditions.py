"""`when` conditions as they are written, and which of them can never hold; judging a lead by them stays outside."""

import re
from typing import Any

from processor.domain.conditions import Condition, Test, is_missing
from processor.policy_file.document import Field, did_you_mean, quoted
from processor.policy_file.format import OPERATORS

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(?P<fraction>\.[0-9]{1,15})?")
_AMBIGUOUS = ("yes", "no", "on", "off")  # true and false to YAML 1.1, words to YAML 1.2


def read_condition(field: Field, beside: tuple[str, ...] = ()) -> Condition:
    """All keys but those `beside` are attributes; an absent field is a condition that always holds."""
    return tuple(read_test(entry) for entry in field.entries("a mapping from attributes to what they must be") if entry.key not in beside)


def read_number(field: Field) -> int | float:
    value = _value(field)
    if isinstance(value, bool) or not isinstance(value, int | float):
        field.refuse(field.found, "a number")
        return 0
    return value


def implies(condition: Condition, other: Condition) -> bool:
    """Whether `other` certainly holds wherever `condition` does: then what comes after `other` in a list of choices is never reached."""
    return all(any(_test_implies(test, weaker) for test in condition) for weaker in other)


def read_test(field: Field) -> Test:
    if not field.is_mapping:
        return Test(field.key, "equals", _wanted(field))
    operators = field.entries()
    for entry in operators:
        if entry.key not in OPERATORS:
            to_do = did_you_mean(entry.key, OPERATORS, "for equality write the bare value")
            entry.refuse(f"the unknown operator {quoted(entry.key)}", f"one of {', '.join(OPERATORS)}", to_do)
    if len(operators) != 1:
        found = " and ".join(entry.key for entry in operators) or "no operator"
        field.refuse(found, f"one operator of {', '.join(OPERATORS)}", "for a range write between: [low, high]")
        return Test(field.key, "equals", None)
    return _operation(field.key, operators[0])


def _operation(attribute: str, field: Field) -> Test:
    match field.key:
        case "in" | "not_in":
            return Test(attribute, "in" if field.key == "in" else "not_in", _wanted_items(field))
        case "prefix":
            text = field.text
            if not text:
                field.refuse(field.found, "the text that the attribute starts with")
            return Test(attribute, "prefix", text or "")
        case "at_least" | "at_most":
            return Test(attribute, "at_least" if field.key == "at_least" else "at_most", read_number(field))
        case "between":
            return Test(attribute, "between", _range(field))
        case _:
            return Test(attribute, "equals", None)  # refused already


def _wanted_items(field: Field) -> tuple[Any, ...]:
    items = field.items()
    if field.is_list and not items:
        field.refuse("an empty list", "at least one value", "an empty list says nothing; remove the test")
    return tuple(_wanted(item) for item in items)


def _range(field: Field) -> tuple[int | float, int | float]:
    items = field.items("a list of two numbers")
    if len(items) != 2:
        if field.is_list:
            field.refuse(f"a list of {len(items)}", "a list of two numbers", "write [low, high], both ends included")
        return 0, 0
    low, high = read_number(items[0]), read_number(items[1])
    if low > high:
        field.refuse(f"{low} to {high}", "low before high", f"nothing is between them; write [{high}, {low}]")
    return low, high


def _wanted(field: Field) -> Any:
    """A scalar that an attribute can have."""
    if field.is_mapping or field.is_list:
        field.refuse(field.found, "text, a number or true", "write {in: [...]} for any of a list" if field.is_list else "")
        return None
    value = _value(field)
    if field.is_present and is_missing(value):
        field.refuse(field.found, "a value that an attribute can have", "false and empty count as missing, which matches nothing")
    return value


def _value(field: Field) -> Any:
    """Quotes make text of anything; without them true, false, null and numbers are what they look like."""
    text = field.text
    if text is None or field.is_quoted:
        return text
    if text.lower() in _AMBIGUOUS:
        field.refuse(text, "a word that is one to every reader of YAML", f'write true or false, or "{text}" in quotes')
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text in ("", "~", "null"):
        return None
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    return float(text) if number["fraction"] else int(text)


def _test_implies(test: Test, weaker: Test) -> bool:
    if test.attribute != weaker.attribute:
        return False
    if test == weaker:
        return True
    inner, outer = _bounds(test), _bounds(weaker)
    if inner and outer:
        return outer[0] <= inner[0] and inner[1] <= outer[1]
    some, more = _words(test), _words(weaker)
    return bool(some) and some <= more


def _bounds(test: Test) -> tuple[float, float] | None:
    match test.operator:
        case "at_least":
            return test.operand, float("inf")
        case "at_most":
            return float("-inf"), test.operand
        case "between":
            low, high = test.operand
            return low, high
        case _:
            return None


def _words(test: Test) -> frozenset[Any]:
    match test.operator:
        case "equals":
            return frozenset({test.operand})
        case "in":
            return frozenset(test.operand)
        case _:
            return frozenset()
