"""Taking record batches from aiokafka's fetcher gives the records that its consumer gives."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import aiokafka
import pytest
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from stream.config.settings import Settings
from stream.embedded.broker import Broker
from stream.intake.kafka import admin_client
from stream.live.reading import _unpacked, take

Known = tuple[int, int, bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]
ROUNDS = 30
A_ROUND = 20


async def write(settings: Settings, topic: str) -> None:
    """Transactions that are committed and given up, in turns, and records outside of any."""
    producer = aiokafka.AIOKafkaProducer(**settings.for_aiokafka(), transactional_id=f"{topic}-writer")
    plain = aiokafka.AIOKafkaProducer(**settings.for_aiokafka())
    await producer.start()
    await plain.start()
    for number in range(ROUNDS):
        await producer.begin_transaction()
        for key in range(A_ROUND):
            headers = [("ce_id", b"%d" % key), ("ce_type", b"some")]
            await producer.send(topic, b"%d" % number * 1_000, b"%d-%d" % (number, key), partition=0, headers=headers)
        await producer.flush()
        await (producer.abort_transaction() if number % 3 == 1 else producer.commit_transaction())
        await plain.send_and_wait(topic, b"plain", None, partition=0)
    await producer.stop()
    await plain.stop()


def consumer_of(settings: Settings) -> Any:
    """A consumer whose fetches are small, so that it takes several."""
    return aiokafka.AIOKafkaConsumer(
        **settings.for_aiokafka(), isolation_level="read_committed", group_id=None, max_partition_fetch_bytes=100_000
    )


def known(records: list[Any]) -> list[Known]:
    """What the worker looks at."""
    return [(one.offset, one.timestamp, one.key, one.value, tuple(one.headers)) for one in records]


async def read(settings: Settings, tp: aiokafka.TopicPartition, begin: int) -> tuple[list[Known], list[Known], int, int, bool]:
    """Both ways of reading from an offset on, where they end, and whether ours waits no longer than it should for nothing."""
    theirs, ours = consumer_of(settings), consumer_of(settings)
    found: tuple[list[Known], list[Known]] = [], []
    for consumer in (theirs, ours):
        await consumer.start()
        consumer.assign([tp])
        consumer.seek(tp, begin)
    end = (await theirs.end_offsets([tp]))[tp]
    while await theirs.position(tp) < end:
        for records in (await theirs.getmany(timeout_ms=200)).values():
            found[0].extend(known(records))
    while await ours.position(tp) < end:
        for records, size in (await take(ours._fetcher, {tp}, 0.2)).values():
            assert 0 < size <= 200_000
            found[1].extend(known(records))
    idle = await take(ours._fetcher, {tp}, 0.05) == {} == await take(ours._fetcher, {tp}, 0)
    position = await ours.position(tp)
    await theirs.stop()
    await ours.stop()
    return *found, end, position, idle


@pytest.mark.parametrize("begin", [0, 7])
def test_records_are_those_that_the_consumer_gives(broker: Broker, begin: int) -> None:
    """On the real broker, from the beginning and from the middle of a batch, without transactions that were given up."""
    settings = Settings(bootstrap_servers=broker.bootstrap)
    topic = f"reading-{uuid4().hex[:8]}"
    with admin_client(settings) as client:
        client.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    asyncio.run(write(settings, topic))
    theirs, ours, end, position, idle = asyncio.run(read(settings, aiokafka.TopicPartition(topic, 0), begin))
    assert theirs == ours
    assert (ROUNDS - ROUNDS // 3) * A_ROUND + ROUNDS - begin == len(ours)
    assert (end, True) == (position, idle)


def test_a_damaged_batch_is_told() -> None:
    """As aiokafka tells it, so that nothing of it is folded."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 100_000)
    builder.append(0, timestamp=1, key=b"a", value=b"2222", headers=[])
    log = bytes(builder.build())
    tp = aiokafka.TopicPartition("topic", 0)

    def fetched(message_set: bytes) -> PartitionRecords:
        return PartitionRecords(tp, MemoryRecords(message_set), [], 0, None, None, True, READ_COMMITTED)

    assert [b"2222"] == [record.value for record in _unpacked(tp, fetched(log))]
    with pytest.raises(CorruptRecordException):
        _unpacked(tp, fetched(log.replace(b"2222", b"2322")))


def test_records_of_an_older_form_are_read() -> None:
    """An old broker, or an old topic, has batches without transactions."""
    builder = LegacyRecordBatchBuilder(1, 0, 100_000)
    for offset in range(3):
        builder.append(offset, timestamp=offset, key=b"k", value=b"%d" % offset)
    fetched = PartitionRecords(aiokafka.TopicPartition("topic", 0), MemoryRecords(bytes(builder.build())), [], 1, None, None, True, 1)
    assert [(1, b"1"), (2, b"2")] == [(record.offset, record.value) for record in _unpacked(fetched._tp, fetched)]
    assert 3 == fetched.next_fetch_offset
