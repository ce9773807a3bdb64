"""How often a worker commits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic


class Pace:
    """Lets a worker commit at most so often a second; what waits meanwhile makes the batches larger."""

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], float] = monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """`burst`: how many may follow each other at once after a quiet time."""
        self._gap = 1.0 / rate
        self._burst = burst * self._gap
        self._next = 0.0
        self._clock = clock
        self._sleep = sleep

    async def wait(self) -> None:
        """Wait for the turn."""
        now = self._clock()
        turn = max(self._next, now - self._burst)
        self._next = turn + self._gap
        if turn > now:
            await self._sleep(turn - now)
