"""The declared topics: reads topics/*.yaml, which are the contract. What the files may hold is in topics/topic.schema.json."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stream.config.yaml import Section
from stream.config.yaml import load as load_yaml
from stream.errors import PartMissing

INSTALLED: Final = Path(__file__).parents[1] / "_topics"
REPOSITORY: Final = Path(__file__).parents[2] / "topics"

CHANGELOG_CONFIG: Final = {
    "cleanup.policy": "compact",
    "segment.bytes": str(64 * 2**20),
    "segment.ms": "600000",
    "max.compaction.lag.ms": "3600000",
    "delete.retention.ms": "86400000",
    "message.timestamp.type": "LogAppendTime",
}
"""What the processors' changelogs are created with: small segments, because an active segment is never compacted; and deletions
that stay for a day, so that a worker that was away for less reads only what it missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A version of what a record of the topic can be; `path` is the JSON Schema."""

    name: str
    version: int
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic as it is declared.

    partitions: the count; None where the installation's setting `partitions` says it.
    state: processors keep state by partition number, so the count can never change.
    internal: only the processors of one version talk through it.
    config: Kafka's own names and texts.
    """

    name: str
    description: str
    key: str
    partitions: int | None
    state: bool
    internal: bool
    config: dict[str, str]
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    schemas: tuple[Schema, ...]


def folder() -> Path:
    """Where the contract lies: inside the installed package, or beside it in the repository."""
    for place in (INSTALLED, REPOSITORY):
        if place.is_dir():
            return place
    problem = "The declarations of the topics are not there: install answerable again, or run it in its repository."
    raise PartMissing(problem)


def load(place: Path | None = None) -> dict[str, Topic]:
    """All declared topics by name. Raises DeclarationError for a file that says what it may not."""
    place = folder() if place is None else place
    return {topic.name: topic for topic in (_read(path) for path in sorted(place.glob("*.yaml")) if path.stem != "asyncapi")}


def _read(path: Path) -> Topic:
    section = load_yaml(path)
    section.only("topic", "description", "key", "internal", "partitions", "state", "config", "producers", "consumers", "schemas")
    name = section.text("topic")
    if name != path.stem:
        problem = f"the topic is called {name}, its file {path.name}: give both the same name"
        raise section.error(problem, "topic")
    config = section.section("config")
    return Topic(
        name=name,
        description=section.text("description"),
        key=section.text("key"),
        partitions=_partitions(section),
        state=section.flag("state", default=False),
        internal=section.flag("internal", default=False),
        config={key.text: config.text(key.text) for key in config.keys()},  # noqa: SIM118 - no dict: its keys carry their lines
        producers=section.words("producers"),
        consumers=section.words("consumers"),
        schemas=tuple(_schema(entry, path.parent) for entry in section.sections("schemas")),
    )


def _partitions(section: Section) -> int | None:
    item = section.item("partitions")
    if item.text == "shared":
        return None
    if not item.text.isdecimal() or int(item.text) < 1:
        problem = f"partitions cannot be {item.text}: write shared, or a whole number from 1"
        raise item.error(problem)
    return int(item.text)


def _schema(entry: Section, place: Path) -> Schema:
    entry.only("name", "version", "file")
    version = entry.item("version")
    if not version.text.isdecimal():
        problem = f"version cannot be {version.text}: write a whole number from 1"
        raise version.error(problem)
    file = entry.item("file")
    path = place / file.text
    if not path.is_file():
        problem = f"there is no {file.text}: write the schema, or name another"
        raise file.error(problem)
    return Schema(name=entry.text("name"), version=int(version.text), path=path)
