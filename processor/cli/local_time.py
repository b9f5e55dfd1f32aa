"""Instants as a reader in one zone says them; what is due when, calendars know."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.instants import EPOCH, Instant


def local(at: Instant, zone: str) -> datetime:
    """The zone's clock; in the first and the last hours of RFC 3339's years, of which not every zone has a date, that of UTC."""
    utc = EPOCH + timedelta(microseconds=at)
    try:
        return utc.astimezone(ZoneInfo(zone))
    except OverflowError:
        return utc


def hour(at: Instant, zone: str) -> str:
    """`Mon 11:04`: enough for who knows which week it is."""
    return f"{local(at, zone):%a %H:%M}"


def day(at: Instant, zone: str) -> str:
    """`Mon 19 Oct`"""
    return f"{local(at, zone):%a %-d %b}"
