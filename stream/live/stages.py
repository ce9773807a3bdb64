"""The stages of the product on Kafka: which topic each reads, and how its records are decoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import CONTROLS, Event
from stream.core.ledger import STAGES, Factory, wanted_of
from stream.core.scopes import CANARY
from stream.core.stage import Stage
from stream.core.topology import SOURCES
from stream.live.section import Decode, Processor, one_by_one
from stream.wire import facts
from stream.wire.codec import AGENT_TOPIC, CONTACT_TOPIC, ERASURE_TOPIC, ISSUE_TOPIC, SURVEY_TOPIC, decode_all


def events_of(topic: str) -> Decode:
    """How events are decoded that were read from a topic: one that belongs into the other topic is refused."""
    return lambda records: decode_all(records, topic)


def decode_fact(record: Any) -> Any:
    """The facts, or the time of a source, in a consumer record of a topic of facts."""
    return facts.decode(record.value)


def sources_own(events: Sequence[Event]) -> int:
    """How many events are a source's own, and not marks or changes that are written to every partition."""
    types = [event.type for event in events]
    return len(types) - sum(types.count(control) for control in CONTROLS)


def with_facts(records: Sequence[Any]) -> int:
    """How many records of a topic of facts hold facts, and not the time of a source, which comes whether anything happens or not."""
    return len([1 for record in records if "f" in record])


def of_unknown_queues(centre: Centre) -> Callable[[Sequence[Event]], int]:
    """How many contacts' events are of a queue that `centre` does not declare; an open centre takes every queue as it comes."""
    known = {None, CANARY, *centre.queue_names}

    def count(events: Sequence[Event]) -> int:
        # Nearly always it is none, and that is told by the few queues that a batch names.
        if {event.data.get("queue") for event in events} <= known:
            return 0
        return sum(event.data.get("queue") not in known for event in events)

    return count if centre.queues else lambda _: 0


def of_agents_in_unknown_queues(centre: Centre) -> Callable[[Sequence[Event]], int]:
    """How many agents' events name a queue that `centre` does not declare."""
    known = centre.queue_names.keys()

    def count(events: Sequence[Event]) -> int:
        return sum(not known >= set(event.data.get("queues") or ()) for event in events)

    return count if centre.queues else lambda _: 0


def of_unknown_agents(centre: Centre) -> Callable[[Sequence[Event]], int]:
    """How many events are of an agent that `centre` does not declare; where it declares none, all are taken as they come."""
    known = {None, *centre.names_by_id()}

    def count(events: Sequence[Event]) -> int:
        if {event.data.get("agent_id") for event in events} <= known:
            return 0
        return sum(event.data.get("agent_id") not in known for event in events)

    return count if centre.people else lambda _: 0


Count = Callable[[Sequence[Any]], int]
Astray = Callable[[Centre], tuple[Count, Count]]
NOBODY: Final = (lambda _: 0, lambda _: 0)


def _events(topic: str, of_queues: Callable[[Centre], Count] = of_unknown_queues) -> tuple[Decode, Count, Astray]:
    return events_of(topic), sources_own, lambda centre: (of_queues(centre), of_unknown_agents(centre))


READS: Final[dict[str, tuple[Decode, Count, Astray]]] = {
    "erasures": (events_of(ERASURE_TOPIC), sources_own, lambda _: NOBODY),
    "contacts": _events(CONTACT_TOPIC),
    "agents": _events(AGENT_TOPIC, of_agents_in_unknown_queues),
    "tickets": _events(ISSUE_TOPIC),
    "surveys": _events(SURVEY_TOPIC),
    **dict.fromkeys(("issues", "customers", "scopes"), (one_by_one(decode_fact), with_facts, lambda _: NOBODY)),
}
"""By the name of the processor: how records are decoded; of what was decoded, how many count beside those that are rejected, and how
many are of queues, and of agents, that the centre does not know."""


def processors(settings: Settings, centre: Centre, standards: Sequence[Standard], partitions: int) -> tuple[Processor, ...]:
    """The processors of the product that have something to do; `partitions`: the count that the topics share."""
    played = settings.clock == "played"

    def maker(factory: Factory) -> Callable[[int], Stage]:
        return lambda number: factory(centre, standards, number, partitions, played)

    def processor(name: str, topic: str) -> Processor:
        decode, counts, astray = READS[name]
        return Processor(name, settings.topic(topic), maker(STAGES[name]), decode, counts, *astray(centre))

    nodes = wanted_of(centre, standards).nodes
    return tuple(processor(name, topic) for name, topic in SOURCES.items() if name in nodes)
