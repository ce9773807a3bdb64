"""Who is in what state, and since when."""

from __future__ import annotations

from stream.board.roster import Roster
from stream.core.centre import Centre, Person
from stream.core.events import Event


def told(roster: Roster, time: int, agent: str, state: str, kind: str = "state_changed", **more: object) -> None:
    """An event of an agent."""
    roster.take(Event(time, f"agent.{kind}", agent, f"s|{time}", {"state": state, "queues": ["billing"], **more}))


def test_a_person_has_one_state_since_it_began_whatever_the_systems_and_the_order() -> None:
    """Who talks on the phone talks; a heartbeat that says the same begins nothing; an older event changes nothing."""
    roster = Roster(Centre(people={"a1": Person(name="a1", ids=("1001", "a1@chat"))}), str.upper)
    told(roster, 1_000, "1001", "on_contact")
    told(roster, 2_000, "a1@chat", "available")
    told(roster, 3_000, "1001", "on_contact", "heartbeat")
    told(roster, 500, "1001", "paused")
    told(roster, 1_500, "a2", "paused", reason="lunch")
    told(roster, 1_600, "a3", "offline")
    assert [
        {"agent": "A2", "state": "paused", "since": 1_500, "queues": ["billing"], "reason": "lunch"},
        {"agent": "A1", "state": "on_contact", "since": 1_000, "queues": ["billing"], "reason": None},
    ] == roster.rows(5_000)


def test_who_stops_sending_heartbeats_is_not_there() -> None:
    """After the centre's time; who never sent any is as last said."""
    roster = Roster(Centre(heartbeat_timeout=90_000), str)
    told(roster, 1_000, "a1", "available", "heartbeat")
    told(roster, 1_000, "a2", "available")
    assert ["a1", "a2"] == [row["agent"] for row in roster.rows(91_000)]
    assert ["a2"] == [row["agent"] for row in roster.rows(91_001)]
