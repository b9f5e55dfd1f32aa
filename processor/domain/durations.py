"""Durations as a policy writes them (`4 business_hours`), and what they measure; what they come to on a clock is the calendar's."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from schemas.instants import SECOND

Measure = Literal["elapsed", "open", "open_days"]


@dataclass(frozen=True, slots=True)
class Duration:
    """`amount` is microseconds of elapsed or of open time, or a number of open days, as `measure` says; `text` is how it was written."""

    amount: int
    measure: Measure
    text: str


UNITS: Final[dict[str, tuple[int, Measure]]] = {
    "seconds": (SECOND, "elapsed"),
    "minutes": (60 * SECOND, "elapsed"),
    "hours": (3_600 * SECOND, "elapsed"),
    "calendar_days": (86_400 * SECOND, "elapsed"),
    "business_seconds": (SECOND, "open"),
    "business_minutes": (60 * SECOND, "open"),
    "business_hours": (3_600 * SECOND, "open"),
    "business_days": (1, "open_days"),
}

_DURATION = re.compile(r"(?P<count>[0-9]{1,9}) +(?P<unit>[a-z_]+)")


def parse_duration(text: str) -> Duration:
    """The duration that a whole number and a unit of UNITS, singular or plural, write.

    ValueError that says what was found and what to write instead. A number of ten digits or more is refused too: 10⁹ seconds are 31 years.
    """
    written = _DURATION.fullmatch(text)
    if written is None:
        raise _not_a_duration(text)
    count, unit = int(written["count"]), written["unit"]
    if unit in ("day", "days"):
        raise ValueError(f"found {text!r}, expected the kind of days: write {count} business_days or {count} calendar_days (of 24 hours)")
    factor = UNITS.get(unit) or UNITS.get(f"{unit}s")
    if factor is None:
        raise _not_a_duration(text)
    size, measure = factor
    return Duration(count * size, measure, text)


def _not_a_duration(text: str) -> ValueError:
    found = text if len(text) <= 40 else f"{text[:40]}…"
    return ValueError(f"found {found!r}, expected a whole number and one of {', '.join(UNITS)}, such as '4 business_hours'")
