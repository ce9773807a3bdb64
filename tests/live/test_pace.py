"""The pace of a worker."""

from __future__ import annotations

import asyncio

from stream.live.pace import Pace


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now = 1_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        """The time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.slept.append(seconds)
        self.now += seconds


def test_a_worker_commits_at_its_pace_after_a_burst() -> None:
    """A few may follow each other at once, then each waits for its turn; a quiet time earns a burst again, and no more."""
    clock = Clock()
    pace = Pace(4.0, 2, clock, clock.sleep)

    async def turns(count: int) -> list[float]:
        clock.slept = []
        for _ in range(count):
            await pace.wait()
        return clock.slept

    assert [] == asyncio.run(turns(3))
    assert [0.25, 0.25] == asyncio.run(turns(2))
    clock.now += 60.0
    assert [0.25] == asyncio.run(turns(4))
