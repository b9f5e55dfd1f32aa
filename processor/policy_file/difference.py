"""What changes from one version of the agreement to another, field by field; what a change means to people stands in `meaning`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, assert_never

from processor.domain.conditions import Test
from processor.policy_file import Version
from processor.policy_file.calendars import read_week
from processor.policy_file.conditions import read_condition
from processor.policy_file.document import Field
from processor.policy_file.format import POLICY
from processor.policy_file.meaning import ORDER, Place, meaning
from processor.policy_file.shapes import Choices, Condition, Key, Listed, Named, Names, OneOf, Scalar, Section, Shape, Week


@dataclass(frozen=True, slots=True)
class Change:
    """One field, in the file's words; `old` is None where it is new, `new` where it is gone."""

    group: str  # the section of the file; `agreement` for what stands at its head
    field: str  # as in `clocks.first_attempt.steps[150%].tell`
    old: str | None
    new: str | None
    meaning: str  # empty where the words say it all


class _Pair(NamedTuple):
    place: Place
    old: Field
    new: Field


def differences(old: Version, new: Version) -> list[Change]:
    """In the order of the format. What is only written otherwise (`60 minutes`, `1 hours`) is no change, nor is the order of names."""
    return [_change(pair) for pair in _compare(POLICY, _Pair((), old.root, new.root))]


def doubts(old: list[Version], new: list[Version], *, replaced: bool) -> list[str]:
    """What the workers could not live with. `replaced`: the new versions come in place of the old ones, not beside them."""
    by_key = {version.policy.key: version for version in new}
    told = []
    for before in old:
        after = by_key.get(before.policy.key)
        if after is None and replaced:
            told.append(f"{before.policy.key} is gone: what was handed off under it can no longer be judged; keep its file")
        if after is not None and differences(before, after):
            told.append(
                f"{before.policy.key} says two things: what was handed off under it would be judged by the new; give it the next version"
            )
        if after is None and not replaced and new[-1].policy.in_force_from <= before.policy.in_force_from:
            told.append(
                f"{new[-1].policy.key} comes into force no later than {before.policy.key}, which it is to follow; set in_force.from"
            )
    return told


def _change(pair: _Pair) -> Change:
    place, old, new = pair
    if place[-1] == ORDER:
        was, now = (", ".join(_common(field, other)) for field, other in ((old, new), (new, old)))
        return Change(_group(place), f"{_path(place[:-1])} (order)", was, now, meaning(*pair))
    return Change(_group(place), _path(place), old.said, new.said, meaning(*pair))


def _group(place: Place) -> str:
    return "agreement" if place[0] in ("policy", "version", "in_force", "review_on", "owners") else place[0]


def _path(place: Place) -> str:
    """Items of a list stand in brackets by their names."""
    path = ""
    shape: Any = POLICY
    for name in place:
        path += f"[{name}]" if isinstance(shape, Listed) else f".{name}" if path else name
        shape = _inner(shape, name)
    return path


def _inner(shape: Any, name: str) -> Any:
    match shape:
        case Section():
            return shape.keys[name].of
        case Named() | Listed() | Choices():
            return shape.of
        case _:
            return shape


def _compare(shape: Shape, pair: _Pair) -> Iterator[_Pair]:
    place, old, new = pair
    match shape:
        case Section():
            yield from _compare_keys(shape.keys, pair)
        case Named():
            yield from _compare_entries(shape.of, pair, _by_key(old), _by_key(new))
            if shape.in_order and _common(old, new) != _common(new, old):
                yield _Pair((*place, ORDER), old, new)
        case Listed():
            yield from _compare_entries(shape.of, pair, _by(shape, old), _by(shape, new))
        case Condition():
            yield from _compare_keys(shape.beside, pair)
            tests, others = _tests(shape, old), _tests(shape, new)
            for attribute in tests | others:
                if tests.get(attribute) != others.get(attribute):
                    yield _Pair((*place, attribute), old[attribute], new[attribute])
        case Scalar() | OneOf() | Names() | Choices() | Week():
            if _value(shape, old) != _value(shape, new):
                yield pair
        case _:
            assert_never(shape)


def _compare_keys(keys: Mapping[str, Key], pair: _Pair) -> Iterator[_Pair]:
    for name, key in keys.items():
        inner = _Pair((*pair.place, name), pair.old[name], pair.new[name])
        present = [field for field in (inner.old, inner.new) if field.is_present]
        if len(present) == 2 or not isinstance(key.of, Scalar | Section):
            yield from _compare(key.of, inner)  # an absent list, or mapping from names, is an empty one
        elif present and (key.default is None or present[0].text != key.default):
            yield inner


def _compare_entries(shape: Shape, pair: _Pair, old: Mapping[str, Field], new: Mapping[str, Field]) -> Iterator[_Pair]:
    for name in (*old, *(name for name in new if name not in old)):
        inner = _Pair((*pair.place, name), old.get(name, pair.old.absent(name)), new.get(name, pair.new.absent(name)))
        if name in old and name in new:
            yield from _compare(shape, inner)
        else:
            yield inner


def _by_key(field: Field) -> dict[str, Field]:
    return {entry.key: entry for entry in field.children}


def _by(shape: Listed, field: Field) -> dict[str, Field]:
    return {item[shape.by].text or "": item for item in field.children}


def _common(field: Field, other: Field) -> list[str]:
    """The names that both have, in the order of the first."""
    return [entry.key for entry in field.children if other[entry.key].is_present]


def _value(shape: Scalar | OneOf | Names | Choices | Week, field: Field) -> Any:
    """What a text comes to: two are equal where they say the same."""
    match shape:
        case Scalar():
            return shape.value(field.text or "")
        case OneOf():
            return field.said
        case Names():
            items = field.children if field.is_list else [field] if field.is_present else []
            return {shape.value(item.said or "") for item in items}
        case Choices():
            return [(_tests(shape.of, item), [item[name].text for name in shape.of.beside]) for item in field.children]
        case Week():
            return read_week(field)
        case _:
            assert_never(shape)


def _tests(shape: Condition, field: Field) -> dict[str, Any]:
    """What is asked of each attribute; of a list, in any order."""
    tests = read_condition(field, tuple(shape.beside)) if field.is_present else ()
    return {test.attribute: (test.operator, _wanted(test)) for test in tests}


def _wanted(test: Test) -> Any:
    if test.operator in ("in", "not_in"):
        return {(type(value), value) for value in test.operand}  # to Python, True is 1
    return type(test.operand), test.operand
