"""Agents as persons: one over several systems, in teams, tiers and skills, and heartbeats that repair what got lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core.centre import Centre, Person, Queue
from stream.core.events import AGENT_STATES
from stream.core.placing import WINS, Places, person_state, slots_in
from stream.core.scopes import EVERY_KIND
from tests.core.pipeline import Pipeline
from tests.core.timelines import at, events, reading

CENTRE = Centre(
    queues={"billing": Queue("billing", ("call", "email")), "chats": Queue("chats", ("chat",), team="north")},
    people={
        "a1": Person(name="a1", ids=("1001", "a1@chat"), team="north", tier="1", skills=("dutch", "french")),
        "a3": Person(name="a3", skills=("greek",)),
        "a2": Person(name="a2", team="south"),
    },
    heartbeat_timeout=90_000,
)


def staffed(story: str, *scopes: str, until: str | None = None) -> list[int | None]:
    """How many are staffed in each scope."""
    return [reading(story, scope, centre=CENTRE, until=until)["staffed"] for scope in scopes]


def test_who_is_in_two_systems_at_once_counts_once() -> None:
    """In the whole; in the queue of each system, too."""
    story = "09:00:00 agent 1001 available billing\n09:00:00 agent a1@chat available chats"
    assert [1, 1, 1] == staffed(story, "all", "queue=billing", "queue=chats")


def test_a_person_leaves_with_the_last_system() -> None:
    """A pause in one system is none in the other; going offline in one leaves the state of the other."""
    story = "09:00:00 agent 1001 available billing\n09:00:00 agent a1@chat available chats\n09:10:00 agent 1001 paused billing"
    assert [1, 0, 1] == staffed(story, "all", "queue=billing", "queue=chats")
    assert [0, 0, 0] == staffed(f"{story}\n09:20:00 agent a1@chat offline chats", "all", "queue=billing", "queue=chats")


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("available", "on_contact"), "on_contact"),
        (("on_contact", "wrap_up"), "on_contact"),
        (("reserved", "wrap_up"), "wrap_up"),
        (("available", "reserved"), "reserved"),
        (("paused", "available"), "available"),
        (("offline", "paused"), "paused"),
    ],
)
def test_which_of_two_states_wins(states: tuple[str, ...], expected: str) -> None:
    """The busier one; the order in which they are told does not matter."""
    indices = [AGENT_STATES.index(state) for state in states]
    assert [expected] * 2 == [AGENT_STATES[person_state(order)] for order in (indices, indices[::-1])]
    assert set(AGENT_STATES) == set(WINS)


def test_teams_tiers_and_skills_are_staffed_by_their_own() -> None:
    """As the centre declares them; of a skill that nobody was ever heard of, staffing is unknown."""
    story = "09:00:00 agent 1001 available billing\n09:00:00 agent a2 available billing"
    scopes = ("team=north", "team=south", "tier=1", "skill=french", "skill=dutch", "skill=greek")
    assert [1, 1, 1, 1, 1, None] == staffed(story, *scopes)


def test_what_an_event_says_of_an_agent_takes_the_place_of_the_declaration() -> None:
    """From then on: the agent has left the other team."""
    story = "09:00:00 agent 1001 available billing\n09:30:00 agent 1001 available billing team=south skills=greek"
    assert [0, 1, 0, 1, 1] == staffed(story, "team=north", "team=south", "skill=french", "skill=greek", "tier=1")


def test_a_heartbeat_that_differs_repairs_a_lost_event() -> None:
    """It has the effect of the state change that nobody saw."""
    story = "09:00:00 agent a2 available billing\n09:05:00 beat a2 paused billing"
    assert [0, 0] == staffed(story, "all", "queue=billing")


def test_who_sends_heartbeats_and_falls_silent_is_offline() -> None:
    """After 90 s to the millisecond; who never sent one is believed for ever."""
    story = "09:00:00 beat a2 available billing\n09:01:00 beat a2 available billing"
    assert [1] == staffed(story, "all", until="09:02:29.999")
    assert [0] == staffed(story, "all", until="09:02:30")
    assert [1] == staffed("09:00:00 agent a2 available billing", "all", until="18:00:00")


def test_the_next_heartbeat_brings_the_agent_back() -> None:
    """Though it says the same as the last one that was heard."""
    story = "09:00:00 beat a2 available billing\n09:10:00 beat a2 available billing"
    assert [1] == staffed(story, "all", until="09:10:01")


def test_a_heartbeat_that_came_late_takes_the_silence_back() -> None:
    """Live: at 09:01:40 the silence is concluded; the beat of 09:01:00 arrives after it, and the agent never was away."""
    pipeline = Pipeline(replace(CENTRE, lateness=0), (), played=False)
    pipeline.events(events("09:00:00 beat a2 available billing"))
    for clock in ("09:01:40", "09:01:41"):
        pipeline.tick("agents", 0, at(clock))
    pipeline.drain()
    assert 0 == pipeline.scope_stage(0).scopes["all"].now.staffed
    pipeline.restart_all()
    (late,) = events("09:01:00 beat a2 available billing")
    pipeline.events([replace(late, id="late")])
    pipeline.tick("agents", 0, at("09:01:45"))
    pipeline.drain()
    assert 1 == pipeline.scope_stage(0).scopes["all"].now.staffed


@pytest.mark.parametrize(("scope", "slots"), [("all", 4), ("channel=chat", 3), ("queue=billing", 1), ("channel=email", 0)])
def test_slots_are_those_of_the_scope(scope: str, slots: int) -> None:
    """Of a channel its own, of a queue those of its channels, of all else their sum; who says nothing has one."""
    assert (slots, 1) == (slots_in(scope, {"call": 1, "chat": 3}, CENTRE), slots_in(scope, None, CENTRE))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", [1, 1, 1, 1]),
        ("capacity=call:1,chat:0", [1, 1, 1, 0]),
        ("capacity=chat:2", [1, 1, 0, 1]),
        ("capacity=call:0,chat:0", [1, 1, 0, 0]),
    ],
)
def test_who_may_have_no_contact_of_a_channel_is_not_staffed_for_it(said: str, expected: list[int]) -> None:
    """Of the whole and the queue they are; of a channel that they have no slot for they are not, as `slots_in` has it."""
    both = replace(CENTRE, queues={"billing": Queue("billing", ("call", "chat"))})
    story = f"09:00:00 agent a2 available billing {said}\n09:10:00 x offered billing/call\n09:10:00 y offered billing/chat"
    scopes = ("all", "queue=billing", "channel=call,queue=billing", "channel=chat,queue=billing")
    assert expected == [reading(story, scope, centre=both)["staffed"] or 0 for scope in scopes]


def test_a_changed_capacity_takes_the_agent_out_of_a_channel() -> None:
    """Three chats at once, then none: gone from the chats at that moment, and back when they have slots again."""
    both = replace(CENTRE, queues={"billing": Queue("billing", ("call", "chat"))})
    story = """
        09:00:00 agent a2 available billing capacity=call:1,chat:3
        09:10:00 agent a2 available billing capacity=call:1,chat:0
        09:20:00 agent a2 available billing capacity=call:1,chat:1
    """
    scope = "channel=chat,queue=billing"
    found = [reading(story, scope, centre=both, until=until)["staffed"] for until in ("09:05:00", "09:15:00", "09:25:00")]
    assert [1, 0, 1] == found


def test_channels_that_are_said_go_before_the_capacity() -> None:
    """Whoever says both is where the channels say."""
    places = Places(replace(CENTRE, queues={"billing": Queue("billing", ("call", "chat"))}), EVERY_KIND)
    found = places.of("a2", None, ("billing",), ("chat",), {"capacity": {"call": 1}})
    assert {"all", "queue=billing", "channel=chat", "channel=chat,queue=billing"} == {*found}
