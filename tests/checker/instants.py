"""Instants and spans as the checker reads them, in microseconds since the epoch; calendars stand elsewhere."""

import re
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = -62_135_596_800 * SECOND, 253_402_300_799 * SECOND  # years 1 to 9999
_WITH_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def instant(text: str) -> int:
    """ValueError for a text that is not RFC 3339 with an offset."""
    if not _WITH_OFFSET.fullmatch(text):
        raise ValueError(text)
    return (datetime.fromisoformat(text.upper()) - EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def shown(at: int) -> str:
    """As the events say it; what lies beyond all calendars is never."""
    if not _FIRST <= at <= _LAST:
        return "never"
    text = moment(at).isoformat().removesuffix("+00:00")
    return f"{text.rstrip('0')}Z" if at % SECOND else f"{text}Z"
