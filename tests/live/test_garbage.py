"""The search for cycles in a worker: rare, and nothing escapes it for good."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from stream.live.garbage import GROWTH, tidy


class Knot:
    """Holds itself."""

    def __init__(self) -> None:
        """Tie it."""
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave the search of this process as it was."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_is_garbage_already_is_freed() -> None:
    """No search passes over it later."""
    knot = weakref.ref(Knot())
    tidy()
    assert knot() is None


def test_what_was_in_use_at_one_time_and_became_garbage_is_freed_the_next_time() -> None:
    """A partition that is given up does not stay in memory: the next assignment frees it."""
    held = Knot()
    tidy()
    knot = weakref.ref(held)
    del held
    gc.collect()
    assert knot() is not None
    tidy()
    assert knot() is None


def test_garbage_that_grows_is_found_without_being_asked() -> None:
    """Between two assignments memory stays bounded."""
    tidy()
    first = weakref.ref(Knot())
    for _ in range(2 * GROWTH):
        Knot()
    assert first() is None
