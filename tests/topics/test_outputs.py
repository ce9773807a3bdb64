"""What the processors really send is what the contract says: a simulated day through all stages, each record held to its schema."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import orjson
import pytest

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.contacts import ContactStage
from stream.core.events import Event
from stream.core.ledger import Ledger
from stream.core.topology import SCOPE_FACTS
from stream.simulator.day import simulate
from stream.wire.codec import decode, encode
from stream.wire.topics import REPOSITORY
from tests.topics.test_contract import FILES, problem

DEPLOY = REPOSITORY.parent / "deploy"
CHUNK = 500
MOST_CHECKED = 400

Sent = dict[str, list[tuple[bytes, dict[str, Any]]]]


@pytest.fixture(scope="module")
def day() -> list[Event]:
    """The events of a simulated day, in order."""
    return list(simulate(read_centre(DEPLOY / "centre.yaml"), scale=0.1).events)


@pytest.fixture(scope="module")
def sent(day: list[Event]) -> Sent:
    """Every record that the day brings forth, as JSON, by topic."""
    centre = read_centre(DEPLOY / "centre.yaml")
    ledger = Ledger(centre, read_standards(DEPLOY / "standards.yaml", centre))
    out: Sent = defaultdict(list)
    stage = ContactStage(centre, 0, 1, played=True)
    for start in range(0, len(day), CHUNK):
        part = day[start : start + CHUNK]
        found = ledger.fold(part, part[-1].time - 1, final=start + CHUNK >= len(day))
        found += ledger.scopes.tick(0)
        found += stage.fold([event for event in part if not event.type.startswith("agent.")], start)
        for topic, key, record in found:
            out[topic].append((key, orjson.loads(orjson.dumps(record))))
    return out


def schema_of(topic: str, key: bytes, record: dict[str, Any]) -> str:
    """Which of the topic's schemas the record follows."""
    if topic == SCOPE_FACTS:
        return "facts" if "f" in record else "facts_time"
    if key.startswith(b"!watermark/"):
        return "watermark"
    return {"queue-readings": "reading", "queue-intervals": "interval", "standard-breaches": "breach"}[topic]


def test_a_simulated_day_is_valid_on_the_wire(day: list[Event]) -> None:
    """The decoder and the schemas take every event that the simulator makes."""
    for event in day[::5]:
        key, value, headers = encode(event, "simulator")
        assert event.data == decode(value, headers, key).data
        assert problem(event.type, event.data) is None


@pytest.mark.parametrize("topic", ["scope-facts", "queue-readings", "queue-intervals", "standard-breaches"])
def test_what_is_sent_follows_the_contract(sent: Sent, topic: str) -> None:
    """Each record is valid by its schema, and none has a field that the schema does not name."""
    assert sent[topic]
    for key, record in sent[topic][:: max(1, len(sent[topic]) // MOST_CHECKED)]:
        schema = schema_of(topic, key, record)
        assert problem(schema, record) is None, json.dumps(record)
        assert set(record) <= set(FILES[f"{schema}.v1.schema.json"]["properties"])


def test_breaches_are_known_by_their_id(sent: Sent) -> None:
    """The record's key is the breach's id, and its revisions count from 1."""
    revisions: dict[str, list[int]] = defaultdict(list)
    for key, record in sent["standard-breaches"]:
        assert key.decode() == record["id"]
        revisions[record["id"]].append(record["revision"])

    assert {identity: list(range(1, len(found) + 1)) for identity, found in revisions.items()} == dict(revisions)


def test_a_breach_of_events_in_order_is_told_once_when_it_fires_and_once_when_it_is_over(sent: Sent) -> None:
    """No record is repeated, corrected or withdrawn; one that is still open at the end of the day has only fired."""
    courses: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for _, record in sent["standard-breaches"]:
        courses[record["id"]].append((record["status"], record["revision"]))
    assert courses
    allowed = [[("firing", 1)], [("firing", 1), ("resolved", 2)]]
    assert {} == {identity: course for identity, course in courses.items() if course not in allowed}
