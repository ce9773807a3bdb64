"""How old the figures are is known whether or not anybody looked before."""

from __future__ import annotations

from stream.board.age import age

NOW = 1_772_452_800_000


def test_who_looks_for_the_first_time_sees_that_nothing_has_moved() -> None:
    """Nothing was settled for 75 s, and the page is opened only now."""
    told = age(played=False, settled=NOW - 135_000, moved=NOW - 75_000, newest=NOW - 76_000, now=NOW)
    assert (True, 75_000) == (told["stale"], told["age"])
    assert "1:15 old" in told["says"]


def test_a_stream_that_goes_on_is_live() -> None:
    """A minute of lateness and a batch are usual; the age is that of the newest figure."""
    told = age(played=False, settled=NOW - 61_000, moved=NOW - 900, newest=NOW - 2_000, now=NOW)
    assert {"shown": NOW - 2_000, "age": 2_000, "stale": False, "says": ""} == told


def test_a_stream_that_is_far_behind_is_stale_though_it_moves() -> None:
    """Workers that catch up show the past."""
    assert age(played=False, settled=NOW - 200_000, moved=NOW, newest=0, now=NOW)["stale"]


def test_a_played_day_is_as_old_as_its_last_mark() -> None:
    """Its time is not the wall clock's."""
    assert not age(played=True, settled=5_000, moved=NOW - 1_000, newest=0, now=NOW)["stale"]
    assert age(played=True, settled=5_000, moved=NOW - 30_000, newest=0, now=NOW)["stale"]


def test_nothing_settled_is_no_figures() -> None:
    """Said so, and not as an age."""
    assert (None, True) == tuple(age(played=False, settled=None, moved=None, newest=0, now=NOW)[name] for name in ("shown", "stale"))
