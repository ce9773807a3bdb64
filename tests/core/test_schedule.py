"""Opening hours, grace and business time, over the days on which clocks change too."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from stream.core.schedule import OpenNow, Schedule

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = ((8 * 60, 12 * 60), (12 * 60 + 10, 18 * 60))
WEEK = Schedule(BERLIN, (OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, (), ()), always=False)
MINUTE = 60_000
HOUR = 60 * MINUTE


def local(text: str) -> int:
    """A local time of Berlin in ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-02 07:59:59.999", False),
        ("2026-03-02 08:00:00", True),
        ("2026-03-02 11:59:59.999", True),
        ("2026-03-02 12:00:00", False),
        ("2026-03-02 12:10:00", True),
        ("2026-03-02 18:00:00", False),
        ("2026-03-07 10:00:00", False),
    ],
)
def test_periods_are_half_open(moment: str, is_open: bool) -> None:  # noqa: FBT001 - a table
    """The first millisecond counts, the last does not."""
    assert is_open == WEEK.is_open(local(moment))


def test_changes_over_a_weekend() -> None:
    """After Friday's closing comes Monday's opening."""
    assert local("2026-03-06 18:00") == WEEK.next_change(local("2026-03-06 12:10"))
    assert local("2026-03-09 08:00") == WEEK.next_change(local("2026-03-06 18:00"))


def test_hours_are_local_when_the_clocks_change() -> None:
    """Eight o'clock is eight o'clock: 63 real hours from Friday 17:00 to Monday 08:00 without the change, 62 with it."""
    assert local("2026-03-30 08:00") - local("2026-03-27 17:00") == 62 * HOUR
    assert local("2026-03-30 08:00") == WEEK.next_change(local("2026-03-27 18:00"))
    assert local("2026-10-26 08:00") == WEEK.next_change(local("2026-10-23 18:00"))


def test_periods_that_meet_at_midnight_are_one() -> None:
    """A centre that never closes on working days has no change at midnight."""
    day = ((0, 24 * 60),)
    week = Schedule(BERLIN, (day, day, day, day, day, (), ()), always=False)
    assert local("2026-03-07 00:00") == week.next_change(local("2026-03-02 09:00"))


@pytest.mark.parametrize(
    ("since", "spent", "until"),
    [
        ("2026-03-02 09:00", HOUR, "2026-03-02 10:00"),
        ("2026-03-02 11:30", HOUR, "2026-03-02 12:40"),
        ("2026-03-02 11:00", HOUR, "2026-03-02 12:00"),
        ("2026-03-02 07:00", HOUR, "2026-03-02 09:00"),
        ("2026-03-06 17:30", HOUR, "2026-03-09 08:30"),
        ("2026-03-27 17:30", 4 * HOUR, "2026-03-30 11:30"),
    ],
)
def test_business_time_passes_in_open_hours_only(since: str, spent: int, until: str) -> None:
    """Over lunch, before opening, over a weekend, and over a change of clocks."""
    assert local(until) == WEEK.after(local(since), spent)


def test_always_open_is_calendar_time() -> None:
    """Without hours nothing stops a clock."""
    assert local("2026-03-07 10:00") + HOUR == Schedule(BERLIN).after(local("2026-03-07 10:00"), HOUR)


@pytest.mark.parametrize(
    ("moment", "answer", "until"),
    [
        ("2026-03-02 07:00", False, "2026-03-02 08:00"),
        ("2026-03-02 08:00", False, "2026-03-02 08:15"),
        ("2026-03-02 08:14:59.999", False, "2026-03-02 08:15"),
        ("2026-03-02 08:15", True, "2026-03-02 12:00"),
        ("2026-03-02 12:11", False, "2026-03-02 12:25"),
        ("2026-03-02 12:24", False, "2026-03-02 12:25"),
        ("2026-03-02 12:25", True, "2026-03-02 18:00"),
    ],
)
def test_grace_after_every_opening(moment: str, answer: bool, until: str) -> None:  # noqa: FBT001 - a table
    """No verdict in the first 15 minutes, after a lunch that is shorter than that too."""
    assert (answer, local(until)) == OpenNow(WEEK, 15 * MINUTE).at(local(moment))


def test_what_is_remembered_does_not_change_the_answer() -> None:
    """Asked at rising moments, at falling ones or afresh: the same."""
    moments = [local("2026-03-02 07:00") + step * 7 * MINUTE for step in range(110)]
    rising, falling = OpenNow(WEEK, 15 * MINUTE), OpenNow(WEEK, 15 * MINUTE)
    fresh = [OpenNow(WEEK, 15 * MINUTE).at(moment) for moment in moments]
    assert fresh == [rising.at(moment) for moment in moments]
    assert fresh == [falling.at(moment) for moment in reversed(moments)][::-1]


def test_an_opening_in_the_hour_that_is_left_out_is_when_the_clocks_change() -> None:
    """Berlin, 29 March 2026: 02:30 does not exist, so what opens then opens at 03:00 summer time, and closes at 18:00."""
    zone = ZoneInfo("Europe/Berlin")
    early = Schedule(zone, tuple(((150, 1080),) for _ in range(7)), always=False)
    midnight = datetime(2026, 3, 29, 0, 0, tzinfo=zone)

    opens = early.next_change(int(midnight.timestamp() * 1000))
    closes = early.next_change(opens or 0)

    assert [datetime(2026, 3, 29, 3, 0, tzinfo=zone), datetime(2026, 3, 29, 18, 0, tzinfo=zone)] == [
        datetime.fromtimestamp((stamp or 0) / 1000, zone) for stamp in (opens, closes)
    ]
