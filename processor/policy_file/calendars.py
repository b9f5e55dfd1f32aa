"""The `calendars` section: zones, weeks, holidays and exceptions; what is open when stays outside."""

from collections.abc import Mapping
from datetime import date

from processor.domain.calendar import Calendar, Holidays, Window, compile_calendar, parse_window
from processor.policy_file.document import Field
from processor.policy_file.format import CALENDAR, DAYS, HOLIDAYS
from processor.policy_file.scalars import read_date, read_name


def read_calendars(field: Field) -> Mapping[str, Calendar]:
    calendars = {entry.key: _calendar(entry) for entry in field.entries("a mapping of calendars")}
    if field.is_mapping and not calendars:
        field.refuse("no calendar", "at least one", "name one and give it a zone and a week")
    return calendars


def stand_in_calendar() -> Calendar:
    """For one that cannot be read."""
    return compile_calendar("", "UTC", {})


def _calendar(field: Field) -> Calendar:
    field.must_have(CALENDAR)
    zone, week = field["zone"], read_week(field["week"])
    exceptions = {read_date(entry, entry.key): _windows(entry) for entry in field["exceptions"].entries()}
    try:
        return compile_calendar(field.key, zone.text or "", week, _holidays(field["holidays"]), exceptions)
    except ValueError as error:
        zone.refuse(zone.found, _expected(error))
        return stand_in_calendar()


def read_week(field: Field) -> dict[int, tuple[Window, ...]]:
    week: dict[int, tuple[Window, ...]] = {}
    for entry in field.entries("a mapping from weekdays to windows"):
        windows = _windows(entry)
        for day in _days(entry):
            if day in week:
                entry.refuse(f"{DAYS[day]} again", "each weekday once", "write all of its windows in one list")
            week[day] = windows
    return week


def _days(field: Field) -> range:
    """Weekdays, Monday is 0."""
    first, _, last = field.key.partition("-")
    if first in DAYS and (last in DAYS or field.key == first):
        days = range(DAYS.index(first), DAYS.index(last or first) + 1)
        if days:
            return days
    field.refuse(f"the weekdays {field.key}", "a day or a range such as mon or mon-fri", f"use {', '.join(DAYS)}; a range does not wrap")
    return range(0)


def _windows(field: Field) -> tuple[Window, ...]:
    windows = []
    for item in field.items('a list of windows such as ["09:00-17:00"], [] where closed'):
        try:
            windows.append(parse_window(item.text or ""))
        except ValueError as error:
            item.refuse(item.found, _expected(error))
    return tuple(windows)


def _holidays(field: Field) -> Holidays | None:
    if not field.is_present:
        return None
    field.must_have(HOLIDAYS)
    extra = {read_date(entry, entry.key): read_name(entry) for entry in field["extra"].entries("a mapping from dates to names")}
    country, subdivision = field["country"], field["subdivision"]
    holidays = _public(country, country.text, None, extra)
    return _public(subdivision, country.text, subdivision.text, extra) if holidays and subdivision.is_present else holidays


def _public(field: Field, country: str | None, subdivision: str | None, extra: dict[date, str]) -> Holidays | None:
    try:
        return Holidays(country, subdivision, extra)
    except ValueError as error:
        field.refuse(field.found, _expected(error))
        return None


def _expected(error: ValueError) -> str:
    return str(error).partition(", expected ")[2]
