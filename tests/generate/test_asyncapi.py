"""topics/asyncapi.yaml: complete, fresh, and every reference in it leads somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft7Validator

from stream.generate.asyncapi import NAME, document, files
from stream.wire.topics import REPOSITORY, load
from tests.parts.packages import Package

SPECIFICATIONS: Final = Package(
    "@asyncapi/specs", "6.11.1", "A3WBLqAKGoJ2+6FWFtpjBlCQ1oFCcs4GxF7zsIGvNqp/klGUHjlA3aAcZ9XMMpLGE8zPeYDz2x9FmO6DSuKraQ=="
)


def references(node: Any) -> Iterator[str]:
    """Every $ref below a node."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def leads(reference: str, root: dict[str, Any]) -> bool:
    """Whether a reference leads to a part of the document, or to a file beside it."""
    if not reference.startswith("#/"):
        return (REPOSITORY / reference).is_file()
    node: Any = root
    for part in reference[2:].split("/"):
        if part not in node:
            return False
        node = node[part]
    return True


def test_the_committed_document_is_fresh() -> None:
    """`make generate` makes it anew."""
    assert files()[NAME] == (REPOSITORY / NAME).read_text(encoding="utf-8")


def test_every_topic_of_the_contract_is_a_channel_and_no_internal_one() -> None:
    """Others may read and write exactly these, each with all its messages."""
    expected = {
        name: sorted(f"{name}.{schema.name}.v{schema.version}" for schema in topic.schemas)
        for name, topic in load().items()
        if not topic.internal
    }
    assert expected == {name: sorted(channel["messages"]) for name, channel in document()["channels"].items()}


def test_every_reference_leads_somewhere() -> None:
    """A tool that reads the document finds each channel, message and schema."""
    made = document()
    assert [] == [reference for reference in references(made) if not leads(reference, made)]


def test_breaches_are_sent_as_cloud_events_and_events_received() -> None:
    """The directions are those of the application that the document describes."""
    made = document()
    actions = {operation["channel"]["$ref"].rpartition("/")[2]: operation["action"] for operation in made["operations"].values()}
    assert ("send", "receive") == (actions["standard-breaches"], actions["contact-events"])
    message = made["components"]["messages"]["standard-breaches.breach.v1"]
    assert ("cc.breach.v1", "#/components/schemas/cloudEventHeaders") == (message["name"], message["headers"]["$ref"])


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    """AsyncAPI's own schema of documents of the version that ours names."""
    schema = json.loads(SPECIFICATIONS.read(f"schemas/{document()['asyncapi']}.json"))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def test_the_document_is_what_asyncapi_allows(validator: Draft7Validator) -> None:
    """Checked as it is committed, by the schema that AsyncAPI's parsers use."""
    written = yaml.safe_load((REPOSITORY / NAME).read_text(encoding="utf-8"))
    assert [] == [f"{error.json_path}: {error.message}" for error in validator.iter_errors(written)]


@pytest.mark.parametrize(
    ("part", "key", "value"), [("info", "title", 3), ("operations", "odd", {"action": "listen"}), ("chanels", "a", {})]
)
def test_what_asyncapi_does_not_allow_is_found(validator: Draft7Validator, part: str, key: str, value: object) -> None:
    """The schema that was fetched does say no."""
    wrong = yaml.safe_load((REPOSITORY / NAME).read_text(encoding="utf-8"))
    wrong.setdefault(part, {})[key] = value
    assert not validator.is_valid(wrong)
