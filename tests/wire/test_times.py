"""Times on the wire: RFC 3339 in, milliseconds out, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import RejectedRecord
from stream.wire.times import CACHED_SECONDS, format_time, parse_time
from tests.wire.strategies import times


@given(times)
def test_times_round_trip(stamp: int) -> None:
    """Every millisecond of the years 1900 to 2999 is written and read as itself."""
    assert stamp == parse_time(format_time(stamp).encode())


NAIVE = st.datetimes(datetime(1900, 1, 1), datetime(2999, 12, 31))  # noqa: DTZ001 - what is drawn gets its zone in the test


@given(NAIVE, st.integers(min_value=-23 * 60 - 59, max_value=23 * 60 + 59))
def test_offsets_are_taken_into_account(local: datetime, minutes: int) -> None:
    """A time with any offset is the moment that the standard library says it is."""
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    assert expected == parse_time(moment.isoformat().encode())


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        (b"1970-01-01T00:00:00Z", 0),
        (b"1970-01-01t00:00:01.5z", 1_500),
        (b"1970-01-01 00:00:00.123999Z", 123),
        (b"1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_every_writing_of_the_standard_is_read(text: bytes, stamp: int) -> None:
    """Fractions of any length, small letters and a blank are RFC 3339 too."""
    assert stamp == parse_time(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"1999",
        b"1999-02-01T05:02:47",
        b"1999-02-30T05:02:47Z",
        b"1999-02-01T24:00:00Z",
        b"\xff",
        b"1999-02-01T 5:02:47Z",
    ],
)
def test_what_is_no_time_is_refused(text: bytes) -> None:
    """A time without an offset, a day that is not in the calendar and other texts are bad values."""
    with pytest.raises(RejectedRecord, match="RFC 3339 with its offset"):
        parse_time(text)


def test_the_cache_does_not_grow_without_end() -> None:
    """More seconds than the cache holds are still read and written rightly."""
    stamps = [second * 1000 for second in range(CACHED_SECONDS + 2)]

    assert stamps == [parse_time(format_time(stamp).encode()) for stamp in stamps]


@pytest.mark.parametrize(
    "text", [b"0001-01-01T00:00:00Z", b"1899-12-31T23:59:59.999Z", b"3000-01-01T00:00:00Z", b"9999-12-31T23:59:59.999Z"]
)
def test_the_ends_of_calendars_are_no_times(text: bytes) -> None:
    """A zero date or the last one is refused: the windows around it could not be named, and the fold of its facts would fail."""
    for _ in range(2):
        with pytest.raises(RejectedRecord, match="in the years 1900 to 2999"):
            parse_time(text)
