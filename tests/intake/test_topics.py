"""Somebody else's topics, in JSON, Avro and Protobuf, become our events in a real Kafka: through kills, poison and a registry's outage."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any, Final

import fastavro
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from stream.config.settings import Settings, load
from stream.config.yaml import parse
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.embedded.ports import free_ports
from stream.errors import DeclarationError, PartMissing, RejectedRecord
from stream.intake.protoc import compiled
from stream.intake.schema_registry import Registry, Schemas
from stream.intake.topics import connection
from stream.sources.topic.mapping import read
from tests.intake.listening import PATIENCE, command, installation, metrics, once, plain, published, running, until
from tests.parts.topics import records_of
from tests.sources.queue_logs import figures

PASSWORD: Final = "not-for-logs"
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
SCHEMAS: Final = {
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


class Served:
    """A registry's reading interface on this machine. asked: the paths; it can be ended and begun again on its port."""

    def __init__(self) -> None:
        """Begin to serve."""
        self.port = free_ports(1)[0]
        self.asked: list[str] = []
        self.begin()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Serve."""
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                allowed = self.headers["Authorization"] == "Basic cmVhZGVyOm5vdC1mb3ItbG9ncw=="
                status = (200 if self.path in SCHEMAS else 404) if allowed else 401
                body = json.dumps(SCHEMAS.get(self.path, {"error_code": 40403})).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def registry() -> Iterator[Served]:
    """A schema registry."""
    served = Served()
    yield served
    with suppress(OSError):
        served.end()


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """An installation that nobody else uses."""
    return installation(broker)


@pytest.fixture
def topic(settings: Settings) -> str:
    """A topic of theirs, with three partitions."""
    name = f"{settings.topic_prefix}theirs"
    with closing(KafkaAdminClient(**settings.for_kafka_python())) as client:
        # Kept whatever their stamps say: those are of a day that is long ago when the test runs.
        client.create_topics([NewTopic(name, num_partitions=3, replication_factor=1, topic_configs={"retention.ms": "-1"})])
    return name


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


def mapping(home: Path, topic: str, form: str, registry: Served) -> Path:
    """The mapping of a topic in one of the forms."""
    at = f"registry\nregistry: {{url: '{registry.url}', username: reader, password_env: REGISTRY_PASSWORD}}"
    path = home / "theirs.yaml"
    path.write_text(MAPPING.replace("TOPIC", topic).replace("FORMAT", "json" if form == "json" else at))
    return path


def send(settings: Settings, topic: str, values: list[bytes | None]) -> None:
    """Write records, in turn to all partitions."""
    with closing(KafkaProducer(**settings.for_kafka_python())) as producer:
        for number, value in enumerate(values):
            producer.send(topic, value=value, key=b"k", partition=number % 3, timestamp_ms=BEGAN + number)
        producer.flush()


def listening(settings: Settings, home: Path) -> AbstractContextManager[tuple[subprocess.Popen[bytes], str]]:
    """A running `answerable listen` by the mapping in `home`, ready, with the address of its pages."""
    return running(command(settings, "kafka", home / "state.json", "--mapping", home / "theirs.yaml"), REGISTRY_PASSWORD=PASSWORD)


@pytest.mark.parametrize("form", WRITERS)
def test_their_events_become_ours_once(form: str, settings: Settings, topic: str, registry: Served, tmp_path: Path) -> None:
    """In each form: the same events and figures; poison goes to dead-letters, the rest is told, and a schema is asked for once."""
    mapping(tmp_path, topic, form, registry)
    theirs, expected = story(60)
    poison: list[bytes | None] = [b"\0\0\0\0\x63nothing", b"{", None]
    send(settings, topic, [*poison, *(WRITERS[form](one) for one in theirs)])
    with listening(settings, tmp_path) as (process, address):
        until(lambda: metrics(address).get("cc_source_lines_total") == len(theirs) + 3, "read all")
        until(lambda: metrics(address).get("cc_source_backlog") == 0, "at the end")
        shown = metrics(address)
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    found = published(settings)

    assert plain(expected) == plain(found)
    assert figures(expected) == figures(found)
    assert (2, 1, 0, 1) == tuple(shown[f"cc_source_{name}"] for name in ("rejected_total", "unknown_total", "gaps_total", "connected"))
    assert 2 == len(records_of(settings, ("dead-letters",)))
    assert len(registry.asked) == len(set(registry.asked))
    assert (0, False) == (process.returncode, PASSWORD in said.decode())


def test_kills_lose_no_record_and_double_no_contact(settings: Settings, topic: str, registry: Served, tmp_path: Path) -> None:
    """Kill -9 in a loop while records come; the offsets are ours, and the topic holds what all of them say."""
    mapping(tmp_path, topic, "json", registry)
    theirs, expected = story(1_500)
    for round_ in range(4):
        send(settings, topic, [as_json(one) for one in theirs[round_::5]])
        with listening(settings, tmp_path) as (process, address):
            until(lambda: metrics(address)["cc_source_lines_total"] > 0, "read anything")
            process.kill()
            process.wait()
    send(settings, topic, [as_json(one) for one in theirs[4::5]])
    with listening(settings, tmp_path) as (process, address):
        until(lambda: metrics(address).get("cc_source_backlog") == 0, "at the end")
        process.terminate()
        assert 0 == process.wait(PATIENCE)
    found = once(published(settings))

    assert plain(expected) == plain(found)
    assert figures(expected) == figures(found)


def test_an_outage_of_the_registry_is_waited_for(settings: Settings, topic: str, registry: Served, tmp_path: Path) -> None:
    """Nothing is rejected because a schema cannot be had now; it goes on by itself."""
    mapping(tmp_path, topic, "avro", registry)
    registry.end()
    theirs, expected = story(3)
    send(settings, topic, [as_avro(one) for one in theirs])
    with listening(settings, tmp_path) as (process, address):
        until(lambda: metrics(address)["cc_source_connected"] == 0, "missed the registry")
        registry.begin()
        until(lambda: metrics(address)["cc_source_lines_total"] == len(theirs), "read all")
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    assert plain(expected) == plain(published(settings))
    assert f"No schema registry answers at {registry.url}" in said.decode()


def test_a_registry_is_asked_little_and_believed_little(registry: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id that it does not have is asked for once a minute at most; what is no schema rejects the record; a wrong password is said."""
    monkeypatch.setenv("REGISTRY_PASSWORD", PASSWORD)
    section = parse(f"url: {registry.url}\nusername: reader\npassword_env: REGISTRY_PASSWORD", "theirs.yaml")
    schemas = Schemas({}, Registry(section), tmp_path)
    for _ in range(3):
        for number, why in ((99, "the schema 99 is not in the registry"), (10, r"the schema 10 cannot be used: answerable_main.proto:1:9")):
            with pytest.raises(RejectedRecord, match=why):
                schemas(number)
        assert {"a": 1} == schemas(9).read(b'{"a": 1}')
    assert ["/schemas/ids/99", "/schemas/ids/10", "/schemas/ids/9"] == registry.asked
    monkeypatch.setenv("REGISTRY_PASSWORD", "other")
    with pytest.raises(PartMissing, match=r"^The schema registry at \S+ answers 401: check its address and the rights.$"):
        Schemas({}, Registry(section), tmp_path)(7)
    with pytest.raises(DeclarationError, match="without user and password"):
        Registry(parse("url: http://reader:secret@h", "theirs.yaml"))


def test_schemas_can_be_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Avro and Protobuf by id, beside the mapping; one that is not there is refused with its line."""
    (tmp_path / "event.proto").write_text(PROTO)
    (tmp_path / "call.proto").write_text(CALL_PROTO)
    (tmp_path / "call.avsc").write_text(json.dumps(CALL))
    text = MAPPING.replace("FORMAT", "registry\nschemas: {7: call.avsc, 8: event.proto}")
    schemas = Schemas(read(parse(text, "theirs.yaml")).schemas, None, tmp_path)
    event = story(1)[0][0]
    assert {"id": "c", "queue": "q"} == schemas(7).read(b"\x02c\x02q")
    assert {**event, "number": "0", "at": str(event["at"])} == schemas(8).read(as_protobuf(event)[5:])
    with pytest.raises(RejectedRecord, match="the schema 9 is not among schemas of the mapping"):
        schemas(9)
    with pytest.raises(DeclarationError, match=r"theirs\.yaml:6: event.avsc cannot be read"):
        Schemas(read(parse(text.replace("8: event.proto", "8: event.avsc"), "theirs.yaml")).schemas, None, tmp_path)
    monkeypatch.setitem(sys.modules, "fastavro", None)
    with pytest.raises(PartMissing, match=r"^This needs the readers of schemas: pip install 'answerable\[schemas\]'.$"):
        Schemas(read(parse(text, "theirs.yaml")).schemas, None, tmp_path)


def test_it_does_not_read_what_it_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A topic of our own events on our own brokers would never end; elsewhere the name is free."""
    monkeypatch.setenv("THEIRS", PASSWORD)
    ours = load(environ={}, bootstrap_servers="k1:9092,k2:9092")
    text = MAPPING.replace("FORMAT", "json").replace("TOPIC", "contact-events")
    with pytest.raises(DeclarationError, match="contact-events is where our own events are written"):
        connection(read(parse(text, "theirs.yaml")), ours)
    elsewhere = text.replace(
        "topics:", "bootstrap_servers: 'k3:9092', security_protocol: SASL_SSL, sasl_username: u, sasl_password_env: THEIRS, topics:"
    )
    found = connection(read(parse(elsewhere, "theirs.yaml")), ours)
    assert ("k3:9092", "SASL_SSL", "u", PASSWORD) == (
        found.bootstrap_servers,
        found.security_protocol,
        found.sasl_username,
        found.sasl_password,
    )
