"""Instants as integers, microseconds since the epoch in UTC, and their RFC 3339 text; zones stay in the calendars."""

import re
from datetime import UTC, datetime, timedelta

Instant = int

SECOND = 1_000_000

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The first and the last instant that RFC 3339 can write, its years being 1 to 9999.
EARLIEST: Instant = (datetime.min.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
LATEST: Instant = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)

# datetime.fromisoformat alone would take week dates, commas and hour-only offsets too, and each Python version a few more.
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII | re.IGNORECASE,
)


def parse_instant(text: str) -> Instant:
    """The instant that an RFC 3339 text with an offset names; digits below a microsecond are cut.

    ValueError for every other text: one without an offset, a date that does not exist, a leap second, an instant whose year in UTC
    is not one of 1 to 9999. So what was parsed can always be written again.
    """
    if not _RFC_3339.fullmatch(text):
        raise _not_an_instant(text)
    try:
        since_epoch = datetime.fromisoformat(text.upper()) - EPOCH
    except ValueError:
        raise _not_an_instant(text) from None
    instant = (since_epoch.days * 86_400 + since_epoch.seconds) * SECOND + since_epoch.microseconds
    if not EARLIEST <= instant <= LATEST:
        raise _not_an_instant(text)
    return instant


def format_instant(instant: Instant) -> str:
    """The one text of an instant: in UTC with `Z`, a fraction only where there is one, its trailing zeros cut.

    OverflowError for an instant before EARLIEST or after LATEST.
    """
    text = (EPOCH + timedelta(microseconds=instant)).isoformat().removesuffix("+00:00")
    return f"{text.rstrip('0')}Z" if instant % SECOND else f"{text}Z"


def _not_an_instant(text: str) -> ValueError:
    found = text if len(text) <= 40 else f"{text[:40]}…"
    return ValueError(f"found {found!r}, expected an RFC 3339 date and time with its offset, such as 2026-10-16T15:00:00+02:00")
