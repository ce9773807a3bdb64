"""Memory that nobody holds goes back to the machine."""

from __future__ import annotations

import psutil
import pytest

from stream.live import garbage

HELD = 2_000
LARGE = 40_000
"""Bytes: too large for Python's own allocator, and too small for the C library to ask the system for each."""


@pytest.mark.skipif(garbage._trim is None, reason="only glibc gives memory back when it is asked to")
def test_what_lies_free_between_what_stays_is_given_back() -> None:
    """As after a burst: half of the blocks are gone, and each of the others keeps its neighbours' room."""
    process = psutil.Process()
    burst = [bytearray(LARGE) for _ in range(HELD)]
    for number in range(0, HELD, 2):
        burst[number] = bytearray()
    before = process.memory_info().rss
    garbage.give_back()
    given = before - process.memory_info().rss

    assert given > HELD * LARGE / 2 / 2
