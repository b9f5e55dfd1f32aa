"""The kinds of value that a field of the contract may hold, each with its bounds; the fields stand in `signals` and `events`."""

from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from schemas.instants import Instant, format_instant, parse_instant

LARGEST_NUMBER = 2**53 - 1  # RFC 7493: beyond it a reader in JavaScript, or any reader that keeps doubles, would see another number.

written_instant = lru_cache(maxsize=4096)(format_instant)  # The events of one step share their instants, and one says some twice.
INSTANT_WORDS = "a date and time with its offset, such as 2026-10-16T15:00:00+02:00"


class Frozen(BaseModel):
    """What every `data` has in common: it does not change, ignores unknown fields, and takes no kind of value for another."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        strict=True,
        allow_inf_nan=False,
        validate_by_name=True,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
    )


class _Instant:
    """Microseconds in Python, RFC 3339 text in JSON. Neither is taken for the other: a bare number in JSON does not say its unit."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(_parsed, core_schema.str_schema(strict=True)),
            python_schema=core_schema.int_schema(strict=True),
            serialization=core_schema.plain_serializer_function_ser_schema(
                written_instant, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "date-time"}


class _Points:
    """Milli-points in Python, points with one decimal in JSON."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(
                milli_points, core_schema.float_schema(strict=True, allow_inf_nan=False)
            ),
            python_schema=core_schema.int_schema(strict=True),
            serialization=core_schema.plain_serializer_function_ser_schema(
                shown_points, return_schema=core_schema.float_schema(), when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "number"}


def _parsed(text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError:  # Its words quote what was found, and these come from `data`.
        raise PydanticCustomError("instant", f"Input should be {INSTANT_WORDS}") from None


def shown_points(milli: int) -> float:
    """Points with one decimal, half up: 48749 -> 48.7, 48750 -> 48.8; up is towards +infinity below zero too: -48750 -> -48.7."""
    return (milli + 50) // 100 / 10


def milli_points(points: float) -> int:
    """The milli-points that are shown as `points`; the second decimal and on were lost when they were shown."""
    return round(points * 10) * 100


class _OneError:
    """A union whose failure is one error at the field, instead of one a member at paths that no producer has ever written."""

    def __init__(self, expected: str) -> None:
        self.expected = expected

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        members = handler(source)
        assert members["type"] == "union"
        return core_schema.union_schema(
            members["choices"],
            mode="left_to_right",  # They exclude each other, so the first that fits is the only one, and cheaper to find.
            custom_error_type="attribute",
            custom_error_message=f"Input should be {self.expected}",
        )


At = Annotated[Instant, _Instant()]
Points = Annotated[int, _Points()]

_NO_CONTROL = r"^[^\x00-\x1f\x7f-\x9f]*$"
Word = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_NO_CONTROL)]  # Names and ids: they become parts of ids.
Text = Annotated[str, StringConstraints(max_length=4_096)]
Url = Annotated[str, StringConstraints(max_length=8_192)]
Note = Annotated[str, StringConstraints(max_length=65_536)]  # HubSpot's limit for a note; it is validated and forgotten.
Amount = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$")]  # Below zero: a credit note, a deal corrected.
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Seconds = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]

_Whole = Annotated[int, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
_Real = Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]  # The same bounds, or an integer too large would come in as a float.
Scalar = Annotated[Text | bool | _Whole | _Real, _OneError("text, a truth value or a number up to 2^53 - 1")]
_List = Annotated[tuple[Scalar, ...], Field(max_length=256, strict=False)]
Attribute = Annotated[Text | bool | _Whole | _Real | _List, _OneError("text, a truth value, a number up to 2^53 - 1, or a list of those")]
