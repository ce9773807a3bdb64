"""How long after an event its metric and its breach record are there, at a steady load on two workers.

The metric: the k-th contact offered to a queue is visible when a page of /metrics first shows k there; pages are fetched all the time.
The breach: four contacts are offered at once to a queue that is empty, and a standard allows three; its record is read from Kafka.
All is counted from the time in the event, which is when it was made; making batches and sending are in it.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

import aiohttp
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.filling import Filling
from benchmarks.generate import events
from benchmarks.growth.shape import KEPT
from benchmarks.installation import Installation, declared, installation, samples, scrape
from stream.core.events import Event
from stream.core.stage import STANDARD_BREACHES
from stream.errors import PartMissing

HERE: Final = Path(__file__).parent
LOAD: Final = 2_000
BEAT: Final = 0.02
"""Events are sent in batches, so many seconds apart."""

PROBES_A_SECOND: Final = 5
PROBE_QUEUES: Final = 30
PROBED: Final = 4
LASTING: Final = PROBE_QUEUES / PROBES_A_SECOND / 2
"""Seconds until the four leave again."""
WARM_UP_SECONDS: Final = 10.0
SETTLE_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.05
LEAST: Final = 2
"""Figures of which there must be so many; fewer have no percentiles."""

OFFERED: Final = "cc_contacts_offered_total"


@dataclass(slots=True)
class Measured:
    """What is known so far. sent: by series the times (s) at which contacts were offered; firing: by queue when it was broken."""

    sent: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    shown: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    firing: dict[str, float] = field(default_factory=dict)
    metric: list[tuple[float, float]] = field(default_factory=list)
    breach: list[tuple[float, float]] = field(default_factory=list)
    longest_beat: float = 0.0
    missed: int = 0

    def miss(self, queue: str) -> None:
        """A breach was over before anybody was told that it is there: it took longer than it lasted."""
        if (at := self.firing.pop(queue, None)) is not None:
            self.breach.append((at, LASTING))
            self.missed += 1


async def measure(seconds: float, *, short: bool = False) -> dict[str, Any]:
    """Load two workers and look: with the job's measures, and with everything that can be measured."""
    warm_up = 1.0 if short else WARM_UP_SECONDS
    centre = (HERE / "latency-centre.yaml").read_text()
    with declared(centre + KEPT) as few, declared(centre) as all_of_them:
        some, everything = await _measure(few, seconds, warm_up), await _measure(all_of_them, seconds, warm_up)
    return {
        "about": f"{LOAD} events a second for {seconds:g} s after {warm_up:g} s, two workers, clock wall, in seconds from the time in the "
        "event. First with the measures of the job, then with all measures in all windows. "
        f"A breach that nobody told of while it lasted counts as {LASTING:g} s.",
        **some,
        **{f"everything_{name}": value for name, value in everything.items()},
    }


async def _measure(centre: Path, seconds: float, warm_up: float) -> dict[str, Any]:
    measured = Measured()
    async with installation(2, centre, HERE / "latency-standards.yaml") as running:
        looking = [asyncio.create_task(_pages(running, measured)), asyncio.create_task(_breaches(running, measured))]
        await asyncio.sleep(1)
        from_then = time.time() + warm_up
        await _load(running, measured, from_then + seconds)
        await asyncio.sleep(SETTLE_SECONDS)
        for task in looking:
            task.cancel()
        for result in await asyncio.gather(*looking, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
    for queue in list(measured.firing):
        measured.miss(queue)
    metric = [took for at, took in measured.metric if at >= from_then]
    breach = [took for at, took in measured.breach if at >= from_then]
    unseen = sum(len(times) for times in measured.sent.values()) - sum(measured.shown.values())
    if unseen or len(metric) < LEAST or len(breach) < LEAST:
        raise PartMissing(f"{unseen} contacts were never seen, and {len(metric)} and {len(breach)} figures are too few.")
    print(f"latency: metric p99 {_percentile(metric, 99):.3f} s, breach p99 {_percentile(breach, 99):.3f} s", flush=True)
    return {
        "metric_p50": _percentile(metric, 50),
        "metric_p99": _percentile(metric, 99),
        "metric_longest": max(metric),
        "metric_count": len(metric),
        "breach_p50": _percentile(breach, 50),
        "breach_p99": _percentile(breach, 99),
        "breach_longest": max(breach),
        "breach_count": len(breach),
        "breach_missed": measured.missed,
        "longest_delay_of_the_sender": measured.longest_beat,
    }


def _percentile(times: list[float], percent: int) -> float:
    return quantiles(times, n=100, method="inclusive")[percent - 1]


async def _load(running: Installation, measured: Measured, until: float) -> None:
    """Send events at an even pace, with their time as of now, and break the standard here and there."""
    producer: Any = AIOKafkaProducer(**running.settings.for_aiokafka(), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        filling = Filling(producer, running.settings)
        source = events(1_000_000_000, 2)
        beats = begun = 0
        first = time.time()
        while (now := time.time()) < until:
            measured.longest_beat = max(measured.longest_beat, now - first - beats * BEAT)
            beats += 1
            for _ in range(round(LOAD * BEAT)):
                await filling.event(_at(next(source), now, measured))
            if begun < (now - first) * PROBES_A_SECOND:
                for event in _probe(begun, now, measured):
                    await filling.event(event)
                begun += 1
            await filling.finish()
            await asyncio.sleep(max(0.0, first + beats * BEAT - time.time()))
    finally:
        await producer.stop()


def _at(event: Event, now: float, measured: Measured) -> Event:
    event.time = int(now * 1000)
    if event.type == "contact.offered":
        measured.sent[f'{{queue="{event.data["queue"]}",channel="{event.data["channel"]}"}}'].append(now)
    return event


def _probe(number: int, now: float, measured: Measured) -> Iterator[Event]:
    """Four contacts into one queue; those of half a turn ago leave, so that it is empty when its turn comes again."""
    at = int(now * 1000)
    queue = f"probe{number % PROBE_QUEUES:02d}"
    measured.miss(queue)  # of its turn before this one, if nobody told of it
    measured.firing[queue] = now
    for contact in range(PROBED):
        name = f"p-{number}-{contact}"
        yield Event(at, "contact.offered", name, f"{name}-0", {"contact_id": name, "queue": queue, "channel": "social"})
        before = f"p-{number - PROBE_QUEUES // 2}-{contact}"
        if number >= PROBE_QUEUES // 2:
            yield Event(at, "contact.ended", before, f"{before}-1", {"contact_id": before, "by": "customer"})


async def _pages(running: Installation, measured: Measured) -> None:
    """Fetch the pages of both workers all the time, and note what they show for the first time."""
    async with aiohttp.ClientSession() as session:
        while True:
            began = time.time()
            pages = await asyncio.gather(*(scrape(session, worker.address) for worker in running.workers))
            now = time.time()
            for page in pages:
                for series, value in samples(page, OFFERED).items():
                    sent = measured.sent.get(series, [])
                    for at in sent[measured.shown[series] : int(value)]:
                        measured.metric.append((at, now - at))
                        measured.shown[series] += 1
            await asyncio.sleep(max(0.0, began + LOOK_SECONDS - time.time()))


async def _breaches(running: Installation, measured: Measured) -> None:
    """Read breach records as a pipeline would."""
    settings = running.settings
    consumer: Any = AIOKafkaConsumer(**settings.for_aiokafka(), isolation_level="read_committed", fetch_max_wait_ms=50)
    await consumer.start()
    try:
        parts = [TopicPartition(settings.topic(STANDARD_BREACHES), number) for number in range(settings.partitions)]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        while True:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                now = time.time()
                for record in records:
                    breach = orjson.loads(record.value)
                    if breach["standard"] == "few-wait" and breach["status"] == "firing":
                        with suppress(KeyError):  # a later revision of the same one
                            at = measured.firing.pop(breach["scope"]["queue"])
                            measured.breach.append((at, now - at))
    finally:
        await consumer.stop()
