"""Notifications of Genesys Cloud: a sample that was made up of the fields in its SDK, figures that were counted by hand."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings

from stream.core.events import Event
from stream.sources.records import CUSTOMER, Unknown
from tests.sources.queue_logs import figures
from tests.sources.vendors import broken, counted, delivered_again, events_of, fits_on_the_wire, said, sample, source, told

NAME: Final = "genesys-cloud"
LINES: Final = sample("genesys_cloud/notifications.jsonl")
#                        offered, answered, abandoned, flowed_out, callback, waiting
BY_HAND: Final = {"": (6, 2, 1, 1, 1, 1), "billing": (3, 2, 1, 0, 0, 0), "sales": (3, 0, 0, 1, 1, 1)}
MAPPING: Final = "queues: {g-billing: billing, g-sales: sales}\nagents: {a1: [u-1], a2: [u-2]}"


def test_notifications_become_the_contacts_that_they_tell_of() -> None:
    """Answered after a missed ring, abandoned, from one queue to the next within a millisecond, called back, and a chat that waits."""
    found = events_of(NAME, LINES, MAPPING)
    assert BY_HAND == counted(found)
    billing = figures(found)["billing"]
    assert (25.0, 150.0, 1, 1) == (
        billing["wait_answered_mean_seconds"],
        (180 + 120) / 2,
        billing["transferred"],
        billing["ring_missed"],
    )


def test_activity_says_who_is_there() -> None:
    """On queue the routing status, else the presence."""
    found = [one for one in events_of(NAME, LINES, MAPPING) if one.type.startswith("agent.")]
    assert [
        ("08:00:00", "agent.state_changed", {"state": "available", "queues": ["billing", "sales"]}),
        ("09:00:40", "agent.state_changed", {"state": "on_contact", "queues": ["billing", "sales"]}),
        ("09:04:10", "agent.state_changed", {"state": "paused", "queues": ["billing", "sales"], "reason": "meal"}),
        ("17:00:00", "agent.state_changed", {"state": "offline", "queues": []}),
    ] == said(found)


def test_what_says_nothing_of_queues_is_passed_over_by_name() -> None:
    """Other media, outbound, flows, and the channel's own heartbeat."""
    words = [one.word for one in told(NAME, LINES) if isinstance(one, Unknown)]
    assert ["user.start", "mediaType EMAIL", "OUTBOUND", "flow.start", "channel.metadata"] == words


def test_nothing_personal_gets_past_but_the_customer_where_the_mapping_says_so() -> None:
    """No number and no note."""
    assert not any(word in repr(events_of(NAME, LINES)) for word in ("1555", "private"))
    named = [one for one in events_of(NAME, LINES, "customers: true") if CUSTOMER in one.data]
    assert {"contact.begun"} == {one.type for one in named}
    assert source(NAME, "customers: true").personal


@pytest.mark.parametrize("seed", range(5))
def test_deliveries_in_any_order_and_again_change_nothing(seed: int) -> None:
    """Every body says all of its event."""
    assert {one.id: one for one in events_of(NAME, LINES)} == {one.id: one for one in events_of(NAME, delivered_again(LINES, seed))}


@settings(deadline=None)
@given(broken(LINES))
def test_no_input_whatever_raises(lines: list[bytes]) -> None:
    """Any bytes become events, rejects and words; the events fit on the wire."""
    assert fits_on_the_wire(one for one in told(NAME, lines) if isinstance(one, Event))
