"""The stages of the product: which one folds which topic, and how its records are decoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.core.contacts import ContactStage
from stream.core.declared import Standard
from stream.core.events import Event
from stream.core.presence import AgentStage
from stream.core.scope_stage import ScopeStage
from stream.core.stage import Stage
from stream.live.processors import SOURCES
from stream.live.section import Processor
from stream.wire import facts
from stream.wire.codec import decode


def decode_event(record: Any) -> Event:
    """The event in a consumer record."""
    return decode(record.value, record.headers, record.key)


def decode_fact(record: Any) -> Any:
    """The facts, or the time of a source, in a consumer record of scope-facts."""
    return facts.decode(record.value)


def processors(settings: Settings, centre: Centre, standards: Sequence[Standard], partitions: int) -> tuple[Processor, ...]:
    """The processors of the product; `partitions`: the count that the topics share."""
    played = settings.clock == "played"

    def contacts(number: int) -> Stage:
        return ContactStage(centre, number, partitions, played=played)

    def agents(number: int) -> Stage:
        return AgentStage(centre, number, partitions, played=played)

    def scopes(number: int) -> Stage:
        return ScopeStage(centre, standards, number, partitions, played=played)

    made = {"contacts": (contacts, decode_event), "agents": (agents, decode_event), "scopes": (scopes, decode_fact)}
    return tuple(Processor(name, settings.topic(SOURCES[name]), *made[name]) for name in SOURCES)
