"""Events on the wire: what goes in comes out, and what cannot be read is refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.events import AGENT_EVENTS, CONTACT_EVENTS, CONTROLS, Event
from stream.errors import RejectedRecord
from stream.wire import codec
from stream.wire.codec import CONTACT_TOPIC, decode, decode_all, encode, from_json, mark, to_json_line, topic_of
from tests.wire.strategies import events, odd

OFFERED = Event(
    917_845_367_123,
    "contact.offered",
    "4711",
    "pbx|e-1",
    {"contact_id": "4711", "queue": "billing", "channel": "call"},
)


def binary(
    headers: dict[str, bytes | None] | None = None,
    data: dict[str, Any] | None = None,
    *,
    key: bytes | None = b"4711",
) -> tuple[bytes, list[tuple[str, bytes]], bytes | None]:
    """The record of OFFERED with some headers and data fields changed; None takes one away."""
    _, value, found = encode(OFFERED, "pbx")
    changed = {**dict[str, bytes | None](found), **(headers or {})}
    fields = {**orjson.loads(value), **(data or {})}
    return orjson.dumps(fields), [(name, text) for name, text in changed.items() if text is not None], key


@given(events())
def test_binary_mode_round_trips(event: Event) -> None:
    """What is written in binary mode is read as the same event."""
    key, value, headers = encode(event, "unused")

    assert event == decode(value, headers, key)


@given(events())
def test_structured_mode_round_trips(event: Event) -> None:
    """What is written as a JSON line is read as the same event, from a file and from a record."""
    line = to_json_line(event, "unused")

    assert event == from_json(orjson.loads(line))
    assert event == decode(line, [("content-type", b"application/cloudevents+json; charset=UTF-8")], event.subject.encode())


@given(
    st.binary(),
    st.dictionaries(st.sampled_from(["ce_type", "ce_time", "ce_id", "content-type"]), st.none() | st.binary()),
)
def test_any_bytes_are_an_event_or_are_refused(value: bytes, headers: dict[str, bytes | None]) -> None:
    """No bytes make the decoder fail in any other way than by refusing them."""
    with pytest.raises(RejectedRecord):
        decode(value, [("ce_type", b"cc.contact.offered.v1"), *headers.items()], b"4711")


def outcome(read: Callable[..., Event], *record: Any) -> Event | str:
    """The event, or why there is none."""
    try:
        return read(*record)
    except RejectedRecord as refused:
        return str(refused)


@given(events(), st.data())
def test_the_short_way_and_the_careful_way_agree(event: Event, draw: st.DataObject) -> None:
    """Whatever is changed in a record: all ways make the same event of it, or refuse it in the same words."""
    key, value, headers = encode(event, "unused")
    named = st.sampled_from([name for name, _ in headers])
    text = st.none() | st.sampled_from([b"", b"\xff", b"|", b"1.0", b"cc.clock.marked.v1", b"application/cloudevents+json", b"text/json"])
    more = draw.draw(st.lists(st.tuples(named | st.just("traceparent"), text), max_size=2))
    changed: list[tuple[str, bytes | None]] = [*draw.draw(st.permutations(headers) | st.just(headers)), *more]
    changed = changed[draw.draw(st.integers(0, 1)) :]
    data = draw.draw(st.sampled_from([value, orjson.dumps({**event.data, **draw.draw(odd)}), None, b"{", b"[]"]))
    record = data, changed, draw.draw(st.sampled_from([key, None, b"\xff"]))

    here = CONTACT_TOPIC if event.type in CONTROLS else topic_of(event.type)
    found = decode_all([SimpleNamespace(value=data, headers=changed, key=record[2])] * 2, here)
    assert [outcome(decode, *record)] * 2 == [str(one) if isinstance(one, RejectedRecord) else one for one in found]


@given(events(), st.data())
def test_both_ways_agree_on_json_too(event: Event, draw: st.DataObject) -> None:
    """The same for events in structured mode, down to what is no object."""
    record = orjson.loads(to_json_line(event, "unused"))
    value = st.none() | st.sampled_from(["", "1.0", "|", "cc.clock.marked.v1", 5, [], {}, True])
    record |= draw.draw(st.dictionaries(st.sampled_from([*record, "data_base64"]), value, max_size=2))
    if isinstance(record["data"], dict):
        record["data"] |= draw.draw(odd)
    found = draw.draw(st.sampled_from([record, [record], "text", None]) | st.just(record))

    assert outcome(codec._read_carefully, found) == outcome(from_json, found)


def test_binary_mode_is_what_the_spec_shows() -> None:
    """Key, value and the ce_ headers are those of the CloudEvents Kafka binding."""
    expected = (
        b"4711",
        b'{"contact_id":"4711","queue":"billing","channel":"call"}',
        [
            ("ce_specversion", b"1.0"),
            ("ce_type", b"cc.contact.offered.v1"),
            ("ce_source", b"pbx"),
            ("ce_id", b"e-1"),
            ("ce_time", b"1999-02-01T05:02:47.123Z"),
            ("content-type", b"application/json"),
        ],
    )

    assert expected == encode(OFFERED, "unused")


def test_an_id_without_a_source_gets_the_source() -> None:
    """The source named by the caller goes before an id that has none."""
    event = Event(OFFERED.time, OFFERED.type, "4711", "e-1", OFFERED.data)
    key, value, headers = encode(event, "call-log")

    assert "call-log|e-1" == decode(value, headers, key).id
    assert "call-log" == orjson.loads(to_json_line(event, "call-log"))["source"]


def test_every_event_has_its_topic() -> None:
    """Contacts' events and messages travel in contact-events, agents' in agent-events."""
    expected = {
        **dict.fromkeys(CONTACT_EVENTS, "contact-events"),
        **dict.fromkeys(AGENT_EVENTS, "agent-events"),
    }

    assert expected == {name: topic_of(name) for name in (*CONTACT_EVENTS, *AGENT_EVENTS)}


def test_marks_say_until_when_all_is_sent() -> None:
    """A mark carries its time; the last one says so. It needs no key."""
    event = mark(5_000, "call-log", final=True)
    _, value, headers = encode(event, "call-log")

    assert Event(5_000, "clock.marked", "clock", "call-log|mark-5000-final", {"final": True}) == event
    assert event == decode(value, headers, None)


def test_unknown_fields_pass_and_nulls_do_not() -> None:
    """A producer may say more than we know; null is the same as not said."""
    value, headers, key = binary(data={"priority": 3, "customer_ref": None})

    assert {**OFFERED.data, "priority": 3} == decode(value, headers, key).data


def test_attributed_at_is_a_time_or_milliseconds() -> None:
    """A moment given as text becomes milliseconds."""
    value, headers, key = binary(data={"attributed_at": "1999-02-01T00:00:00+02:00"})

    assert 917_820_000_000 == decode(value, headers, key).data["attributed_at"]


@pytest.mark.parametrize(
    ("headers", "data", "refusal"),
    [
        ({"ce_type": None}, {}, ("undecodable: the record is no CloudEvent: it has neither a ce_type header nor the"
         " content-type application/cloudevents+json")),
        ({"ce_type": b"cc.contact.teleported.v1"}, {}, ("unknown_type: no event type 'cc.contact.teleported.v1' is known;"
         " topics/schemas holds those that are")),
        ({"ce_type": b"cc.contact.offered.v2"}, {}, ("unknown_type: no event type 'cc.contact.offered.v2' is known;"
         " did you mean cc.contact.offered.v1? topics/schemas holds those that are")),
        ({"content-type": b"application/avro"}, {}, ("undecodable: only JSON data is read, so the header content-type must be"
         " application/json")),
        ({"ce_time": None}, {}, "missing_field: contact.offered needs the header ce_time"),
        ({"ce_id": b""}, {}, "missing_field: contact.offered: source and id of a CloudEvent are not empty"),
        ({"ce_source": b"\xff"}, {}, "undecodable: contact.offered: the headers ce_source and ce_id are UTF-8"),
        ({"ce_specversion": b"0.3"}, {}, "bad_value: only CloudEvents of specversion 1.0 are read"),
        ({"ce_time": b"1999-02-01 05:02"}, {}, ("bad_value: a time is written as RFC 3339 with its offset, like"
         " 1999-02-01T05:02:47.000Z")),
        ({}, {"queue": None}, "missing_field: contact.offered needs the field queue"),
        ({}, {"queue": ""}, "missing_field: contact.offered needs the field queue"),
        ({}, {"queue": 7}, "bad_value: contact.offered: queue is a text"),
        ({}, {"channel": "fax"}, "bad_value: contact.offered: channel is one of call, chat, email, social"),
        ({}, {"wait_ms": -1}, "bad_value: contact.offered: wait_ms is a whole number of milliseconds, 0 to ten years"),
        ({}, {"wait_ms": 1.5}, "bad_value: contact.offered: wait_ms is a whole number of milliseconds, 0 to ten years"),
        ({}, {"wait_ms": True}, "bad_value: contact.offered: wait_ms is a whole number of milliseconds, 0 to ten years"),
        ({}, {"wait_ms": 2**62}, "bad_value: contact.offered: wait_ms is a whole number of milliseconds, 0 to ten years"),
        ({}, {"public": "yes"}, "bad_value: contact.offered: public is true or false"),
        ({}, {"queues": ["a", 1]}, "bad_value: contact.offered: queues is a list of texts"),
        ({}, {"channels": ["fax"]}, "bad_value: contact.offered: channels holds only call, chat, email, social"),
        ({"ce_id": b"x" * 2000}, {}, ("bad_value: contact.offered: source and id of a CloudEvent have at most 1999 characters"
         " together")),
        ({}, {"queue": "x" * 2001}, "bad_value: contact.offered: queue is a text of at most 2000 characters"),
        ({}, {"queues": ["x" * 2001]}, "bad_value: contact.offered: queues holds texts of at most 2000 characters"),
        ({}, {"queues": ["x"] * 1001}, "bad_value: contact.offered: queues holds at most 1000 items"),
        ({}, {"capacity": {"call": 1001}}, "bad_value: contact.offered: capacity says of each channel a number, 0 to 1000"),
        ({}, {"attributed_at": 1.5}, "bad_value: contact.offered: attributed_at is a time"),
        ({}, {"attributed_at": 10**15}, "bad_value: contact.offered: attributed_at is a time"),
        ({}, {"attributed_at": -(10**15)}, "bad_value: contact.offered: attributed_at is a time"),
        ({}, {"contact_id": "4712"}, "bad_value: contact.offered: the record has another key: its key must be its contact_id"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_wrong(headers: dict[str, bytes | None], data: dict[str, Any], refusal: str) -> None:
    """Each kind of bad record has its reason and a sentence that repeats no value."""
    with pytest.raises(RejectedRecord) as refused:
        decode(*binary(headers, data))

    assert refusal == str(refused.value)


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        (None, "undecodable: the record has no value"),
        (b"\xff\x00", "undecodable: the value is not JSON"),
        (b"[1]", "undecodable: contact.offered: the data is a JSON object"),
    ],
)
def test_a_value_that_is_no_data_is_refused(value: bytes | None, refusal: str) -> None:
    """Tombstones, foreign bytes and other JSON are undecodable."""
    _, headers, key = binary()

    with pytest.raises(RejectedRecord) as refused:
        decode(value, headers, key)

    assert refusal == str(refused.value)


def test_a_record_without_its_key_is_refused() -> None:
    """Without the key a contact's events would be spread over the partitions."""
    with pytest.raises(RejectedRecord) as refused:
        decode(*binary(key=None))

    assert "missing_field: contact.offered: the record has no key: its key must be its contact_id" == str(refused.value)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"id": None}, "missing_field: the CloudEvent needs the attribute id"),
        ({"time": 5}, "bad_value: the attribute time of a CloudEvent is a text"),
        (
            {"type": "other"},
            "unknown_type: no event type 'other' is known; topics/schemas holds those that are",
        ),
        (
            {"type": "contact.offered"},
            (
                "unknown_type: no event type 'contact.offered' is known; did you mean cc.contact.offered.v1? "
                "topics/schemas holds those that are"
            ),
        ),
        (
            {"type": "cc.Contact.offerd.v1"},
            (
                "unknown_type: no event type 'cc.Contact.offerd.v1' is known; did you mean cc.contact.offered.v1? "
                "topics/schemas holds those that are"
            ),
        ),
        ({"specversion": "0.3"}, "bad_value: only CloudEvents of specversion 1.0 are read"),
        (
            {"data_base64": "eA=="},
            "undecodable: data_base64 is not read: write the data as JSON in the attribute data",
        ),
        ({"data": None}, "undecodable: contact.offered: the data is a JSON object"),
        ({"subject": "4712"}, "bad_value: contact.offered: the attribute subject is the contact_id"),
    ],
)
def test_a_json_event_is_held_to_the_same_rules(change: dict[str, Any], refusal: str) -> None:
    """Structured events are refused as binary ones are."""
    record = {**orjson.loads(to_json_line(OFFERED, "pbx")), **change}

    with pytest.raises(RejectedRecord) as refused:
        from_json(record)

    assert refusal == str(refused.value)


def test_what_is_no_object_is_no_event() -> None:
    """A JSON line that holds a list is undecodable."""
    with pytest.raises(RejectedRecord) as refused:
        from_json([])

    assert "undecodable: a CloudEvent is a JSON object" == str(refused.value)
