"""The one composition of the stages. The live driver runs them a partition at a time; replay runs a `Ledger` of one partition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from stream.core.centre import Centre
from stream.core.contacts import ContactStage
from stream.core.declared import Standard
from stream.core.events import CLOCK_MARKED, Event
from stream.core.presence import AgentStage
from stream.core.scope_stage import ScopeStage
from stream.core.stage import SCOPE_FACTS, Output, Stage

Factory = Callable[[Centre, Sequence[Standard], int, int, bool], Stage]
"""(centre, standards, partition, partitions, played) -> the stage of that partition"""


def contacts(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> ContactStage:  # noqa: FBT001 - all factories have one shape
    """The stage of one partition of contact-events."""
    return ContactStage(centre, partition, partitions, played=played)


def agents(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> AgentStage:  # noqa: FBT001 - as above
    """The stage of one partition of agent-events."""
    return AgentStage(centre, partition, partitions, played=played)


def scopes(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> ScopeStage:  # noqa: FBT001 - as above
    """The stage of one partition of scope-facts."""
    return ScopeStage(centre, standards, partition, partitions, played=played)


STAGES: Final[dict[str, Factory]] = {"contacts": contacts, "agents": agents, "scopes": scopes}
"""By the name of the processor."""


class Ledger:
    """All stages, one partition each, without a broker. Events come sorted, a chunk at a time."""

    def __init__(self, centre: Centre, standards: Sequence[Standard]) -> None:
        """Begin with nothing."""
        self.contacts = ContactStage(centre, 0, 1, played=True)
        self.agents = AgentStage(centre, 0, 1, played=True)
        self.scopes = ScopeStage(centre, standards, 0, 1, played=True, keep=True)
        self._offset = 0

    def fold(self, events: Sequence[Event], settled: int, *, final: bool = False) -> list[Output]:
        """Fold sorted events and settle up to `settled` (ms): all up to there have been given. `final`: no more will come."""
        mark = Event(settled, CLOCK_MARKED, "", "", {"final": final})
        self._offset += 1
        own = [event for event in events if not event.type.startswith("agent.")]
        others = [event for event in events if event.type.startswith("agent.")]
        facts = self.contacts.fold([*own, mark], self._offset) + self.agents.fold([*others, mark], self._offset)
        records: list[Any] = [record for topic, _, record in facts if topic == SCOPE_FACTS]
        return self.scopes.fold(records, self._offset)
