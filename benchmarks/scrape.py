"""How long a worker takes to answer a scrape when it shows 500 queues x 4 channels."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

import aiohttp

from benchmarks.installation import declared, installation, scrape
from stream.core.events import CHANNELS, Event

HERE: Final = Path(__file__).parent
QUEUES: Final = 500
SCRAPES: Final = 50


KEPT: Final = """kept:
  measures: [offered, answered, abandoned, wait_answered_mean_seconds, waiting, staffed]
  windows: [30m]
  scopes: [all, channel, queue, queue and channel]
"""
"""What a centre of that size keeps to stay below 20 000 series; the longest wait is 2 000 more, all figures of all windows are 90 000."""


def centre_of(queues: int, kept: str = "") -> str:
    """A centre's file with so many queues of all channels."""
    lines = [f"  q{number:03d}: {{ channels: [{', '.join(CHANNELS)}] }}" for number in range(queues)]
    return "\n".join(["version: 1", "time_zone: UTC", "queues:", *lines]) + "\n" + kept


def one_of_each(queues: int, now: int) -> Iterator[Event]:
    """A contact that was answered and one that waits in each queue and channel, so that no series is at its default."""
    for queue in range(queues):
        for channel in CHANNELS:
            for kept in (False, True):
                contact = f"c-{queue}-{channel}-{kept:d}"
                place = {"contact_id": contact, "queue": f"q{queue:03d}", "channel": channel}
                yield Event(now - 5_000, "contact.offered", contact, f"{contact}-0", place)
                if not kept:
                    yield Event(now - 3_000, "contact.answered", contact, f"{contact}-1", {"contact_id": contact, "agent_id": "a-1"})
                    yield Event(now - 1_000, "contact.ended", contact, f"{contact}-2", {"contact_id": contact, "by": "customer"})


async def measure(*, short: bool = False) -> dict[str, Any]:
    """Fill one worker with series and scrape it: with what such a centre keeps, and with everything."""
    queues, times = (20, 3) if short else (QUEUES, SCRAPES)
    some, everything = await _scrapes(centre_of(queues, KEPT), queues, times), await _scrapes(centre_of(queues), queues, times)
    return {
        "about": f"`/metrics` of one worker that owns all partitions, {queues} queues x {len(CHANNELS)} channels; {times} scrapes. "
        "First with the figures that `benchmarks/scrape.py` keeps, then with all of them in all windows.",
        **some,
        **{f"everything_{name}": value for name, value in everything.items()},
    }


async def _scrapes(text: str, queues: int, times: int) -> dict[str, Any]:
    """Scrape a worker of the declared centre."""
    with declared(text) as centre:
        async with installation(1, centre, HERE / "standards.yaml") as running, aiohttp.ClientSession() as session:
            await running.send(one_of_each(queues, int(time.time() * 1000)))
            await running.settled()
            took = []
            page = b""
            for _ in range(times):
                began = time.perf_counter()
                page = await scrape(session, running.workers[0].address)
                took.append(time.perf_counter() - began)
    series = sum(1 for line in page.splitlines() if line and not line.startswith(b"#"))
    print(f"scrape of {series:,} series: median {median(took) * 1000:.0f} ms, longest {max(took) * 1000:.0f} ms", flush=True)
    return {"seconds_median": median(took), "seconds_longest": max(took), "series": series, "bytes": len(page)}
