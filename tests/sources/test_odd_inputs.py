"""What vendors send that is rare, and was once told wrongly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stream.core.events import Event
from stream.sources.records import Rejected
from stream.wire.codec import refusal
from stream.wire.fields import LONGEST
from tests.sources import queue_logs, samples
from tests.sources.vendors import events_of, sample, told

ZENDESK = "zendesk/events.jsonl"
INTERCOM = "intercom/notifications.jsonl"


def line(of: dict[str, Any]) -> list[bytes]:
    """One line."""
    return [json.dumps(of).encode() + b"\n"]


@pytest.mark.parametrize("at", [10**14 * 9, 10**17])
def test_a_time_of_no_year_is_set_aside(at: int) -> None:
    """It cannot be written, and nobody would take it."""
    task = {"EventType": "task.created", "TaskSid": "WT1", "TaskChannelUniqueName": "voice", "TimestampMs": at}
    (found,) = told("twilio-taskrouter", line(task))

    assert isinstance(found, Rejected)
    assert "bad_value" == found.reason
    data = {"contact_id": "c", "channel": "call"}
    refused = refusal(Event(at, "contact.begun", "c", "s|c", data), 10**6)
    assert refused is not None
    assert "bad_value" == refused.reason


@pytest.mark.parametrize(
    ("why", "kind"),
    [("Customer settled it himself", "contact.abandoned"), ("TTL exceeded", "contact.flowed_out"), ("Timed out.", "contact.flowed_out")],
)
def test_a_word_within_a_word_is_no_reason(why: str, kind: str) -> None:
    """`ttl` is in settled; the reason is free text of whoever wrote the centre's own code."""
    task = {"EventType": "task.canceled", "TaskSid": "WT1", "TaskChannelUniqueName": "voice", "TimestampMs": 1_772_442_000_000}

    assert [kind] == [one.type for one in events_of("twilio-taskrouter", line({**task, "TaskCanceledReason": why}))]


@pytest.mark.parametrize(
    ("before", "kinds"),
    [("OPEN", ["contact.ended", "issue.status_changed"]), ("SOLVED", ["issue.status_changed"])],
)
def test_a_ticket_that_is_closed_without_being_solved_waits_no_more(before: str, kinds: list[str]) -> None:
    """As Zendesk does with what is merged into another one."""
    (change, *_) = [json.loads(one) for one in sample(ZENDESK) if b"ticket.status_changed" in one]
    change["event"] |= {"previous": before, "current": "CLOSED"}
    found = events_of("zendesk", line(change))

    assert kinds == [one.type for one in found if one.type not in ("contact.begun", "issue.opened")]


def test_a_reply_that_is_only_a_picture_is_an_answer() -> None:
    """Without text and without a file there is nothing to answer with."""
    (reply, *_) = [json.loads(one) for one in sample(INTERCOM) if b"conversation.admin.replied" in one]
    (part, *_) = reply["data"]["item"]["conversation_parts"]["conversation_parts"]
    part["author"] = {"type": "admin", "id": "7"}
    part["body"] = ""
    assert "message.posted" not in [one.type for one in events_of("intercom", line(reply))]
    part["attachments"] = [{"type": "upload", "name": "private.png"}]

    assert "message.posted" in [one.type for one in events_of("intercom", line(reply))]


def test_another_reason_of_a_pause_begins_with_its_moment() -> None:
    """Lunch, and training without a word between them."""
    log = """
1772442000|NONE|billing|SIP/1|ADDMEMBER|
1772442010|NONE|NONE|SIP/1|PAUSEALL|lunch
1772442020|NONE|NONE|SIP/1|PAUSEALL|training
1772442025|NONE|NONE|SIP/1|PAUSEALL|training
1772442030|NONE|NONE|SIP/1|UNPAUSEALL|
"""
    found = [one for one in queue_logs.told(queue_logs.lines_of(log)) if isinstance(one, Event) and one.type == "agent.state_changed"]

    assert [(0, "available", None), (10, "paused", "lunch"), (20, "paused", "training"), (30, "available", None)] == [
        (one.time // 1000 - 1_772_442_000, one.data["state"], one.data.get("reason")) for one in found
    ]


def test_who_pauses_during_a_talk_talks_until_it_is_over() -> None:
    """Pressing pause during the last call before lunch takes nothing from the call."""
    log = """
1772442000|NONE|billing|SIP/1|ADDMEMBER|
1772442005|1.1|billing|NONE|ENTERQUEUE||+49305550100|1
1772442010|1.1|billing|SIP/1|CONNECT|5|1.2|2
1772442020|NONE|NONE|SIP/1|PAUSEALL|lunch
1772442300|1.1|billing|SIP/1|COMPLETEAGENT|5|290|1
1772442600|NONE|NONE|SIP/1|UNPAUSEALL|
"""
    found = [one for one in queue_logs.told(queue_logs.lines_of(log)) if isinstance(one, Event) and one.type == "agent.state_changed"]
    states = [(one.time // 1000 - 1_772_442_000, one.data["state"]) for one in found]

    assert (300, "paused") in states
    assert {"on_contact"} == {state for at, state in states if 10 <= at < 300}
    assert (600, "available") == states[-1]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("7,0026-03-02T08:00:00,0026-03-02T08:00:20,0026-03-02T08:03:00,1", ["bad_value"]),
        ("7,2026-03-02T08:00:00,2026-03-02T08:00:20,2026-03-02T08:03:00,900000000", ["bad_value"]),
        ("7,2026-03-02T08:00:00,2026-03-02T08:00:20,2026-03-02T08:03:00,20", []),
    ],
)
def test_a_call_of_another_calendar_or_of_years_is_set_aside_from_files_as_it_is_live(row: str, reason: list[str]) -> None:
    """No worker would take it; a replay counted it."""
    mapping = """
version: 1
time_zone: UTC
contact: { id: [id] }
times: { columns: [came, answered, ended], format: iso }
begun: came
offered: came
answered: answered
ended: ended
left_queue: ended
queue: { value: q }
channel: { value: call }
outcome: { column: result, values: { DONE: answered } }
wait: { column: wait, unit: s }
"""
    found = samples.translated(["id,came,answered,ended,wait,result", f"{row},DONE"], mapping)
    assert reason == [one.reason for one in found if isinstance(one, Rejected)]
    assert bool(reason) == (not [one for one in found if isinstance(one, Event)])


def test_no_wait_is_longer_than_anything() -> None:
    """A spoilt second of 1994, and a restart 31 years later."""
    lines = ["772438410|c.1|q|NONE|ENTERQUEUE||49|1", "1772438400|NONE|NONE|NONE|QUEUESTART|"]
    (_, lost) = queue_logs.events_of([f"{one}\n".encode() for one in lines])
    assert LONGEST == lost.data["wait_ms"]
    assert refusal(lost, 10**6) is None
