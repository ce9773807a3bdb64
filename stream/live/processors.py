"""The processors: which stage folds which topic, and the Faust agents that hand the batches on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stream.live.section import Processor
from stream.live.transport import BatchSchema, Inbox
from stream.wire.codec import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stream.core.centre import Centre
    from stream.core.declared import Standard
    from stream.core.events import Event
    from stream.core.stage import Stage
    from stream.live.app import CentreApp

CONTACTS: Final = "contacts"
AGENTS: Final = "agents"
SCOPES: Final = "scopes"
SOURCES: Final = {CONTACTS: "contact-events", AGENTS: "agent-events", SCOPES: "scope-facts"}
"""Each processor and the declared name of the topic that it reads."""

OUTPUTS: Final = ("scope-facts", "queue-readings", "queue-intervals", "standard-breaches", "dead-letters")
TIMED: Final = frozenset({CONTACTS, AGENTS})
"""The processors that take events, whose times can lie in the future."""

CONCURRENCY: Final = 8
"""Actors per Faust agent. They share a queue in which at most one message per partition is under way; the partition's own lock
keeps its order. `isolated_partitions` would give one actor per partition, but stopping such an actor makes Faust's conductor
subscribe again, and so rebalance the whole group, 45 seconds after each rebalance."""


def decode_event(record: Any) -> Event:  # noqa: ANN401 - aiokafka's record has no type
    """The event in a consumer record."""
    return decode(record.value, record.headers, record.key)


def add_agents(app: CentreApp) -> None:
    """Make one Faust agent per processor."""
    for processor in app.processors:
        topic = app.topic(processor.topic, schema=BatchSchema(), acks=False)
        app.agent(topic, name=processor.name, concurrency=min(CONCURRENCY, app.partitions))(_hand_on(app))


def _hand_on(app: CentreApp) -> Callable[[Any], Any]:
    async def process(batches: Any) -> None:  # noqa: ANN401 - a Faust stream
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
