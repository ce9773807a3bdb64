"""Records of another schema become our events, whatever they hold; a mapping that cannot be meant is refused."""

from __future__ import annotations

import json
import re
import textwrap
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stream.config.yaml import parse
from stream.core.events import Event
from stream.errors import DeclarationError, RejectedRecord
from stream.intake.protoc import compiled
from stream.sources.records import Rejected, Unknown
from stream.sources.topic.mapping import read
from stream.sources.topic.schemas import Avro, Json, Protobuf, framed, message_path
from stream.sources.topic.translator import Record, Translator
from stream.sources.topic.values import found
from tests.docs.pages import ROOT, fences

MAPPING = """version: 1
origin: crm
time_zone: Europe/Berlin
kafka: { topics: [calls, people] }
format: json
pass_over: { type: [Ping] }
events:
  - becomes: contact.offered
    topics: [calls]
    when: { type: [Queued] }
    id: [eventId]
    time: { field: at, format: epoch_ms }
    fields:
      contact_id: { field: [system, call.id], join: "-" }
      queue: { field: call.queue, values: { q-17: billing } }
      channel: { value: call }
      customer: call.from
  - becomes: contact.answered
    when: { type: [Finished] }
    has: [call.taken]
    time: call.taken
    fields:
      contact_id: call.id
      queue: call.queue
      channel: { value: call }
      wait_ms: { field: call.waited, unit: s }
      agent_id: { field: [call.agent, call.login], absent: [nobody] }
  - becomes: contact.ended
    when: { type: [Finished] }
    time: "@timestamp"
    fields: { contact_id: call.id, by: { value: customer } }
  - becomes: agent.state_changed
    when: { "@headers.kind": [presence] }
    time: { field: at, format: epoch }
    fields: { agent_id: "@key", state: { field: state, values: { "1": available } }, queues: q }
"""
PROTO = """syntax = "proto3";
package their.calls;
message Ping { int32 number = 1; }
message Box {
  message Empty {}
  message Call { string id = 1; int64 at = 2; double waited = 3; oneof who { string agent = 4; } }
}
"""


def told(value: Any, mapping: str = MAPPING, **more: Any) -> list[Any]:
    """What a record becomes, each event as kind, time, id and data."""
    raw = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    record = Record(**{"topic": "calls", "partition": 3, "offset": 9, "timestamp": 1_772_442_000_000, "key": b"a1", "value": raw, **more})
    found = Translator(read(parse(mapping, "theirs.yaml")), Json().read).told(record)
    return [(one.type, one.time, one.id, one.data) if isinstance(one, Event) else one for one in found]


def test_an_event_of_theirs_is_one_of_ours() -> None:
    """By its own id, with their words translated and the customer apart."""
    sent = {"type": "Queued", "eventId": 7, "system": "s", "at": 1_772_442_000_123, "call": {"id": "c7", "queue": "q-17", "from": "+49"}}
    data = {"contact_id": "s-c7", "queue": "billing", "channel": "call", "customer": "+49"}
    expected = ("contact.offered", 1_772_442_000_123, "kafka/crm|7/contact.offered/1772442000123", data)
    assert [expected] == told(sent)
    assert [Unknown("people")] == told(sent, topic="people")


def test_one_record_can_be_several_events() -> None:
    """A finished call was answered, where it was, and ended; local times are those of the mapping's zone."""
    call = {"id": "c7", "queue": "q", "taken": "2026-03-02T10:00:00.5", "waited": 7.25, "agent": "nobody", "login": "a1"}
    answered = {"contact_id": "c7", "queue": "q", "channel": "call", "wait_ms": 7250, "agent_id": "a1"}
    ended = ("contact.ended", 1_772_442_000_000, "kafka/crm|calls/3/9/contact.ended/1772442000000", {"contact_id": "c7", "by": "customer"})
    at = 1_772_442_000_500
    first = ("contact.answered", at, f"kafka/crm|calls/3/9/contact.answered/{at}", answered)
    assert [first, ended] == told({"type": "Finished", "call": call})
    assert [ended] == told({"type": "Finished", "call": {"id": "c7", "taken": None}})


def test_key_headers_and_lists_can_be_used() -> None:
    """A single word where a list is wanted is a list of one."""
    at = 1_772_442_000_000
    expected = (
        "agent.state_changed",
        at,
        f"kafka/crm|calls/3/9/agent.state_changed/{at}",
        {"agent_id": "a1", "state": "available", "queues": ["q"]},
    )
    assert [expected] == told({"at": at / 1000, "state": 1, "q": "q"}, headers=(("kind", b"presence"),))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{", "undecodable"),
        ([1], "undecodable"),
        ({"type": "Queued"}, "missing_field"),
        ({"type": "Queued", "eventId": 1, "system": "s", "at": 1, "call": {"id": "c", "queue": "q-18"}}, "bad_value"),
        ({"type": "Finished", "call": {"id": "c", "queue": "q", "taken": "noon", "waited": 1}}, "bad_value"),
        ({"type": "Finished", "call": {"id": "c", "queue": "q", "taken": "2026-03-02T10:00:00Z", "waited": -1}}, "bad_value"),
        ({"type": "Finished", "call": {"id": {"a": 1}}}, "bad_value"),
        ({"type": "Finished", "call": {"id": "c" * 501}}, "bad_value"),
    ],
)
def test_what_cannot_be_followed_is_rejected_whole(value: Any, reason: str) -> None:
    """And no sentence about it repeats what it holds."""
    (one,) = told(value)
    assert isinstance(one, Rejected)
    assert (reason, 9, False) == (one.reason, one.line, "q-18" in one.detail or "noon" in one.detail)


def test_what_is_passed_over_says_nothing() -> None:
    """A word of pass_over and a deletion are nothing; what no rule fits is counted."""
    assert ([], [], [Unknown("calls")]) == (told({"type": "Ping"}), told(None), told({"type": "Other"}))


def test_the_mapping_of_its_page_does_what_the_page_says() -> None:
    """A call that was queued, and one that is over; the second without an agent's name, and with a time without an offset."""
    mapping = next(text for text in fences(ROOT / "docs/sources/kafka.md", "yaml") if "origin:" in text)
    call = {"id": "c7", "queue": "q-17", "media": "VOICE"}
    over = {"answeredAt": "2026-03-02T10:00:07", "endedAt": "2026-03-02T10:01:00+01:00", "waited": 7, "agent": "nobody", "login": "a1"}
    place = {"contact_id": "c7", "queue": "q-17", "channel": "call"}
    queued = {"type": "Queued", "eventId": "e1", "at": 1_772_442_000_000, "call": call}
    offered = ("contact.offered", 1_772_442_000_000, "kafka/crm|e1/contact.offered/1772442000000", place)
    assert [offered] == told(queued, textwrap.dedent(mapping), topic="telephony.calls")
    of = "kafka/crm|telephony.calls/3/9"
    answered, ended = 1_772_442_007_000, 1_772_442_060_000
    expected = [
        ("contact.answered", answered, f"{of}/contact.answered/{answered}", {**place, "wait_ms": 7_000, "agent_id": "a1"}),
        ("contact.ended", ended, f"{of}/contact.ended/{ended}", {"contact_id": "c7"}),
    ]
    assert expected == told({"type": "Finished", "call": call | over}, textwrap.dedent(mapping), topic="telephony.calls")


WORDS = some.sampled_from(["type", "Queued", "Finished", "call", "id", "queue", "at", "taken", "eventId", "@", "q-17", "state", "q"])
VALUES = some.recursive(
    some.one_of(some.none(), some.booleans(), some.integers(-(2**60), 2**60), some.floats(allow_nan=False), some.text(max_size=5), WORDS),
    lambda inner: some.one_of(some.lists(inner, max_size=3), some.dictionaries(WORDS, inner, max_size=5)),
    max_leaves=12,
)


@given(some.one_of(some.binary(max_size=40), VALUES.map(lambda value: json.dumps(value).encode())), some.booleans())
def test_no_record_whatever_raises(value: bytes, presence: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """It is events, or why it is none."""
    for one in told(value, headers=(("kind", b"presence" if presence else None),)):
        assert isinstance(one, tuple | Rejected | Unknown)


def test_a_path_leads_through_objects_lists_and_names_with_dots() -> None:
    """The longest name that leads somewhere is taken."""
    record = {"a.b": {"c": 1}, "a": {"b": {"d": [5, {"e": 2}]}}}
    assert [1, 2, 5, None, None] == [found(record, path) for path in ("a.b.c", "a.b.d.1.e", "a.b.d.0", "a.b.d.7", "a.x")]


AVRO = {
    "type": "record",
    "name": "Call",
    "fields": [
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "waited", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 3}},
        {"name": "agent", "type": ["null", "string"]},
    ],
}


def avro(record: dict[str, Any]) -> bytes:
    """A record as its writers write it."""
    out = BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(AVRO), record)
    return out.getvalue()


def test_avro_is_read_by_its_schema() -> None:
    """Logical types become times and decimals; bytes that are more or less than a record are refused."""
    record = {"at": datetime(2026, 3, 2, 9, tzinfo=UTC), "waited": Decimal("7.250"), "agent": None}
    body = avro(record)
    assert record == Avro(AVRO).read(body)
    assert record == framed(b"\0\0\0\0\7" + body, {7: Avro(AVRO)}.__getitem__)
    for wrong in (body + b"\0", body[:-1], b""):
        with pytest.raises(RejectedRecord, match="undecodable"):
            Avro(AVRO).read(wrong)
    with pytest.raises(ValueError, match="no Avro schema"):
        Avro({"type": "record"})


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "record", "name": "Note", "fields": [{"name": "next", "type": ["null", "Note"]}]}, "Note contains itself"),
        (
            {"type": "record", "name": "pbx.Call", "fields": [{"name": "legs", "type": {"type": "array", "items": "Call"}}]},
            "pbx.Call contains itself",
        ),
        ({"type": "array", "items": "null"}, "items take no bytes"),
        (
            {"type": "map", "values": {"type": "array", "items": {"type": "record", "name": "Mark", "fields": []}}},
            "items take no bytes",
        ),
        ({"type": "array", "items": {"type": "fixed", "name": "None", "size": 0}}, "items take no bytes"),
    ],
)
def test_a_schema_whose_values_could_be_read_without_end_is_refused(schema: dict[str, Any], reason: str) -> None:
    """A few kilobytes of nested records would end the process, and one number would fill its memory."""
    with pytest.raises(ValueError, match=reason):
        Avro(schema)
    with pytest.raises(ValueError, match=reason):
        Avro({"type": "record", "name": "Outer", "fields": [{"name": "inner", "type": schema}]})


def test_a_type_that_is_named_again_beside_itself_is_read() -> None:
    """Only within itself it has no end."""
    leg = {"type": "record", "name": "Leg", "fields": [{"name": "agent", "type": "string"}]}
    fields = [{"name": "first", "type": leg}, {"name": "last", "type": "Leg"}, {"name": "more", "type": {"type": "map", "values": "Leg"}}]
    schema = {"type": "record", "name": "Call", "fields": fields}
    call = {"first": {"agent": "anna"}, "last": {"agent": "bert"}, "more": {"second": {"agent": "carl"}}}
    out = BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), call)

    assert call == Avro(schema).read(out.getvalue())


@given(some.binary(max_size=30))
def test_no_bytes_whatever_raise_in_avro(body: bytes) -> None:
    """But RejectedRecord."""
    try:
        Avro(AVRO).read(body)
    except RejectedRecord:
        return


DESCRIPTORS = compiled("calls.proto", {"calls.proto": PROTO})


def test_protobuf_is_read_by_the_path_to_its_message() -> None:
    """Fields have the file's names; the file's first message is a single 0; a path leads into messages of messages."""
    schema = Protobuf(DESCRIPTORS, "calls.proto")
    assert {"number": 5} == schema.read(b"\x00\x08\x05")
    assert {"number": 5} == schema.read(b"\x02\x00\x08\x05")
    call = b"\x0a\x02c7" + b"\x10\x05" + b"\x22\x02a1"
    assert {"id": "c7", "at": "5", "waited": 0.0, "agent": "a1"} == schema.read(b"\x04\x02\x02" + call)
    assert {"id": "c7", "at": "5", "waited": 0.0, "agent": "a1"} == Protobuf(DESCRIPTORS, "", "their.calls.Box.Call").read(call)
    for wrong in (b"", b"\x04\x02", b"\x02\x08", b"\x01", b"\x00\x0a\x09", b"\xff" * 9):
        with pytest.raises(RejectedRecord, match="undecodable"):
            schema.read(wrong)
    for descriptors, file, message in ((b"\xff", "calls.proto", None), (DESCRIPTORS, "other", None), (DESCRIPTORS, "", "their.calls.No")):
        with pytest.raises(ValueError, match="no descriptors"):
            Protobuf(descriptors, file, message)


@given(some.binary(max_size=30))
def test_no_bytes_whatever_raise_in_protobuf(body: bytes) -> None:
    """But RejectedRecord; with and without a path."""
    for schema in (Protobuf(DESCRIPTORS, "calls.proto"), Protobuf(DESCRIPTORS, "", "their.calls.Box.Call")):
        try:
            schema.read(body)
        except RejectedRecord:
            continue


@given(some.lists(some.integers(0, 2**31 - 1), min_size=1, max_size=16), some.binary(max_size=5))
def test_a_path_comes_back_as_it_was_written(path: list[int], rest: bytes) -> None:
    """As zigzag varints after their number."""
    assert (path, rest) == message_path(b"".join(_zigzag(one) for one in (len(path), *path)) + rest)


def _zigzag(number: int) -> bytes:
    left, out = number << 1, bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*out, left])


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"calls.proto": "message {"}, "calls.proto:1:9"),
        ({"calls.proto": 'import "other.proto";'}, "other.proto: File not found"),
        ({"calls.proto": "", "../x.proto": ""}, "is no name of a file beside others"),
        ({"calls.proto": "", "/x.proto": ""}, "is no name of a file beside others"),
    ],
)
def test_files_that_do_not_compile_are_refused(files: dict[str, str], sentence: str) -> None:
    """With the compiler's first words; and no file is written elsewhere than in its own directory."""
    with pytest.raises(ValueError, match=re.escape(sentence)):
        compiled("calls.proto", files)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("origin: crm", "origin: c r m", "origin is part of every id"),
        ("topics: [calls, people]", "topics: []", "name at least one"),
        ("topics: [calls]", "topics: [call]", "did you mean calls?"),
        ("becomes: contact.offered", "becomes: contact.offer", "did you mean contact.offered?"),
        ("becomes: contact.offered", "becomes: erasure.requested", "becomes cannot be erasure.requested"),
        ("queue: { field: call.queue, values: { q-17: billing } }", "agent_id: x", "contact.offered needs the field queue"),
        ("channel: { value: call }", "channel: { value: phone }", "value cannot be phone: write one of call, chat, email, social"),
        ("customer: call.from", "customer_ref: call.from", "did you mean customer?"),
        ("format: epoch_ms", "format: epochs", "did you mean epoch"),
        ("unit: s", "unit: h", "unit cannot be h"),
        ("format: json", "format: avro", "format avro needs schema: name its file"),
        ("format: json", "format: json\nschema: x", "format json takes no schema"),
        ("format: json", "format: registry", "format registry needs registry or schemas"),
        ("format: json", "format: json\nschemas: {7: x.avsc}", "format registry needs registry or schemas"),
        ("format: json", "format: registry\nschemas: {a: x.avsc}", "a is no id of a schema"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(before: str, after: str, sentence: str) -> None:
    """With what to write instead."""
    with pytest.raises(DeclarationError) as refused:
        read(parse(MAPPING.replace(before, after, 1), "theirs.yaml"))
    assert sentence in str(refused.value)
