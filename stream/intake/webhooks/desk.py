"""Where requests wait for Kafka: the event loop of HTTP hands them in, one thread takes all that wait and brings them to Kafka at once.

So a flush costs a round trip for as many requests as came during the one before. A request is answered when its flush is over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final

from stream.intake.webhooks.declared import Declared

GATHER: Final = 0.004
"""How long (s) more requests are waited for after a first one: well below what anybody notices, and it saves half of the flushes."""
MOST: Final = 1_000
"""Records (or more, by one request's) of a flush."""


@dataclass(slots=True, eq=False)
class Waiting:
    """A request whose records are to be acknowledged. answered: True when they are, False when they may not be."""

    source: Declared
    records: list[bytes]
    answered: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Desk:
    """Between the event loop and the thread of Kafka."""

    def __init__(self) -> None:
        """Closed: Kafka is not there yet."""
        self._waiting: SimpleQueue[Waiting] = SimpleQueue()
        self.open = False
        self.opened = 0
        """How often Kafka came to be there."""

    def begin(self) -> None:
        """Kafka is there."""
        self.opened += 1
        self.open = True

    async def acknowledged(self, source: Declared, records: list[bytes]) -> bool:
        """Whether Kafka has the records; False at once where it is away. In the event loop."""
        if not self.open:
            return False
        one = Waiting(source, records)
        self._waiting.put(one)
        return await one.answered

    def take(self, seconds: float) -> list[Waiting]:
        """All that wait, after at most so long; those who gave up are left out. In the thread of Kafka."""
        try:
            found = [self._waiting.get(timeout=seconds)]
        except Empty:
            return []
        size, until = len(found[0].records), time.monotonic() + GATHER
        while size < MOST and (left := until - time.monotonic()) > 0:
            try:
                found.append(self._waiting.get(timeout=left))
            except Empty:
                break
            size += len(found[-1].records)
        return [one for one in found if not one.answered.done()]

    def close(self) -> None:
        """Kafka is away: whoever waits is told so."""
        self.open = False
        found: list[Waiting] = []
        with suppress(Empty):
            while True:
                found.append(self._waiting.get_nowait())
        settle(found, done=False)


def settle(found: Sequence[Waiting], *, done: bool) -> None:
    """Answer them, from any thread."""
    if not found:
        return

    def answer() -> None:
        for one in found:
            if not one.answered.done():
                one.answered.set_result(done)

    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        found[0].answered.get_loop().call_soon_threadsafe(answer)
