"""Reading a changelog in raw batches gives what aiokafka's own consumer gives."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import aiokafka
import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from faust.types.tuples import TP

from stream.config.settings import Settings
from stream.embedded.broker import Broker
from stream.errors import StateUnreadable
from stream.intake.kafka import admin_client
from stream.live.fetching import fetch, unpack

HERE = TP("changelog", 2)
Pair = tuple[bytes | None, bytes | None]


def batch(base: int, pairs: Sequence[Pair]) -> bytes:
    """A batch of records as it lies in a log, from offset `base` on."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 100_000)
    for number, (key, value) in enumerate(pairs):
        builder.append(number, timestamp=1_000 + number, key=key, value=value, headers=[])
    built = bytearray(builder.build())
    built[:8] = base.to_bytes(8, "big")  # outside of what the check sum covers, as the broker sets it
    return bytes(built)


def test_reading_begins_at_the_position() -> None:
    """A batch comes whole; what lies before the position in it is left out. An empty answer moves nothing."""
    log = batch(10, [(b"a", b"1"), (b"b", None)]) + batch(12, [(b"c", b"3")])
    assert ([(b"a", b"1"), (b"b", None), (b"c", b"3")], 13, 1_000) == unpack(HERE, 10, log, ())
    assert ([(b"b", None), (b"c", b"3")], 13, 1_000) == unpack(HERE, 11, log, ())
    assert ([], 11, 0) == unpack(HERE, 11, b"", ())


def test_what_cannot_be_read_is_told_with_its_place() -> None:
    """A check sum that does not match, and a record without a key."""
    log = batch(10, [(b"a", b"1")]) + batch(11, [(b"b", b"2222"), (b"c", b"3")])
    with pytest.raises(StateUnreadable, match="of changelog, partition 2, from offset 11 to 12, is damaged"):
        unpack(HERE, 10, log.replace(b"2222", b"2322"), ())
    with pytest.raises(StateUnreadable, match="Record 12 of changelog, partition 2, has no key"):
        unpack(HERE, 10, batch(10, [(b"a", b"1")]) + batch(11, [(b"b", b"2"), (None, b"3")]), ())


async def _write(settings: Settings, topic: str) -> None:
    """Transactions that are committed and given up, in turns, larger than a fetch altogether."""
    producer = aiokafka.AIOKafkaProducer(**settings.for_aiokafka(), transactional_id=f"{topic}-writer")
    await producer.start()
    for number in range(60):
        await producer.begin_transaction()
        sent = [await producer.send(topic, b"%d" % number * 1_000, b"%d-%d" % (number, key), partition=0) for key in range(20)]
        sent.append(await producer.send(topic, None, b"%d-0" % number, partition=0))
        await asyncio.gather(*sent)
        await (producer.abort_transaction() if number % 3 == 1 else producer.commit_transaction())
    await producer.stop()


async def _read(settings: Settings, topic: str) -> tuple[list[Pair], list[Pair], int]:
    """Both ways of reading, and in how many fetches ours came."""
    consumer = aiokafka.AIOKafkaConsumer(
        topic, **settings.for_aiokafka(), isolation_level="read_committed", auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    tp = aiokafka.TopicPartition(topic, 0)
    end = (await consumer.end_offsets([tp]))[tp]
    theirs: list[Pair] = []
    while await consumer.position(tp) < end:
        for records in (await consumer.getmany(timeout_ms=200)).values():
            theirs += [(record.key, record.value) for record in records]
    ours: list[Any] = []
    position = fetches = 0
    while position < end:
        found = await fetch(consumer._client, TP(topic, 0), position)
        ours += found.pairs
        position, fetches = found.position, fetches + 1
    await consumer.stop()
    return theirs, ours, fetches


def test_transactions_that_were_given_up_are_left_out(broker: Broker) -> None:
    """On the real broker, record by record as the consumer reads them."""
    settings = Settings(bootstrap_servers=broker.bootstrap)
    topic = f"fetching-{uuid4().hex[:8]}"
    with admin_client(settings) as client:
        client.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    asyncio.run(_write(settings, topic))
    theirs, ours, fetches = asyncio.run(_read(settings, topic))
    assert theirs == ours
    assert 40 * 21 == len(ours)
    assert fetches > 1
