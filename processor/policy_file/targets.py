"""The `targets` section: what each side promises of a period, kept as plain mappings; measuring it stays outside."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from processor.policy_file.document import Field, did_you_mean, quoted
from processor.policy_file.scalars import read_duration, read_flag, read_percent, read_whole, read_word

_PERIODS = ("day", "week", "month", "quarter", "year")
_MARKETING = {"mql": "count", "withheld_share": "at_most"}
_STAGES = ("lead", "mql", "sal", "sql", "opportunity", "won")  # in the order in which a cohort reaches them
_RATIOS = [f"{earlier}_to_{later}" for n, earlier in enumerate(_STAGES) for later in _STAGES[n + 1 :]]


def read_targets(field: Field, clock_names: Collection[str]) -> Mapping[str, Any]:
    """By side and target: `count`, `at_least` or `at_most` (percent); `per` (a word) or `window` (a Duration); `min_count`, `icp_only`."""
    field.must_have((), ("marketing", "sales", "joint"))
    return MappingProxyType(
        {
            "marketing": _side(field["marketing"], _MARKETING),
            "sales": _side(field["sales"], {f"{name}_met": "at_least" for name in clock_names}),
            "joint": _side(field["joint"], dict.fromkeys(_RATIOS, "at_least")),
        }
    )


def _side(field: Field, measured: Mapping[str, str]) -> Mapping[str, Any]:
    """`measured`: for each target that a figure measures, the word of what is promised of it."""
    targets = {}
    for entry in field.entries("a mapping of targets"):
        if entry.key in measured:
            targets[entry.key] = _target(entry, measured[entry.key])
        else:
            to_do = did_you_mean(entry.key, measured, "nothing measures this promise; remove it")
            entry.refuse(f"the target {quoted(entry.key)}", f"one of {', '.join(measured)}", to_do)
    return MappingProxyType(targets)


def _target(field: Field, promise: str) -> Mapping[str, Any]:
    field.must_have((promise,), ("per", "window", "icp_only" if promise == "count" else "min_count"))
    if field.is_mapping and field["per"].is_present == field["window"].is_present:
        found = "both per and window" if field["per"].is_present else "no period"
        field.refuse(found, "either per or window", f"write per: {' | '.join(_PERIODS)}, or window: 5 business_days")
    return MappingProxyType({entry.key: _READ[entry.key](entry) for entry in field.children if entry.key in _READ})


_READ: Mapping[str, Callable[[Field], Any]] = {
    "count": lambda field: read_whole(field, least=1),
    "at_least": lambda field: read_percent(field, 0, 100),
    "at_most": lambda field: read_percent(field, 0, 100),
    "min_count": lambda field: read_whole(field, least=1),
    "icp_only": read_flag,
    "per": lambda field: read_word(field, _PERIODS),
    "window": read_duration,
}
