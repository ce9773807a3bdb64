"""Events <-> Kafka records and JSON lines, as CloudEvents 1.0.

Written in binary mode (ce_* headers, the data as value); read in binary and in structured mode. Event time is `ce_time`, never
Kafka's. `topics/schemas` say what is read in JSON Schema, and the tests hold the two together.

Decoding is on the hot path, so there are two ways. The short one takes what is written as we write it and looks at nothing twice;
whatever is odd to it, of any kind, goes the careful way from the start, which alone knows why a record is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

import orjson

from stream.core.events import AGENT_EVENTS, CLOCK_MARKED, CONTACT_EVENTS, CONTROLS, ERASURE_REQUESTED, ISSUE_EVENTS, SURVEY_EVENTS, Event
from stream.errors import RejectedRecord
from stream.wire.fields import EVENT_TYPES, LONGEST_TEXT, EventType, check, is_plain
from stream.wire.times import FIRST, LAST, format_time, parse_time

CONTACT_TOPIC: Final = "contact-events"
AGENT_TOPIC: Final = "agent-events"
ISSUE_TOPIC: Final = "issue-events"
SURVEY_TOPIC: Final = "survey-events"
ERASURE_TOPIC: Final = "erasure-requests"
EVENT_TOPICS: Final = (CONTACT_TOPIC, AGENT_TOPIC, ISSUE_TOPIC, SURVEY_TOPIC, ERASURE_TOPIC)

Headers = Sequence[tuple[str, bytes | None]]

_JSON: Final = b"application/json"
_STRUCTURED: Final = b"application/cloudevents"
_BY_CE_TYPE: Final[dict[bytes, EventType]] = {f"cc.{name}.v1".encode(): kind for name, kind in EVENT_TYPES.items()}
_BY_TEXT: Final[dict[str, EventType]] = {ce_type.decode(): kind for ce_type, kind in _BY_CE_TYPE.items()}
_CE_TYPES: Final[dict[str, bytes]] = {kind.name: ce_type for ce_type, kind in _BY_CE_TYPE.items()}
_ODD: Final = (AttributeError, KeyError, TypeError, ValueError, RejectedRecord)
"""What the short way raises on what is not written as we write it. The careful way makes the event of it, or the right refusal."""

NEAR: Final = 0.85
"""From which likeness on an unknown type is taken for a slip: `contact.offerd` is one, `contact.teleported` is another thing."""

_TOPICS: Final[dict[str, str]] = {
    **dict.fromkeys(CONTACT_EVENTS, CONTACT_TOPIC),
    **dict.fromkeys(AGENT_EVENTS, AGENT_TOPIC),
    **dict.fromkeys(ISSUE_EVENTS, ISSUE_TOPIC),
    **dict.fromkeys(SURVEY_EVENTS, SURVEY_TOPIC),
    ERASURE_REQUESTED: ERASURE_TOPIC,
}


_KEYED_IN: Final[dict[str, dict[bytes, EventType]]] = {
    topic: {ce_type: kind for ce_type, kind in _BY_CE_TYPE.items() if kind.key and _TOPICS[kind.name] == topic} for topic in EVENT_TOPICS
}


def topic_of(event_type: str) -> str:
    """The topic that an event travels in; those of CONTROLS have none of their own: they go to every partition of `EVENT_TOPICS`.

    erasure.requested goes to every partition of its own topic.
    """
    return _TOPICS[event_type]


def encode(event: Event, source: str) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of an event in binary mode.

    An id that already is "source|id" keeps its source; `source` is for the others.
    """
    origin, identity = _split(event.id, source)
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_type", _CE_TYPES[event.type]),
        ("ce_source", origin.encode()),
        ("ce_id", identity.encode()),
        ("ce_time", format_time(event.time).encode()),
        ("content-type", _JSON),
    ]
    return event.subject.encode(), orjson.dumps(event.data), headers


def decode(value: bytes | None, headers: Headers, key: bytes | None) -> Event:
    """The event in a record of one of EVENT_TOPICS.

    Headers may be in any order, and more of them, or the record in structured mode. Raises RejectedRecord with undecodable,
    unknown_type, missing_field or bad_value.
    """
    found: dict[str, Any] = dict(headers)
    if None in found.values():
        # Kafka allows a header without a value; it is the same as none.
        found = {name: text for name, text in found.items() if text is not None}
    content = found.get("content-type", _JSON)
    if content != _JSON and content.startswith(_STRUCTURED):
        return _in_place(_read_carefully(_json(value)), key)
    ce_type = found.get("ce_type")
    if ce_type is None:
        detail = "the record is no CloudEvent: it has neither a ce_type header nor the content-type application/cloudevents+json"
        raise RejectedRecord("undecodable", detail)
    kind = _BY_CE_TYPE.get(ce_type)
    if kind is None:
        raise _unknown(ce_type)
    if content != _JSON and b"json" not in content:
        detail = "only JSON data is read, so the header content-type must be application/json"
        raise RejectedRecord("undecodable", detail)
    try:
        time = parse_time(found["ce_time"])
        identity = f"{found['ce_source'].decode()}|{found['ce_id'].decode()}"
        version = found["ce_specversion"]
    except KeyError as missing:
        detail = f"{kind.name} needs the header {missing.args[0]}"
        raise RejectedRecord("missing_field", detail) from None
    except UnicodeDecodeError:
        detail = f"{kind.name}: the headers ce_source and ce_id are UTF-8"
        raise RejectedRecord("undecodable", detail) from None
    if version != b"1.0":
        raise _wrong_version()
    return _in_place(_event(kind, time, identity, _json(value), None), key)


def decode_all(records: Iterable[Any], topic: str) -> list[Event | RejectedRecord]:
    """As `decode` for consumer records of one of EVENT_TOPICS: each one's event, or why there is none, in their order.

    An event that belongs into another topic is refused. What is written as `encode` writes it goes a short way, in one loop,
    because a call per record costs a fifth of it; all else goes the way of `decode`.
    """
    keyed, loads, plain, times = _KEYED_IN[topic], orjson.loads, is_plain, parse_time
    out: list[Event | RejectedRecord] = []
    append = out.append
    for record in records:
        try:
            (a, version), (b, ce_type), (c, source), (d, identity), (e, time), (f, content) = record.headers
            if (
                a == "ce_specversion"
                and b == "ce_type"
                and c == "ce_source"
                and d == "ce_id"
                and e == "ce_time"
                and f == "content-type"
                and version == b"1.0"
                and content == _JSON
            ):
                kind = keyed[ce_type]
                data = loads(record.value)
                subject = record.key.decode()
                name = (source + b"|" + identity).decode()
                if data[kind.key] == subject and name[0] != "|" != name[-1] and len(name) <= LONGEST_TEXT and plain(kind, data):
                    append(Event(times(time), kind.name, subject, name, data))
                    continue
        except _ODD:
            pass
        append(_carefully_in(topic, record))
    return out


def _carefully_in(topic: str, record: Any) -> Event | RejectedRecord:
    """The event of a record of `topic`, or why there is none."""
    try:
        event = decode(record.value, record.headers, record.key)
    except RejectedRecord as rejected:
        return rejected.with_traceback(None)  # which would hold the batch
    if event.type not in CONTROLS and (right := topic_of(event.type)) != topic:
        return RejectedRecord("bad_value", f"{event.type} belongs into {right}")
    return event


def from_json(record: Any) -> Event:
    """The event in a CloudEvent's JSON object (structured mode, a line of a file). Raises RejectedRecord like `decode`."""
    try:
        if record["specversion"] == "1.0" and "data_base64" not in record:
            kind, time = _BY_TEXT[record["type"]], parse_time(record["time"].encode())
            return _event(kind, time, record["source"] + "|" + record["id"], record["data"], record.get("subject"))
    except _ODD:
        pass
    return _read_carefully(record)


def _read_carefully(record: object) -> Event:
    """As `from_json`: also what is refused."""
    if not isinstance(record, dict):
        detail = "a CloudEvent is a JSON object"
        raise RejectedRecord("undecodable", detail)
    texts = {}
    for name in ("type", "specversion", "time", "source", "id"):
        text = record.get(name)
        if text is None:
            detail = f"the CloudEvent needs the attribute {name}"
            raise RejectedRecord("missing_field", detail)
        if not isinstance(text, str):
            detail = f"the attribute {name} of a CloudEvent is a text"
            raise RejectedRecord("bad_value", detail)
        texts[name] = text
    kind = _BY_CE_TYPE.get(texts["type"].encode())
    if kind is None:
        raise _unknown(texts["type"].encode())
    if texts["specversion"] != "1.0":
        raise _wrong_version()
    if "data_base64" in record:
        detail = "data_base64 is not read: write the data as JSON in the attribute data"
        raise RejectedRecord("undecodable", detail)
    identity = f"{texts['source']}|{texts['id']}"
    return _event(kind, parse_time(texts["time"].encode()), identity, record.get("data"), record.get("subject"))


def to_json_line(event: Event, source: str) -> bytes:
    """The event as one line of a JSON-lines file: a structured CloudEvent and a line feed."""
    origin, identity = _split(event.id, source)
    record = {
        "specversion": "1.0",
        "id": identity,
        "source": origin,
        "type": _CE_TYPES[event.type].decode(),
        "time": format_time(event.time),
        "subject": event.subject,
        "datacontenttype": "application/json",
        "data": event.data,
    }
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def _within_calendars(event: Event) -> None:
    if not FIRST <= event.time <= LAST:
        raise RejectedRecord("bad_value", f"{event.type}: the time is within no calendar")


def refusal(event: Event, most: int) -> RejectedRecord | None:
    """Why nobody would take an event that a source made: no UTF-8, longer than `most` bytes, or not what the contract says; else None."""
    kind = EVENT_TYPES.get(event.type)
    if kind is None:
        return _unknown(event.type.encode("utf-8", "replace"))
    try:
        _within_calendars(event)
        key, value, headers = encode(event, "source")
        if kind.key and event.data.get(kind.key) != event.subject:
            return RejectedRecord("bad_value", f"{event.type}: the event is about another than its {kind.key}")
        if len(event.id) > LONGEST_TEXT or len(key) + len(value) + sum(len(found) for _, found in headers) > most:
            return RejectedRecord("bad_value", f"{event.type}: the event or its id is too long for a record")
        if not is_plain(kind, event.data):
            check(kind, dict(event.data))
    except RejectedRecord as refused:
        return refused.with_traceback(None)
    except (TypeError, ValueError):
        return RejectedRecord("undecodable", f"{event.type}: a text cannot be written as UTF-8")
    return None


def mark(at: int, source: str, *, final: bool = False) -> Event:
    """The mark that says: all events up to `at` are sent; `final` ends the input."""
    return Event(at, CLOCK_MARKED, "clock", f"{source}|mark-{at}{'-final' if final else ''}", {"final": final})


def _split(identity: str, source: str) -> tuple[str, str]:
    origin, bar, rest = identity.partition("|")
    return (origin, rest) if bar and origin and rest else (source, identity)


def _json(value: bytes | None) -> object:
    if value is None:
        detail = "the record has no value"
        raise RejectedRecord("undecodable", detail)
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        detail = "the value is not JSON"
        raise RejectedRecord("undecodable", detail) from None


def _event(kind: EventType, time: int, identity: str, data: Any, subject: Any) -> Event:
    if data.__class__ is not dict:
        detail = f"{kind.name}: the data is a JSON object"
        raise RejectedRecord("undecodable", detail)
    if identity[0] == "|" or identity[-1] == "|":
        detail = f"{kind.name}: source and id of a CloudEvent are not empty"
        raise RejectedRecord("missing_field", detail)
    if len(identity) > LONGEST_TEXT:
        detail = f"{kind.name}: source and id of a CloudEvent have at most {LONGEST_TEXT - 1} characters together"
        raise RejectedRecord("bad_value", detail)
    if not is_plain(kind, data):
        data = check(kind, data)
    named = data[kind.key] if kind.key else "clock"
    if subject != named and subject is not None and kind.key:
        detail = f"{kind.name}: the attribute subject is the {kind.key}"
        raise RejectedRecord("bad_value", detail)
    return Event(time, kind.name, named, identity, data)


def _in_place(event: Event, key: bytes | None) -> Event:
    """Hold the record to its key: what is keyed otherwise lies in the wrong partition."""
    if event.type not in CONTROLS and key != event.subject.encode():
        field = EVENT_TYPES[event.type].key
        reason, problem = ("missing_field", "has no key") if key is None else ("bad_value", "has another key")
        detail = f"{event.type}: the record {problem}: its key must be its {field}"
        raise RejectedRecord(reason, detail)
    return event


def _unknown(ce_type: bytes) -> RejectedRecord:
    name = ce_type.decode("utf-8", "replace")[:80]
    return RejectedRecord("unknown_type", f"no event type {name!r} is known; {_meant(name)}topics/schemas holds those that are")


@lru_cache(maxsize=64)
def _meant(name: str) -> str:
    """What a type may have been meant to be, without its prefix or version, too. Kept, because a producer errs in all of its records."""
    bare = re.sub(r"^cc\.|\.v\d+$", "", name.casefold())
    near = get_close_matches(bare, _CE_TYPES, n=1, cutoff=NEAR)
    return f"did you mean {_CE_TYPES[near[0]].decode()}? " if near else ""


def _wrong_version() -> RejectedRecord:
    return RejectedRecord("bad_value", "only CloudEvents of specversion 1.0 are read")
