"""Agents' presence: staffed where, in what state, known or unknown."""

from __future__ import annotations

import orjson

from stream.core.centre import Centre, Queue
from stream.core.events import Event
from stream.core.presence import AgentStage
from tests.core.timelines import reading

CENTRE = Centre(queues={"billing": Queue("billing", ("call", "email")), "sales": Queue("sales", ("call",))})


def staffed(story: str, *scopes: str) -> list[int | None]:
    """How many are staffed in each scope."""
    return [reading(story, scope, centre=CENTRE)["staffed"] for scope in scopes]


def test_staffing_that_nobody_reports_is_unknown() -> None:
    """Not zero."""
    assert [None, None] == staffed("09:00:00 anna offered billing/call", "all", "queue=billing")


def test_an_agent_of_two_queues_is_one_person_in_the_whole() -> None:
    """And one in each queue and channel."""
    story = "09:00:00 agent carl available billing,sales"
    assert [1, 1, 1, 1, 1] == staffed(story, "all", "queue=billing", "queue=sales", "channel=call", "channel=call,queue=sales")


def test_known_to_be_zero() -> None:
    """Paused and offline agents are known, and not staffed; busy ones are."""
    story = "09:00:00 agent carl paused billing\n09:00:00 agent dora offline billing"
    assert [0, 0, None] == staffed(story, "all", "queue=billing", "queue=sales")
    assert [2] == staffed(f"{story}\n09:01:00 agent carl wrap_up billing\n09:01:00 agent dora reserved billing", "queue=billing")


def test_an_agent_who_changes_queues_leaves_the_old_one() -> None:
    """From then on the old queue is known to have nobody."""
    story = "09:00:00 agent carl available billing\n09:10:00 agent carl available sales"
    assert [1, 0, 1, 0] == staffed(story, "all", "queue=billing", "queue=sales", "channel=email")


def test_of_two_changes_in_a_millisecond_the_last_one_counts() -> None:
    """By id, whatever their states."""
    story = "09:00:00 agent carl available billing\n09:00:00 agent carl paused sales"
    assert [0, 0, 0] == staffed(story, "all", "queue=billing", "queue=sales")


def test_an_unknown_queue_counts_as_other() -> None:
    """Staffed in the whole all the same."""
    assert [1, 1, None] == staffed("09:00:00 agent carl available warehouse", "all", "queue=other", "queue=billing")


def test_waiting_per_agent_in_a_reading() -> None:
    """Two wait: for one agent 2.0; for none, known or not, null."""
    waiting = "09:10:00 a offered billing/call\n09:10:00 b offered billing/call"
    found = [
        reading(f"{presence}\n{waiting}", "queue=billing", centre=CENTRE)["waiting_per_agent"]
        for presence in ("09:00:00 agent carl available billing", "09:00:00 agent carl paused billing", "")
    ]
    assert [2.0, None, None] == found


def test_a_history_is_cut_to_what_still_matters() -> None:
    """A change each second for an hour: the state holds those of two minutes, in which an event may still come late, and a little."""
    stage = AgentStage(Centre(), 0, 1, played=False)
    for second in range(3_600):
        state = "available" if second % 2 else "paused"
        data = {"agent_id": "carl", "state": state, "queues": ["billing"]}
        stage.fold([Event(second * 1_000, "agent.state_changed", "carl", f"s|{second}", data)], second)
    (_, value), _ = stage.changes()
    assert 120 <= len(orjson.loads(value or b"")[1]) <= 132
