"""What the board reads from Kafka while somebody looks: what is usual, and where agents are."""

from __future__ import annotations

import asyncio
import time
from zoneinfo import ZoneInfo

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.board.roster import Roster
from stream.board.usual import Usual, halves
from stream.config.settings import Settings
from stream.core.breach import iso
from stream.core.centre import Centre
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.live.roster import RosterReader
from stream.live.usual import UsualReader
from stream.wire.codec import encode

UTC = ZoneInfo("UTC")


def test_only_the_same_half_hours_of_earlier_weeks_are_read(broker: Broker) -> None:
    """By the times at which they were appended; days, other hours and other windows are passed over."""
    settings = Settings(bootstrap_servers=broker.bootstrap, topic_prefix="usual-")
    usual, now = Usual(UTC), time.time_ns() // 1_000_000
    wanted = usual.wanted(now)

    async def go() -> None:
        await _topic(settings, "usual-queue-intervals")
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)
        await producer.start()
        for start in sorted([*wanted, *(start + 12 * 3_600_000 for start in wanted)]):
            told = orjson.dumps({"measures": {"offered": 30 if start in wanted else 999, "staffed_hours": 2.0}})
            for window in ("30m", "day"):
                key = f"channel=call,queue=billing|{window}|{iso(start)}".encode()
                await producer.send_and_wait("usual-queue-intervals", told, key, timestamp_ms=start + 31 * 60_000)
        await producer.stop()
        await UsualReader(settings, usual).read(now)

    asyncio.run(go())
    assert (60.0, 4.0) == (usual.offered("channel=call,queue=billing", now), usual.staffed("channel=call,queue=billing", now))
    assert len(halves(now, usual.calendar)) * 4 == len(usual._told["channel=call,queue=billing"])


def test_agents_are_read_from_the_day_before_on_once_somebody_asks(broker: Broker) -> None:
    """What was said two days ago is of no shift any more."""
    settings = Settings(bootstrap_servers=broker.bootstrap, topic_prefix="roster-")
    now = time.time_ns() // 1_000_000

    async def go() -> list[tuple[str, str]]:
        await _topic(settings, "roster-agent-events")
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)
        await producer.start()
        for agent, ago in (("a1", 48), ("a2", 3), ("a3", 1)):
            at = now - ago * 3_600_000
            event = Event(
                at, "agent.state_changed", agent, f"made-up|{agent}", {"agent_id": agent, "state": "paused", "queues": ["billing"]}
            )
            key, value, headers = encode(event, "made-up")
            await producer.send_and_wait("roster-agent-events", value, key, headers=headers, timestamp_ms=at)
        await producer.stop()
        reader = RosterReader(settings, Roster(Centre(), str))
        try:
            return [(row["agent"], row["state"]) for row in await reader.rows(now)]
        finally:
            await reader.stop()

    assert [("a2", "paused"), ("a3", "paused")] == asyncio.run(go())


async def _topic(settings: Settings, name: str) -> None:
    """A topic in which records keep the times that the test gives them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(name, 2, 1, topic_configs={"message.timestamp.type": "CreateTime"})])
    await admin.close()
