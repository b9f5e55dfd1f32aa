"""The policy files as the checker reads them: YAML, and the few values that its rules ask for; judging a run by them stands elsewhere.

Every scalar stays the text it is in the file until it is asked for, so no YAML type rule is relied upon. Points are milli-points.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.checker.calendars import Calendar
from tests.checker.instants import DAY, HOUR, MINUTE, SECOND, instant

NO_RESPONSE = "no_response_from_sales"
_UNITS = {"second": SECOND, "minute": MINUTE, "hour": HOUR}
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class Span(NamedTuple):
    """`measure`: "elapsed" and "open" (amount in microseconds), or "dates" (a number of open dates)."""

    measure: str
    amount: int


def span(text: str) -> Span:
    count, unit = text.split()
    unit = unit.removesuffix("s")
    if unit == "business_day":
        return Span("dates", int(count))
    if unit == "calendar_day":
        return Span("elapsed", int(count) * DAY)
    name = unit.removeprefix("business_")
    return Span("open" if name != unit else "elapsed", int(count) * _UNITS[name])


class Step(NamedTuple):
    name: str
    tell: list[str]
    returns: bool

    @property
    def percent(self) -> int | None:
        return int(self.name[:-1]) if self.name.endswith("%") else None


class Duty(NamedTuple):
    """A clock as the policy words it; `attempts`: how many do it, 0 where none do."""

    name: str
    opens: str
    deeds: frozenset[str]
    attempts: int
    target: Span
    steps: list[Step]

    @property
    def told_of_breach(self) -> list[str]:
        return next((step.tell for step in self.steps if step.percent == 100), [])

    def due(self, calendar: Calendar, opened: int) -> int:
        return passed(calendar, opened, self.target)

    def used(self, calendar: Calendar, start: int, end: int) -> int:
        """Time of the duty's own measure, elapsed for an elapsed target."""
        return max(0, end - start) if self.target.measure == "elapsed" else calendar.between(start, end)

    def moved(self, calendar: Calendar, at: int, by: int) -> int:
        return at + by if self.target.measure == "elapsed" else calendar.add(at, by)

    def step_at(self, calendar: Calendar, opened: int, step: Step) -> int:
        """Where the step stands on a way without pauses; a share is cut to whole seconds."""
        due = self.due(calendar, opened)
        if step.percent is None:
            return passed(calendar, due, span(step.name.removeprefix("+")))
        if step.percent == 100:
            return due
        start, share = (opened, step.percent) if step.percent < 100 else (due, step.percent - 100)
        total = self.used(calendar, opened, due)
        return self.moved(calendar, start, total * share // 100 // SECOND * SECOND)


def passed(calendar: Calendar, start: int, length: Span) -> int:
    if length.measure == "elapsed":
        return start + length.amount
    return calendar.add(start, length.amount) if length.measure == "open" else calendar.days_later(start, length.amount)


class Version:
    """One policy file."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self.words = words
        self.name, self.number = words["policy"], int(words["version"])
        self.begins = instant(words["in_force"]["from"])
        evidence = words["evidence"]
        self.grace, self.window, self.max_backdating = (span(evidence[key]).amount for key in ("grace", "window", "max_backdating"))
        self.sources = {prefix: span(entry["max_silence"]).amount for prefix, entry in (evidence.get("sources") or {}).items()}
        self.channels, self.spacing = frozenset(words["attempts"]["channels"]), span(words["attempts"]["min_spacing"]).amount
        self.pauses = {reason: span(entry["max"]).amount for reason, entry in words["pauses"].items()}
        self.returns: Mapping[str, Any] = words["returns"]
        self.restarts = words["on_reassignment"] == "restart"
        self.cool_down = span(words["requalify"]["cool_down"]).amount
        self.hysteresis = points(words["requalify"]["hysteresis"])
        self.fast_track_skips = words["requalify"].get("fast_track_skips_cool_down") == "true"
        self.closed_leads_kept = span(words["retention"]["closed_leads"]).amount

    @cached_property
    def calendars(self) -> dict[str, Calendar]:
        return {name: _calendar(repr(words), words) for name, words in self.words["calendars"].items()}

    @cached_property
    def duties(self) -> dict[str, Duty]:
        return {name: _duty(name, words) for name, words in self.words["clocks"].items()}

    def calendar_of(self, segment: str) -> Calendar:
        return self.calendars[self.words["segments"][segment]["calendar"]]


class Policies:
    def __init__(self, versions: list[Version]) -> None:
        self.versions = sorted(versions, key=lambda version: version.begins)

    def at(self, logged: int) -> Version:
        """Before the first version's `from`, the first version rules."""
        return next((version for version in reversed(self.versions) if version.begins <= logged), self.versions[0])

    def named(self, name: str, number: int) -> Version | None:
        return next((version for version in self.versions if (version.name, version.number) == (name, number)), None)

    def terms(self) -> Iterator[tuple[Version, int, int]]:
        """Each version with the instants from which and before which it is in force."""
        for n, version in enumerate(self.versions):
            begins = version.begins if n else -(1 << 62)
            yield version, begins, self.versions[n + 1].begins if n + 1 < len(self.versions) else 1 << 62


def read_policies(directory: Path) -> Policies:
    files = sorted(path for path in directory.iterdir() if path.suffix in (".yaml", ".yml"))
    return Policies([Version(yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)) for path in files])


def points(text: str) -> int:
    return round(float(text) * 1_000)


def scalar(text: Any) -> Any:
    """A condition's operand as JSON would have it."""
    if text in ("true", "false"):
        return text == "true"
    return float(text) if isinstance(text, str) and _NUMBER.fullmatch(text) else text


def holds(when: Mapping[str, Any] | None, attributes: Mapping[str, Any]) -> bool:
    """Whether every condition holds; a missing attribute matches nothing."""
    return all(_matches(wanted, attributes.get(name)) for name, wanted in (when or {}).items())


def is_missing(value: Any) -> bool:
    return value is None or value is False or value in ("", [], ())


def _matches(wanted: Any, found: Any) -> bool:
    if is_missing(found):
        return False
    if not isinstance(wanted, Mapping):
        return _equals(scalar(wanted), found)
    [(operator, operand)] = wanted.items()
    match operator:
        case "in":
            return any(_equals(scalar(item), found) for item in operand)
        case "not_in":
            return not any(_equals(scalar(item), found) for item in operand)
        case "prefix":
            return any(isinstance(item, str) and item.startswith(operand) for item in _items(found))
        case "at_least":
            return _is_number(found) and bool(found >= scalar(operand))
        case "at_most":
            return _is_number(found) and bool(found <= scalar(operand))
        case "between":
            return _is_number(found) and bool(scalar(operand[0]) <= found <= scalar(operand[1]))
    raise AssertionError(operator)


def _equals(wanted: Any, found: Any) -> bool:
    return any(item == wanted and isinstance(item, bool) == isinstance(wanted, bool) for item in _items(found))


def _items(found: Any) -> Any:
    return found if isinstance(found, list | tuple) else [found]


def _is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)


_CALENDARS: dict[str, Calendar] = {}


def _calendar(key: str, words: Mapping[str, Any]) -> Calendar:
    """One for all versions and runs that word it alike, since a walk is remembered."""
    if key not in _CALENDARS:
        _CALENDARS[key] = Calendar(words)
    return _CALENDARS[key]


def _duty(name: str, words: Mapping[str, Any]) -> Duty:
    deeds = {item for item in words["met_by"] if isinstance(item, str)}
    attempts = next((int(item["attempts"]) for item in words["met_by"] if not isinstance(item, str)), int("attempt" in deeds))
    steps = [
        Step(step["at"], [step["tell"]] if isinstance(step.get("tell"), str) else step.get("tell", []), "do" in step)
        for step in words.get("steps", [])
    ]
    return Duty(name, words["opens"], frozenset(deeds - {"attempt"}), attempts, span(words["target"]), steps)
