"""A record of somebody else's topic -> the events that the mapping makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from stream.core.events import Event
from stream.errors import RejectedRecord
from stream.sources.local_times import LocalClock
from stream.sources.records import Rejected, Unknown
from stream.sources.topic.mapping import Conditions, Rule, TopicsMapping
from stream.sources.topic.values import LONGEST_TEXT, found, text
from stream.wire.fields import EVENT_TYPES, check

NAME: Final = "kafka"
HELP: Final = "events of another schema in Kafka: JSON, Avro or Protobuf"
META: Final = "@"
"""What a record says beside its value: @key, @timestamp, @topic, @partition, @offset, and @headers.NAME."""

Decode = Callable[[bytes], object]
"""How the bytes of a value become objects, lists and words; raises RejectedRecord."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it came; timestamp in ms."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


class Translator:
    """Tells what records mean. Each says all of it by itself, so there is nothing to keep."""

    def __init__(self, mapping: TopicsMapping, decode: Decode) -> None:
        """`decode` reads the values."""
        self._mapping = mapping
        self._decode = decode
        self._clock = LocalClock(mapping.zone)

    def told(self, record: Record) -> Iterable[Event | Rejected | Unknown]:
        """What one record becomes. A rule that cannot be followed keeps none of the record: a contact told by half is worse than none.

        Raises only what `decode` raises beside RejectedRecord, where the schema cannot be had now.
        """
        if record.value is None:
            return []  # a deletion: the key has no value any more
        try:
            whole = {**self._object(record.value), META: _beside(record)}
            rules = [rule for rule in self._mapping.rules if _fits(rule.of, whole, record.topic)]
            if rules:
                return [self._event(rule, whole, record) for rule in rules]
        except RejectedRecord as refused:
            return [Rejected(refused.reason, refused.detail, record.value, record.offset)]
        passed = any(_says(whole, path, words) for path, words in self._mapping.passed_over)
        return [] if passed else [Unknown(record.topic)]

    def _object(self, value: bytes) -> dict[str, Any]:
        found = self._decode(value)
        if not isinstance(found, dict):
            raise RejectedRecord("undecodable", "the value of the record is no object")
        return found

    def _event(self, rule: Rule, whole: dict[str, Any], record: Record) -> Event:
        kind = EVENT_TYPES[rule.becomes]
        data = {value.name: made for value in rule.fields if (made := value.of(whole, self._clock)) is not None}
        check(kind, data)
        time = rule.time.of_time(whole, self._clock)
        identity = self._identity(rule, whole, record)
        return Event(time, rule.becomes, str(data[kind.key]), f"{NAME}/{self._mapping.origin}|{identity}/{rule.becomes}/{time}", data)

    @staticmethod
    def _identity(rule: Rule, whole: dict[str, Any], record: Record) -> str:
        """What the record is called: by itself, or by its place."""
        if not rule.id:
            return f"{record.topic}/{record.partition}/{record.offset}"
        parts = [text(found(whole, path)) for path in rule.id]
        if any(not one or len(one) > LONGEST_TEXT for one in parts):
            raise RejectedRecord("missing_field", f"{', '.join(rule.id)}, which is the id, is missing or no word")
        return "/".join(str(one) for one in parts)


def _beside(record: Record) -> dict[str, Any]:
    headers = {name: (content or b"").decode("utf-8", "replace") for name, content in record.headers}
    return {
        "key": None if record.key is None else record.key.decode("utf-8", "replace"),
        "timestamp": record.timestamp,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "headers": headers,
    }


def _fits(of: Conditions, whole: dict[str, Any], topic: str) -> bool:
    return (
        (not of.topics or topic in of.topics)
        and all(_says(whole, path, words) for path, words in of.when)
        and all(_has(whole, path) for path in of.has)
        and not any(_has(whole, path) for path in of.lacks)
    )


def _says(whole: dict[str, Any], path: str, words: frozenset[str]) -> bool:
    return text(found(whole, path)) in words


def _has(whole: dict[str, Any], path: str) -> bool:
    return found(whole, path) not in (None, "", [], {})
