"""Clocks that go with a contact from queue to queue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stream.core.centre import Centre, Queue
from stream.core.declared import Standard
from stream.core.events import order
from stream.core.judges import ClockJudge
from stream.core.stage import STANDARD_BREACHES
from tests.core.pipeline import Pipeline
from tests.core.playing import Way, play
from tests.core.timelines import events, played, reading

TEN_MINUTES: dict[str, Any] = {"title": "Within ten minutes", "form": "clock", "within": 600_000, "hours": "always", "grace": 0}
BY_QUEUE = Standard(name="first", measure="first_response", per=("queue",), **TEN_MINUTES)
ANYWHERE = Standard(name="first", measure="first_response", per=(), **TEN_MINUTES)
ONE = Way(1, largest=1)


def broken(story: str, standard: Standard, until: str = "12:00:00") -> list[tuple[str, str, str | None]]:
    """The breaches of a standard: (scope, from, to)."""
    found = played(story, (standard,), until=until).of(STANDARD_BREACHES).values()
    rows = [(",".join(one["scope"].values()), one["started_at"][11:19], one["ended_at"] and one["ended_at"][11:19]) for one in found]
    return sorted(rows, key=lambda row: row[:2])


def test_a_message_that_is_handed_on_waits_in_the_other_queue() -> None:
    """It was answered within two minutes, in the queue to which it went: nobody waits in the first one any more."""
    story = """
        09:00:00 anna message customer billing/email
        09:01:00 anna requeued queue=service
        09:02:00 anna message agent
    """
    assert [] == broken(story, BY_QUEUE)
    assert [] == reading(story, "queue=billing", until="12:00:00")["open_turns"]


def test_the_other_queue_is_in_breach_at_the_time_of_the_message() -> None:
    """Ten minutes after it was written, whoever had it when; whoever watches all queues sees one clock that never stopped."""
    story = """
        09:00:00 anna message customer billing/email
        09:04:00 anna requeued queue=service
        09:20:00 anna message agent
    """
    assert [("service", "09:10:00", "09:20:00")] == broken(story, BY_QUEUE)
    assert [("", "09:10:00", "09:20:00")] == broken(story, ANYWHERE)


def test_who_comes_too_late_already_is_late_where_they_come_in() -> None:
    """The first queue let ten minutes go by; the second has a message that was late since then."""
    story = """
        09:00:00 anna message customer billing/email
        09:15:00 anna requeued queue=service
        09:20:00 anna message agent
    """
    assert [("billing", "09:10:00", "09:15:00"), ("service", "09:10:00", "09:20:00")] == broken(story, BY_QUEUE)
    assert [("", "09:10:00", "09:20:00")] == broken(story, ANYWHERE)


@pytest.mark.parametrize("handed_over", ["09:00:00", "09:00:20"])
def test_what_was_asked_of_a_bot_is_asked_of_the_queue_that_gets_it(handed_over: str) -> None:
    """The question came before the chat had a queue."""
    story = f"""
        09:00:00 kim begun channel=chat
        09:00:00 kim message customer
        {handed_over} kim offered service/chat
        09:00:30 kim answered
        09:11:00 kim message agent
    """
    assert [("service", "09:10:00", "09:11:00")] == broken(story, BY_QUEUE)


def test_a_clock_that_moved_is_in_a_group_that_is_known_later() -> None:
    """It runs in the queue in which the contact is by then, and stops there."""
    story = """
        09:00:00 anna message customer billing/email
        09:01:00 anna requeued queue=service
        09:02:00 anna message customer groups=vip
        09:20:00 anna message agent
    """
    by_group = Standard(name="first", measure="first_response", per=("group",), **TEN_MINUTES)
    found = played(story, (by_group,), centre=Centre(groups=("vip",)), until="12:00:00").of(STANDARD_BREACHES).values()
    assert [("vip", "09:10:00", "09:20:00")] == [(one["scope"]["group"], one["started_at"][11:19], one["ended_at"][11:19]) for one in found]


BACK = """
    09:00:00 anna message customer billing/email
    09:11:00 anna requeued queue=service
    09:12:00 anna requeued queue=billing
    09:12:10 anna requeued queue=service
    09:12:20 anna requeued queue=billing
    09:13:00 anna message agent
    09:30:00 anna ended
"""
"""One mail that is late at 09:10:00, in billing."""
SHARE = replace(BY_QUEUE, form="percentage", objective=0.9, window=7_200_000)


def judged(story: str, standard: Standard, centre: Centre | None = None) -> dict[str, tuple[int, int]]:
    """How many contacts were judged in each scope, and how many of them missed."""
    found = play(sorted(events(story), key=order), ONE, None, centre or Centre(), (standard,))
    return {key: (judge.contacts, judge.breaches) for key, scope in found.scope_stage(0).scopes.items() for judge in scope.timeline.judges}


@pytest.mark.parametrize("standard", [SHARE, BY_QUEUE], ids=["share", "clock"])
def test_who_comes_back_late_counts_once(standard: Standard) -> None:
    """Three times in the one queue, twice in the other: it is one contact that missed in each."""
    assert {"queue=billing": (1, 1), "queue=service": (1, 1)} == judged(BACK, standard)


@pytest.mark.parametrize("standard", [SHARE, BY_QUEUE], ids=["share", "clock"])
def test_who_is_carried_away_in_time_counts_where_it_ends(standard: Standard) -> None:
    """A queue that passed a message on in time neither kept nor broke the promise; the one that answered it kept it, once."""
    story = """
        09:00:00 anna message customer billing/email
        09:02:00 anna requeued queue=service
        09:03:00 anna requeued queue=billing
        09:05:00 anna message agent
    """
    assert {"queue=billing": (1, 0), "queue=service": (0, 0)} == judged(story, standard)


@pytest.mark.parametrize("standard", [SHARE, BY_QUEUE], ids=["share", "clock"])
def test_who_was_elsewhere_when_the_time_ran_out_is_late_where_it_comes_back(standard: Standard) -> None:
    """Billing had it before and after, service at ten past: it was not judged in billing before."""
    story = """
        09:00:00 anna message customer billing/email
        09:05:00 anna requeued queue=service
        09:12:00 anna requeued queue=billing
        09:13:00 anna message agent
    """
    assert {"queue=billing": (1, 1), "queue=service": (1, 1)} == judged(story, standard)


def test_each_scope_knows_how_long_it_had_the_contact() -> None:
    """The team of billing and claims had it until 09:12, billing only until 09:05, when its time had not run out."""
    story = """
        09:00:00 anna message customer billing/email
        09:05:00 anna requeued queue=claims
        09:12:00 anna requeued queue=service
        09:15:00 anna requeued queue=billing
        09:16:00 anna message agent
    """
    teams = {"billing": "a", "claims": "a", "service": "b"}
    centre = Centre(queues={name: Queue(name, ("email",), team=team) for name, team in teams.items()})
    by_team = replace(BY_QUEUE, per=("team",))
    assert {"queue=billing": (1, 1), "queue=claims": (1, 1), "queue=service": (1, 1)} == judged(story, BY_QUEUE, centre)
    assert {"team=a": (1, 1), "team=b": (1, 1)} == judged(story, by_team, centre)


def test_every_stay_of_a_late_contact_is_a_breach_of_its_own() -> None:
    """Each begins and ends once, so no id fires again after its last word."""
    assert [
        ("billing", "09:10:00", "09:11:00"),
        ("billing", "09:12:00", "09:12:10"),
        ("billing", "09:12:20", "09:13:00"),
        ("service", "09:10:00", "09:12:00"),
        ("service", "09:12:10", "09:12:20"),
    ] == broken(BACK, BY_QUEUE)
    last: dict[str, int] = {}
    for record in play(sorted(events(BACK), key=order), ONE, None, Centre(), (BY_QUEUE,)).breaches:
        assert last.get(record["id"], 0) + 1 == record["revision"]
        last[record["id"]] = record["revision"]
    assert len(last) == 5
    assert set(last.values()) == {2}


def test_a_worker_that_starts_again_knows_who_came_back() -> None:
    """The late contact that is here again goes on under the id that was told, and counts no more."""
    ways = (ONE, replace(ONE, restarts=100))
    found = [play(sorted(events(BACK), key=order), way, None, Centre(), (BY_QUEUE,)).breaches for way in ways]
    once, restarted = [{record["id"]: record for record in records} for records in found]
    assert once == restarted


def test_who_came_back_in_time_runs_out_once() -> None:
    """Whoever looks at what is due in the next hour finds one contact, before a restart and after it."""
    story = """
        09:00:00 anna message customer billing/email
        09:01:00 anna requeued queue=service
        09:02:00 anna requeued queue=billing
        09:05:00 bert offered sales/call
        09:06:00 bert abandoned
    """
    for restarts in (0, 100):
        found: list[int] = []

        def look(pipeline: Pipeline, found: list[int] = found) -> None:
            scope = pipeline.scope_stage(0).scopes.get("queue=billing")
            if scope is not None:
                (judge,) = scope.timeline.judges
                assert isinstance(judge, ClockJudge)
                found.append(judge.due_by(scope.timeline.levels, 2**62))

        play(sorted(events(story), key=order), replace(ONE, restarts=restarts), look, Centre(), (BY_QUEUE,))
        assert 1 == max(found)


def test_a_contact_that_came_back_is_once_in_a_group_that_is_known_later() -> None:
    """It runs in the group from then on, and stops there."""
    story = """
        09:00:00 anna message customer billing/email
        09:01:00 anna requeued queue=service
        09:02:00 anna requeued queue=billing
        09:03:00 anna message customer groups=vip
        09:20:00 anna message agent
    """
    by_group = Standard(name="first", measure="first_response", per=("group",), **TEN_MINUTES)
    assert [("vip", "09:10:00", "09:20:00")] == [
        (one["scope"]["group"], one["started_at"][11:19], one["ended_at"][11:19])
        for one in played(story, (by_group,), centre=Centre(groups=("vip",)), until="12:00:00").of(STANDARD_BREACHES).values()
    ]
