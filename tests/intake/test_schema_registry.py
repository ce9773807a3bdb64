"""Schemas come out of a registry or out of files: those that serializers of the field register are understood, whatever else is refused."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from stream.config.yaml import parse
from stream.errors import DeclarationError, PartMissing, RejectedRecord
from stream.intake.protoc import compiled
from stream.intake.schema_registry import Registry, Schemas, Text, made
from stream.intake.well_known_protos import BUILT_IN
from stream.sources.topic.mapping import read
from stream.sources.topic.schemas import framed
from tests.intake.registry import PASSWORD, SERIALIZED, Served, serving
from tests.intake.telephony import ANSWERS, CALL, CALL_PROTO, MAPPING, PROTO, as_protobuf, story


@pytest.fixture
def served() -> Iterator[Served]:
    """A schema registry."""
    with serving({**ANSWERS, **SERIALIZED["answers"]}) as registry:
        yield registry


def test_what_confluents_serializers_write_is_read(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Avro with logical types, JSON, and Protobuf by its first, its second and a nested message; its schemas are registered compiled."""
    monkeypatch.setenv("REGISTRY_PASSWORD", PASSWORD)
    section = parse(f"url: {served.url}\nusername: reader\npassword_env: REGISTRY_PASSWORD", "theirs.yaml")
    schemas = Schemas({}, Registry(section), tmp_path)
    at = datetime(2026, 3, 2, 9, 0, 0, 123_000, tzinfo=UTC)
    event = {"number": "3", "call": {"id": "c7", "queue": "q-17"}, "state": "TAKEN", "at": "2026-03-02T09:00:00.123Z"}
    expected = {
        "avro": {"id": "c7", "queue": "q-17", "at": at, "waited": Decimal("7.250"), "state": "TAKEN"},
        "json": {"id": "c7", "queue": "q-17"},
        "protobuf_first": {"number": 5},
        "protobuf_second": event,
        "protobuf_nested": {"agent": "a1"},
    }
    assert expected == {name: framed(bytes.fromhex(value), schemas) for name, value in SERIALIZED["values"].items()}


TAGGED = """
    syntax = "proto3";
    package their;
    import "confluent/meta.proto";
    import "confluent/type/decimal.proto";
    option (confluent.file_meta).doc = "calls";
    message Call {
      option (confluent.message_meta).params = {key: "owner", value: "desk"};
      string id = 1 [(confluent.field_meta).tags = "PII"];
      confluent.type.Decimal due = 2;
      State state = 3;
    }
    enum State {
      option (confluent.enum_meta).doc = "how it stands";
      NEW = 0 [(confluent.enum_value_meta).doc = "nobody saw it"];
    }
"""
CALLED = bytes.fromhex("0a026337 12070a010710021801")
READ = {"id": "c7", "due": {"value": "Bw==", "precision": 2, "scale": 1}, "state": "NEW"}


def registered(as_what: str) -> dict[str, str]:
    """TAGGED as a registry has it: as it is written, or compiled by a serializer."""
    files = FileDescriptorSet.FromString(compiled("call.proto", {"call.proto": TAGGED})).file
    [file] = [one for one in files if one.name == "call.proto"]
    return {"schemaType": "PROTOBUF", "schema": TAGGED if as_what == "text" else b64encode(file.SerializeToString()).decode()}


@pytest.mark.parametrize("as_what", ["text", "compiled"])
def test_files_that_confluents_clients_bring_along_are_registered_by_nobody(
    as_what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tags of fields (PII) and the type of decimals: schemas, and what they refer to, import them without a reference."""
    monkeypatch.setenv("REGISTRY_PASSWORD", PASSWORD)
    outer = 'syntax = "proto3"; import "call.proto"; message Event { their.Call call = 1; }'
    answers = {
        "/schemas/ids/1": registered(as_what),
        "/subjects/calls/versions/1": registered(as_what),
        "/schemas/ids/2": {
            "schemaType": "PROTOBUF",
            "schema": outer,
            "references": [{"name": "call.proto", "subject": "calls", "version": 1}],
        },
    }
    with serving(answers) as registry:
        section = parse(f"url: {registry.url}\nusername: reader\npassword_env: REGISTRY_PASSWORD", "theirs.yaml")
        schemas = Schemas({}, Registry(section), tmp_path)
        assert READ == framed(b"\x00\x00\x00\x00\x01\x00" + CALLED, schemas)
        assert {"call": READ} == framed(b"\x00\x00\x00\x00\x02\x00\x0a" + bytes([len(CALLED)]) + CALLED, schemas)


def test_googles_common_types_are_registered_by_nobody() -> None:
    """A date and an amount of money, as schemas of billing have them."""
    main = """
        syntax = "proto3";
        import "google/type/date.proto";
        import "google/type/money.proto";
        import "google/type/dayofweek.proto";
        message Call { google.type.Date day = 1; google.type.Money due = 2; google.type.DayOfWeek on = 3; }
    """
    found = made(Text("PROTOBUF", main, {})).read(bytes.fromhex("00 0a0708ea0f10031802 120d0a0345555210071880cab5ee01 1801"))
    day, due = {"year": 2026, "month": 3, "day": 2}, {"currency_code": "EUR", "units": "7", "nanos": 500_000_000}
    assert {"day": day, "due": due, "on": "MONDAY"} == found


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_each_file_that_is_built_in_compiles(name: str) -> None:
    """By itself, with what it imports."""
    assert compiled("main.proto", {"main.proto": f'syntax = "proto3"; import "{name}";'})


@pytest.mark.parametrize("as_what", ["text", "compiled"])
def test_a_file_that_is_registered_goes_before_the_one_that_is_built_in(as_what: str) -> None:
    """A later Decimal may have other fields."""
    name = "confluent/type/decimal.proto"
    theirs = 'syntax = "proto3"; package confluent.type; message Decimal { bytes value = 1; string unit = 4; }'
    if as_what == "compiled":
        [file] = FileDescriptorSet.FromString(compiled(name, {name: theirs})).file
        theirs = b64encode(file.SerializeToString()).decode()
    main = f'syntax = "proto3"; import "{name}"; message Call {{ confluent.type.Decimal due = 1; }}'
    found = made(Text("PROTOBUF", main, {name: theirs}))
    assert {"due": {"value": "", "unit": "s"}} == found.read(bytes.fromhex("00 0a03220173"))


def test_a_registry_is_asked_little_and_believed_little(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown id is asked for once a minute at most; what is no schema rejects the record; a wrong address or password is said."""
    monkeypatch.setenv("REGISTRY_PASSWORD", PASSWORD)
    section = parse(f"url: {served.url}\nusername: reader\npassword_env: REGISTRY_PASSWORD", "theirs.yaml")
    schemas = Schemas({}, Registry(section), tmp_path)
    for _ in range(3):
        for number, why in ((99, "the schema 99 is not in the registry"), (10, r"the schema 10 cannot be used: answerable_main.proto:1:9")):
            with pytest.raises(RejectedRecord, match=why):
                schemas(number)
        assert {"a": 1} == schemas(9).read(b'{"a": 1}')
    assert ["/schemas/ids/99", "/schemas/ids/10", "/schemas/ids/9"] == served.asked
    astray = parse(f"url: {served.url}/apis\nusername: reader\npassword_env: REGISTRY_PASSWORD", "theirs.yaml")
    with pytest.raises(PartMissing, match=r"^The schema registry at \S+/apis answers 404: check its address and the rights.$"):
        Schemas({}, Registry(astray), tmp_path)(7)
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
    with pytest.raises(PartMissing, match=r"^This needs the readers of schemas: pip install '\.\[schemas\]' in the checkout\.$"):
        Schemas(read(parse(text, "theirs.yaml")).schemas, None, tmp_path)


def test_a_redirect_is_not_followed_with_the_password() -> None:
    """Whoever can answer for the registry gets no more than what was meant for it."""
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        """Points at another path of its own."""

        def do_GET(self) -> None:
            """Note who asks."""
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{server.server_port}/stolen")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            registry = Registry(parse(f"url: http://127.0.0.1:{server.server_port}\n", "theirs.yaml"))
            with pytest.raises(PartMissing, match="answers 302"):
                registry.schema(1)
        finally:
            server.shutdown()
            thread.join()
    assert ["/schemas/ids/1"] == [path.partition("?")[0] for path in asked]
