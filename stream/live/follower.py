"""Follows the readings and breaches of all partitions, whichever worker wrote them: any worker can show the whole centre.

A read-committed consumer without a group. Readings stay bytes: nothing is decoded here but breaches and the watermarks. No
contact is named in an answer, though a clock's breach is of one: the page is open to whoever reaches the port.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import aiokafka
import orjson
from aiokafka.errors import KafkaError

from stream.core.stage import QUEUE_READINGS, STANDARD_BREACHES

if TYPE_CHECKING:
    from stream.config.settings import Settings

log = logging.getLogger(__name__)

WATERMARK: Final = b"!watermark/"
NAMING: Final = ("longest", "misses")
"""In a reading: under these, contacts are named."""
NAMED: Final = tuple(f'"{name}":'.encode() for name in NAMING)
SHOWN: Final = frozenset({b"all", b"15m", b"60m", b"day"})
"""The windows, as they end a reading's key, that the wallboard shows; "all" is what is so now."""

APART: Final = frozenset({b"30m", b"28d"})
"""Those that only the board reads: the service level of the half-hour, and the usual handle time."""

OF_AGENT: Final = b"agent="
"""What the key of a single agent's scope begins with: the names in a key are in order, and none comes before this one."""

MOST_OVER: Final = 300
"""How many breaches that are over are kept; those that fire are all kept, however long they have."""

RETRY: Final = 1.0


class Follower:
    """The latest reading per scope and window that is shown, and the latest record of each breach."""

    def __init__(self, settings: Settings, about: Mapping[str, Any]) -> None:
        """`about`: what stands beside the readings in every answer (the centre's name and zone, the clock)."""
        self._settings = settings
        self._about = dict(about)
        self._readings: dict[bytes, bytes] = {}
        self._firing: dict[bytes, bytes] = {}
        self._over: dict[bytes, bytes] = {}
        self._agents: set[bytes] = set()
        """Keys of the breaches of single agents that are kept."""
        self._named: dict[bytes, bytes] = {}
        """Readings that name contacts, whole: only the board's rules show them."""
        self._settled: dict[bytes, int] = {}
        self.apart: dict[bytes, bytes] = {}
        """Readings of the windows that only the board needs."""
        self.moved: int | None = None
        """When (ms of the wall clock) a worker wrote that all is settled as far as `settled`; who opens the page later knows it, too."""
        self.changed: set[bytes] = set()
        """Keys of the readings that nobody has looked at yet."""
        self.fires: dict[bytes, dict[str, Any]] = {}
        """The breaches that fire, whole: of those of single contacts with the contact, whom only the board's rules show."""

    async def follow(self) -> None:
        """Follow until cancelled; a broker that goes away is waited for."""
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError) as lost:
                log.warning("the readings cannot be followed (%r): trying again", lost)
                await asyncio.sleep(RETRY)

    async def _follow(self) -> None:
        readings, breaches = self._settings.topic(QUEUE_READINGS), self._settings.topic(STANDARD_BREACHES)
        consumer = aiokafka.AIOKafkaConsumer(
            readings,
            breaches,
            **self._settings.for_aiokafka(),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=100,
        )
        try:
            await consumer.start()
            while True:
                for tp, records in (await consumer.getmany(timeout_ms=1_000)).items():
                    for record in records:
                        if tp.topic == readings:
                            self.take_reading(record.key, record.value, record.timestamp)
                        else:
                            self.take_breach(record.key, record.value)
        finally:
            await consumer.stop()

    def take_reading(self, key: bytes, value: bytes | None, at: int = 0) -> None:
        """Take one record of queue-readings; `at`: when it was written (ms of the wall clock)."""
        if key.startswith(WATERMARK):
            if value is not None:
                before = self.settled
                self._settled[key] = orjson.loads(value)["settled"]
                if self.settled != before:
                    self.moved = at
            return
        window = key.rpartition(b"|")[2]
        if window not in SHOWN and window not in APART:
            return
        kept = self._readings if window in SHOWN else self.apart
        self.changed.add(key)
        self._named.pop(key, None)
        if value is not None and any(name in value for name in NAMED):
            self._named[key] = value
            told = orjson.loads(value)
            for name in NAMING:
                told.pop(name, None)
            value = orjson.dumps(told)
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = value

    def take_breach(self, key: bytes, value: bytes | None) -> None:
        """Take one record of standard-breaches."""
        self._firing.pop(key, None)
        self._over.pop(key, None)
        self.fires.pop(key, None)
        self._agents.discard(key)
        if value is None:
            return
        breach = orjson.loads(value)
        if "agent" in breach.get("scope", ()):
            self._agents.add(key)
        if breach["status"] == "firing":
            self.fires[key] = dict(breach)
        if breach.pop("contact_id", None) is not None:
            # Its id names the contact, too.
            del breach["id"]
        kept = self._firing if breach["status"] == "firing" else self._over
        kept[key] = orjson.dumps(breach)
        if len(self._over) > MOST_OVER:
            oldest = next(iter(self._over))
            del self._over[oldest]
            self._agents.discard(oldest)

    @property
    def settled(self) -> int | None:
        """Up to when (ms) all partitions have settled."""
        return min(self._settled.values(), default=None)

    @property
    def about(self) -> Mapping[str, Any]:
        """What stands beside the readings in every answer."""
        return self._about

    def reading(self, key: bytes) -> bytes | None:
        """The latest reading under a key of queue-readings."""
        return self._named.get(key) or self._readings.get(key) or self.apart.get(key)

    @property
    def of_agents(self) -> int:
        """How many readings and breaches of single agents there are."""
        return sum(key.startswith(OF_AGENT) for key in self._readings) + len(self._agents)

    def answer(self, now: int, *, agents: bool = False) -> bytes:
        """The JSON of /api/readings; `agents`: with what is of single agents, which is for supervisors."""
        head = orjson.dumps({"as_of": now, "settled": self.settled, **self._about})
        readings = b",".join(value for key, value in self._readings.items() if agents or not key.startswith(OF_AGENT))
        told = [*reversed(self._firing.items()), *reversed(self._over.items())]
        breaches = b",".join(value for key, value in told if agents or key not in self._agents)
        return head[:-1] + b',"readings":[' + readings + b'],"breaches":[' + breaches + b"]}"
