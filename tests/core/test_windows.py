"""Windows: half-open edges, local days of 23 and 25 hours, panes, and cells that add up."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from stream.core.windows import Calendar, Cell, pane_of
from tests.core.timelines import at, intervals, told

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3_600_000


def utc(text: str) -> int:
    """A moment in ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_day_begins_at_local_midnight() -> None:
    """Berlin's 2 March begins at 23:00 UTC of the day before, and its last millisecond is its own."""
    calendar = Calendar(BERLIN)
    day = (utc("2026-03-01 23:00"), utc("2026-03-02 23:00"))
    assert day == calendar.day(day[0])
    assert day == calendar.day(day[1] - 1)
    assert day[1] == calendar.day(day[1])[0]


def test_days_on_which_clocks_change_have_23_and_25_hours() -> None:
    """29 March and 25 October 2026."""
    calendar = Calendar(BERLIN)
    lengths = [(end - begin) / HOUR for begin, end in (calendar.day(utc("2026-03-29 12:00")), calendar.day(utc("2026-10-25 12:00")))]
    assert [23.0, 25.0] == lengths


def test_half_hours_cover_each_day_without_gap_or_overlap() -> None:
    """46, 48 and 50 of them, each beginning where the one before ends."""
    calendar = Calendar(BERLIN)
    counts = []
    for day in ("2026-03-29 12:00", "2026-03-30 12:00", "2026-10-25 12:00"):
        moment, end = calendar.day(utc(day))
        count = 0
        while moment < end:
            start, following = calendar.half_hour(moment)
            assert start == moment
            assert (start, following) == calendar.half_hour(following - 1)
            moment, count = following, count + 1
        assert moment == end
        counts.append(count)
    assert [46, 48, 50] == counts


def test_half_hours_of_a_zone_with_a_quarter_offset_are_local() -> None:
    """Kathmandu is 5:45 ahead of UTC: its 09:00 is 03:15 UTC."""
    calendar = Calendar(ZoneInfo("Asia/Kathmandu"))
    assert (utc("2026-03-02 03:15"), utc("2026-03-02 03:45")) == calendar.half_hour(utc("2026-03-02 03:44:59"))
    assert "2026-03-02T09:00:00+05:45" == calendar.iso(utc("2026-03-02 03:15"))


def test_the_date_is_the_local_one() -> None:
    """At 23:30 UTC it is the next day in Berlin."""
    assert "2026-03-03" == Calendar(BERLIN).date(utc("2026-03-02 23:30"))


def test_panes_are_ten_seconds() -> None:
    """Half-open too."""
    assert [0, 0, 10_000] == [pane_of(0), pane_of(9_999), pane_of(10_000)]


def test_a_contact_counts_in_the_half_hour_in_which_it_was_offered() -> None:
    """Offered in the last millisecond of one half-hour, answered and ended in the next."""
    story = """
        09:29:59.999 anna offered billing/call
        09:30:00 bert offered billing/call
        09:31:00 anna answered
        09:31:10 bert answered
        10:10:00 bert ended
    """
    found = intervals(story)
    assert {"09:00", "09:30"} == set(found)
    assert (1, 1, 60.001) == tuple(found["09:00"][name] for name in ("offered", "answered", "wait_answered_mean_seconds"))
    assert (1, 1, 70.0) == tuple(found["09:30"][name] for name in ("offered", "answered", "wait_answered_mean_seconds"))


def test_a_level_that_lasts_into_a_window_is_its_first_maximum() -> None:
    """Two wait from 09:20; one leaves on the stroke of 09:30, the other waits on and alone over the next two half-hours."""
    story = """
        09:20:00 anna offered billing/call
        09:20:00 bert offered billing/call
        09:30:00 anna answered
        10:45:00 bert answered
        11:10:00 cora begun billing/call
    """
    assert {"09:00": 2, "09:30": 1, "10:00": 1, "10:30": 1} == {
        start: figures["max_waiting"] for start, figures in intervals(story).items() if "max_waiting" in figures
    }


def test_rolling_windows_forget_what_is_older() -> None:
    """Offered at 09:00:00, as of 09:04:59 in the five minutes, as of 09:05:00 not; in the fifteen still."""
    story = "09:00:00 anna offered billing/call\n09:00:01 anna answered"
    assert 1 == told(story, window="5m", until="09:04:59")["offered"]
    assert "offered" not in told(story, window="5m", until="09:05:00")
    assert 1 == told(story, window="15m", until="09:05:00")["offered"]


def test_a_level_that_lasts_is_in_every_rolling_window() -> None:
    """Whoever entered the queue an hour ago waits in the last five minutes too."""
    assert 1 == told("09:00:00 anna offered billing/call", window="5m", until="10:30:00")["max_waiting"]


def test_a_cell_survives_being_written_down() -> None:
    """With its revision, and whether its interval is still to be sent."""
    cell = Cell(at("09:00:00"), at("09:30:00"))
    cell.n, cell.top, cell.revision = defaultdict(int, {"offered": 2}), {"waiting^": 3}, 4
    cell.raise_to("waiting^", 5)
    assert cell.encode() == Cell.decode(cell.encode()).encode()
