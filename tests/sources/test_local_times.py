"""Local times become moments, through midnights and clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stream.sources.local_times import DAY, LocalClock, local_midnight, moment, next_time, time_of_day

HOUR = 3_600_000
BERLIN = LocalClock(ZoneInfo("Europe/Berlin"))


def stamp(*parts: int) -> int:
    """Milliseconds of a moment in UTC."""
    year, month, day, hour, minute = parts
    return round(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp() * 1000)


def test_days_of_a_clock_change_are_shorter_or_longer() -> None:
    """A local day has 23 hours in spring and 25 in autumn."""
    lengths = []
    for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25)):
        begin, end = BERLIN.day(local_midnight(day))
        lengths.append((end - begin) // HOUR)
    assert [24, 23, 25] == lengths


def test_a_time_that_is_shown_twice_is_the_one_near_the_last() -> None:
    """Half past two of the autumn night: the first one alone, the second after a time in the second hour."""
    half_past_two = local_midnight(date(2026, 10, 25)) + 2 * HOUR + HOUR // 2
    first, second = stamp(2026, 10, 25, 0, 30), stamp(2026, 10, 25, 1, 30)
    assert (first, first, second) == (
        BERLIN.utc(half_past_two),
        BERLIN.utc(half_past_two, first - 1),
        BERLIN.utc(half_past_two, second + 1),
    )


def test_a_time_that_is_never_shown_is_counted_on() -> None:
    """Half past two of the spring night is half an hour after two."""
    half_past_two = local_midnight(date(2026, 3, 29)) + 2 * HOUR + HOUR // 2
    assert stamp(2026, 3, 29, 1, 30) == BERLIN.utc(half_past_two)


@pytest.mark.parametrize(
    ("previous", "clock_time", "expected"),
    [
        (None, 8.0, 8.0),
        (8.0, 9.0, 9.0),
        (8.0, 7.9, 7.9),
        (23.9, 0.1, 24.1),
        (20.0, 7.9, 31.9),
        (20.0, 8.0, 8.0),
        (20.0, 8.1, 8.1),
        (24.1, 23.9, 23.9),
        (24.1, 13.0, 37.0),
        (24.1, 0.2, 24.2),
        (0.1, 23.9, -0.1),
        (0.1, 13.0, 13.0),
        (47.9, 0.1, 48.1),
    ],
)
def test_the_day_of_a_time_follows_from_the_one_before_it(previous: float | None, clock_time: float, expected: float) -> None:
    """More than twelve hours back is the next day; less is noise; noise over a midnight is noise as well. All in hours."""
    day = local_midnight(date(2026, 3, 2))
    before = None if previous is None else day + round(previous * HOUR)
    assert day + round(expected * HOUR) == next_time(round(clock_time * HOUR), day, before)


@given(some.lists(some.integers(0, DAY - 1), min_size=1))
def test_a_row_never_jumps(times: list[int]) -> None:
    """From one time to the next it is never more than twelve hours back, nor 23 forward."""
    previous: int | None = None
    for time in times:
        found = next_time(time, 0, previous)
        assert found % DAY == time
        assert previous is None or -DAY // 2 <= found - previous <= 23 * HOUR
        previous = found


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("iso", "2026-03-02T08:00:00", stamp(2026, 3, 2, 7, 0)),
        ("iso", "2026-03-02 08:00", stamp(2026, 3, 2, 7, 0)),
        ("iso", "2026-03-02T08:00:00Z", stamp(2026, 3, 2, 8, 0)),
        ("iso", "2026-03-02T08:00:00.250+05:30", stamp(2026, 3, 2, 2, 30) + 250),
        ("epoch", "1772434800.5", stamp(2026, 3, 2, 7, 0) + 500),
        ("epoch_ms", "1772434800250", stamp(2026, 3, 2, 7, 0) + 250),
        ("%d.%m.%Y %H:%M", "02.03.2026 08:00", stamp(2026, 3, 2, 7, 0)),
        ("%d/%b/%Y:%H:%M:%S %z", "02/Mar/2026:08:00:00 +0000", stamp(2026, 3, 2, 8, 0)),
    ],
)
def test_full_times(form: str, text: str, expected: int) -> None:
    """A time with its date stands for itself; without an offset it is on the zone's clock."""
    assert expected == moment(form, BERLIN)(text, None)


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%H:%M:%S", "7:02:47", 25_367_000),
        ("%H:%M:%S", "23:59:59", DAY - 1000),
        ("%I:%M:%S %p", "07:02:47 PM", 68_567_000),
        ("%H:%M:%S.%f", "00:00:00.25", 250),
    ],
)
def test_times_of_day(form: str, text: str, expected: int) -> None:
    """A time of day is read in the form that the mapping names."""
    assert expected == time_of_day(form)(text)


@pytest.mark.parametrize("text", ["24:00:00", "7:60:00", "7:00:60", "7:00", "-1:00:00", "a:b:c", "7:00:00 ", "\u00b2:00:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    """No time is guessed."""
    with pytest.raises(ValueError, match=r".*"):
        time_of_day("%H:%M:%S")(text)
