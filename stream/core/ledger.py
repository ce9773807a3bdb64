"""The one composition of the stages. The live driver runs them a partition at a time; replay runs a `Ledger` of one partition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from stream.core.centre import Centre
from stream.core.contacts import ContactStage
from stream.core.customers import CustomerStage
from stream.core.declared import REPORTS, Standard
from stream.core.erasures import ErasureStage, requests
from stream.core.events import AGENT_EVENTS, CLOCK_MARKED, CONTACT_EVENTS, CONTROLS, ERASURE_REQUESTED, ISSUE_EVENTS, SURVEY_EVENTS, Event
from stream.core.facts import FROM, TURN_KINDS, everything_and
from stream.core.issues import IssueStage
from stream.core.judges import JUDGES, judge_of
from stream.core.judges.report import path_of
from stream.core.life import RANKS
from stream.core.measures import chosen
from stream.core.presence import AgentStage
from stream.core.schedule import Schedule
from stream.core.scope_stage import ScopeStage
from stream.core.scopes import ALL
from stream.core.stage import Output, Stage
from stream.core.surveys import SurveyStage
from stream.core.tickets import TicketStage
from stream.core.topology import BY_NAME, EVENT_NODES, FACT_TOPICS, SCOPE_FACTS, SOURCES, needed
from stream.core.wanted import LEVELS, Wanted
from stream.core.windows import Calendar

NODE_OF: Final = {
    **dict.fromkeys(CONTACT_EVENTS, "contacts"),
    **dict.fromkeys(AGENT_EVENTS, "agents"),
    **dict.fromkeys(ISSUE_EVENTS, "tickets"),
    **dict.fromkeys(SURVEY_EVENTS, "surveys"),
    ERASURE_REQUESTED: "erasures",
}
"""The processor that takes an event, by its type."""

TOLD: Final = ("contacts", "agents")
"""Who passes on what holds from a moment on: they are always there, and their facts come to the scopes the short way."""

Factory = Callable[[Centre, Sequence[Standard], int, int, bool], Stage]
"""(centre, standards, partition, partitions, played) -> the stage of that partition"""


def wanted_of(centre: Centre, standards: Sequence[Standard]) -> Wanted:
    """What follows from what the centre keeps and from what its standards are about."""
    kept = centre.kept
    dimensions = centre.dimensions() | {tuple(sorted(standard.per)) for standard in standards}
    calendar, schedule = Calendar(centre.zone), Schedule(centre.zone)
    judged = {kind for one in standards if one.form in JUDGES for kind in judge_of(one)(one, ALL, centre, schedule, calendar).kinds}
    reported = {path_of(one).measure for one in standards if one.form in REPORTS}
    folded = {kind for measure in chosen(kept.measures, {*kept.also, *reported}) for kind, _ in measure.folds}
    asked = {FROM[kind] for kind in judged | folded if kind in FROM}
    # A resolution ends waits for a reply, of which levels and segments are always kept, and clocks of replies; the issues hear of it.
    settled = centre.asynchronous or not TURN_KINDS.isdisjoint(judged | folded)
    nodes = needed(asked | {"issues"} if settled else asked)
    kinds = everything_and(judged | folded) if kept.measures is None else frozenset(judged | folded | LEVELS)
    return Wanted(kinds, dimensions, nodes)


def erasures(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> ErasureStage:  # noqa: FBT001 - all factories have one shape
    """The stage of one partition of erasure-requests."""
    del centre, standards, partition, partitions, played
    return ErasureStage()


def contacts(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> ContactStage:  # noqa: FBT001 - as above
    """The stage of one partition of contact-events."""
    return ContactStage(centre, partition, partitions, played=played, wanted=wanted_of(centre, standards))


def agents(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> AgentStage:  # noqa: FBT001 - as above
    """The stage of one partition of agent-events."""
    return AgentStage(centre, partition, partitions, played=played, wanted=wanted_of(centre, standards))


def scopes(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> ScopeStage:  # noqa: FBT001 - as above
    """The stage of one partition of scope-facts."""
    return ScopeStage(centre, standards, partition, partitions, played=played, wanted=wanted_of(centre, standards))


def tickets(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> TicketStage:  # noqa: FBT001 - as above
    """The stage of one partition of issue-events."""
    return TicketStage(centre, partition, partitions, played=played, wanted=wanted_of(centre, standards))


def surveys(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> SurveyStage:  # noqa: FBT001 - as above
    """The stage of one partition of survey-events."""
    return SurveyStage(centre, partition, partitions, played=played, wanted=wanted_of(centre, standards))


def issues(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> IssueStage:  # noqa: FBT001 - as above
    """The stage of one partition of issue-facts."""
    return IssueStage(centre, partition, partitions, played=played, wanted=wanted_of(centre, standards))


def customers(centre: Centre, standards: Sequence[Standard], partition: int, partitions: int, played: bool) -> CustomerStage:  # noqa: FBT001 - as above
    """The stage of one partition of customer-facts."""
    return CustomerStage(centre, partition, partitions, played=played, wanted=wanted_of(centre, standards))


STAGES: Final[dict[str, Factory]] = {
    "erasures": erasures,
    "contacts": contacts,
    "agents": agents,
    "tickets": tickets,
    "surveys": surveys,
    "issues": issues,
    "customers": customers,
    "scopes": scopes,
}
"""By the name of the processor; who sends stands before who reads."""


def in_order_of_life(event: Event) -> tuple[int, int, str]:
    """Where an event stands in its contact's history: so each takes one step, and none is folded again."""
    return event.time, RANKS[event.type], event.id


class Ledger:
    """All stages, one partition each, without a broker. Events come sorted, a chunk at a time."""

    def __init__(self, centre: Centre, standards: Sequence[Standard]) -> None:
        """Begin with nothing."""
        wanted = wanted_of(centre, standards)
        self.scopes = ScopeStage(centre, standards, 0, 1, played=True, keep=True, wanted=wanted)
        names = [name for name in STAGES if name in wanted.nodes and name != "scopes"]
        self._stages = {name: STAGES[name](centre, standards, 0, 1, True) for name in names}
        self.offset = 0

    def fold(self, events: Sequence[Event], settled: int, *, final: bool = False) -> list[Output]:
        """Fold sorted events and settle up to `settled` (ms): all up to there have been given. `final`: no more will come."""
        return self.scopes.fold(self.told(events, settled, final=final), self.offset)

    def told(self, events: Sequence[Event], settled: int, *, final: bool = False) -> list[Any]:
        """As `fold`, without the scopes: what they are told, in records of the number `offset`."""
        mark = Event(settled, CLOCK_MARKED, "", "", {"final": final})
        self.offset += 1
        own: dict[str, list[Event]] = {name: [] for name in self._stages if name in EVENT_NODES}
        controls: list[Event] = []
        for event in events:
            taken = controls if event.type in CONTROLS else own.get(NODE_OF[event.type])
            if taken is not None:
                taken.append(event)
        own["contacts"].sort(key=in_order_of_life)
        for name in TOLD:
            own[name] = [*controls, *own[name]]
        facts: dict[str, list[Any]] = {topic: [] for topic in FACT_TOPICS}
        erased: list[tuple[str, int]] = []
        for name, stage in self._stages.items():
            batch = [*own[name], mark] if name in own else facts[SOURCES[name]]
            if erased:
                stage.erase(erased)
            found = stage.fold(batch, self.offset)
            if name == "erasures":
                erased = requests(found)
                continue
            while found:
                for topic, _, record in found:
                    facts[topic].append(record)
                found = self._from_peers(name, facts)
        return facts[SCOPE_FACTS]

    def _from_peers(self, name: str, facts: dict[str, list[Any]]) -> list[Output]:
        """What a stage makes of what its partitions, here the one, have sent to each other."""
        topic = SOURCES[name]
        if topic not in BY_NAME[name].sends:
            return []
        sent, facts[topic] = facts[topic], []
        self.offset += 1
        return self._stages[name].fold(sent, self.offset) if sent else []
