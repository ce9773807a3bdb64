"""Clocks that go with a contact from queue to queue."""

from __future__ import annotations

from typing import Any

import pytest

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.stage import STANDARD_BREACHES
from tests.core.timelines import played, reading

TEN_MINUTES: dict[str, Any] = {"title": "Within ten minutes", "form": "clock", "within": 600_000, "hours": "always", "grace": 0}
BY_QUEUE = Standard(name="first", measure="first_response", per=("queue",), **TEN_MINUTES)
ANYWHERE = Standard(name="first", measure="first_response", per=(), **TEN_MINUTES)


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
