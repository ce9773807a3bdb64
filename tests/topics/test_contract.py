"""The contract in topics/: every file is used, every example is what it says, and the decoder agrees with the schemas."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

from stream.core.events import CONTROLS, Event
from stream.errors import RejectedRecord
from stream.wire.codec import EVENT_TOPICS, from_json, topic_of
from stream.wire.fields import CHOICES, CLASSES, EVENT_TYPES, check, is_plain
from stream.wire.topics import REPOSITORY, load
from tests.wire.strategies import events, odd

TOPICS = load(REPOSITORY)
FILES = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted((REPOSITORY / "schemas").iterdir())}
REGISTRY: Registry[Any] = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in FILES.items())
SHARED = {"fields", "scope", "window"}
VALID = sorted((REPOSITORY / "examples" / "valid").glob("*/*.json"))
INVALID = sorted((REPOSITORY / "examples" / "invalid").glob("*/*.json"))


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of a schema; formats such as date-time count too."""
    return Draft202012Validator(FILES[f"{name}.v1.schema.json"], registry=REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER)


def problem(name: str, record: Any) -> str | None:
    """What the schema has against the record."""
    found = best_match(validator(name).iter_errors(record))
    return None if found is None else str(found.message)


def example(path: Path) -> tuple[str, str, Any]:
    """Topic, schema and content of an example; its file is called <schema>--<what>.json."""
    return path.parent.name, path.stem.partition("--")[0], json.loads(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """How an example is called in the list of tests."""
    return f"{path.parent.name}/{path.stem}"


def test_every_topic_file_follows_the_meta_schema() -> None:
    """The files of the topics hold what topic.schema.json says."""
    meta = Draft202012Validator(json.loads((REPOSITORY / "topic.schema.json").read_text(encoding="utf-8")))
    found = {
        path.name: [error.message for error in meta.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8")))]
        for path in sorted(REPOSITORY.glob("*.yaml"))
        if path.stem != "asyncapi"
    }

    assert {f"{name}.yaml": [] for name in sorted(TOPICS)} == found


def test_the_meta_schema_refuses_a_bad_topic() -> None:
    """An unknown key, a dot in the name and a number as Kafka setting do not pass."""
    meta = Draft202012Validator(json.loads((REPOSITORY / "topic.schema.json").read_text(encoding="utf-8")))
    good = yaml.safe_load((REPOSITORY / "dead-letters.yaml").read_text(encoding="utf-8"))
    bad = {
        **good,
        "topic": "dead.letters",
        "retention": "14d",
        "config": {"cleanup.policy": "delete", "retention.ms": 5, "message.timestamp.type": "CreateTime"},
    }

    assert [] == list(meta.iter_errors(good))
    assert {"topic", "config/retention.ms", "config/message.timestamp.type", ""} == {
        "/".join(map(str, error.path)) for error in meta.iter_errors(bad)
    }


def test_every_schema_is_a_schema_and_is_used() -> None:
    """No schema is broken, and none lies there that no topic names."""
    for schema in FILES.values():
        Draft202012Validator.check_schema(schema)
    used = {schema.path.name for topic in TOPICS.values() for schema in topic.schemas}

    assert set(FILES) - {f"{name}.v1.schema.json" for name in SHARED} == used


def test_every_schema_has_a_valid_and_an_example_of_each_topic_is_refused() -> None:
    """Whoever reads the contract finds one of everything; and of every topic something that is not allowed."""
    shown = {(topic, schema) for topic, schema, _ in map(example, VALID)}
    refused = {path.parent.name for path in INVALID}

    assert {(topic.name, schema.name) for topic in TOPICS.values() for schema in topic.schemas} == shown
    assert set(TOPICS) == refused


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_valid_examples_are_valid(path: Path) -> None:
    """The schema has nothing against it, and the decoder reads it as the event that it is."""
    topic, schema, record = example(path)
    data = record["data"] if topic in EVENT_TOPICS else record

    assert problem(schema, data) is None
    if topic in EVENT_TOPICS:
        event = from_json(record)
        assert (schema, record["subject"]) == (event.type, event.subject)


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_invalid_examples_are_refused_for_what_they_say(path: Path) -> None:
    """The schema refuses it; the decoder refuses an event with the reason and the sentence that the example names."""
    topic, schema, content = example(path)
    record, refused = content["record"], content["refused"]
    if topic not in EVENT_TOPICS:
        assert refused["detail"] == problem(schema, record)
        return
    with pytest.raises(RejectedRecord) as rejected:
        from_json(record)

    assert refused == {"reason": rejected.value.reason, "detail": rejected.value.detail}
    assert problem(schema, record["data"]) is not None


@given(events())
def test_what_the_decoder_takes_the_schema_takes(event: Event) -> None:
    """Every event that the wire reads is valid by its schema."""
    assert problem(event.type, event.data) is None


@given(events(), odd)
def test_of_fields_as_some_write_them_the_schema_takes_what_the_decoder_takes(event: Event, changes: dict[str, Any]) -> None:
    """No text too long, no list too full and no number out of bounds gets past the one and not the other."""
    kind = EVENT_TYPES[event.type]
    data = {name: value for name, value in {**event.data, **changes}.items() if name in FILES[f"{kind.name}.v1.schema.json"]["properties"]}
    if None in data.values() or "" in data.values():
        return  # which the decoder takes for no field at all
    try:
        check(kind, dict(data))
    except RejectedRecord:
        assert problem(kind.name, data) is not None
    else:
        assert problem(kind.name, data) is None


def test_schemas_and_decoder_know_the_same_words() -> None:
    """Where a schema gives a field a few words to choose from the decoder takes no other; both mean the same words."""
    words = FILES["fields.v1.schema.json"]["$defs"]
    for name, kind in EVENT_TYPES.items():
        known = FILES[f"{name}.v1.schema.json"]["properties"]
        named = {field: frozenset(words[field]["enum"]) for field in known if "enum" in words.get(field, {})}
        assert named == {field: choices for field, choices in kind.choices if field in named}


def test_an_empty_text_is_no_field() -> None:
    """Whoever has nothing to say may say nothing: an empty customer is nobody, and not one customer for all."""
    said = {"contact_id": "c1", "channel": "call", "queue": "billing", "customer_ref": "", "tier": "", "issue_id": None}
    assert check(EVENT_TYPES["contact.offered"], said) == {"contact_id": "c1", "channel": "call", "queue": "billing"}
    assert not is_plain(EVENT_TYPES["contact.offered"], said)


def test_schemas_and_decoder_require_the_same() -> None:
    """For each type the schema names the required fields of the decoder, and each lies in its topic."""
    expected = {name: set(kind.required) for name, kind in EVENT_TYPES.items()}
    found = {name: set(FILES[f"{name}.v1.schema.json"]["required"]) for name in EVENT_TYPES}
    placed = {name for name in EVENT_TYPES if name not in CONTROLS and name in {s.name for s in TOPICS[topic_of(name)].schemas}}

    assert expected == found
    assert set(EVENT_TYPES) - CONTROLS == placed


def test_schemas_and_decoder_know_the_same_fields() -> None:
    """A field has the same kind and the same words in both, and no type names a field that the decoder does not know."""
    fields = FILES["fields.v1.schema.json"]["$defs"]
    kinds = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
    kind_of = {name: kinds.get(field.get("type", "string" if "enum" in field else "integer")) for name, field in fields.items()}
    named = {field for name in EVENT_TYPES for field in FILES[f"{name}.v1.schema.json"]["properties"]}

    assert CLASSES == kind_of
    assert {name: set(words) for name, words in CHOICES.items()} == {
        name: set(field["enum"]) for name, field in fields.items() if "enum" in field
    }
    assert named == set(fields)
