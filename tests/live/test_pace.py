"""The pace of a worker."""

from __future__ import annotations

import asyncio
from time import monotonic

from stream.live.pace import Pace


def test_a_worker_commits_at_its_pace_after_a_burst() -> None:
    """A few may follow each other at once, then each waits for its turn."""

    async def took(turns: int) -> float:
        pace = Pace(100.0, 5)
        started = monotonic()
        for _ in range(turns):
            await pace.wait()
        return monotonic() - started

    assert asyncio.run(took(5)) < 0.03
    assert 0.15 <= asyncio.run(took(25)) < 1.0
