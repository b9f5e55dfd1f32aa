"""The `targets` section: what each side promises of a period, kept as plain mappings; measuring it stays outside."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from processor.policy_file.document import Field, did_you_mean, quoted
from processor.policy_file.format import LEAST_TARGET, OF_BOTH, OF_MARKETING, PERIODS, TARGETS
from processor.policy_file.scalars import read_duration, read_flag, read_percent, read_whole, read_word
from processor.policy_file.shapes import Section


def read_targets(field: Field, clock_names: Collection[str]) -> Mapping[str, Any]:
    """By side and target: `count`, `at_least` or `at_most` (percent); `per` (a word) or `window` (a Duration); `min_count`, `icp_only`."""
    field.must_have(TARGETS)
    return MappingProxyType(
        {
            "marketing": _side(field["marketing"], _of(OF_MARKETING)),
            "sales": _side(field["sales"], {f"{name}_met": LEAST_TARGET for name in clock_names}),
            "joint": _side(field["joint"], _of(OF_BOTH)),
        }
    )


def _of(side: Section) -> dict[str, Section]:
    return {name: key.of for name, key in side.keys.items() if isinstance(key.of, Section)}


def _side(field: Field, measured: Mapping[str, Section]) -> Mapping[str, Any]:
    """`measured`: every target that a figure measures."""
    targets = {}
    for entry in field.entries("a mapping of targets"):
        if entry.key in measured:
            targets[entry.key] = _target(entry, measured[entry.key])
        else:
            to_do = did_you_mean(entry.key, measured, "nothing measures this promise; remove it")
            entry.refuse(f"the target {quoted(entry.key)}", f"one of {', '.join(measured)}", to_do)
    return MappingProxyType(targets)


def _target(field: Field, target: Section) -> Mapping[str, Any]:
    field.must_have(target)
    if field.is_mapping and field["per"].is_present == field["window"].is_present:
        found = "both per and window" if field["per"].is_present else "no period"
        field.refuse(found, "either per or window", f"write per: {' | '.join(PERIODS)}, or window: 5 business_days")
    return MappingProxyType({entry.key: _READ[entry.key](entry) for entry in field.children if entry.key in _READ})


_READ: Mapping[str, Callable[[Field], Any]] = {
    "count": lambda field: read_whole(field, least=1),
    "at_least": lambda field: read_percent(field, 0, 100),
    "at_most": lambda field: read_percent(field, 0, 100),
    "min_count": lambda field: read_whole(field, least=1),
    "icp_only": read_flag,
    "per": lambda field: read_word(field, PERIODS),
    "window": read_duration,
}
