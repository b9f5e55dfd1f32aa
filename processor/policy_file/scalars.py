"""A field's text as a value of the domain: numbers, points, shares, durations, dates, names; which of them a field is stays outside.

Each reader notes what it cannot read and gives a stand-in; of an absent field it notes nothing, since that has been said.
"""

import re
from collections.abc import Collection
from datetime import date
from typing import TypeVar

from processor.domain.durations import Duration, parse_duration
from processor.policy_file.document import Field, did_you_mean, is_name, quoted
from schemas.instants import Instant, parse_instant

Word = TypeVar("Word", bound=str)

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,8})")
_POINTS = re.compile(r"(?P<sign>-?)(?P<whole>0|[1-9][0-9]{0,5})(\.(?P<fraction>[0-9]{1,3}))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STAND_IN_DATE = date(2000, 1, 1)
_YEARS = range(1900, 3000)  # an agreement of another year is a slip of the pen, and calendars end with the year 9999
_PERCENT = re.compile(r"(0|[1-9][0-9]{0,3})%")


def read_name(field: Field, avoid: str = "") -> str:
    """Text that may stand in an event; `avoid`: characters that would make its identities ambiguous."""
    text = field.text
    if text is None or not is_name(text) or field.found == "nothing":
        field.refuse(field.found, "text of 1 to 128 printable characters")
        return ""
    return check_characters(field, text, avoid)


def check_characters(field: Field, text: str, avoid: str) -> str:
    if any(character in text for character in avoid):
        field.refuse(quoted(text), f"a name without {' and '.join(avoid)}", "they part the ids of events; use - or _")
    return text


def read_names(field: Field, known: Collection[str] | None = None) -> tuple[str, ...]:
    """Each once; only of `known` where that is given."""
    names: list[str] = []
    for item in field.items():
        name = read_name(item) if known is None else read_reference(item, known)
        if name and name in names:
            item.refuse(f"{quoted(name)} again", "each once", "remove one")
        names.append(name)
    return tuple(names)


def read_reference(field: Field, known: Collection[str]) -> str:
    """A name that is defined elsewhere in the policy, or a word of the format."""
    text = field.text or ""
    if text not in known:
        expected = f"one of {', '.join(known)}" if known else "a name that the policy defines; it defines none"
        field.refuse(field.found, expected, did_you_mean(text, known, ""))
    return text


def read_word(field: Field, words: tuple[Word, ...]) -> Word:
    """One word of a closed set."""
    text = read_reference(field, words)
    return next((word for word in words if word == text), words[0])


def read_flag(field: Field) -> bool:
    if field.text not in ("true", "false"):
        field.refuse(field.found, "true or false")
    return field.text == "true"


def read_whole(field: Field, least: int) -> int:
    text = field.text or ""
    if not _WHOLE.fullmatch(text) or int(text) < least:
        field.refuse(field.found, f"a whole number from {least} to 999999999")
        return least
    return int(text)


def read_points(field: Field, least: int | None = None) -> int:
    """Milli-points; `least` too."""
    written = _POINTS.fullmatch(field.text or "")
    if written is None:
        field.refuse(field.found, "points: a number under a million with at most three decimals")
        return least or 0
    milli = int(written["whole"]) * 1_000 + int((written["fraction"] or "").ljust(3, "0"))
    milli = -milli if written["sign"] else milli
    if least is not None and milli < least:
        field.refuse(field.found, f"points of {shown_points(least)} or more")
    return milli


def shown_points(milli: int) -> str:
    return f"{milli / 1_000:.3f}".rstrip("0").rstrip(".")


def read_percent(field: Field, least: int, most: int) -> int:
    """Percent; whole ones only, since every share of a duration is cut to whole seconds anyway."""
    text = field.text or ""
    if not _PERCENT.fullmatch(text) or not least <= int(text[:-1]) <= most:
        to_do = f"write {text}%" if _WHOLE.fullmatch(text) else ""
        field.refuse(field.found, f"a whole percentage from {least}% to {most}%", to_do)
        return least
    return int(text[:-1])


def read_duration(field: Field, text: str | None = None, *, least: int = 1) -> Duration:
    """Any measure. `text` where the duration is only part of what stands in the field."""
    written = field.text or "" if text is None else text
    try:
        duration = parse_duration(written)
    except ValueError:
        days = re.search(r"\bdays?$", written)
        to_do = '"days" alone is ambiguous: write business_days or calendar_days' if days else ""
        field.refuse(field.found, 'a duration such as "4 business_hours"', to_do)
        return Duration(least, "elapsed", written)
    if duration.amount < least:
        field.refuse(field.found, "a duration longer than nothing")
    return duration


def read_elapsed(field: Field, *, least: int = 1) -> Duration:
    """For what runs by day and night alike."""
    duration = read_duration(field, least=least)
    if duration.measure != "elapsed":
        field.refuse(field.found, 'an elapsed duration such as "30 minutes"', "write seconds, minutes, hours or calendar_days")
    return duration


def read_span(field: Field, *, least: int = 1) -> int:
    """Elapsed microseconds."""
    return read_elapsed(field, least=least).amount


def read_instant(field: Field) -> Instant:
    text = field.text or ""
    try:
        instant = parse_instant(text)
    except ValueError:
        field.refuse(field.found, "an instant with its offset such as 2026-10-01T00:00:00+02:00")
        return 0
    return instant if _is_of_our_time(field, text) else 0


def read_date(field: Field, text: str | None = None) -> date:
    written = field.text or "" if text is None else text
    try:
        if _DATE.fullmatch(written):
            day = date.fromisoformat(written)
            return day if _is_of_our_time(field, written) else _STAND_IN_DATE
    except ValueError:
        pass
    field.refuse(field.found if text is None else quoted(text), "a date such as 2026-12-24")
    return _STAND_IN_DATE


def _is_of_our_time(field: Field, written: str) -> bool:
    if int(written[:4]) in _YEARS:
        return True
    field.refuse(quoted(written), f"a year from {_YEARS[0]} to {_YEARS[-1]}")
    return False
