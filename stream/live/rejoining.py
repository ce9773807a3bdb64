"""A partition that has ended asks for a new assignment, once, and not where one has come meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Rejoining:
    """Asks the group for a new assignment a while after a partition has ended."""

    def __init__(self, ask: Callable[[], Awaitable[None]], assignments: Callable[[], int]) -> None:
        """`ask` asks the group; `assignments`: how many assignments there were so far."""
        self._ask = ask
        self._assignments = assignments
        self._waiting: asyncio.Task[None] | None = None
        self._since = -1

    def soon(self, after: float) -> None:
        """Ask in `after` seconds, unless an assignment comes before.

        What was to be asked because of a partition of an earlier assignment is void: it would ask nothing any more.
        """
        now = self._assignments()
        if self._waiting is not None and not self._waiting.done():
            if self._since == now:
                return
            self._waiting.cancel()
        self._since = now
        self._waiting = asyncio.ensure_future(self._wait(after))

    async def _wait(self, after: float) -> None:
        since = self._since
        await asyncio.sleep(after)
        if self._assignments() == since:
            await self._ask()
