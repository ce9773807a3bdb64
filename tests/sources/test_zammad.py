"""Webhooks of Zammad: a sample that was made of its published payload, figures that were counted by hand."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings

from stream.core.events import Event
from stream.sources.records import CUSTOMER, Unknown
from tests.sources.queue_logs import figures
from tests.sources.vendors import broken, counted, delivered_again, events_of, fits_on_the_wire, sample, source, told

NAME: Final = "zammad"
LINES: Final = sample("zammad/webhooks.jsonl")
MAPPING: Final = "queues: {Service Desk: desk, '4': billing}\nagents: {a1: [a5@centre.example], a2: ['6']}"
BY_HAND: Final[dict[str, tuple[int, ...]]] = {"": (5, 2, 0, 1, 0, 2), "desk": (4, 1, 0, 1, 0, 2), "billing": (1, 1, 0, 0, 0, 0)}
"""By queue: offered, answered, abandoned, flowed out, called back, waiting."""


def test_tickets_become_what_waits_for_an_answer() -> None:
    """A receipt that is no answer, an answer, a question after the end, another group, and one that an agent began."""
    found = events_of(NAME, LINES, MAPPING)
    assert BY_HAND == counted(found)
    measures = figures(found)
    assert (1800.0, 3600.0) == tuple(measures[queue]["wait_answered_mean_seconds"] for queue in ("desk", "billing"))


def test_states_and_owners_are_the_issues() -> None:
    """Closed is resolved, once, however many payloads say it; each payload says what the state is."""
    found = {one.id: one for one in events_of(NAME, LINES, MAPPING) if one.subject == "zammad/81" and one.type.startswith("issue.")}
    assert {
        "issue.opened": 1,
        "issue.status_changed": 5,
        "issue.assigned": 2,
        "issue.resolved": 1,
    } == {kind: sum(one.type == kind for one in found.values()) for kind in {one.type for one in found.values()}}
    assert {"a1"} == {one.data["agent_id"] for one in found.values() if one.type == "issue.assigned"}


def test_a_state_of_your_own_is_what_the_mapping_says() -> None:
    """Else it is open."""
    line = LINES[0].replace(b'"state":"new"', b'"state":"Waiting for supplier"')
    for mapping, status in (("", "open"), ("states: {waiting for supplier: on_hold}", "on_hold")):
        assert [status] == [one.data["status"] for one in events_of(NAME, [line], mapping) if one.type == "issue.status_changed"]


def test_what_says_nothing_of_queues_is_passed_over_by_name() -> None:
    """Telephone calls are told of by the telephone."""
    words = [one.word for one in told(NAME, LINES, MAPPING) if isinstance(one, Unknown)]
    assert ["a ticket by phone", "an article by phone", "a payload without a ticket"] == words


def test_nothing_personal_gets_past_but_the_customer_where_the_mapping_says_so() -> None:
    """No title, no text, no name, no address."""
    assert not any(word in repr(events_of(NAME, LINES, MAPPING)) for word in ("private", "example", "555"))
    named = [one for one in events_of(NAME, LINES, "customers: true") if CUSTOMER in one.data]
    assert {"c8@customer.example"} == {one.data[CUSTOMER] for one in named}
    assert source(NAME, "customers: true").personal


@pytest.mark.parametrize("seed", range(5))
def test_deliveries_in_any_order_and_again_change_nothing(seed: int) -> None:
    """What payloads share is the same in all of them."""
    assert {one.id: one for one in events_of(NAME, LINES)} == {one.id: one for one in events_of(NAME, delivered_again(LINES, seed))}


@settings(deadline=None)
@given(broken(LINES))
def test_no_input_whatever_raises(lines: list[bytes]) -> None:
    """Any bytes become events, rejects and words; the events fit on the wire."""
    assert fits_on_the_wire(one for one in told(NAME, lines) if isinstance(one, Event))
