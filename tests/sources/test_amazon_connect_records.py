"""Amazon Connect's contact records: a sample that was made up, with re-deliveries, figures that were counted by hand."""

from __future__ import annotations

import json
from typing import Final

import pytest
from hypothesis import given, settings

from stream.core.events import Event
from stream.sources.records import CUSTOMER, Unknown
from stream.sources.vendor.telling import objects
from tests.sources.queue_logs import figures
from tests.sources.vendors import broken, counted, events_of, fits_on_the_wire, sample, source, told

NAME: Final = "amazon-connect-records"
(RECORDS,) = sample("amazon_connect/records.json")
"""One line, one object after the other, as streams are delivered into files."""
#                        offered, answered, abandoned, flowed_out, callback, waiting
BY_HAND: Final = {"": (6, 3, 1, 1, 1, 0), "Billing": (3, 2, 1, 0, 0, 0), "Sales": (3, 1, 0, 1, 1, 0)}
LINES: Final = [line.encode() for line in RECORDS.decode().replace("}{", "}\n{").splitlines(keepends=True)]


def test_records_become_the_contacts_that_they_tell_of() -> None:
    """The same centre as in the contact events; queues go by their names."""
    found = events_of(NAME, [RECORDS])
    assert BY_HAND == counted(found)
    whole = figures(found)[""]
    assert (15.0, 40.0, 1, 1) == (
        whole["wait_answered_mean_seconds"],
        whole["wait_max_seconds"],
        whole["transferred"],
        whole["abandoned_before_queue"],
    )


def test_a_record_that_comes_again_with_more_in_it_adds_only_that() -> None:
    """Two equal deliveries, then one with the wrap-up: the same events, and one more."""
    first, same, more = (events_of(NAME, [line]) for line in LINES[:3])
    assert first == same == more[: len(first)]
    assert [("contact.wrapped_up", 30_000)] == [(one.type, one.data["acw_ms"]) for one in more[len(first) :]]
    assert counted(events_of(NAME, LINES)) == counted(events_of(NAME, LINES[::-1])) == counted(events_of(NAME, LINES[2:]))


def test_a_line_may_hold_one_record_a_list_or_many() -> None:
    """However the stream was written into the file."""
    assert list(objects(RECORDS)) == list(objects(b"[" + b",".join(LINES) + b"]")) == [one for line in LINES for one in objects(line)]


def test_the_customer_is_named_only_where_the_mapping_says_so() -> None:
    """Nothing that is personal gets past the translator else: no number, no user's name, no attribute."""
    plain = events_of(NAME, [RECORDS])
    assert not any(word in repr(plain) for word in ("+1555", "user.one", "note"))
    named = events_of(NAME, [RECORDS], "customers: true")
    assert {"+15550100"} == {one.data[CUSTOMER] for one in named if CUSTOMER in one.data}
    assert (False, True) == (source(NAME).personal, source(NAME, "customers: true").personal)


def test_contact_events_are_for_the_other_source() -> None:
    """And records are not for it: each says which one reads them."""
    (event, *_) = sample("amazon_connect/events.jsonl")
    assert [Unknown("Amazon Connect Contact Event")] == told(NAME, [event])
    assert [Unknown("a contact record: --source amazon-connect-records reads it")] == told("amazon-connect", LINES[:1])


@settings(deadline=None)
@given(broken(LINES))
def test_no_input_whatever_raises(lines: list[bytes]) -> None:
    """Any bytes become events, rejects and words; the events fit on the wire."""
    assert fits_on_the_wire(one for one in told(NAME, lines) if isinstance(one, Event))


@pytest.mark.parametrize("passed_on", [{}, {"TransferCompletedTimestamp": "2026-03-02T09:04:00.000Z"}])
def test_a_handle_time_is_what_connect_says_an_agent_spent(passed_on: dict[str, str]) -> None:
    """100 s of talk, 20 s of hold and 40 s of work after it are 160 s, though the contact went on; passed on to somebody or not."""
    person = {"ARN": "x/agent/a-1", "ConnectedToAgentTimestamp": "2026-03-02T09:01:30.000Z", "AgentInteractionDuration": 100}
    person |= {"CustomerHoldDuration": 20}
    work = {"AfterContactWorkEndTimestamp": "2026-03-02T09:05:40.000Z", "AfterContactWorkDuration": 40}
    record = {**json.loads(LINES[0]), "DisconnectTimestamp": "2026-03-02T09:05:00.000Z", **passed_on, "Agent": person}
    lines = [json.dumps(one).encode() for one in (record, {**record, "Agent": {**person, **work}})]
    for found in (events_of(NAME, lines), events_of(NAME, lines[::-1])):
        billing = figures(found)["Billing"]
        assert (160.0, 100.0, 20.0, len(passed_on)) == (
            *(billing[f"{name}_mean_seconds"] for name in ("handle", "talk", "hold")),
            billing["transferred"],
        )


def test_a_call_for_one_person_was_in_no_queue() -> None:
    """Answered or given up, its record says that it began and was over."""
    own = {"ARN": "x/queue/agent/a-1", "Name": None, "EnqueueTimestamp": "2026-03-02T09:00:10.000Z"}
    record = {**json.loads(LINES[0]), "Queue": own}
    for one in (record, {**record, "Agent": None}):
        found = events_of(NAME, [json.dumps(one).encode()])
        assert [("contact.begun", None), ("contact.ended", "system")] == [(event.type, event.data.get("by")) for event in found]


def test_that_a_contact_went_on_counts_whichever_delivery_comes_first() -> None:
    """The first delivery looks like a call that was given up; a later one knows the contact that continues it."""
    record = {**json.loads(next(line for line in LINES if b'"ContactId":"c2"' in line)), "DisconnectReason": None}
    first, later = (json.dumps(one).encode() for one in (record, {**record, "NextContactId": "c9"}))
    assert (1, 0, 1, 0, 0, 0) == counted(events_of(NAME, [first]))["Billing"]
    for lines in ([first, later], [later, first], [later]):
        assert (1, 0, 0, 1, 0, 0) == counted(events_of(NAME, lines))["Billing"]


@pytest.mark.parametrize("begun_at", ["2026-03-02T09:01:44.000Z", "2026-03-02T09:01:45.000Z"])
@pytest.mark.parametrize(
    ("method", "counts"), [("DISCONNECT", (1, 0, 0, 1, 0, 0)), ("CALLBACK", (1, 0, 0, 0, 1, 0)), ("QUEUE_TRANSFER", (1, 0, 0, 1, 0, 0))]
)
def test_a_customer_who_left_the_queue_went_on_where_another_contact_follows(method: str, counts: tuple[int, ...], begun_at: str) -> None:
    """The record cannot say in what, and that of a callback may come when nobody knows this contact any more: alone, it flowed out."""
    record = {**json.loads(next(line for line in LINES if b'"ContactId":"c2"' in line)), "NextContactId": "c9"}
    begun = {"InitiationTimestamp": begun_at, "DisconnectTimestamp": None, "Queue": None}
    after = {**record, **begun, "ContactId": "c9", "PreviousContactId": "c2", "NextContactId": None, "InitiationMethod": method}
    assert "CUSTOMER_DISCONNECT" == record["DisconnectReason"]
    lines = [json.dumps(one).encode() for one in (record, after)]
    assert (1, 0, 0, 1, 0, 0) == counted(events_of(NAME, lines[:1]))["Billing"]
    assert (1, 0, 1, 0, 0, 0) == counted(events_of(NAME, [json.dumps({**record, "NextContactId": None}).encode()]))["Billing"]
    for some in (lines, lines[::-1]):
        assert counts == counted(events_of(NAME, some))["Billing"]


def test_a_survey_after_the_call_is_no_call_of_its_own() -> None:
    """It names the queue of the call that it follows, and was in none; a chat that was put into a queue again was in that one."""
    call = {**json.loads(LINES[0]), "DisconnectReason": "AGENT_DISCONNECT", "NextContactId": "c2"}
    survey = {**call, "ContactId": "c2", "PreviousContactId": "c1", "NextContactId": None, "InitiationMethod": "DISCONNECT", "Agent": None}
    asked = {**survey, "Queue": {"ARN": call["Queue"]["ARN"], "Name": "Billing"}, "DisconnectReason": "CUSTOMER_DISCONNECT"}
    found = figures(events_of(NAME, [json.dumps(one).encode() for one in (call, asked)]))[""]
    assert (1, 1, 0, 0) == tuple(found[name] for name in ("offered", "answered", "transferred", "abandoned_before_queue"))
    back = {**survey, "DisconnectReason": "CUSTOMER_DISCONNECT"}
    assert (1, 0, 1, 0, 0, 0) == counted(events_of(NAME, [json.dumps(back).encode()]))["Billing"]
