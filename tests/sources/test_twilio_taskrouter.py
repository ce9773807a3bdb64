"""TaskRouter's events, in both ways that Twilio sends them: samples that were made of the published fields, figures counted by hand."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings

from stream.core.events import Event
from stream.sources.records import CUSTOMER, Unknown
from tests.sources.queue_logs import figures
from tests.sources.vendors import broken, counted, delivered_again, events_of, fits_on_the_wire, said, sample, source, told

NAME: Final = "twilio-taskrouter"
CALLBACKS: Final = sample("twilio_taskrouter/callbacks.jsonl")
STREAMS: Final = sample("twilio_taskrouter/streams.jsonl")
MAPPING: Final = """queues: {billing desk: billing, WQs0: sales}
agents: {a1: [wk1@centre.example], a2: [WK2]}
serves: {a1: [sales, billing]}
"""
BY_HAND: Final[dict[str, tuple[int, ...]]] = {"": (6, 2, 1, 2, 0, 1), "billing": (3, 1, 1, 1, 0, 0), "sales": (3, 1, 0, 1, 0, 1)}
"""By queue: offered, answered, abandoned, flowed out, called back, waiting."""


@pytest.mark.parametrize("lines", [CALLBACKS, STREAMS], ids=["callbacks", "streams"])
def test_tasks_become_contacts(lines: list[bytes]) -> None:
    """Answered after a missed ring, hung up, moved on and timed out, answered without wrapping up, and one that waits."""
    found = events_of(NAME, lines, MAPPING)
    assert BY_HAND == counted(found)
    billing, sales = figures(found)["billing"], figures(found)["sales"]
    assert (25.0, 180 + 30, 1) == (billing["wait_answered_mean_seconds"], billing["handle_mean_seconds"], billing["ring_missed"])
    assert (10.0, 60.02) == (sales["wait_answered_mean_seconds"], sales["handle_mean_seconds"])


def test_both_ways_tell_the_same() -> None:
    """Under the same ids."""
    assert {one.id: one for one in events_of(NAME, CALLBACKS, MAPPING)} == {one.id: one for one in events_of(NAME, STREAMS, MAPPING)}


def test_activities_say_who_is_there() -> None:
    """In the queues that the mapping says; a name that nobody explained is a break."""
    found = [one for one in events_of(NAME, CALLBACKS, MAPPING) if one.type.startswith("agent.")]
    assert [
        ("08:00:00", "agent.state_changed", {"state": "available", "queues": ["billing", "sales"]}),
        ("10:00:00", "agent.state_changed", {"state": "paused", "queues": ["billing", "sales"], "reason": "lunch"}),
        ("17:00:00", "agent.state_changed", {"state": "offline", "queues": []}),
    ] == said(found)
    trained = [one for one in events_of(NAME, CALLBACKS, "activities: {Lunch: available}") if one.type.startswith("agent.")]
    assert ["available", "available", "offline"] == [one.data["state"] for one in trained]


def test_what_says_nothing_of_queues_is_passed_over_by_name() -> None:
    """Outbound tasks, task channels that may be anything, workflows."""
    words = [one.word for one in told(NAME, CALLBACKS, MAPPING) if isinstance(one, Unknown)]
    assert ["reservation.canceled", "task-queue.timeout", "workflow.timeout", "task channel default", "outbound"] == words
    assert 1 == len([one for one in events_of(NAME, CALLBACKS, "channels: {default: call}") if one.subject == "twilio/WT5"])


@pytest.mark.parametrize("lines", [CALLBACKS, STREAMS], ids=["callbacks", "streams"])
def test_nothing_personal_gets_past_but_the_customer_where_the_mapping_says_so(lines: list[bytes]) -> None:
    """No number, no worker's address, no word of a workspace."""
    assert not any(word in repr(events_of(NAME, lines, MAPPING)) for word in ("1555", "example", "private words"))
    named = [one for one in events_of(NAME, lines, "customers: true") if CUSTOMER in one.data]
    assert {("contact.begun", "+15550100")} == {(one.type, one.data[CUSTOMER]) for one in named}
    assert source(NAME, "customers: true").personal


@pytest.mark.parametrize("seed", range(5))
def test_deliveries_in_any_order_and_again_change_nothing(seed: int) -> None:
    """Every event says all of itself."""
    assert {one.id: one for one in events_of(NAME, STREAMS)} == {one.id: one for one in events_of(NAME, delivered_again(STREAMS, seed))}


@settings(deadline=None)
@given(broken([*CALLBACKS, *STREAMS]))
def test_no_input_whatever_raises(lines: list[bytes]) -> None:
    """Any bytes become events, rejects and words; the events fit on the wire."""
    assert fits_on_the_wire(one for one in told(NAME, lines, MAPPING) if isinstance(one, Event))
