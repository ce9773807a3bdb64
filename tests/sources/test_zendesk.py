"""Ticket events of Zendesk: a sample that was made of the published fields, figures that were counted by hand."""

from __future__ import annotations

import json
from typing import Final

import pytest
from hypothesis import given, settings

from stream.core.events import Event
from stream.sources.records import CUSTOMER, Unknown
from tests.sources.queue_logs import figures
from tests.sources.vendors import broken, counted, delivered_again, events_of, fits_on_the_wire, sample, source, told

NAME: Final = "zendesk"
LINES: Final = sample("zendesk/events.jsonl")
MAPPING: Final = "queues: {'70': desk, '71': billing}\nagents: {a1: ['31'], a2: ['32']}"
BY_HAND: Final[dict[str, tuple[int, ...]]] = {"": (6, 2, 0, 3, 0, 1), "desk": (5, 1, 0, 3, 0, 1), "billing": (1, 1, 0, 0, 0, 0)}
"""By queue: offered, answered, abandoned, flowed out, called back, waiting."""


def test_tickets_become_what_waits_for_an_answer() -> None:
    """Answered and asked again, moved to another group, begun by an agent, solved without an answer, deleted, and spam."""
    found = events_of(NAME, LINES, MAPPING)
    assert BY_HAND == counted(found)
    measures = figures(found)
    assert (1200.0, 1800.0, 1) == (
        measures["desk"]["wait_answered_mean_seconds"],
        measures["billing"]["wait_answered_mean_seconds"],
        measures["desk"]["excluded"],
    )


def test_a_description_that_comes_as_a_comment_too_is_one_message() -> None:
    """Under one id, whichever comes first."""
    found = [one for one in events_of(NAME, LINES, MAPPING) if one.type == "message.posted" and one.subject == "zendesk/1"]
    assert ["zendesk/1/description"] * 2 + ["zendesk/12", "zendesk/13", "zendesk/14"] == [one.data["message_id"] for one in found]
    assert found[0] == found[1]
    assert [True, True, False, True, True] == [one.data["public"] for one in found]


def test_statuses_and_owners_are_the_issues() -> None:
    """Solved is resolved; what was solved and is open again is reopened."""
    found = [one for one in events_of(NAME, LINES, MAPPING) if one.type.startswith("issue.") and one.subject in ("zendesk/1", "zendesk/2")]
    assert [
        ("issue.opened", None),
        ("issue.assigned", "a1"),
        ("issue.resolved", "a1"),
        ("issue.reopened", None),
        ("issue.opened", None),
        ("issue.status_changed", None),
    ] == [(one.type, one.data.get("agent_id")) for one in found]
    assert "pending" == found[-1].data["status"]


def test_a_ticket_that_is_deleted_waits_no_more_and_is_no_open_issue() -> None:
    """Deleted for good says nothing new. One that is put back is open again; who waits for an answer to it, its next message says."""
    found = [one for one in LINES if b'"zen:ticket:7"' in one]
    events = events_of(NAME, found)
    ended, changed = ("contact.ended", None), "issue.status_changed"
    assert [ended, (changed, "closed"), (changed, "open"), ended, (changed, "closed"), ended, (changed, "closed")] == [
        (one.type, one.data.get("status")) for one in events[3:]
    ]
    for so_far, waiting, still_open in ((1, 1, 1), (2, 0, 0), (3, 0, 1), (4, 0, 0), (5, 0, 0)):
        measures = figures(events_of(NAME, found[:so_far]))[""]
        assert (1, 0, waiting, still_open) == tuple(measures[name] for name in ("offered", "excluded", "waiting", "open_issues"))


@pytest.mark.parametrize("status", ["SOLVED", "DELETED", ""])
def test_a_ticket_that_is_put_back_as_no_open_one_changes_nothing(status: str) -> None:
    """It counts as closed already."""
    (back, *_) = [json.loads(one) for one in LINES if b"ticket.undeleted" in one]
    back["detail"]["status"] = status
    assert [Unknown("ticket.undeleted of a ticket that is solved")] == told(NAME, [json.dumps(back).encode()])


def test_what_says_nothing_of_queues_is_passed_over_by_name() -> None:
    """Tickets of live channels, tags."""
    assert ["via chat", "ticket.tags_changed"] == [one.word for one in told(NAME, LINES, MAPPING) if isinstance(one, Unknown)]


def test_nothing_personal_gets_past_but_the_customer_where_the_mapping_says_so() -> None:
    """No subject, no text, no name."""
    assert "private" not in repr(events_of(NAME, LINES, MAPPING))
    named = [one for one in events_of(NAME, LINES, "customers: true") if CUSTOMER in one.data]
    assert {"zendesk user 901"} == {one.data[CUSTOMER] for one in named}
    assert source(NAME, "customers: true").personal


@pytest.mark.parametrize("seed", range(5))
def test_deliveries_in_any_order_and_again_change_nothing(seed: int) -> None:
    """Every event says all of itself."""
    assert {one.id: one for one in events_of(NAME, LINES)} == {one.id: one for one in events_of(NAME, delivered_again(LINES, seed))}


@settings(deadline=None)
@given(broken(LINES))
def test_no_input_whatever_raises(lines: list[bytes]) -> None:
    """Any bytes become events, rejects and words; the events fit on the wire."""
    assert fits_on_the_wire(one for one in told(NAME, lines) if isinstance(one, Event))
