"""Real workers through Kafka with many contacts open: processor time and speed per event, memory per contact."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression
from typing import Any, Final

import aiohttp
import psutil

from benchmarks.engines.cluster import Cluster
from benchmarks.growth.shape import Floor, Shape
from benchmarks.installation import PATIENCE_SECONDS, Installation, declared, installation, samples, scrape
from stream.errors import PartMissing
from stream.wire.codec import CONTACT_TOPIC

JOB: Final = Path(__file__).parent.parent / "standards.yaml"
SHIPPED: Final = Path(__file__).parents[2] / "deploy" / "standards.yaml"
LOOK_SECONDS: Final = 0.1
RECOVERED_SECONDS: Final = 3.0
WARM_UP: Final = 0.1
COOL_DOWN: Final = 0.97
"""From and to which share of the events the slope is taken: a worker that has just started, or that runs dry, costs something else."""

LEAST: Final = 3
"""So many moments make a slope."""

MICRO: Final = 1e6
OFFERED: Final = "cc_contacts_offered_total"
WAITING: Final = "cc_contacts_waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is measured at once. everything: see `Shape.centre`.

    steady: events after the opening. settle: seconds between the opening and the weighing; facts of the last minute, the lateness,
    are held until then. again: whether workers are weighed once more after they were killed and have recovered.
    """

    shape: Shape
    workers: int = 1
    partitions: int = 4
    store: str = "memory"
    steady: int = 0
    settle: float = 3.0
    again: bool = False
    everything: bool = False


@dataclass(slots=True)
class _Looks:
    """Moments at which more was committed than before: how much, processor time (s), time (s)."""

    committed: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    at: list[float] = field(default_factory=list)


async def measure(case: Case) -> dict[str, Any]:
    """Open the contacts, weigh the workers; then let events wait in the topic, start the workers anew, and watch them at work."""
    floor = Floor(case.shape)
    with declared(case.shape.centre(everything=case.everything)) as centre:
        standards = SHIPPED if case.everything else JOB
        async with installation(case.workers, centre, standards, partitions=case.partitions, store=case.store) as running:
            empty = resident(running)
            await running.send(floor.opening(_now))
            await running.settled()
            await asyncio.sleep(case.settle)
            full = resident(running)
            found: dict[str, Any] = {
                "bytes_empty": empty,
                "bytes_full": full,
                "bytes_per_contact": (full - empty) / max(1, case.shape.contacts),
            }
            if case.again:
                found["bytes_per_contact_recovered"] = (await _recovered(running) - empty) / max(1, case.shape.contacts)
            if case.steady:
                found |= await _steady(running, floor, case.steady)
            found |= await _shown(running, floor)
    return found


async def _recovered(running: Installation) -> int:
    """Kill the workers, start them anew, and weigh them: so nothing is left of how the contacts came."""
    for worker in running.workers:
        worker.kill()
    for worker in running.workers:
        worker.start()
    for worker in running.workers:
        await asyncio.to_thread(worker.wait)
    await asyncio.sleep(RECOVERED_SECONDS)
    return resident(running)


async def _steady(running: Installation, floor: Floor, count: int) -> dict[str, Any]:
    """Fill while nobody reads, start the workers, and watch."""
    for worker in running.workers:
        worker.kill()
    before = running.sent
    await running.send(floor.steady(count, _now))
    for worker in running.workers:
        worker.start()
    looks = await _looks(running, before)
    first, last = before + WARM_UP * (running.sent - before), before + COOL_DOWN * (running.sent - before)
    kept = [number for number, done in enumerate(looks.committed) if first <= done <= last]
    kept = kept if len(kept) >= LEAST else list(range(len(looks.committed)))
    committed, cpu, at = ([series[number] for number in kept] for series in (looks.committed, looks.cpu, looks.at))
    return {
        "events": running.sent - before,
        "cpu_us_per_event": linear_regression(committed, cpu).slope * MICRO,
        "events_per_second": linear_regression(at, committed).slope,
        "bytes_at_work": resident(running),
    }


async def _looks(running: Installation, before: int) -> _Looks:
    """What is committed and what was spent, moment by moment, until all is done."""
    looks = _Looks()
    moved, last = time.monotonic(), before
    topic = running.settings.topic(CONTACT_TOPIC)
    async with Cluster(running.settings.bootstrap_servers) as cluster:
        while last < running.sent:
            await asyncio.sleep(LOOK_SECONDS)
            for worker in running.workers:
                worker.check()
            offsets = await cluster.committed(running.settings.installation)
            done = sum(offset for (name, _), offset in offsets.items() if name == topic)
            if done > last or not looks.at:
                looks.committed.append(done)
                looks.cpu.append(spent(running))
                looks.at.append(time.perf_counter())
                moved, last = time.monotonic(), done
            elif time.monotonic() - moved > PATIENCE_SECONDS:
                raise PartMissing(f"The workers are stuck at {done} of {running.sent} events.")
    return looks


async def _shown(running: Installation, floor: Floor) -> dict[str, Any]:
    """What the workers show, once it is the truth. Raises PartMissing where they stand still before."""
    for worker in running.workers:
        await asyncio.to_thread(worker.wait)
    truth = {"offered": floor.offered, "waiting": floor.waits}
    until = time.monotonic() + PATIENCE_SECONDS
    shown: dict[str, int] = {}
    async with aiohttp.ClientSession() as session:
        while shown != truth:
            if time.monotonic() > until:
                raise PartMissing(f"The workers show {shown} and nothing new, and it is {truth}.")
            await asyncio.sleep(LOOK_SECONDS)
            before = shown
            pages = [await scrape(session, worker.address) for worker in running.workers]
            shown = {
                name: round(sum(value for page in pages for labels, value in samples(page, metric).items() if "queue=" in labels))
                for name, metric in (("offered", OFFERED), ("waiting", WAITING))
            }
            if shown != before:  # what is folded after the contacts, with all measures on, takes its time
                until = time.monotonic() + PATIENCE_SECONDS
    return {"shown": shown}


def resident(running: Installation) -> int:
    """Bytes that the workers hold."""
    return sum(psutil.Process(worker.pid).memory_info().rss for worker in running.workers if worker.pid)


def spent(running: Installation) -> float:
    """Seconds of processor time, user and system, that the workers have had since they were started."""
    times = [psutil.Process(worker.pid).cpu_times() for worker in running.workers if worker.pid]
    return sum(one.user + one.system for one in times)


def _now() -> int:
    return int(time.time() * 1000)
