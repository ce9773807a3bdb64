"""The mapping from somebody else's topics to our events.

    version: 1
    origin: crm                        # part of every id
    time_zone: Europe/Berlin           # of times that say no offset; else UTC
    kafka:
      bootstrap_servers: theirs:9092   # and security as in the settings (docs/settings.md); left out: our own brokers
      topics: [telephony.calls]
      begin: earliest                  # or latest: of the first start alone
    format: registry                   # or json, or avro or protobuf with `schema`
    registry: {url: "http://registry:8081", username: reader, password_env: REGISTRY_PASSWORD}
    schemas: {7: call.avsc}            # by id, instead of the registry or before it
    pass_over: {type: [Ping, Snapshot]}
    events:
      - becomes: contact.offered
        topics: [telephony.calls]      # left out: all of them
        when: {type: [Queued]}         # all of these; what a record's field says
        has: [call.id]                 # fields that have a value; lacks: fields that have none
        id: [eventId]                  # left out: topic, partition and offset
        time: {field: at, format: epoch_ms}
        fields:
          contact_id: call.id
          queue: {field: call.queue, values: {q-17: billing}}
          channel: {value: call}

One record may become several events: a finished call has a beginning and an end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

import yaml

from stream.config.yaml import Item, Section, suggestion, version
from stream.config.zones import time_zone
from stream.core.events import AGENT_EVENTS, CONTACT_EVENTS, ISSUE_EVENTS, SURVEY_EVENTS
from stream.sources.names import lists, part_of_ids
from stream.sources.records import CUSTOMER
from stream.sources.topic.values import FORMS, UNITS, WORDS, Value
from stream.wire.fields import CHOICES, CLASSES, EVENT_TYPES, MOMENTS

KEYS: Final = (
    *("version", "origin", "time_zone", "kafka", "format", "schema", "message", "registry", "schemas"),
    *("pass_over", "events"),
)
EVENT_KEYS: Final = ("becomes", "topics", "when", "has", "lacks", "id", "time", "fields")
FORMATS: Final = ("json", "avro", "protobuf", "registry")
BECOMES: Final = tuple(
    name for name in (*CONTACT_EVENTS, *AGENT_EVENTS, *ISSUE_EVENTS, *SURVEY_EVENTS) if EVENT_TYPES[name].key != "customer_ref"
)
"""Not those about customers: they would carry who it is in their key."""
FIELDS: Final = (*(name for name in CLASSES if name not in {"customer_ref", "version", "holds_from", "content", "decided_by"}), CUSTOMER)
TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Of which records something is said."""

    topics: frozenset[str] = frozenset()
    when: tuple[tuple[str, frozenset[str]], ...] = ()
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What some records become: one event."""

    becomes: str
    of: Conditions
    id: tuple[str, ...]
    time: Value
    fields: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsMapping:
    """The mapping as it was read. passed_over: path -> words; a record that has one of them says nothing."""

    origin: str
    zone: tzinfo
    kafka: Section
    topics: tuple[Item, ...]
    begin: str
    format: str
    schema: Item | None
    message: str | None
    registry: Section | None
    schemas: dict[int, Item] = field(default_factory=dict)
    passed_over: tuple[tuple[str, frozenset[str]], ...] = ()
    rules: tuple[Rule, ...] = ()


def read(file: Section) -> TopicsMapping:
    """Read the mapping, refusing what cannot be meant."""
    file.only(*KEYS)
    version(file)
    kafka = file.section("kafka")
    topics = kafka.items("topics")
    kafka.words("topics")
    if not topics:
        raise kafka.error("kafka needs topics: name at least one, for example [calls]")
    for topic in topics:
        if not TOPIC.fullmatch(topic.text):
            raise topic.error(f"{topic.text} is no name of a topic: letters, digits, dots, - and _")
    rules = tuple(_rule(one, [topic.text for topic in topics]) for one in file.sections("events"))
    if not rules:
        raise file.error("events is empty: say what a record becomes", "events")
    mapping = TopicsMapping(
        origin=part_of_ids(file, "origin"),
        zone=time_zone(file, "time_zone") if "time_zone" in file else UTC,
        kafka=kafka,
        topics=topics,
        begin=kafka.choice("begin", ("earliest", "latest"), "earliest"),
        format=file.choice("format", FORMATS),
        schema=file.item("schema") if "schema" in file else None,
        message=file.text("message") if "message" in file else None,
        registry=file.section("registry") if "registry" in file else None,
        schemas=_schemas(file),
        passed_over=_words(file, "pass_over"),
        rules=rules,
    )
    _fitting(file, mapping)
    return mapping


def _fitting(file: Section, mapping: TopicsMapping) -> None:
    """Refuse schemas that the format does not use, and a format without its schemas."""
    form = mapping.format
    if (form in {"avro", "protobuf"}) != (mapping.schema is not None):
        problem = f"format {form} needs schema: name its file" if mapping.schema is None else f"format {form} takes no schema: leave it out"
        raise file.error(problem, "format" if mapping.schema is None else "schema")
    if (form == "protobuf") != (mapping.message is not None):
        problem = "format protobuf needs message: write its full name" if mapping.message is None else f"format {form} takes no message"
        raise file.error(problem, "format" if mapping.message is None else "message")
    has = mapping.registry is not None or bool(mapping.schemas)
    if (form == "registry") != has:
        raise file.error("format registry needs registry or schemas, and no other format takes them", "format")


def _schemas(file: Section) -> dict[int, Item]:
    if "schemas" not in file:
        return {}
    section = file.section("schemas")
    found: dict[int, Item] = {}
    for key in section.keys():  # noqa: SIM118 - a section is no dict
        if not (key.text.isascii() and key.text.isdecimal()):
            raise key.error(f"{key.text} is no id of a schema: write its number")
        found[int(key.text)] = section.item(key.text)
    return found


def _words(section: Section, key: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((path, frozenset(words)) for path, words in lists(section, key).items())


def _rule(section: Section, topics: list[str]) -> Rule:
    section.only(*EVENT_KEYS)
    becomes = section.choice("becomes", BECOMES)
    for item in section.items("topics"):
        if item.text not in topics:
            raise item.error(f"{item.text} is none of the topics of kafka: {suggestion(item.text, topics)}")
    fields = section.section("fields")
    fields.only(*FIELDS)
    made = tuple(_value(fields, item.text) for item in fields.keys())  # noqa: SIM118 - a section is no dict
    named = {value.name for value in made}
    for name in EVENT_TYPES[becomes].required:
        if name not in named:
            raise fields.error(f"{becomes} needs the field {name}: say where it stands, or write {{value: ...}}")
    return Rule(
        becomes=becomes,
        of=Conditions(
            topics=frozenset(section.words("topics")),
            when=_words(section, "when"),
            has=section.words("has"),
            lacks=section.words("lacks"),
        ),
        id=tuple(item.text for item in section.items("id")),
        time=_time(section),
        fields=made,
    )


def _time(section: Section) -> Value:
    if _plain(section, "time"):
        return Value(name="time", paths=(section.text("time"),))
    inner = section.section("time")
    inner.only("field", "format")
    return Value(name="time", paths=_paths(inner), form=inner.choice("format", FORMS, "iso"))


def _value(fields: Section, name: str) -> Value:
    """Where one of our fields stands: a path, or a section with more."""
    if _plain(fields, name):
        return Value(name=name, paths=(fields.text(name),))
    section = fields.section(name)
    timed, moment = name.endswith("_ms"), name in MOMENTS
    section.only("field", "value", "values", "absent", "join", *(["unit"] if timed else []), *(["format"] if moment else []))
    if ("field" in section) == ("value" in section):
        raise section.error(f"{name} takes either field or value: write one of them")
    if "value" in section:
        return Value(name=name, constant=_allowed(section, "value", name))
    values = None
    if "values" in section:
        table = section.section("values")
        values = {item.text: _allowed(table, item.text, name) for item in table.keys()}  # noqa: SIM118 - a section is no dict
    return Value(
        name=name,
        paths=_paths(section),
        join=section.text("join") if "join" in section else None,
        values=values,
        absent=frozenset(section.words("absent")),
        unit=UNITS[section.choice("unit", tuple(UNITS), "ms")],
        form=section.choice("format", FORMS, "iso"),
    )


def _allowed(section: Section, key: str, name: str) -> str:
    """A word that the mapping itself gives a field."""
    if name in CHOICES:
        return section.choice(key, sorted(CHOICES[name]))
    wanted = CLASSES.get(name, str)
    if wanted is bool:
        return section.choice(key, tuple(WORDS))
    if wanted is dict or name in MOMENTS:
        raise section.error(f"{name} has no value that could be written here: say where it stands", key)
    item = section.item(key)
    if wanted is int and not (item.text.isascii() and item.text.isdecimal()):
        raise item.error(f"{name} cannot be {item.text}: write a whole number")
    return item.text


def _paths(section: Section) -> tuple[str, ...]:
    found = tuple(item.text for item in section.items("field"))
    if not found:
        raise section.error(f"{section.name} needs field: write where it stands, for example call.id")
    return found


def _plain(section: Section, key: str) -> bool:
    """Whether a key has a word and no section."""
    entry = section.entries.get(key)
    return entry is None or isinstance(entry.node, yaml.ScalarNode)
