"""The Faust agents: they hand the batches on to the partitions. Which stages those have says `stream.live.stages`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stream.core.topology import EVENT_NODES, FACT_TOPICS
from stream.live.inbox import Inbox
from stream.live.transport import BatchSchema

if TYPE_CHECKING:
    from collections.abc import Callable

    from stream.live.app import CentreApp

OUTPUTS: Final = (*FACT_TOPICS, "queue-readings", "queue-intervals", "standard-breaches", "dead-letters")
TIMED: Final = frozenset(EVENT_NODES)
"""The processors that take events, whose times can lie in the future."""

CONCURRENCY: Final = 8
"""Actors per Faust agent. They share a queue in which at most one message per partition is under way; the partition's own lock
keeps its order. `isolated_partitions` would give one actor per partition, but stopping such an actor makes Faust's conductor
subscribe again, and so rebalance the whole group, 45 seconds after each rebalance."""


def add_agents(app: CentreApp) -> None:
    """Make one Faust agent per processor."""
    for processor in app.processors:
        topic = app.topic(processor.topic, schema=BatchSchema(), acks=False)
        app.agent(topic, name=processor.name, concurrency=min(CONCURRENCY, app.partitions))(_hand_on(app))


def _hand_on(app: CentreApp) -> Callable[[Any], Any]:
    async def process(batches: Any) -> None:
        async for batch in batches:
            await hand_on(app, batch)

    return process


async def hand_on(app: CentreApp, inbox: Inbox) -> None:
    """Let the partition of this inbox do what there is to do; whatever goes wrong there ends the worker, not this actor."""
    partition = app.holding.partitions.get(inbox.tp.partition)
    try:
        while partition is not None and partition.open and inbox.size:
            await partition.turn()
    except Exception as error:  # noqa: BLE001 - an actor that raised would be started again without its batch
        app.fail(error)
    inbox.announced = False
