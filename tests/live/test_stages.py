"""The product's stages on Kafka are those whose laws are tested and which replay runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from stream.config.settings import Settings
from stream.core import ledger
from stream.core.centre import Centre, Person, Queue
from stream.core.contacts import ContactStage
from stream.core.customers import CustomerStage
from stream.core.erasures import ErasureStage
from stream.core.events import Event
from stream.core.issues import IssueStage
from stream.core.presence import AgentStage
from stream.core.scope_stage import ScopeStage
from stream.core.scopes import CANARY
from stream.core.surveys import SurveyStage
from stream.core.tickets import TicketStage
from stream.errors import RejectedRecord
from stream.live.stages import processors
from stream.wire.codec import encode, mark


def test_each_processor_reads_its_topic_and_folds_the_stage_of_its_name() -> None:
    """The prefix is the installation's; the stages are of the partition that is asked for."""
    made = processors(Settings(topic_prefix="t-"), Centre(), (), 4)
    expected = [
        ("erasures", "t-erasure-requests", ErasureStage),
        ("contacts", "t-contact-events", ContactStage),
        ("agents", "t-agent-events", AgentStage),
        ("tickets", "t-issue-events", TicketStage),
        ("surveys", "t-survey-events", SurveyStage),
        ("issues", "t-issue-facts", IssueStage),
        ("customers", "t-customer-facts", CustomerStage),
        ("scopes", "t-scope-facts", ScopeStage),
    ]
    assert expected == [(one.name, one.topic, type(one.make(3))) for one in made]


def test_marks_and_times_are_told_from_what_happened() -> None:
    """Those come whether anything happens or not, so they say nothing of how much of a topic is broken."""
    mark, event = (Event(0, kind, "", "", {}) for kind in ("clock.marked", "contact.begun"))
    time, found = {"s": "contacts/0", "w": 0, "x": False}, {"s": "contacts/0", "o": 0, "i": 0, "k": "all", "f": []}
    counts = {one.name: one.counts for one in processors(Settings(), Centre(), (), 4)}
    assert (1, 1, 1) == (counts["contacts"]([mark, event]), counts["agents"]([mark, event]), counts["scopes"]([time, found]))


@dataclass
class Read:
    """A consumer record, as far as the decoding looks at it."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def read(one: Event | RejectedRecord) -> Event | str:
    """The event, or why there is none; what is set aside holds no frame, and with it the batch."""
    assert not isinstance(one, RejectedRecord) or one.__traceback__ is None
    return str(one) if isinstance(one, RejectedRecord) else one


def test_an_event_in_the_wrong_topic_is_refused() -> None:
    """It would vanish, or break the fold, in the other topic's stage; a mark is at home in both."""
    events = [
        Event(0, "contact.begun", "c1", "source|1", {"contact_id": "c1", "channel": "call"}),
        Event(0, "agent.state_changed", "a1", "source|2", {"agent_id": "a1", "state": "offline", "queues": []}),
        mark(0, "source"),
    ]
    made = {one.name: one for one in processors(Settings(), Centre(), (), 4)}
    contacts, agents = made["contacts"], made["agents"]
    begun, state, told = (Read(*encode(event, "source")) for event in events)
    told_of_agents = "bad_value: agent.state_changed belongs into agent-events"
    told_of_contacts = "bad_value: contact.begun belongs into contact-events"
    everything = [begun, state, told]
    assert [events[0], told_of_agents, events[2]] == [read(one) for one in contacts.decode(everything)]
    assert [told_of_contacts, *events[1:]] == [read(one) for one in agents.decode(everything)]


def test_events_of_queues_that_nobody_declared_are_known() -> None:
    """A contact's queue, or any of an agent's; where no queue is declared, all are taken as they come."""

    def event(kind: str, **data: Any) -> Event:
        return Event(0, kind, "", "", data)

    centre = Centre(queues={"billing": Queue("billing", ("call",))})
    astray = {one.name: one.astray for one in processors(Settings(), centre, (), 4)}
    contacts, agents = astray["contacts"], astray["agents"]
    here, there = event("contact.begun", queue="billing"), event("contact.begun", queue="biling")
    assert 0 == contacts([event("contact.begun", queue=CANARY)])
    assert (0, 2) == (contacts([here, event("contact.ended")]), contacts([here, there, event("contact.ended"), there]))
    one, several = event("agent.state_changed", queues=["billing"]), event("agent.state_changed", queues=["billing", "biling"])
    assert (0, 1) == (agents([one]), agents([several, one, event("clock.marked")]))
    assert [0, 0] == [processor.astray([there, several]) for processor in processors(Settings(), Centre(), (), 4)[1:3]]


def test_events_of_agents_that_nobody_declared_are_known() -> None:
    """Under their name or any of their ids they are known; where no agent is declared, all are taken as they come."""

    def of(agent: str) -> Event:
        return Event(0, "contact.answered", "", "", {"agent_id": agent})

    events = [of("a1"), of("201"), of("202"), Event(0, "contact.ended", "", "", {})]
    people = Centre(people={"a1": Person(name="a1", ids=("201",))})
    for centre, expected in ((people, 1), (Centre(), 0)):
        counts = {one.name: one.strangers(events) for one in processors(Settings(), centre, (), 4)}
        assert (expected, expected, 0) == (counts["contacts"], counts["agents"], counts["scopes"])


def test_a_stage_that_is_composed_otherwise_is_otherwise_here_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one table of stages, and live reads it."""

    class Other(ContactStage):
        """A stage that the table has tomorrow."""

    monkeypatch.setitem(ledger.STAGES, "contacts", lambda centre, _, number, targets, played: Other(centre, number, targets, played=played))
    assert isinstance(processors(Settings(), Centre(), (), 4)[1].make(0), Other)
