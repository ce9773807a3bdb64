"""Reading the declared topics, and refusing what they may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.errors import DeclarationError
from stream.wire.topics import CHANGELOG_CONFIG, REPOSITORY, Schema, Topic, load

GOOD = """\
topic: dog-walks
description: Where the dogs went.
key: dog
internal: false
partitions: shared
state: true
config:
  cleanup.policy: "delete"
producers: [walkers]
consumers: [owners]
schemas:
  - {name: walk, version: 1, file: schemas/walk.v1.schema.json}
"""


def written(folder: Path, text: str, name: str = "dog-walks") -> Path:
    """A folder with one topic and one schema."""
    (folder / "schemas").mkdir()
    (folder / "schemas" / "walk.v1.schema.json").write_text("{}", encoding="utf-8")
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_topic_is_read_as_it_is_declared(tmp_path: Path) -> None:
    """Every key reaches the record."""
    expected = Topic(
        name="dog-walks",
        description="Where the dogs went.",
        key="dog",
        partitions=None,
        state=True,
        internal=False,
        config={"cleanup.policy": "delete"},
        producers=("walkers",),
        consumers=("owners",),
        schemas=(Schema(name="walk", version=1, path=tmp_path / "schemas" / "walk.v1.schema.json"),),
    )

    assert {"dog-walks": expected} == load(written(tmp_path, GOOD))


@pytest.mark.parametrize(
    ("before", "after", "refusal"),
    [
        ("partitions: shared", "partitons: shared", ":5: the file has no key partitons: did you mean partitions?"),
        ("partitions: shared", "partitions: many", ":5: partitions cannot be many: write shared, or a whole number from 1"),
        ("topic: dog-walks", "topic: cat-walks", ":1: the topic is called cat-walks, its file dog-walks.yaml: give both the same name"),
        ("version: 1", "version: one", ":12: version cannot be one: write a whole number from 1"),
        ("walk.v1", "walk.v2", ":12: there is no schemas/walk.v2.schema.json: write the schema, or name another"),
    ],
)
def test_a_bad_declaration_is_refused_with_its_line(tmp_path: Path, before: str, after: str, refusal: str) -> None:
    """The refusal names file and line and what to write instead."""
    with pytest.raises(DeclarationError) as refused:
        load(written(tmp_path, GOOD.replace(before, after)))

    assert f"{tmp_path / 'dog-walks.yaml'}{refusal}" == str(refused.value)


def test_the_contract_of_the_repository_names_the_fixed_topics() -> None:
    """These names are what others rely on."""
    expected = {
        "agent-events": True,
        "contact-events": True,
        "customer-facts": True,
        "dead-letters": False,
        "erasure-requests": True,
        "issue-events": True,
        "issue-facts": True,
        "queue-intervals": False,
        "queue-readings": False,
        "scope-facts": True,
        "standard-breaches": False,
        "survey-events": True,
    }

    assert expected == {name: topic.state for name, topic in load().items()}


def test_what_becomes_of_old_records() -> None:
    """State and readings are compacted in small segments; facts go after a day; what a rebuild reads stays for two weeks."""
    day = 86_400_000
    assert {
        "agent-events": ("delete", 14 * day),
        "contact-events": ("delete", 14 * day),
        "customer-facts": ("delete", day),
        "dead-letters": ("delete", 14 * day),
        "erasure-requests": ("delete", 14 * day),
        "issue-events": ("delete", 14 * day),
        "issue-facts": ("delete", day),
        "queue-intervals": ("delete", 400 * day),
        "queue-readings": ("compact", None),
        "scope-facts": ("delete", day),
        "standard-breaches": ("delete", 400 * day),
        "survey-events": ("delete", 14 * day),
    } == {
        name: (topic.config["cleanup.policy"], int(topic.config["retention.ms"]) if "retention.ms" in topic.config else None)
        for name, topic in load(REPOSITORY).items()
    }
    readings = load(REPOSITORY)["queue-readings"].config
    assert CHANGELOG_CONFIG == {name: readings[name] for name in CHANGELOG_CONFIG}
