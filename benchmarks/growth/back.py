"""How long figures are missing after `kill -9` of one of two workers: by store, and by what the workers had done before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.generate import events
from benchmarks.installation import installation
from benchmarks.recovery import shown, waiting
from stream.core.events import Event

HERE: Final = Path(__file__).parent.parent
OPEN: Final = "open"
WORKED: Final = "worked"
"""What lies behind: contacts that are all open, or events that were worked off, most of whose contacts are over."""


async def measure(before: str, count: int, store: str) -> dict[str, Any]:
    """Let two workers take `count` contacts (`open`) or events (`worked`), kill one, and wait until the other shows everything."""
    async with installation(2, HERE / "centre.yaml", HERE / "standards.yaml", store=store) as running, aiohttp.ClientSession() as session:
        tally = _Tally()
        made = waiting(count, int(time.time() * 1000)) if before == OPEN else _now(count)
        await running.send(tally.counting(made))
        await running.settled()
        await shown(running, session, tally.offered, (0, 1))
        began = time.perf_counter()
        running.workers[0].kill()
        await shown(running, session, tally.offered, (1,))
        return {"seconds": time.perf_counter() - began, "offered": tally.offered}


class _Tally:
    """How many contacts were offered."""

    def __init__(self) -> None:
        self.offered = 0

    def counting(self, found: Iterator[Event]) -> Iterator[Event]:
        for event in found:
            self.offered += event.type == "contact.offered"
            yield event


def _now(count: int) -> Iterator[Event]:
    """The events of the benchmark, as if they happened while they are sent."""
    for event in events(count):
        event.time = int(time.time() * 1000)
        yield event
