"""Instants in the words of a transcript, on Warsaw's wall: "Mon 19 Oct 10:40", or just "Mon 10:40" soon after another instant."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.instants import EPOCH, Instant, parse_instant

ZONE = ZoneInfo("Europe/Warsaw")
YEAR = 2026  # of an instant that says none
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

WHEN = rf"(?:{'|'.join(DAYS)}) (?:\d{{1,2}} (?:{'|'.join(MONTHS)}) (?:\d{{4}} )?)?\d\d:\d\d(?::\d\d)?(?: again)?"
_PARTS = re.compile(r"(?P<day>\w+) (?:(?P<date>\d+) (?P<month>[A-Z]\w+) (?:(?P<year>\d{4}) )?)?(?P<clock>[\d:]+)(?P<again> again)?")


def read_instant(text: str, after: Instant | None = None) -> Instant:
    """Without a date it is the first such weekday from `after` on. "again" is the second of two equal wall times, when clocks go back.

    ValueError for a weekday that the date does not have, and for a wall time that does not exist.
    """
    parts = _PARTS.fullmatch(text)
    if not parts:
        raise ValueError(f"found {text!r}, expected an instant such as Mon 19 Oct 10:40")
    if parts["date"]:
        day = datetime(int(parts["year"] or YEAR), MONTHS.index(parts["month"]) + 1, int(parts["date"]))  # noqa: DTZ001 - zoned below
    elif after is not None:
        told = _local(after)
        day = datetime(told.year, told.month, told.day) + timedelta((DAYS.index(parts["day"]) - told.weekday()) % 7)  # noqa: DTZ001
    else:
        raise ValueError(f"found {text!r}, expected its date too")
    hour, minute, second = [*map(int, parts["clock"].split(":")), 0][:3]
    local = day.replace(hour=hour, minute=minute, second=second, fold=int(bool(parts["again"])), tzinfo=ZONE)
    instant = parse_instant(local.isoformat())
    if local.weekday() != DAYS.index(parts["day"]):
        raise ValueError(f"found {text!r}, expected {DAYS[local.weekday()]}, which that date is")
    if full(instant).split()[-1 - bool(parts["again"])] not in (parts["clock"], f"{parts['clock']}:00"):
        raise ValueError(f"found {text!r}, expected a wall time that exists")
    return instant


def full(instant: Instant) -> str:
    local = _local(instant)
    year = f"{local.year} " if local.year != YEAR else ""
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {year}{_clock(local)}"


def short(instant: Instant, after: Instant) -> str:
    """As `full`, without the date where the weekday says it: up to six days after."""
    local = _local(instant)
    days = (local.date() - _local(after).date()).days
    return f"{DAYS[local.weekday()]} {_clock(local)}" if 0 <= days < 7 else full(instant)


def span(seconds: int) -> str:
    """In hours, minutes and seconds: "3 h 40 min"."""
    hours, rest = divmod(seconds, 3600)
    parts = [(hours, "h"), (rest // 60, "min"), (rest % 60, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def _local(instant: Instant) -> datetime:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(UTC).astimezone(ZONE)


def _clock(local: datetime) -> str:
    seconds = f":{local.second:02}" if local.second or local.microsecond else ""
    fraction = f".{local.microsecond:06}".rstrip("0") if local.microsecond else ""
    again = " again" if local.fold and local.utcoffset() != local.replace(fold=0).utcoffset() else ""
    return f"{local.hour:02}:{local.minute:02}{seconds}{fraction}{again}"
