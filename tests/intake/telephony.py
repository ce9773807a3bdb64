"""A made-up telephone system that writes what happens into a topic, in JSON, Avro or Protobuf, and what becomes of it by its mapping."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from io import BytesIO
from threading import Event as Signal
from typing import Any, Final

import fastavro
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from stream.config.settings import Settings
from stream.core.events import Event
from stream.intake.protoc import compiled

BEGAN: Final = 1_772_442_000_000
MAPPING = """
version: 1
origin: crm
kafka: { topics: [TOPIC] }
format: FORMAT
pass_over: { type: [PING] }
events:
  - becomes: contact.offered
    when: { type: [QUEUED] }
    id: [number]
    time: { field: at, format: epoch_ms }
    fields: { contact_id: call.id, queue: { field: call.queue, values: { q-1: billing, q-2: sales } }, channel: { value: call } }
  - becomes: contact.answered
    when: { type: [TAKEN] }
    id: [number]
    time: { field: at, format: epoch_ms }
    fields:
      contact_id: call.id
      queue: { field: call.queue, values: { q-1: billing, q-2: sales } }
      channel: { value: call }
      wait_ms: { field: waited, unit: s }
      agent_id: agent
  - becomes: contact.ended
    when: { type: [OVER] }
    id: [number]
    time: { field: at, format: epoch_ms }
    fields: { contact_id: call.id, by: { value: agent } }
"""
AVRO: Final = {
    "type": "record",
    "name": "their.Event",
    "fields": [
        {"name": "number", "type": "long"},
        {"name": "type", "type": {"type": "enum", "name": "Type", "symbols": ["PING", "QUEUED", "TAKEN", "OVER", "ODD"]}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "call", "type": "their.Call"},
        {"name": "waited", "type": "double", "default": 0},
        {"name": "agent", "type": ["null", "string"], "default": None},
    ],
}
CALL: Final = {"type": "record", "name": "their.Call", "fields": [{"name": "id", "type": "string"}, {"name": "queue", "type": "string"}]}
PROTO: Final = """syntax = "proto3";
package their;
import "call.proto";
message Other { string word = 1; }
message Event {
  enum Type { PING = 0; QUEUED = 1; TAKEN = 2; OVER = 3; ODD = 4; }
  int64 number = 1; Type type = 2; int64 at = 3; Call call = 4; double waited = 5; string agent = 6;
}
"""
CALL_PROTO: Final = 'syntax = "proto3"; package their; message Call { string id = 1; string queue = 2; }'
ANSWERS: Final[dict[str, Any]] = {
    "/schemas/ids/7": {"schema": json.dumps(AVRO), "references": [{"name": "their.Call", "subject": "their/call", "version": 2}]},
    "/subjects/their%2Fcall/versions/2": {"schema": json.dumps(CALL)},
    "/schemas/ids/8": {
        "schemaType": "PROTOBUF",
        "schema": PROTO,
        "references": [{"name": "call.proto", "subject": "call.proto", "version": 1}],
    },
    "/subjects/call.proto/versions/1": {"schemaType": "PROTOBUF", "schema": CALL_PROTO},
    "/schemas/ids/9": {"schemaType": "JSON", "schema": "{}"},
    "/schemas/ids/10": {"schemaType": "PROTOBUF", "schema": "message {"},
}
"""What its schema registry has, by the paths of the reading interface."""


def story(calls: int) -> tuple[list[dict[str, Any]], list[Event]]:
    """What happens to some calls, in their schema; and the same as our events, told here anew."""
    theirs: list[dict[str, Any]] = []
    ours: list[Event] = []
    for number in range(calls):
        call = {"id": f"c{number}", "queue": f"q-{1 + number % 2}"}
        contact, queue, at, wait = call["id"], ("billing", "sales")[number % 2], BEGAN + 5_000 * number, number % 40
        steps: list[tuple[str, int, str, dict[str, Any]]] = [
            ("QUEUED", at, "contact.offered", {"queue": queue, "channel": "call"}),
            (
                "TAKEN",
                at + wait * 1_000,
                "contact.answered",
                {"queue": queue, "channel": "call", "wait_ms": wait * 1_000, "agent_id": "a1"},
            ),
            ("OVER", at + wait * 1_000 + 60_000, "contact.ended", {"by": "agent"}),
        ]
        for step, (word, when, kind, data) in enumerate(steps[: 3 if number % 5 else 1]):
            identity = 10 * number + step
            theirs.append({"number": identity, "type": word, "at": when, "call": call, "waited": float(wait), "agent": "a1"})
            ours.append(Event(when, kind, contact, f"kafka/crm|{identity}/{kind}/{when}", {"contact_id": contact, **data}))
    theirs.append({"number": 1, "type": "PING", "at": BEGAN, "call": call, "waited": 0.0, "agent": ""})
    theirs.append({"number": 1, "type": "ODD", "at": BEGAN, "call": call, "waited": 0.0, "agent": ""})
    return theirs, ours


def as_json(event: dict[str, Any]) -> bytes:
    """Plain."""
    return json.dumps(event).encode()


def as_avro(event: dict[str, Any]) -> bytes:
    """With the registry's header."""
    named: dict[str, Any] = {}
    fastavro.parse_schema(CALL, named)
    out = BytesIO(b"\0\0\0\0\7")
    out.seek(5)
    fastavro.schemaless_writer(out, fastavro.parse_schema(AVRO, named), event)
    return out.getvalue()


def _message() -> Any:
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(compiled("event.proto", {"event.proto": PROTO, "call.proto": CALL_PROTO})).file
    for one in files:
        pool.Add(one)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("their.Event"))


MESSAGE: Final = _message()


def as_protobuf(event: dict[str, Any]) -> bytes:
    """With the registry's header and the path to the file's second message."""
    types = MESSAGE.DESCRIPTOR.enum_types_by_name["Type"].values_by_name
    content: bytes = MESSAGE(**{**event, "type": types[event["type"]].number}).SerializeToString()
    return b"\0\0\0\0\x08" + b"\x02\x02" + content


WRITERS: Final = {"json": as_json, "avro": as_avro, "protobuf": as_protobuf}


def topic_of_theirs(settings: Settings) -> str:
    """A topic of the system, with three partitions, in the Kafka of `settings`."""
    name = f"{settings.topic_prefix}theirs"
    with closing(KafkaAdminClient(**settings.for_kafka_python())) as client:
        # Kept whatever their stamps say: those are of a day that is long ago when the test runs.
        client.create_topics([NewTopic(name, num_partitions=3, replication_factor=1, topic_configs={"retention.ms": "-1"})])
    return name


def send(
    settings: Settings, topic: str, values: Sequence[bytes | None], compression: str | None = None, hurry: Signal | None = None
) -> None:
    """Write records, in turn to all partitions; with `hurry` slowly until that is set."""
    with closing(KafkaProducer(**settings.for_kafka_python(), compression_type=compression)) as producer:
        for number, value in enumerate(values):
            producer.send(topic, value=value, key=b"k", partition=number % 3, timestamp_ms=BEGAN + number)
            if hurry is not None:
                hurry.wait(0.005)
        producer.flush()
