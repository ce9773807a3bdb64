"""Values in Avro, Protobuf and JSON -> objects, with or without a schema registry's header.

The header is a byte 0, then the schema's id in four bytes. In Protobuf the path to the message within its file follows: how many steps,
then each, as zigzag varints; the file's first message is a single byte 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, Final, Protocol

import orjson

from stream.errors import RejectedRecord
from stream.sources.topic.avro import refuse_endless

MAGIC: Final = 0
HEADER: Final = 5
DEEPEST: Final = 16
"""Messages within messages that a path may lead through."""
LONGEST_VARINT: Final = 5


class Schema(Protocol):
    """A schema that is ready to read."""

    def read(self, body: bytes) -> object:
        """What the bytes after the schema's id say. Raises RejectedRecord."""


def framed(value: bytes, schema_of: Callable[[int], Schema]) -> object:
    """A value with a registry's header. Raises RejectedRecord, and what `schema_of` raises."""
    if len(value) < HEADER or value[0] != MAGIC:
        raise RejectedRecord("undecodable", "the value does not begin with the id of a schema: is it plain JSON?")
    return schema_of(int.from_bytes(value[1:HEADER], "big")).read(value[HEADER:])


class Json:
    """JSON, whose schema need not be known to read it."""

    def read(self, body: bytes) -> object:
        """The object. A registry's header before it is passed over."""
        if len(body) > HEADER and body[0] == MAGIC:
            body = body[HEADER:]
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            raise RejectedRecord("undecodable", "the value is not JSON") from None


class Avro:
    """Avro's binary form, by the schema that it was written with."""

    def __init__(self, schema: Any, known: Sequence[Any] = ()) -> None:
        """`schema`, `known`: as JSON gives them; `known` are those it names, each after those that it names itself.

        Raises ValueError where one of them is no schema, or where a value could be read without end; ModuleNotFoundError where fastavro is
        not installed.
        """
        from fastavro import parse_schema, schemaless_reader  # noqa: PLC0415 - an extra that not everybody installs

        named: dict[str, Any] = {}
        try:
            for one in known:
                parse_schema(one, named)
            self._schema = parse_schema(schema, named)
            refuse_endless(self._schema, named)
        except Exception as refused:  # noqa: BLE001 - a schema is somebody else's: whatever is wrong with it
            raise ValueError(f"no Avro schema: {refused}") from None
        self._reader = schemaless_reader

    def read(self, body: bytes) -> object:
        """The record."""
        source = BytesIO(body)
        try:
            value: object = self._reader(source, self._schema, None)
        except Exception:  # noqa: BLE001 - the library's errors for bytes that are no record are of many kinds
            raise RejectedRecord("undecodable", "the value does not fit its Avro schema") from None
        if source.read(1):
            raise RejectedRecord("undecodable", "the value is longer than its Avro schema says")
        return value


class Protobuf:
    """Protobuf's binary form, by the compiled file of its messages."""

    def __init__(self, descriptors: bytes, file: str, message: str | None = None) -> None:
        """`descriptors`: a FileDescriptorSet with all imports. file: the one of the messages. message: where values have no path.

        Raises ValueError where they do not hold together, ModuleNotFoundError where protobuf is not installed.
        """
        from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory  # noqa: PLC0415 - as above

        self._class_of = message_factory.GetMessageClass
        self._plain = json_format.MessageToDict
        self._pool = descriptor_pool.DescriptorPool()
        self._message = message
        try:
            files = descriptor_pb2.FileDescriptorSet.FromString(descriptors).file
            for one in files:
                self._pool.Add(one)
            self._file = next(one for one in files if one.name == file or (message is not None and not file))
            if message is not None:
                self._pool.FindMessageTypeByName(message)
        except Exception as refused:  # noqa: BLE001 - as above
            raise ValueError(f"no descriptors with {message or file}: {refused}") from None

    def read(self, body: bytes) -> object:
        """The message, with the names of its fields as the file has them."""
        try:
            name, content = (self._message, body) if self._message is not None else self._named(body)
            found = self._class_of(self._pool.FindMessageTypeByName(name)).FromString(content)
            return self._plain(found, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
        except RejectedRecord:
            raise
        except Exception:  # noqa: BLE001 - the library's errors for bytes that are no message are of many kinds
            raise RejectedRecord("undecodable", "the value does not fit its Protobuf schema") from None

    def _named(self, body: bytes) -> tuple[str, bytes]:
        """The full name of the message that the path leads to, and the bytes after the path."""
        path, content = message_path(body)
        inside, names = self._file.message_type, [self._file.package] if self._file.package else []
        for step in path:
            if not 0 <= step < len(inside):
                raise RejectedRecord("undecodable", "the value names a message that its Protobuf schema does not have")
            names.append(inside[step].name)
            inside = inside[step].nested_type
        return ".".join(names), content


def message_path(body: bytes) -> tuple[list[int], bytes]:
    """The path to a message within its file, and what follows it. Raises RejectedRecord."""
    count, at = _varint(body, 0)
    if count == 0:
        return [0], body[at:]
    if not 0 < count <= DEEPEST:
        raise RejectedRecord("undecodable", "the value's path to its Protobuf message is none")
    path = []
    for _ in range(count):
        step, at = _varint(body, at)
        path.append(step)
    return path, body[at:]


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """A zigzag varint and where the next byte is."""
    found = 0
    for index in range(LONGEST_VARINT):
        if at + index >= len(body):
            break
        byte = body[at + index]
        found |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return (found >> 1) ^ -(found & 1), at + index + 1
    raise RejectedRecord("undecodable", "the value ends within the path to its Protobuf message")
