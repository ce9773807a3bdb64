"""Takes what aiokafka has fetched, a record batch at a time.

aiokafka's own way makes an object of eleven fields of each record, one by one through two generators: that takes longer than reading
the record. Here the records stay as its C code reads them: `offset`, `timestamp`, `key`, `value` and `headers`.
"""

# ruff: noqa: SLF001 - aiokafka offers no way to its batches, and Faust's own driver reads its fetcher as well

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any

from aiokafka.consumer.fetcher import Fetcher, FetchResult
from aiokafka.errors import CorruptRecordException

if TYPE_CHECKING:
    from collections.abc import Container

    from aiokafka import TopicPartition
    from aiokafka.consumer.fetcher import PartitionRecords


async def take(fetcher: Fetcher, ready: Container[TopicPartition], seconds: float) -> dict[TopicPartition, tuple[list[Any], int]]:
    """The committed records that were fetched of `ready`, by partition, with their bytes; it waits up to `seconds` for any.

    Does what `Fetcher.fetched_records` does, and raises what it raises.
    """
    until = monotonic() + seconds
    while True:
        if fetcher._subscriptions.reassignment_in_progress:
            await fetcher._subscriptions.wait_for_assignment()
        found = _taken(fetcher, ready)
        left = until - monotonic()
        if found or left <= 0:
            return found
        waiter = fetcher._create_fetch_waiter()
        await asyncio.wait([waiter], timeout=left)
        if not waiter.done() or fetcher._closed:
            waiter.cancel()
            return {}
        waiter.result()  # which raises where the consumer may not read


def _taken(fetcher: Fetcher, ready: Container[TopicPartition]) -> dict[TopicPartition, tuple[list[Any], int]]:
    found: dict[TopicPartition, tuple[list[Any], int]] = {}
    for tp, result in list(fetcher._records.items()):
        if tp not in ready:
            if not fetcher._subscriptions.is_assigned(tp):
                del fetcher._records[tp]
            continue
        if not isinstance(result, FetchResult) and found:
            return found  # the error comes with the next call
        del fetcher._records[tp]
        fetcher._notify(fetcher._wait_consume_future)
        if not isinstance(result, FetchResult):
            result.check_raise()
        elif result.check_assignment(tp):
            size = result._partition_records._records.size_in_bytes()
            records = _unpacked(tp, result._partition_records)
            result._update_position()
            if records:
                found[tp] = records, size
    return found


def _unpacked(tp: TopicPartition, fetched: PartitionRecords) -> list[Any]:
    """The records that are not of a transaction given up; `next_fetch_offset` follows. Raises CorruptRecordException."""
    out: list[Any] = []
    while fetched._records.has_next():
        batch = fetched._records.next_batch()
        if not batch.validate_crc():
            raise CorruptRecordException(f"Invalid CRC - {tp}")
        position = fetched.next_fetch_offset
        legacy = batch.producer_id is None  # of a form that knows no transactions, nor the offset of a batch
        if not legacy:
            fetched._consume_aborted_up_to(batch.base_offset)
        if batch.is_control_batch:
            if fetched._contains_abort_marker(batch):
                fetched._aborted_producers.discard(batch.producer_id)
        elif not (batch.is_transactional and batch.producer_id in fetched._aborted_producers):
            # A fetch begins with the whole batch in which the position lies.
            whole = not legacy and batch.base_offset >= position
            out += batch if whole else [record for record in batch if record.offset >= position]
        fetched.next_fetch_offset = max(position, batch.next_offset)
    return out
