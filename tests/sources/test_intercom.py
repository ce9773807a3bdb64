"""Notifications of Intercom: a sample that was made of the published fields, figures that were counted by hand."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings

from stream.core.events import Event
from stream.sources.records import CUSTOMER, Unknown
from tests.sources.queue_logs import figures
from tests.sources.vendors import broken, counted, delivered_again, events_of, fits_on_the_wire, sample, source, told

NAME: Final = "intercom"
LINES: Final = sample("intercom/notifications.jsonl")
MAPPING: Final = "queues: {no-team: lobby, '77': support}\nagents: {a1: ['31'], a2: [a32@centre.example]}"
BY_HAND: Final[dict[str, tuple[int, ...]]] = {"": (5, 2, 0, 1, 0, 2), "lobby": (1, 0, 0, 1, 0, 0), "support": (4, 2, 0, 0, 0, 2)}
"""By queue: offered, answered, abandoned, flowed out, called back, waiting."""


def test_notifications_become_the_conversations_that_they_tell_of() -> None:
    """A chat that a team takes, answers, closes, and that goes on; a mail that was put off; a messenger that waits."""
    found = events_of(NAME, LINES, MAPPING)
    assert BY_HAND == counted(found)
    assert (40 + 3600) / 2 == figures(found)["support"]["wait_answered_mean_seconds"]


def test_a_part_that_several_topics_tell_is_one_message() -> None:
    """Bots are told twice by Intercom; a note is not public; a last word closes."""
    found = {one.id: one.data for one in events_of(NAME, LINES, MAPPING) if one.type == "message.posted" and one.subject == "intercom/1"}
    assert {
        "intercom/1/source": ("customer", True),
        "intercom/11": ("bot", True),
        "intercom/14": ("agent", False),
        "intercom/15": ("agent", True),
        "intercom/16": ("customer", True),
        "intercom/17": ("agent", True),
        "intercom/18": ("customer", True),
    } == {one["message_id"]: (one["author"], one["public"]) for one in found.values()}


def test_owners_and_states_are_the_issues() -> None:
    """Assigned, closed by a person or a workflow, reopened by either side, put off."""
    found = [one for one in events_of(NAME, LINES, MAPPING) if one.type.startswith("issue.")]
    for number, expected in (
        ("1", [("issue.opened", None), ("issue.assigned", "a1"), ("issue.resolved", "a1"), ("issue.reopened", None)]),
        (
            "2",
            [
                ("issue.opened", None),
                ("issue.status_changed", None),
                ("issue.status_changed", None),
                ("issue.resolved", None),
                ("issue.reopened", None),
            ],
        ),
    ):
        assert expected == [(one.type, one.data.get("agent_id")) for one in found if one.subject == f"intercom/{number}"]


def test_what_says_nothing_of_queues_is_passed_over_by_name() -> None:
    """Calls, parts without a text, pings."""
    words = [one.word for one in told(NAME, LINES, MAPPING) if isinstance(one, Unknown)]
    assert ["a conversation by phone_call", "a notification without a part", "ping"] == words


def test_nothing_personal_gets_past_but_the_customer_where_the_mapping_says_so() -> None:
    """No subject, no text, no name, no address."""
    assert not any(word in repr(events_of(NAME, LINES, MAPPING)) for word in ("private", "example"))
    named = [one for one in events_of(NAME, LINES, "customers: true") if CUSTOMER in one.data]
    assert {"u1@customer.example"} == {one.data[CUSTOMER] for one in named}
    assert source(NAME, "customers: true").personal


def test_a_way_to_begin_is_what_the_mapping_says() -> None:
    """A messenger may be a chat."""
    line = next(line for line in LINES if b'"whatsapp"' in line)
    assert {"social"} == {one.data["channel"] for one in events_of(NAME, [line])}
    assert {"chat"} == {one.data["channel"] for one in events_of(NAME, [line], "channels: {WhatsApp: chat}")}


@pytest.mark.parametrize("seed", range(5))
def test_deliveries_in_any_order_and_again_change_nothing(seed: int) -> None:
    """Every notification says all of its event."""
    assert {one.id: one for one in events_of(NAME, LINES)} == {one.id: one for one in events_of(NAME, delivered_again(LINES, seed))}


@settings(deadline=None)
@given(broken(LINES))
def test_no_input_whatever_raises(lines: list[bytes]) -> None:
    """Any bytes become events, rejects and words; the events fit on the wire."""
    assert fits_on_the_wire(one for one in told(NAME, lines) if isinstance(one, Event))
