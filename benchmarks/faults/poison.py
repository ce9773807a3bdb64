"""Poisoned records in the middle of batches: each has to come out as one dead letter, and the rest as if it had not been there."""

from __future__ import annotations

import time
from typing import Final

import orjson
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from benchmarks.faults.harms import Scene
from stream.config.settings import Settings
from stream.core.events import Event
from stream.wire.codec import AGENT_TOPIC, CONTACT_TOPIC, encode
from stream.wire.dead_letters import DEAD_LETTERS

Headers = list[tuple[str, bytes]]
Poison = tuple[str, str, bytes | None, bytes | None, Headers]
"""(reason, topic, key, value, headers)"""

Letter = tuple[str, str, int, int]
"""(reason, topic, partition, offset)"""

FACTS: Final = "scope-facts"
READ_SECONDS: Final = 30.0


def poisons() -> list[Poison]:
    """One record of each sort that nobody can read, and one that can be read and on which the fold raises."""
    offered = Event(917_848_967_000, "contact.offered", "p1", "poison|1", {"contact_id": "p1", "queue": "billing", "channel": "call"})
    state = Event(917_848_967_000, "agent.state_changed", "a1", "poison|2", {"agent_id": "a1", "state": "available", "queues": ["billing"]})
    key, value, headers = encode(offered, "poison")
    agent, state_value, state_headers = encode(state, "poison")
    queueless = orjson.dumps({"contact_id": "p1", "channel": "call"})
    unfoldable = {"s": "contacts/0", "o": 10**12, "i": 0, "k": "queue=billing", "f": [["no fact"]]}
    return [
        ("undecodable", CONTACT_TOPIC, key, b"{no json", headers),
        ("undecodable", CONTACT_TOPIC, key, value, []),
        ("undecodable", CONTACT_TOPIC, key, None, headers),
        ("unknown_type", CONTACT_TOPIC, key, value, _with(headers, "ce_type", b"com.example.unheard.of")),
        ("missing_field", CONTACT_TOPIC, key, queueless, headers),
        ("missing_field", CONTACT_TOPIC, None, value, headers),
        ("bad_value", CONTACT_TOPIC, b"another", value, headers),
        ("bad_value", CONTACT_TOPIC, key, value, _with(headers, "ce_time", b"yesterday")),
        ("bad_value", CONTACT_TOPIC, key, value, _with(headers, "ce_time", b"0001-01-01T00:00:00Z")),
        ("bad_value", CONTACT_TOPIC, key, value, _with(headers, "ce_time", b"9999-12-31T23:59:59Z")),
        ("bad_value", CONTACT_TOPIC, agent, state_value, state_headers),
        ("bad_value", AGENT_TOPIC, key, value, headers),
        ("undecodable", AGENT_TOPIC, agent, b"\xff\xfe", state_headers),
        ("undecodable", FACTS, b"queue=billing", b"{", []),
        ("fold_failed", FACTS, b"queue=billing", orjson.dumps(unfoldable), []),
    ]


def _with(headers: Headers, name: str, value: bytes) -> Headers:
    return [(each, value if each == name else text) for each, text in headers]


def poison(scene: Scene) -> None:
    """While no worker runs, the topics fill; the poison lies in the middle of what the next workers read at once."""
    play = scene.play
    sent: list[Letter] = []
    for _ in range(1 if scene.small else 2):
        scene.moment(1.0, 3.0)
        stopped = list(play.workers)
        for worker in stopped:
            play.end(worker)
        scene.moment(0.5, 1.5)
        sent += _send(scene)
        scene.moment(0.5, 1.5)
        for worker in stopped:
            play.workers.append(worker)
            worker.start()
        play.fault("poison")
        play.ready()
    play.finish(scene.end)
    scene.wrong += _unlike(sent, letters(play.settings, len(sent)))


def _send(scene: Scene) -> list[Letter]:
    sent = []
    settings = scene.play.settings
    producer = KafkaProducer(**settings.for_kafka_python(), acks="all")
    try:
        for reason, topic, key, value, headers in scene.chance.sample(poisons(), k=len(poisons())):
            part = scene.chance.randrange(settings.partitions)
            written = producer.send(settings.topic(topic), value, key, headers, partition=part).get(timeout=30)
            sent.append((reason, written.topic, written.partition, written.offset))
    finally:
        producer.close()
    return sent


def letters(settings: Settings, least: int) -> list[Letter]:
    """Read dead-letters to its end, and on until at least so many are there: reason, topic, partition, offset of each."""
    consumer = KafkaConsumer(**settings.for_kafka_python(), isolation_level="read_committed", enable_auto_commit=False)
    try:
        topic = settings.topic(DEAD_LETTERS)
        parts = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        ends = consumer.end_offsets(parts)
        found: list[Letter] = []
        until = time.monotonic() + READ_SECONDS
        while time.monotonic() < until and (len(found) < least or any(consumer.position(part) < ends[part] for part in parts)):
            for records in consumer.poll(timeout_ms=200).values():
                for record in records:
                    letter = orjson.loads(record.value)
                    found.append((letter["reason"], letter["topic"], letter["partition"], letter["offset"]))
        return found
    finally:
        consumer.close()


def _unlike(sent: list[Letter], found: list[Letter]) -> list[str]:
    """Each dead letter that is missing, comes twice, or is of nothing that was poisoned."""
    out = [f"dead-letters: {one} is there {found.count(one)} times" for one in sorted(set(sent)) if found.count(one) != 1]
    return out + [f"dead-letters: {one} was not poisoned" for one in sorted(set(found) - set(sent))]
