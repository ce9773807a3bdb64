"""How long figures are missing after a `kill -9` of one of two workers, with a million contacts open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

import aiohttp

from benchmarks.generate import CHANNELS, QUEUES
from benchmarks.installation import SESSION_TIMEOUT, Installation, installation, samples, scrape
from stream.core.events import Event
from stream.errors import PartMissing

HERE: Final = Path(__file__).parent
OPEN: Final = 1_000_000
LOOK_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 180.0
OFFERED: Final = "cc_contacts_offered_total"


def waiting(count: int, now: int) -> Iterator[Event]:
    """So many contacts that are offered and then wait."""
    for number in range(count):
        contact = f"c-{number:08d}"
        place = {"contact_id": contact, "queue": QUEUES[number % len(QUEUES)], "channel": CHANNELS[number // len(QUEUES) % 2]}
        yield Event(now - 1_000 + number % 1_000, "contact.offered", contact, f"{contact}-1", place)


async def measure(rounds: int, *, short: bool = False) -> dict[str, Any]:
    """Open the contacts, then kill each worker in turn and wait for the other to show everything."""
    count = 2_000 if short else OPEN
    took = []
    async with installation(2, HERE / "centre.yaml", HERE / "standards.yaml") as running, aiohttp.ClientSession() as session:
        await running.send(waiting(count, int(time.time() * 1000)))
        await running.settled()
        await shown(running, session, count, (0, 1))
        for number in range(rounds):
            killed = number % 2
            began = time.perf_counter()
            running.workers[killed].kill()
            await shown(running, session, count, (1 - killed,))
            took.append(time.perf_counter() - began)
            print(f"recovery {number + 1}/{rounds}: {took[-1]:.1f} s", flush=True)
            running.workers[killed].start()
            await asyncio.to_thread(running.workers[killed].wait)
            await shown(running, session, count, (0, 1))
    return {
        "about": f"`kill -9` of one of two workers, session time-out {SESSION_TIMEOUT}, {count:,} open contacts: "
        "until the other one shows the figures of all partitions.",
        "seconds_median": median(took),
        "seconds": took,
    }


async def shown(running: Installation, session: aiohttp.ClientSession, count: int, workers: tuple[int, ...]) -> None:
    """Wait until these workers together show as many offered contacts as there are."""
    until = time.monotonic() + PATIENCE_SECONDS
    seen = 0.0
    while time.monotonic() < until:
        pages = [await scrape(session, running.workers[number].address) for number in workers]
        seen = sum(sum(samples(page, OFFERED).values()) for page in pages)
        if seen == count:
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise PartMissing(f"After {PATIENCE_SECONDS:.0f} s the workers show {seen:.0f} of {count} contacts.")
