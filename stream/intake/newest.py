"""The newest events of the topics, a bounded number of them, as the topics stand now. No group is joined and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.config.settings import Settings
from stream.core.events import CONTROLS, Event
from stream.errors import BrokerMissing, PartMissing, RejectedRecord
from stream.intake.causes import Causes
from stream.intake.kafka import BOOTSTRAP_TIMEOUT, admin_client, explain, partition_counts
from stream.wire.codec import decode

POLL_MS: Final = 1_000
SILENT_POLLS: Final = 30


def newest(settings: Settings, topics: Sequence[str], most: int) -> Iterator[Event]:
    """At most about `most` events of each topic, the newest of each partition; what cannot be read is passed over.

    Raises BrokerMissing or PartMissing.
    """
    with admin_client(settings) as client:
        counts = partition_counts(client)
    for topic in topics:
        if settings.topic(topic) not in counts:
            raise PartMissing(f"The topic {settings.topic(topic)} is not there: create it with `answerable topics apply`.")
    with Causes() as causes:
        try:
            consumer: Any = KafkaConsumer(
                **settings.for_kafka_python(),
                bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT,
                group_id=None,
                enable_auto_commit=False,
            )
            with closing(consumer):
                parts = {
                    TopicPartition(settings.topic(one), number): one for one in topics for number in range(counts[settings.topic(one)])
                }
                consumer.assign(list(parts))
                yield from _read(consumer, {part: -(-most // counts[part.topic]) for part in parts}, settings)
        except KafkaError as error:
            raise explain(error, settings, causes.errors) from error


def _read(consumer: Any, shares: dict[TopicPartition, int], settings: Settings) -> Iterator[Event]:
    first, ends = consumer.beginning_offsets(list(shares)), consumer.end_offsets(list(shares))
    for part, share in shares.items():
        consumer.seek(part, max(first[part], ends[part] - share))
    silent = 0
    while any(consumer.position(part) < ends[part] for part in shares):
        batches = consumer.poll(POLL_MS)
        silent = 0 if batches else silent + 1
        if silent > SILENT_POLLS:
            raise BrokerMissing(f"Kafka at {settings.bootstrap_servers} gives nothing more: look after its brokers.")
        for part, batch in batches.items():
            for record in batch:
                if record.offset < ends[part] and (event := _event(record)) is not None:
                    yield event


def _event(record: Any) -> Event | None:
    try:
        event = decode(record.value, record.headers, record.key)
    except RejectedRecord:
        return None
    return None if event.type in CONTROLS else event
