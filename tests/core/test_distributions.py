"""Distributions: counts over bounds that are inclusive, and exact at each of them."""

from __future__ import annotations

import pytest

from stream.core.distributions import WAITS, Bounds


def test_bounds_are_inclusive() -> None:
    """Exactly 20 s is within 20 s; a millisecond more is not."""
    bounds = Bounds()
    assert ["answered<20000", "answered<30000"] == [bounds.bucket("answered", 20_000), bounds.bucket("answered", 20_001)]


def test_zero_and_infinity_have_their_buckets() -> None:
    """A wait of nothing, and one above every bound."""
    bounds = Bounds()
    assert ["answered<0", "answered<inf"] == [bounds.bucket("answered", 0), bounds.bucket("answered", 1_200_001)]


def test_within_adds_the_buckets_up_to_the_limit() -> None:
    """2 at once, 3 within 20 s, 4 later."""
    bounds = Bounds()
    numbers = {"answered<0": 2, "answered<20000": 3, "answered<inf": 4}
    counts = bounds.counts(numbers, "answered")
    assert [2, 5, 5] == [sum(counts[: bounds.index("answered", limit) + 1]) for limit in (0, 20_000, 1_200_000)]
    assert (9, 4, len(WAITS) + 1) == (sum(counts), counts[-1], len(counts))


def test_thresholds_of_standards_become_bounds() -> None:
    """A standard of 25 s is exact; one that nobody declared is refused."""
    bounds = Bounds({"answered": (25_000,)})
    assert "answered<25000" == bounds.bucket("answered", 20_001)
    assert 3 == bounds.counts({"answered<25000": 3}, "answered")[bounds.index("answered", 25_000)]
    with pytest.raises(ValueError, match="25000 ms is no bound of answered"):
        Bounds().index("answered", 25_000)
