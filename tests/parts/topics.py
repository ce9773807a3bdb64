"""What lies in topics, read to their end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from stream.config.settings import Settings


def records_of(settings: Settings, topics: Iterable[str]) -> list[Any]:
    """All records of an installation's topics, as kafka-python gives them; those of a partition are in their order."""
    consumer = KafkaConsumer(**settings.for_kafka_python(), auto_offset_reset="earliest", enable_auto_commit=False)
    try:
        parts = [TopicPartition(settings.topic(topic), number) for topic in topics for number in range(settings.partitions)]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        left = sum(consumer.end_offsets(parts).values())
        found: list[Any] = []
        while len(found) < left:
            for records in consumer.poll(timeout_ms=500, max_records=10_000).values():
                found += records
        return found
    finally:
        consumer.close()
