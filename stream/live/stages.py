"""The stages of the product on Kafka: which topic each reads, and how its records are decoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import CLOCK_MARKED, Event
from stream.core.ledger import STAGES, Factory
from stream.core.stage import Stage
from stream.errors import RejectedRecord
from stream.live.processors import SOURCES, TIMED
from stream.live.section import Decode, Processor
from stream.wire import facts
from stream.wire.codec import AGENT_TOPIC, CONTACT_TOPIC, decode, topic_of


def event_of(topic: str) -> Decode:
    """How an event is decoded that was read from a topic: one that belongs into the other topic is refused."""

    def decode_event(record: Any) -> Event:
        event = decode(record.value, record.headers, record.key)
        if event.type != CLOCK_MARKED and (right := topic_of(event.type)) != topic:
            detail = f"{event.type} belongs into {right}"
            raise RejectedRecord("bad_value", detail)
        return event

    return decode_event


def decode_fact(record: Any) -> Any:
    """The facts, or the time of a source, in a consumer record of scope-facts."""
    return facts.decode(record.value)


def is_event(event: Event) -> bool:
    """Whether an event is a source's own, and not a mark that `publish` writes to every partition."""
    return event.type != CLOCK_MARKED


def is_facts(record: Any) -> bool:
    """Whether a record of scope-facts holds facts, and not the time of a source, which comes whether anything happens or not."""
    return "f" in record


def names_unknown_queue(centre: Centre) -> Callable[[Any], bool]:
    """Whether an event is of a queue that `centre` does not declare; an open centre takes every queue as it comes."""
    declared = centre.queues

    def names(event: Any) -> bool:
        queue = event.data.get("queue")
        return (queue is not None and queue not in declared) or not declared.keys() >= set(event.data.get("queues") or ())

    return names if declared else lambda _: False


READS: Final[dict[str, tuple[Decode, Callable[[Any], bool]]]] = {
    "contacts": (event_of(CONTACT_TOPIC), is_event),
    "agents": (event_of(AGENT_TOPIC), is_event),
    "scopes": (decode_fact, is_facts),
}
"""By the name of the processor: how a record is decoded, and whether what was decoded counts beside those that are rejected."""


def processors(settings: Settings, centre: Centre, standards: Sequence[Standard], partitions: int) -> tuple[Processor, ...]:
    """The processors of the product; `partitions`: the count that the topics share."""
    played = settings.clock == "played"

    def maker(factory: Factory) -> Callable[[int], Stage]:
        return lambda number: factory(centre, standards, number, partitions, played)

    def processor(name: str, topic: str) -> Processor:
        decoded, counts = READS[name]
        astray = names_unknown_queue(centre) if name in TIMED else lambda _: False
        return Processor(name, settings.topic(topic), maker(STAGES[name]), decoded, counts, astray)

    return tuple(processor(name, topic) for name, topic in SOURCES.items())
