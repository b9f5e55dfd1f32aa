"""What a place in a policy file may hold, as values: known keys, names that the policy gives, lists, conditions, scalars.

Which place holds what stands in `format`; the reader takes its keys and words from there, and `schema` and `difference` follow it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: what JSON Schema can say of it, and what its text comes to. Two texts of one value say the same."""

    schema: Mapping[str, Any]
    value: Callable[[str], Any] = str


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a section: what it is for, in words for whoever writes the policy. `default`: the text that stands for an absent one."""

    says: str
    of: "Shape"
    optional: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping with keys of the format's; `rules`: what JSON Schema can say of them together."""

    keys: Mapping[str, Key]
    rules: Mapping[str, Any] = field(default_factory=dict)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(name for name, key in self.keys.items() if not key.optional)

    @property
    def optional(self) -> tuple[str, ...]:
        return tuple(name for name, key in self.keys.items() if key.optional)


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping from names that the policy gives; `in_order`: which comes first matters."""

    of: "Shape"
    names: Mapping[str, Any] = field(default_factory=dict)  # what JSON Schema can say of them
    least: int = 0
    in_order: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """A list of values in any order. `bare`: one may stand without its list; `value`: see Scalar, of an item's whole text."""

    of: "Scalar | OneOf"
    least: int = 0
    bare: bool = False
    value: Callable[[str], Any] = str


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of sections, each known by what stands under `by`."""

    of: Section
    by: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Attributes and what they must be, and keys `beside` them."""

    beside: Mapping[str, Key] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """A list of conditions, of which the first that holds is taken."""

    of: Condition


@dataclass(frozen=True, slots=True)
class Week:
    """Windows by weekday or range of weekdays: many ways to write the same week."""

    windows: Names


@dataclass(frozen=True, slots=True)
class OneOf:
    """Either a scalar or a section."""

    scalar: Scalar
    section: Section


Shape: TypeAlias = Scalar | Section | Named | Names | Listed | Condition | Choices | Week | OneOf
