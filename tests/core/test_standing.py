"""What a reading says beside its measures: promises to single contacts, and who waits where something is red."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import AGENT_STATES, AGENTS
from stream.core.facts import AGENT_STATE, ASKED_FIRST, ENTERED, LEFT
from stream.core.scope_stage import ScopeStage
from stream.core.stage import QUEUE_READINGS

KEY = "channel=email,queue=billing"
MINUTE = 60_000
PROMISES = (
    Standard(name="first", title="", form="clock", measure="first_response", within=60 * MINUTE),
    Standard(name="few", title="", form="level", measure="waiting", op="<=", limit=1),
)


def stage(promises: tuple[Standard, ...] = PROMISES) -> ScopeStage:
    """Two contacts wait, since 08:20 and 08:50 of a day, both for a first answer; the clock is at 09:30."""
    made = ScopeStage(Centre(), promises, 0, 1, played=True)
    facts: list[list[Any]] = []
    for contact, since in (("c2", 50 * MINUTE), ("c1", 20 * MINUTE)):
        facts += [[kind, since, since, 2, contact, since, 1, 1] for kind in (ENTERED, ASKED_FIRST)]
    facts += [
        [AGENT_STATE, 10, 10, AGENTS, agent, AGENT_STATES.index(state), 1, 1] for agent, state in (("a1", "paused"), ("a2", "available"))
    ]
    made.fold([{"s": "contacts/0", "o": 1, "i": 0, "k": KEY, "f": [facts]}], 1)
    made.fold([{"s": source, "w": 90 * MINUTE, "x": False} for source in ("contacts/0", "agents/0")], 2)
    return made


def now(made: ScopeStage) -> dict[str, Any]:
    """The reading of what is so now."""
    found = {key: value for topic, key, value in made.tick(90 * MINUTE) if topic == QUEUE_READINGS}
    read: dict[str, Any] = orjson.loads(orjson.dumps(found[f"{KEY}|all".encode()]))
    return read


def test_clocks_that_ran_out_and_those_that_will_within_the_hour_are_counted_apart() -> None:
    """One is ten minutes over; the other has twenty left."""
    assert [{"standard": "first", "measure": "first_response", "overdue": 1, "due_60m": 1}] == now(stage())["clocks"]


def test_who_waits_longest_is_named_where_something_is_red() -> None:
    """The longest first; agents stand by their states."""
    found = now(stage())
    assert [["c1", 20 * MINUTE], ["c2", 50 * MINUTE]] == found["longest"]
    assert {"available": 1, "reserved": 0, "on_contact": 0, "wrap_up": 0, "paused": 1} == found["measures"]["agents_by_state"]


@pytest.mark.parametrize(
    ("promised", "named"),
    [
        ({"form": "percentage", "measure": "service_level", "within": 60 * MINUTE, "objective": 0.5}, True),
        ({"form": "percentage", "measure": "service_level", "within": 80 * MINUTE, "objective": 0.5}, False),
        ({"form": "level", "measure": "longest_wait", "limit": 3_600, "hold": 60 * MINUTE}, True),
        ({"form": "level", "measure": "longest_wait", "limit": 4_800, "hold": 60 * MINUTE}, False),
        ({"form": "level", "measure": "waiting", "limit": 1, "hold": 60 * MINUTE}, True),
        ({"form": "level", "measure": "waiting", "limit": 2, "hold": 60 * MINUTE}, False),
    ],
)
def test_who_waits_longest_is_named_where_a_wait_is_red_and_nothing_is_broken_yet(promised: dict[str, Any], *, named: bool) -> None:
    """One who waits for too long makes no share missed, and a hold time goes on: the wait is red on the board already."""
    found = now(stage((Standard(name="promise", title="", **promised),)))
    assert ([False], named) == ([one["breached"] for one in found["standards"]], "longest" in found)


def test_on_a_played_clock_a_reading_has_nobody_who_came_after_its_time() -> None:
    """One comes and one goes after what is settled: until that is, who came does not wait for 0 s, and who goes still waits."""
    made = stage()
    later = [[kind, when, when, 2, contact, since, 1, 1] for kind, when, contact, since in (
        (ENTERED, 95 * MINUTE, "c3", 95 * MINUTE), (LEFT, 96 * MINUTE, "c1", 20 * MINUTE))]  # fmt: skip
    made.fold([{"s": "contacts/0", "o": 2, "i": 0, "k": KEY, "f": [later]}], 3)
    before = now(made)
    made.fold([{"s": source, "w": 100 * MINUTE, "x": False} for source in ("contacts/0", "agents/0")], 4)
    after = {key: value for topic, key, value in made.tick(200 * MINUTE) if topic == QUEUE_READINGS}[f"{KEY}|all".encode()]

    waits = [(read["measures"]["waiting"], read["measures"]["longest_wait_seconds"], read["longest"]) for read in (before, after)]
    assert (2, 70 * 60.0, [["c1", 20 * MINUTE], ["c2", 50 * MINUTE]]) == waits[0]
    assert (2, 50 * 60.0, [["c2", 50 * MINUTE], ["c3", 95 * MINUTE]]) == waits[1]


def test_a_restored_stage_says_the_same() -> None:
    """What follows from the state is not stored."""
    made, again = stage(), ScopeStage(Centre(), PROMISES, 0, 1, played=True)
    expected = now(made)
    again.restore({key: value for key, value in made.changes() if value is not None})
    found = now(again)
    assert (expected["clocks"], expected["longest"], expected["measures"]) == (found["clocks"], found["longest"], found["measures"])
