"""How far the time of a partition has come."""

from __future__ import annotations

from stream.core.watermark import NOTHING, Watermark


def seen(watermark: Watermark, *times: int) -> Watermark:
    """A watermark that saw events of these times."""
    for time in times:
        watermark.see(time)
    return watermark


def test_on_the_wall_clock_it_is_the_newest_event_less_the_lateness() -> None:
    """An older event does not turn it back."""
    assert 90_000 == seen(Watermark(60_000, played=False), 100_000, 150_000, 120_000).settled


def test_on_the_wall_clock_an_idle_partition_moves_on() -> None:
    """And never back."""
    watermark = seen(Watermark(60_000, played=False), 150_000)
    watermark.idle(200_000)
    assert 140_000 == watermark.settled
    watermark.idle(100_000)
    assert 140_000 == watermark.settled


def test_on_the_played_clock_only_marks_move_it() -> None:
    """Neither events nor the clock."""
    watermark = seen(Watermark(60_000, played=True), 150_000)
    watermark.idle(500_000)
    assert NOTHING == watermark.settled
    watermark.mark(120_000, final=False)
    watermark.mark(110_000, final=False)
    assert (120_000, False) == (watermark.settled, watermark.final)
    watermark.mark(130_000, final=True)
    assert (130_000, True) == (watermark.settled, watermark.final)


def test_it_is_told_when_it_moved_and_on_ticks_once_a_second() -> None:
    """So that a quiet partition does not flood the next stage."""
    watermark = seen(Watermark(0, played=False), 1_000)
    assert [True, False] == [watermark.to_tell(None), watermark.to_tell(None)]
    found = []
    for now in (5_000, 5_500, 6_000):
        watermark.idle(now)
        found.append(watermark.to_tell(now))
    assert [True, False, True] == found


def test_it_survives_being_written_down() -> None:
    """Newest, settled, and whether more will come."""
    watermark = seen(Watermark(60_000, played=True), 150_000)
    watermark.mark(120_000, final=True)
    other = Watermark(60_000, played=True)
    other.decode(watermark.encode())
    assert (150_000, 120_000, True) == (other.newest, other.settled, other.final)
