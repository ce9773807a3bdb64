"""How agents spend their time, with numbers that can be checked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from stream.core.centre import Centre, Person, Queue
from tests.core.timelines import intervals, reading

CENTRE = Centre(
    queues={"billing": Queue("billing", ("call", "chat")), "french": Queue("french", ("call",), skills=("french",))},
    people={"a1": Person(name="a1", ids=("1001", "a1@chat")), "a3": Person(name="a3", skills=("french",))},
    pause_reasons=("lunch", "training"),
)

SHIFT = """
    09:00:00 agent a2 available billing
    09:10:00 agent a2 reserved billing
    09:11:00 agent a2 on_contact billing
    09:20:00 agent a2 wrap_up billing
    09:21:00 agent a2 available billing
    09:40:00 agent a2 paused billing reason=lunch
    10:00:00 agent a2 offline billing
"""
"""Available 29 minutes, ringing 1, on contact 9, wrapping up 1, paused 20."""


def said(story: str, *names: str, scope: str = "all", window: str = "all", until: str = "10:00:00") -> list[Any]:
    """These measures at ten o'clock."""
    found = reading(story, scope, window, centre=CENTRE, until=until)
    return [found[name] for name in names]


def test_occupancy_leaves_ringing_out_of_both_parts() -> None:
    """10 minutes of talk and wrap-up against 29 available; 10 / 39, and 10 / 29 as active to idle."""
    assert [10 / 39, 10 / 29] == said(SHIFT, "occupancy", "active_idle_ratio")


def test_a_ratio_of_one_half_is_an_occupancy_of_a_third() -> None:
    """5 minutes active, 10 idle."""
    story = "09:00:00 agent a2 on_contact billing\n09:05:00 agent a2 available billing\n09:15:00 agent a2 offline billing"
    assert [1 / 3, 0.5] == said(story, "occupancy", "active_idle_ratio")


def test_seconds_by_state_and_by_reason() -> None:
    """A reason that the centre does not declare counts as other."""
    story = f"{SHIFT}\n09:00:00 agent a5 paused billing reason=coffee\n09:01:00 agent a5 offline billing"
    states = {"available": 1740.0, "reserved": 60.0, "on_contact": 540.0, "wrap_up": 60.0, "paused": 1260.0}
    assert [states, {"lunch": 1200.0, "other": 60.0}] == said(story, "agent_state_seconds", "paused_seconds")


def test_without_any_agent_there_is_no_data() -> None:
    """None, never 0."""
    names = ("occupancy", "active_idle_ratio", "utilisation", "agent_state_seconds", "paused_seconds", "staffed_hours", "agents_over_limit")
    assert [None] * 7 == said("09:00:00 anna offered billing/call", *names)


def test_several_contacts_at_once_are_one_agents_wall_clock() -> None:
    """Two chats overlap for 10 of 30 minutes: busy 30, and of the 3 slots in 60 minutes 40 of 180 minutes are used."""
    story = """
        09:00:00 agent a2 available billing capacity=chat:3
        09:00:00 c1 answered billing/chat agent_id=a2
        09:10:00 c2 answered billing/chat agent_id=a2
        09:20:00 c1 ended
        09:30:00 c2 ended
    """
    assert [0.5, 40 / 180] == said(story, "occupancy", "utilisation")
    assert [0.5, 40 / 180] == said(story, "occupancy", "utilisation", scope="channel=chat")


def test_who_has_more_in_hand_than_the_capacity_is_over_the_limit() -> None:
    """Without a capacity one contact at a time is the limit."""
    story = (
        "09:00:00 agent a2 available billing\n09:00:00 c1 answered billing/chat agent_id=a2\n09:10:00 c2 answered billing/chat agent_id=a2"
    )
    assert [[0], [1], [0]] == [
        said(story, "agents_over_limit", until="09:09:00"),
        said(story, "agents_over_limit", until="09:11:00"),
        said(f"{story}\n09:20:00 c1 ended", "agents_over_limit", until="09:20:00"),
    ]


def test_a_conference_is_in_the_hands_of_both() -> None:
    """The one who joined is busy from then on, until the talk ends."""
    story = """
        09:00:00 agent a2 available billing
        09:00:00 agent a5 available billing
        09:00:00 c1 answered billing/chat agent_id=a2
        09:10:00 c1 joined agent_id=a5
        09:20:00 c1 ended
        10:00:00 agent a2 offline billing
        10:00:00 agent a5 offline billing
    """
    assert [30 / 120] == said(story, "occupancy")


def test_one_person_in_two_systems_is_one_wall_clock() -> None:
    """A call in one, ready in the other: busy, an hour of one person."""
    story = "09:00:00 agent 1001 on_contact billing\n09:00:00 agent a1@chat available billing"
    states = {"available": 0.0, "reserved": 0.0, "on_contact": 3600.0, "wrap_up": 0.0, "paused": 0.0}
    assert [1.0, states] == said(story, "occupancy", "agent_state_seconds")


def test_time_is_cut_at_the_borders_of_half_hours() -> None:
    """A talk from 09:20 to 10:40: 10 minutes, 30, 30 and 10."""
    story = "09:20:00 agent a2 on_contact billing\n10:40:00 agent a2 offline billing\n11:30:00 anna offered billing/call"
    found = {
        begin: sum(measures["agent_state_seconds"].values())
        for begin, measures in agents_intervals(story).items()
        if measures["agent_state_seconds"]
    }
    assert {"09:00": 600.0, "09:30": 1800.0, "10:00": 1800.0, "10:30": 600.0} == found


def agents_intervals(story: str) -> dict[str, dict[str, Any]]:
    """Closed half-hours with all their measures."""
    return intervals(story, centre=CENTRE, everything=True)


@pytest.mark.parametrize(
    ("window", "busy", "idle"),
    [("5m", 70.0, 220.0), ("15m", 610.0, 280.0), ("60m", 610.0, 2280.0), ("30m", 610.0, 600.0), ("day", 610.0, 2280.0)],
)
def test_every_window_holds_what_is_in_it(window: str, busy: float, idle: float) -> None:
    """At 09:50:10 windows end with the pane at 09:50:20: the 5 minutes begin at 09:45:20, the 15 at 09:35:20, the half-hour at 09:30."""
    story = """
        09:02:00 agent a2 available billing
        09:36:00 agent a2 on_contact billing
        09:45:00 agent a2 available billing
        09:49:00 agent a2 on_contact billing
    """
    found = reading(story, "all", window, centre=CENTRE, until="09:50:10")["agent_state_seconds"]
    assert (busy, idle) == (found["on_contact"], found["available"])


@pytest.mark.parametrize("window", ["30m", "day", "60m", "all"])
def test_who_was_not_there_when_the_window_began_was_not_in_it_before(window: str) -> None:
    """The first agent of the day comes at 09:10: ten minutes later there are ten minutes, and not those since midnight."""
    story = "09:10:00 agent a2 available billing"
    states = reading(story, "all", window, centre=CENTRE, until="09:20:00")["agent_state_seconds"]
    assert states["available"] == 600.0


def test_specialists_have_so_much_to_take() -> None:
    """Two staffed hours of French speakers, five inquiries that ask for French: 2.5 an hour; two wait for the one who is there."""
    story = "08:00:00 agent a3 available french\n" + "\n".join(f"09:{n}0:00 c{n} offered french/call" for n in range(5))
    story += "\n09:01:00 c0 answered\n09:11:00 c1 answered\n09:21:00 c2 answered"
    names = ("staffed_hours", "offered_per_staffed_hour", "staffed", "waiting", "waiting_per_agent")
    assert [2.0, 2.5, 1, 2, 2.0] == said(story, *names, scope="skill=french")


def test_an_agent_of_n_queues_counts_one_nth_in_each() -> None:
    """Summed over the queues they are the persons."""
    story = "09:00:00 agent a2 available billing,french\n09:00:00 agent a5 available billing\n09:00:00 agent a6 paused billing"
    assert [1.5, 0.5, 2.0] == [said(story, "agents_share", scope=scope)[0] for scope in ("queue=billing", "queue=french", "all")]
