"""Histories of agents who are persons in several systems, send heartbeats or stop to, and have contacts in hand; for hypothesis."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from stream.core.centre import Centre, Person
from stream.core.events import AGENT_STATES, Event, order
from tests.core.histories import BEGIN, GAPS, MINUTE, QUEUES, SECOND, STARTS, contacts
from tests.core.histories import CENTRE as USUAL

CENTRE: Centre = replace(
    USUAL,
    queues={
        "billing": replace(USUAL.queues["billing"], team="north", skills=("french",), confirm=2 * MINUTE),
        "sales": replace(USUAL.queues["sales"], team="south", tier="1"),
    },
    people={
        "p": Person(name="p", ids=("agent-0", "agent-1"), team="north", tier="1", skills=("french",)),
        "agent-2": Person(name="agent-2", team="south"),
    },
    heartbeat_timeout=90 * SECOND,
    max_wait=20 * MINUTE,
    pause_reasons=("lunch",),
    agent_figures="id",
)


@st.composite
def shifts(draw: st.DrawFn, number: int) -> list[Event]:
    """One agent's state changes and heartbeats."""
    agent = f"agent-{number}"
    time = BEGIN + draw(st.sampled_from(STARTS))
    out = []
    for index in range(draw(st.integers(1, 6))):
        queues = draw(st.lists(st.sampled_from(QUEUES), unique=True, max_size=2))
        data: dict[str, Any] = {"agent_id": agent, "state": draw(st.sampled_from(AGENT_STATES)), "queues": queues}
        data |= draw(
            st.sampled_from(
                ({}, {}, {"reason": "lunch"}, {"capacity": {"call": 1, "chat": 2}}, {"team": "south"}, {"skills": ["french", "dutch"]})
            )
        )
        kind = draw(st.sampled_from(("agent.state_changed", "agent.heartbeat", "agent.heartbeat")))
        out.append(Event(time, kind, agent, f"{draw(st.sampled_from('ab'))}{number}-{index}", data))
        time += draw(st.sampled_from(GAPS))
    return out


@st.composite
def floors(draw: st.DrawFn) -> list[Event]:
    """Agents, and contacts that some of them take; some contacts are confirmed, and some never end."""
    out: list[Event] = []
    for number in range(draw(st.integers(1, 4))):
        out += draw(shifts(number))
    for number in range(draw(st.integers(0, 3))):
        life = draw(contacts(number))
        agent = f"agent-{draw(st.integers(0, 4))}"
        for event in life:
            event.data["agent_id"] = agent
        kept = life[: draw(st.integers(1, len(life)))]
        for index in range(draw(st.integers(0, 2))):
            near = draw(st.sampled_from(kept))
            confirmed = {"contact_id": near.subject, "channel": near.data["channel"]}
            kept.append(Event(near.time + draw(st.sampled_from(GAPS)), "contact.confirmed", near.subject, f"c{number}-{index}", confirmed))
        out += kept
    return sorted(out, key=order)
