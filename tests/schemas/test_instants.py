"""An instant is read from RFC 3339 with an offset, and written in one way only."""

from datetime import datetime, timedelta, timezone

import pytest
import whenever
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.instants import EARLIEST, LATEST, SECOND, format_instant, parse_instant


def test_an_instant_is_microseconds_since_the_epoch() -> None:
    assert parse_instant("1970-01-01T00:00:01Z") == SECOND == 1_000_000
    assert parse_instant("2026-10-16T13:00:00.000001Z") == 1_792_155_600_000_001


def test_the_offset_is_taken_away() -> None:
    assert parse_instant("2026-10-16T15:00:00+02:00") == parse_instant("2026-10-16T13:00:00Z") == parse_instant("2026-10-16T08:30:00-04:30")


def test_letters_of_either_case_are_read() -> None:
    assert parse_instant("2026-10-16t13:00:00z") == parse_instant("2026-10-16T13:00:00Z")


def test_before_the_epoch_an_instant_is_negative() -> None:
    assert parse_instant("1969-12-31T23:59:59.5Z") == -SECOND // 2
    assert format_instant(-SECOND // 2) == "1969-12-31T23:59:59.5Z"


def test_digits_below_a_microsecond_are_cut_not_rounded() -> None:
    assert format_instant(parse_instant("2026-10-16T13:00:00.999999999Z")) == "2026-10-16T13:00:00.999999Z"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-10-16T15:00:00+02:00", "2026-10-16T13:00:00Z"),
        ("2026-10-16T13:00:10.000Z", "2026-10-16T13:00:10Z"),
        ("2026-10-16T13:00:00.120Z", "2026-10-16T13:00:00.12Z"),
        ("0999-10-16T13:00:00Z", "0999-10-16T13:00:00Z"),
    ],
)
def test_a_fraction_is_written_only_where_there_is_one(text: str, written: str) -> None:
    assert format_instant(parse_instant(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-10-16",
        "2026-10-16T15:00:00",
        "2026-10-16 15:00:00Z",
        "2026-10-16T15:00Z",
        "2026-10-16T15:00:00+02",
        "2026-10-16T15:00:00+0200",
        "2026-10-16T15:00:00+24:00",
        "2026-10-16T15:00:00+02:60",
        "2026-10-16T15:00:00,5Z",
        "2026-10-16T15:00:00.Z",
        "2026-W42-5T15:00:00Z",
        "20261016T150000Z",
        "2026-02-29T15:00:00Z",
        "2026-13-01T15:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-10-16T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "2026-10-16T15:00:00Z\n",
        "٢٠٢٦-10-16T15:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_every_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an RFC 3339 date and time with its offset"):
        parse_instant(text)


def test_a_refusal_shows_what_was_found_but_never_a_whole_payload() -> None:
    with pytest.raises(ValueError, match="found 'tomorrow', expected"):
        parse_instant("tomorrow")
    with pytest.raises(ValueError, match="…") as refusal:
        parse_instant("9" * 1_000_000)
    assert len(str(refusal.value)) < 200


def test_the_first_and_the_last_instant_are_those_that_can_be_written() -> None:
    assert format_instant(EARLIEST) == "0001-01-01T00:00:00Z"
    assert format_instant(LATEST) == "9999-12-31T23:59:59.999999Z"


@given(st.integers(EARLIEST, LATEST))
def test_what_was_written_is_read_again_as_itself(instant: int) -> None:
    assert parse_instant(format_instant(instant)) == instant


@given(st.datetimes(timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))))
def test_another_implementation_reads_the_same_instant(moment: datetime) -> None:
    assume(1 < moment.year < 9999)
    text = moment.isoformat()
    assert parse_instant(text) == whenever.Instant(text).timestamp(unit="nanosecond") // 1000
