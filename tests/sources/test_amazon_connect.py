"""Amazon Connect's contact events and agent events: samples that were made up, figures that were counted by hand."""

from __future__ import annotations

import json
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.events import Event
from stream.sources.records import Rejected, Unknown
from tests.sources.queue_logs import figures
from tests.sources.vendors import broken, counted, delivered_again, events_of, fits_on_the_wire, said, sample, source, told

NAME: Final = "amazon-connect"
EVENTS: Final = sample("amazon_connect/events.jsonl")
AGENTS: Final = sample("amazon_connect/agents.jsonl")
#                        offered, answered, abandoned, flowed_out, callback, waiting
BY_HAND: Final = {"": (7, 3, 2, 1, 1, 0), "billing": (3, 2, 1, 0, 0, 0), "sales": (4, 1, 1, 1, 1, 0)}
MAPPING: Final = """
origin: emea
queues: {q-billing: billing, "arn:aws:connect:eu-central-1:111122223333:instance/i1/queue/q-sales": sales}
agents: {a1: [a-1], a2: [a-2]}
"""


def test_contact_events_become_the_contacts_that_they_tell_of() -> None:
    """Answered, abandoned, called back, taken out by the flow, passed on, and one whose queueing was never delivered."""
    found = events_of(NAME, EVENTS, MAPPING)
    assert BY_HAND == counted(found)
    whole = figures(found)[""]
    assert (15.0, 40.0, 1, 1) == (
        whole["wait_answered_mean_seconds"],
        whole["wait_max_seconds"],
        whole["transferred"],
        whole["abandoned_before_queue"],
    )
    assert {"emea/c1"} == {one.subject for one in found if one.type == "contact.wrapped_up"}


def test_what_is_no_contact_of_a_queue_is_passed_over_by_name() -> None:
    """Outbound calls, e-mail, and events that say nothing of queues."""
    assert ["OUTBOUND", "channel EMAIL", "CONTACT_DATA_UPDATED"] == [one.word for one in told(NAME, EVENTS) if isinstance(one, Unknown)]


@pytest.mark.parametrize("seed", range(5))
def test_deliveries_in_any_order_and_again_change_nothing(seed: int) -> None:
    """EventBridge delivers as well as it can, in no order."""
    again = {one.id: one for one in events_of(NAME, delivered_again(EVENTS + AGENTS, seed))}
    assert {one.id: one for one in events_of(NAME, EVENTS + AGENTS)} == again
    assert counted(events_of(NAME, EVENTS)) == counted(events_of(NAME, delivered_again(EVENTS, seed)))


def test_no_duration_is_negative() -> None:
    """A published kind of sample has its queue after its end: the contact ends when it entered, and waits no more."""
    found = [one for one in events_of(NAME, EVENTS, MAPPING) if one.subject == "emea/c10"]
    assert [
        ("09:20:00", "contact.offered", {"queue": "sales", "channel": "call"}),
        ("09:20:00", "contact.abandoned", {"queue": "sales", "channel": "call", "stage": "queue", "wait_ms": 0}),
    ] == said(found)


def test_the_agent_stream_says_who_is_there() -> None:
    """By the precedence of Connect's own activity; an agent's own queue is none, a user's name is not shown."""
    capacity = {"call": 1, "chat": 2}
    there = {"queues": ["billing", "sales"], "capacity": capacity, "channels": ["call", "chat"]}
    found = [one for one in events_of(NAME, AGENTS, MAPPING) if one.type.startswith("agent.")]
    assert {"a1"} == {one.subject for one in found}
    assert [
        ("08:00:00", "agent.state_changed", {"state": "available", **there}),
        ("09:00:25", "agent.state_changed", {"state": "reserved", **there}),
        ("09:00:30", "agent.state_changed", {"state": "on_contact", **there}),
        ("09:02:00", "agent.heartbeat", {"state": "on_contact", **there, "contacts": ["emea/c1"]}),
        ("09:03:30", "agent.state_changed", {"state": "wrap_up", **there}),
        ("09:04:00", "agent.state_changed", {"state": "available", **there}),
        ("09:05:05", "agent.state_changed", {"state": "paused", "reason": "missed", **there}),
        ("09:30:00", "agent.state_changed", {"state": "paused", "reason": "Lunch", **there}),
        ("17:00:00", "agent.state_changed", {"state": "offline", **there}),
    ] == said(found)


def test_the_agent_stream_says_where_it_rang() -> None:
    """A ring, and one that was missed, of the contact in whose life they are."""
    found = [one for one in events_of(NAME, AGENTS, MAPPING) if one.type.startswith("contact.")]
    assert [
        ("emea/c1", "contact.ringing", {"agent_id": "a1"}),
        ("emea/c5", "contact.ring_missed", {"agent_id": "a1", "reason": "missed"}),
    ] == [(one.subject, one.type, {key: value for key, value in one.data.items() if key != "contact_id"}) for one in found]


def test_a_broken_object_is_refused_and_the_rest_goes_on() -> None:
    """Each with its reason; the detail repeats nothing of it."""
    lines = [b"{\n", b"7\n", b'{"eventType":"QUEUED","contactId":"c1","channel":"VOICE"}\n', b'{"eventType":"QUEUED","contactId":"c1"}\n']
    assert [
        ("undecodable", "the line is not JSON", 1),
        ("undecodable", "what the vendor sends is a JSON object", 2),
        ("missing_field", "queueInfo.enqueueTimestamp is missing or no time", 3),
        ("missing_field", "the contact has no channel", 4),
    ] == [(one.reason, one.detail, one.line) for one in told(NAME, lines) if isinstance(one, Rejected)]


@settings(deadline=None)
@given(broken(EVENTS + AGENTS), st.sampled_from(["", MAPPING]))
def test_no_input_whatever_raises(lines: list[bytes], mapping: str) -> None:
    """Any bytes become events, rejects and words; the events fit on the wire, and a log that is followed says the same."""
    found = told(NAME, lines, mapping)
    following = source(NAME, mapping).following
    assert following is not None
    log = following()
    assert [one for one in found if isinstance(one, Event)] == [one for line in lines for one in log.feed(line) if isinstance(one, Event)]
    assert fits_on_the_wire(one for one in found if isinstance(one, Event))


def one(kind: str, **more: object) -> bytes:
    """A contact event of c1, a call that waited from 09:00:00 for 10 s."""
    return json.dumps({"eventType": kind, "contactId": "c1", "channel": "VOICE", "initiationMethod": "INBOUND", **more}).encode()


def test_who_asks_a_colleague_first_is_in_the_talk_until_it_was_passed_on() -> None:
    """The consultation begins at 09:02; passed on at 09:04:40 while the caller was on hold for 20 s, and wrapped up for 40 s."""
    agent = {"agentArn": "x/agent/a-1", "connectedToAgentTimestamp": "2026-03-02T09:00:10Z", "agentInitiatedHoldDuration": 20}
    waited = {"queueArn": "x/queue/q", "queueType": "STANDARD", "enqueueTimestamp": "2026-03-02T09:00:00Z"}
    work = {**agent, "afterContactWorkEndTimestamp": "2026-03-02T09:05:20Z", "afterContactWorkDuration": 40}
    ended = {"disconnectTimestamp": "2026-03-02T09:04:40Z", "disconnectReason": "TRANSFERRED"}
    lines = [
        one("CONNECTED_TO_AGENT", queueInfo=waited, agentInfo=agent),
        one("INITIATED", contactId="c2", initiationMethod="TRANSFER", previousContactId="c1", initiationTimestamp="2026-03-02T09:02:00Z"),
        one("PAUSED", eventTimestamp="2026-03-02T09:04:20Z", agentInfo=agent),
        one("DISCONNECTED", queueInfo=waited, agentInfo=agent, **ended),
        one("COMPLETED", agentInfo=work),
    ]
    q = figures(events_of(NAME, lines))["q"]
    assert (1, 310.0, 20.0) == (q["transferred"], q["handle_mean_seconds"], q["hold_mean_seconds"])


OWN_QUEUE: Final = {"queueArn": "x/queue/agent/a-1", "queueType": "AGENT", "enqueueTimestamp": "2026-03-02T09:00:00Z"}


def test_who_calls_one_person_waits_in_no_queue() -> None:
    """Neither an answer nor a call that was given up is in any figure of a queue, and none stays open."""
    gone = {"disconnectTimestamp": "2026-03-02T09:04:40Z", "disconnectReason": "CUSTOMER_DISCONNECT", "queueInfo": OWN_QUEUE}
    agent = {"agentArn": "x/agent/a-1", "connectedToAgentTimestamp": "2026-03-02T09:00:10Z"}
    begun = one("INITIATED", initiationTimestamp="2026-03-02T09:00:00Z")
    answered = [begun, one("QUEUED", queueInfo=OWN_QUEUE), one("CONNECTED_TO_AGENT", queueInfo=OWN_QUEUE, agentInfo=agent)]
    for lines in ([*answered, one("DISCONNECTED", agentInfo=agent, **gone)], [begun, one("DISCONNECTED", **gone)]):
        events = events_of(NAME, lines)
        assert ["contact.begun", "contact.ended"] == [found.type for found in events]
        whole = figures(events)[""]
        assert [0, 0, 0, 0] == [whole[name] for name in ("offered", "answered", "abandoned", "abandoned_before_queue")]


def test_what_rings_and_is_no_call_of_a_queue_is_not_told() -> None:
    """Tasks, calls that the centre makes and calls for one person: the state of the agent is, the contact is not."""
    base = json.loads(next(line for line in AGENTS if b'"CONNECTING"' in line))
    (known,) = base["CurrentAgentSnapshot"]["Contacts"]
    for other in ({"Channel": "TASK"}, {"InitiationMethod": "OUTBOUND"}, {"Queue": {"ARN": "x/queue/agent/a-1", "Name": None}}):
        contact = {**known, **other}
        for kind, state, in_hand in (("STATE_CHANGE", "CONNECTING", None), ("HEART_BEAT", "CONNECTED", [])):
            base["EventType"], base["CurrentAgentSnapshot"]["Contacts"] = kind, [{**contact, "State": state}]
            (found,) = events_of(NAME, [json.dumps(base).encode()])
            assert ("agent", in_hand) == (found.type.partition(".")[0], found.data.get("contacts"))


WAITED: Final = {"queueArn": "x/queue/q", "queueType": "STANDARD", "enqueueTimestamp": "2026-03-02T09:00:00Z"}
TALKED: Final = {"agentArn": "x/agent/a-1", "connectedToAgentTimestamp": "2026-03-02T09:00:10Z"}
SURVEY: Final = {"contactId": "c2", "previousContactId": "c1", "initialContactId": "c1", "initiationMethod": "DISCONNECT"}


def test_a_survey_after_the_call_is_no_transfer_and_no_call_of_its_own() -> None:
    """The agent hung up at 09:03, and a disconnect flow asked the customer until 09:04."""
    gone = {"disconnectTimestamp": "2026-03-02T09:03:00Z", "disconnectReason": "AGENT_DISCONNECT", "nextContactId": "c2"}
    over = {"disconnectTimestamp": "2026-03-02T09:04:00Z", "disconnectReason": "CONTACT_FLOW_DISCONNECT"}
    lines = [
        one("QUEUED", queueInfo=WAITED),
        one("CONNECTED_TO_AGENT", queueInfo=WAITED, agentInfo=TALKED),
        one("DISCONNECTED", queueInfo=WAITED, agentInfo=TALKED, **gone),
        one("INITIATED", **SURVEY, initiationTimestamp="2026-03-02T09:03:00Z"),
        one("DISCONNECTED", **SURVEY, queueInfo={"queueArn": "x/queue/q"}, **over),
    ]
    whole = figures(events_of(NAME, lines))[""]
    assert (1, 1, 0, 0, 170.0) == tuple(
        whole[name] for name in ("offered", "answered", "transferred", "abandoned_before_queue", "handle_mean_seconds")
    )
    assert [Unknown("DISCONNECT")] * 2 == [found for found in told(NAME, lines) if isinstance(found, Unknown)]


@pytest.mark.parametrize(
    ("method", "counts"), [("DISCONNECT", (1, 0, 1, 0, 0, 0)), ("CALLBACK", (1, 0, 0, 0, 1, 0)), ("QUEUE_TRANSFER", (1, 0, 0, 1, 0, 0))]
)
def test_a_customer_who_left_the_queue_gave_up_unless_what_follows_says_more(method: str, counts: tuple[int, ...]) -> None:
    """A disconnect flow is a contact that follows, too; a callback and a transfer are begun, and told of, while the customer is there."""
    gone = {"disconnectTimestamp": "2026-03-02T09:01:00Z", "disconnectReason": "CUSTOMER_DISCONNECT", "nextContactId": "c2"}
    after = {**SURVEY, "initiationMethod": method, "initiationTimestamp": "2026-03-02T09:00:59Z"}
    lines = [one("QUEUED", queueInfo=WAITED), one("DISCONNECTED", queueInfo=WAITED, **gone), one("INITIATED", **after)]
    for some in (lines, lines[::-1]):
        assert counts == counted(events_of(NAME, some))["q"]


def test_a_transfer_is_told_by_the_moment_at_which_it_was_completed() -> None:
    """Whoever hung up: the agent passed the call on and left it."""
    gone = {"disconnectTimestamp": "2026-03-02T09:03:00Z", "disconnectReason": "AGENT_DISCONNECT"}
    ended = one("DISCONNECTED", queueInfo=WAITED, agentInfo=TALKED, **gone, transferCompletedTimestamp="2026-03-02T09:03:00Z")
    lines = [one("CONNECTED_TO_AGENT", queueInfo=WAITED, agentInfo=TALKED), ended]
    assert 1 == figures(events_of(NAME, lines))["q"]["transferred"]


def test_who_comes_back_in_a_disconnect_flow_waits_again() -> None:
    """A chat whose customer writes again is put into a queue by the flow, and is answered there."""
    again = {"queueArn": "x/queue/q", "queueType": "STANDARD", "enqueueTimestamp": "2026-03-02T09:10:00Z"}
    agent = {"agentArn": "x/agent/a-1", "connectedToAgentTimestamp": "2026-03-02T09:10:30Z"}
    lines = [
        one("INITIATED", **SURVEY, initiationTimestamp="2026-03-02T09:03:00Z"),
        one("QUEUED", **SURVEY, queueInfo=again),
        one("CONNECTED_TO_AGENT", **SURVEY, queueInfo=again, agentInfo=agent),
    ]
    q = figures(events_of(NAME, lines))["q"]
    assert (1, 1, 30.0) == (q["offered"], q["answered"], q["wait_answered_mean_seconds"])
