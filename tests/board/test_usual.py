"""What is usual at this time of this weekday."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from stream.board.usual import Usual, earlier, halves

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = 60_000
NOON = 1_772_449_200_000


def test_a_half_hour_that_is_partly_in_the_hour_counts_for_that_part() -> None:
    """At 12:50 the last hour is ten minutes of 11:30, all of 12:00 and twenty minutes of 12:30."""
    usual, now = Usual(BERLIN), NOON + 50 * MINUTE
    for start, offered in zip(halves(now, usual.calendar), (30, 40, 60), strict=True):
        for week, more in ((1, 6), (3, -6)):
            usual.take("queue=billing", earlier(start, week, BERLIN), {"offered": offered + more, "staffed_hours": 5.0})
    assert 10 + 40 + 40 == usual.offered("queue=billing", now)
    assert 10.0 == usual.staffed("queue=billing", now)


def test_one_week_is_no_usual() -> None:
    """Nothing is claimed of one Monday, nor of a queue that nobody knows."""
    usual = Usual(BERLIN)
    for start in halves(NOON, usual.calendar):
        usual.take("queue=billing", earlier(start, 1, BERLIN), {"offered": 30, "staffed_hours": None})
    assert (None, None, None) == (usual.offered("queue=billing", NOON), usual.staffed("queue=billing", NOON), usual.offered("all", NOON))


def test_the_same_time_is_meant_where_the_clocks_change() -> None:
    """Noon in Berlin a week before noon after the change of the clocks is noon too, 169 hours ago; what matters no more is forgotten."""
    after = int(datetime(2026, 10, 26, 11, tzinfo=UTC).timestamp() * 1000)
    assert after - 169 * 60 * MINUTE == earlier(after, 1, BERLIN)
    usual = Usual(BERLIN)
    usual.take("all", earlier(halves(NOON, usual.calendar)[0], 1, BERLIN), {"offered": 1})
    usual.forget(NOON + 600 * MINUTE)
    assert {} == usual._told
