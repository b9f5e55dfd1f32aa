"""The format as a JSON Schema (2020-12) for editors; what one part of a policy asks of another only the check knows."""

from collections.abc import Mapping
from typing import Any, assert_never

from processor.policy_file.format import DAYS, NAME_LENGTH_MAX, OPERATORS, POLICY
from processor.policy_file.shapes import Choices, Condition, Key, Listed, Named, Names, OneOf, Scalar, Section, Shape, Week

_VALUE = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "number"}, {"const": True}]}
_SOME_VALUES = {"type": "array", "items": _VALUE, "minItems": 1}
_NUMBER = {"type": "number"}
_OPERANDS: dict[str, Any] = {
    "in": {"description": "Any of these.", **_SOME_VALUES},
    "not_in": {"description": "None of these.", **_SOME_VALUES},
    "prefix": {"description": "Text that begins so.", "type": ["string", "number", "boolean"], "minLength": 1},
    "at_least": {"description": "This or more.", **_NUMBER},
    "at_most": {"description": "This or less.", **_NUMBER},
    "between": {"description": "Both ends included.", "type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
}
_TEST = {
    "description": "A bare value: equals (in a list attribute: contains); else one operator.",
    "anyOf": [
        *_VALUE["anyOf"],
        {
            "type": "object",
            "properties": {operator: _OPERANDS[operator] for operator in OPERATORS},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
    ],
}
_RANGES = "|".join(f"{day}(-({'|'.join(DAYS[n:])}))?" for n, day in enumerate(DAYS))  # a range does not wrap


def policy_schema() -> dict[str, Any]:
    """It refuses nothing that the check takes, save numbers and truth values in quotes."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Handoff policy",
        "description": "One version of the agreement between marketing and sales. `handoff policy check` judges the rest.",
    }
    return {**head, **_schema(POLICY), "$defs": {"test": _TEST}}


def _schema(shape: Shape) -> dict[str, Any]:
    match shape:
        case Scalar():
            return dict(shape.schema)
        case Section():
            return {**_object(_keys(shape.keys), shape.required), "additionalProperties": False, **shape.rules}
        case Named():
            names = {"minLength": 1, "maxLength": NAME_LENGTH_MAX, **shape.names}
            return {"type": "object", "propertyNames": names, "additionalProperties": _schema(shape.of), "minProperties": shape.least}
        case Names():
            several = {"type": "array", "items": _schema(shape.of), "minItems": shape.least}
            return {"anyOf": [_schema(shape.of), several]} if shape.bare else several
        case Listed() | Choices():
            return {"type": "array", "items": _schema(shape.of)}
        case Condition():
            return {**_object(_keys(shape.beside), tuple(shape.beside)), "additionalProperties": {"$ref": "#/$defs/test"}}
        case Week():
            windows = _schema(shape.windows)
            return {
                "type": "object",
                "properties": dict.fromkeys(("mon-fri", *DAYS), windows),  # what an editor offers
                "patternProperties": {f"^({_RANGES})$": windows},
                "additionalProperties": False,
            }
        case OneOf():
            return {"anyOf": [_schema(shape.scalar), _schema(shape.section)]}
        case _:
            assert_never(shape)


def _object(properties: dict[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def _keys(keys: Mapping[str, Key]) -> dict[str, Any]:
    return {name: _described(key) for name, key in keys.items()}


def _described(key: Key) -> dict[str, Any]:
    default = {} if key.default is None else {"default": {"false": False}.get(key.default, key.default)}
    return {"description": key.says, **_schema(key.of), **default}
