"""Webhooks of Chatwoot: a sample that was made of the fields in its sources, figures that were counted by hand."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given, settings

from stream.core.events import Event
from stream.sources.records import CUSTOMER, Rejected, Unknown
from tests.sources.queue_logs import figures
from tests.sources.vendors import broken, counted, delivered_again, events_of, fits_on_the_wire, said, sample, source, told

NAME: Final = "chatwoot"
LINES: Final = sample("chatwoot/webhooks.jsonl")
MAPPING: Final = (
    "queues: {inbox-3: support, inbox-4: mail, inbox-6: messengers, team-5: billing}\nagents: {a1: [a1@centre.example], a2: ['8']}"
)
BY_HAND: Final[dict[str, tuple[int, ...]]] = {
    "": (6, 3, 0, 2, 0, 1),
    "support": (2, 1, 0, 1, 0, 0),
    "billing": (1, 1, 0, 0, 0, 0),
    "mail": (2, 1, 0, 0, 0, 1),
    "messengers": (1, 0, 0, 1, 0, 0),
}
"""By queue: offered, answered, abandoned, flowed out, called back, waiting."""


def test_webhooks_become_the_conversations_that_they_tell_of() -> None:
    """A chat, one that a bot hands over and a team takes, an e-mail that is asked again, and a messenger that nobody answers."""
    found = events_of(NAME, LINES, MAPPING)
    assert BY_HAND == counted(found)
    measures = figures(found)
    assert (30.0, 30.0, 600.0) == tuple(measures[queue]["wait_answered_mean_seconds"] for queue in ("support", "billing", "mail"))
    assert 270.25 == measures["support"]["handle_mean_seconds"]


def test_what_the_issue_and_the_survey_tell() -> None:
    """Owner, resolution, reopening, and the score that the customer gave."""
    found = [one for one in events_of(NAME, LINES, MAPPING) if one.type.startswith(("issue.", "survey."))]
    first = [one for one in found if one.data.get("issue_id") == "chatwoot/11"]
    assert [
        ("09:00:00", "issue.opened", {"channel": "chat", "queue": "support", "issue_id": "chatwoot/11"}),
        ("09:00:20", "issue.assigned", {"issue_id": "chatwoot/11", "agent_id": "a1"}),
        ("09:05:00.250000", "issue.resolved", {"issue_id": "chatwoot/11", "agent_id": "a1"}),
    ] == said(first)[:3]
    answered = next(one for one in found if one.type == "survey.answered")
    assert {
        "survey_id": "chatwoot/1006",
        "survey": "csat",
        "score": 5,
        "scale_max": 5,
        "contact_id": "chatwoot/11",
        "issue_id": "chatwoot/11",
        "agent_id": "a1",
        "channel": "chat",
        "queue": "support",
    } == answered.data
    kinds = [one.type for one in found if one.data.get("issue_id") == "chatwoot/13"]
    assert ["issue.opened", "issue.resolved", "issue.reopened"] == kinds


def test_who_wrote_is_told_of_every_message() -> None:
    """Customers, people, bots and rules; a private note is not public."""
    found = [one.data for one in events_of(NAME, LINES, MAPPING) if one.type == "message.posted"]
    assert [
        *("customer", "agent", "agent", "customer", "agent"),
        *("bot", "agent"),
        *("customer", "system", "agent", "customer", "customer"),
    ] == [one["author"] for one in found]
    assert ["chatwoot/1003"] == [one["message_id"] for one in found if not one["public"]]
    assert [True, True] == [one["automatic"] for one in found if "automatic" in one]


def test_what_says_nothing_of_queues_is_passed_over_by_name() -> None:
    """Messages to a bot, activities, labels, the address book."""
    words = [one.word for one in told(NAME, LINES, MAPPING) if isinstance(one, Unknown)]
    assert ["a message to a bot", "conversation_updated of something else", "message_type activity", "contact_updated"] == words


def test_nothing_personal_gets_past_but_the_customer_where_the_mapping_says_so() -> None:
    """No address, no number, no name, no word of a message."""
    for mapping in ("", MAPPING):
        assert not any(word in repr(events_of(NAME, LINES, mapping)) for word in ("1555", "example", "private words", "c501", "n7"))
    named = [one for one in events_of(NAME, LINES, "customers: true") if CUSTOMER in one.data]
    assert {"+15550100"} == {one.data[CUSTOMER] for one in named}
    assert source(NAME, "customers: true").personal


def test_an_inbox_is_what_the_mapping_says() -> None:
    """A messenger is social unless it is said to be a chat."""
    line = next(line for line in LINES if b'"id":1031' in line)
    assert ["social"] == [one.data["channel"] for one in events_of(NAME, [line])]
    found = events_of(NAME, [line], "channels: {'Channel::Whatsapp': chat}")
    assert ["chat"] == [one.data["channel"] for one in found]


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"status": {"previous_value": 0, "current_value": 1}}, "resolved"), ({"status": {"previous_value": 9, "current_value": 9}}, "")],
)
def test_statuses_are_words_or_the_numbers_of_the_database(changes: dict[str, Any], status: str) -> None:
    """One that is none is refused."""
    line = {"event": "conversation_updated", "id": 1, "inbox_id": 1, "channel": "Channel::Email", "updated_at": 1772442000.5}
    found = told(NAME, [json.dumps({**line, "changed_attributes": [changes]}).encode()])
    if status:
        assert ["contact.ended", "issue.resolved"] == [one.type for one in found if isinstance(one, Event)]
    else:
        assert [True] == [isinstance(one, Rejected) for one in found]


@pytest.mark.parametrize("seed", range(5))
def test_deliveries_in_any_order_and_again_change_nothing(seed: int) -> None:
    """Every payload says all of its event."""
    assert {one.id: one for one in events_of(NAME, LINES)} == {one.id: one for one in events_of(NAME, delivered_again(LINES, seed))}


@settings(deadline=None)
@given(broken(LINES))
def test_no_input_whatever_raises(lines: list[bytes]) -> None:
    """Any bytes become events, rejects and words; the events fit on the wire."""
    assert fits_on_the_wire(one for one in told(NAME, lines) if isinstance(one, Event))
