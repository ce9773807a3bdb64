"""A row keeps its place for thirty seconds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.board.seats import HOLD, PLACES, Seats


def test_a_worse_row_comes_below_who_keeps_a_place_and_goes_up_later() -> None:
    """Who was there first stays for a while; then the worst is on top."""
    seats = Seats()
    assert ["a"] == seats.arrange(["a"], 0)
    assert ["a", "b"] == seats.arrange(["b", "a"], 10_000)
    assert ["a", "b"] == seats.arrange(["b", "a"], HOLD - 1)
    assert ["c", "b", "a"] == seats.arrange(["b", "c", "a"], HOLD)  # a has had its while; b has not
    assert ["c", "b", "a"] == seats.arrange(["b", "a", "c"], 10_000 + HOLD)  # now c and a are kept
    assert ["b", "a", "c"] == seats.arrange(["b", "a", "c"], 2 * HOLD)


def test_who_is_over_is_seen_for_its_while_unless_another_needs_the_place() -> None:
    """That a queue is kept again is read too; but help is needed elsewhere."""
    seats = Seats()
    assert ["a", "b"] == seats.arrange(["a", "b"], 0)
    assert ["a", "b"] == seats.arrange(["b"], 1_000)
    full = [f"r{number}" for number in range(PLACES)]
    found = seats.arrange(["b", *full], 2_000)
    assert "a" not in found


@given(st.lists(st.tuples(st.integers(0, 40_000), st.lists(st.sampled_from("abcdefghijkl"), unique=True)), max_size=12))
def test_no_row_moves_within_its_while_and_none_is_there_twice(steps: list[tuple[int, list[str]]]) -> None:
    """Whatever breaks and is kept again: at most eight, each once, and who is in breach stays where it is for thirty seconds."""
    seats, now = Seats(), 0
    since: dict[str, tuple[int, int]] = {}
    for passed, worst_first in steps:
        now += passed
        found = seats.arrange(worst_first, now)
        there = [key for key in found if key is not None]
        assert len(found) <= PLACES
        assert len(there) == len(set(there))
        for key, (place, at) in list(since.items()):
            if key in worst_first and now < at + HOLD:
                assert found[place] == key
        since = {key: (place, since[key][1] if key in since and since[key][0] == place else now) for place, key in enumerate(found) if key}
