"""The one composition of the stages. The live driver runs them a partition at a time; replay runs a `Ledger` of one partition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from stream.core.centre import Centre
from stream.core.contacts import ContactStage
from stream.core.declared import REPORTS, Standard
from stream.core.events import AGENT_EVENTS, CLOCK_MARKED, CONTROLS, Event
from stream.core.judges import JUDGES
from stream.core.judges.report import path_of
from stream.core.life import RANKS
from stream.core.measures import chosen
from stream.core.presence import AgentStage
from stream.core.schedule import Schedule
from stream.core.scope_stage import ScopeStage
from stream.core.scopes import ALL
from stream.core.stage import SCOPE_FACTS, Output, Stage
from stream.core.wanted import LEVELS, Wanted
from stream.core.windows import Calendar

(AGENT_EVENT,) = AGENT_EVENTS
Factory = Callable[[Centre, Sequence[Standard], int, int, bool], Stage]
"""(centre, standards, partition, partitions, played) -> the stage of that partition"""


def wanted_of(centre: Centre, standards: Sequence[Standard]) -> Wanted:
    """What follows from what the centre keeps and from what its standards are about."""
    kept = centre.kept
    dimensions = kept.dimensions | {tuple(sorted(standard.per)) for standard in standards}
    if kept.measures is None:
        return Wanted(dimensions=dimensions)
    calendar, schedule = Calendar(centre.zone), Schedule(centre.zone)
    judged = {kind for one in standards if one.form in JUDGES for kind in JUDGES[one.form](one, ALL, centre, schedule, calendar).kinds}
    reported = {path_of(one).measure for one in standards if one.form in REPORTS}
    folded = {kind for measure in chosen({*kept.measures, *reported}) for kind, _ in measure.folds}
    return Wanted(frozenset(judged | folded | LEVELS), dimensions)


def contacts(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> ContactStage:  # noqa: FBT001 - all factories have one shape
    """The stage of one partition of contact-events."""
    return ContactStage(centre, partition, partitions, played=played, wanted=wanted_of(centre, standards))


def agents(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> AgentStage:  # noqa: FBT001 - as above
    """The stage of one partition of agent-events."""
    return AgentStage(centre, partition, partitions, played=played, wanted=wanted_of(centre, standards))


def scopes(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> ScopeStage:  # noqa: FBT001 - as above
    """The stage of one partition of scope-facts."""
    return ScopeStage(centre, standards, partition, partitions, played=played, wanted=wanted_of(centre, standards))


STAGES: Final[dict[str, Factory]] = {"contacts": contacts, "agents": agents, "scopes": scopes}
"""By the name of the processor."""


def in_order_of_life(event: Event) -> tuple[int, int, str]:
    """Where an event stands in its contact's history: so each takes one step, and none is folded again."""
    return event.time, RANKS[event.type], event.id


class Ledger:
    """All stages, one partition each, without a broker. Events come sorted, a chunk at a time."""

    def __init__(self, centre: Centre, standards: Sequence[Standard]) -> None:
        """Begin with nothing."""
        wanted = wanted_of(centre, standards)
        self.contacts = ContactStage(centre, 0, 1, played=True, wanted=wanted)
        self.agents = AgentStage(centre, 0, 1, played=True, wanted=wanted)
        self.scopes = ScopeStage(centre, standards, 0, 1, played=True, keep=True, wanted=wanted)
        self._offset = 0

    def fold(self, events: Sequence[Event], settled: int, *, final: bool = False) -> list[Output]:
        """Fold sorted events and settle up to `settled` (ms): all up to there have been given. `final`: no more will come."""
        mark = Event(settled, CLOCK_MARKED, "", "", {"final": final})
        self._offset += 1
        own: list[Event] = []
        others: list[Event] = []
        controls: list[Event] = []
        for event in events:
            (others if event.type == AGENT_EVENT else controls if event.type in CONTROLS else own).append(event)
        own.sort(key=in_order_of_life)
        own = [*controls, *own, mark]
        others = [*controls, *others, mark]
        facts = self.contacts.fold(own, self._offset) + self.agents.fold(others, self._offset)
        records: list[Any] = [record for topic, _, record in facts if topic == SCOPE_FACTS]
        return self.scopes.fold(records, self._offset)
