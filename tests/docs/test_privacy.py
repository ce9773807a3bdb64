"""The page about privacy says what the code, the topics and the schemas say."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Final

from stream.config.centre import centre
from stream.config.quantities import write_duration
from stream.config.yaml import parse
from stream.core.centre import AGENT_FIGURES, Retention
from stream.core.customer import MONTHS_KEPT
from stream.core.pseudonyms import LENGTH
from stream.core.topology import SOURCES
from stream.wire.topics import CHANGELOG_CONFIG, REPOSITORY, load
from tests.docs.pages import ROOT, fences, text_of

PAGE: Final = ROOT / "docs/privacy.md"
STORED: Final = text_of(PAGE).partition("\n## What is stored where\n")[2].partition("\n## ")[0]
ROWS: Final = [[cell.strip() for cell in row.strip("|").split("|")] for row in STORED.splitlines() if row.startswith("| ")][1:]


def test_each_topic_stands_there_with_its_retention() -> None:
    """What Kafka deletes by itself, and when."""
    topics = load(REPOSITORY)
    kept = {name: topic.config for name, topic in topics.items() if topic.config["cleanup.policy"] == "delete"}
    expected = {name: write_duration(int(config["retention.ms"])) for name, config in kept.items()}
    assert expected == {row[0].strip("`"): row[3] for row in ROWS if row[0].strip("`") in expected}
    assert set() == {name for name in topics if f"`{name}`" not in STORED}


def test_a_topic_whose_events_may_name_a_customer_says_so() -> None:
    """As the schemas allow it; a topic that the page calls clean allows it nowhere."""
    naming = {
        name
        for name, topic in load(REPOSITORY).items()
        if any('"customer_ref"' in schema.path.read_text(encoding="utf-8") for schema in topic.schemas)
    }
    clean = {row[0].strip("`") for row in ROWS if row[1].startswith("nothing")}
    assert set() == naming & clean
    assert {"contact-events", "issue-events", "survey-events", "erasure-requests"} <= naming


def test_each_changelog_is_named() -> None:
    """Of every processor."""
    said = " ".join(row[0] for row in ROWS if row[0].startswith("changelog"))
    assert set() == {name for name in SOURCES if name not in re.findall(r"\w+", said)}


def test_the_retention_is_the_default() -> None:
    """The example can be used as it is, and it and the table say what holds where nothing is declared."""
    (example,) = fences(PAGE, "yaml")
    assert Retention() == centre(parse(f"version: 1\ntime_zone: UTC\n{example}", "centre.yaml")).retention
    table = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text_of(PAGE).partition("\n## How long state is kept\n")[2], re.MULTILINE))
    assert {name: write_duration(value) for name, value in asdict(Retention()).items()} == table


def test_numbers_of_the_code() -> None:
    """Where one of these changes, the page has to."""
    text = text_of(PAGE)
    lag, kept, closed = (int(CHANGELOG_CONFIG[name]) for name in ("max.compaction.lag.ms", "delete.retention.ms", "segment.ms"))
    for said in (
        f"cut to {LENGTH} hexadecimal digits",
        f"changes of status {write_duration(MONTHS_KEPT)}",
        f"within {write_duration(lag)} of the next segment (`max.compaction.lag.ms`, `segment.ms` {closed // 60_000}min)",
        f"remembered for {write_duration(kept)} more",
        *(f"`{word}`" for word in AGENT_FIGURES),
    ):
        assert said in text, said
