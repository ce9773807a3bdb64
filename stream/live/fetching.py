"""Reads committed records of one partition as keys and values, in the batches in which they come.

aiokafka's consumer makes an object of eleven fields of each record, which takes several times as long as reading it. A changelog may
have millions of records, and of each only key and value are wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import aiokafka
from aiokafka.errors import LeaderNotAvailableError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.control_record import ABORT_MARKER, ControlRecord
from aiokafka.record.memory_records import MemoryRecords
from faust.types.tuples import TP

from stream.errors import StateUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiokafka.client import AIOKafkaClient

FETCH_BYTES: Final = 1024 * 1024
WAIT_MS: Final = 50
READ_COMMITTED: Final = 1
WITH_REPLICA: Final = 11
"""From this version of the answer on, a preferred replica stands between the transactions given up and the records."""


class Fetched(NamedTuple):
    """What came of one fetch."""

    pairs: list[tuple[bytes, bytes | None]]
    position: int
    """Where to read on."""
    at: int
    """When (ms) the last of it was written."""


async def fetch(client: AIOKafkaClient, tp: TP, position: int) -> Fetched:
    """Read what there is from `position` on, a fetch at most.

    Raises KafkaError where it can be tried again, StateUnreadable for a record that is damaged or has no key.
    """
    leader = client.cluster.leader_for_partition(aiokafka.TopicPartition(*tp))
    if leader is None or leader < 0:
        client.force_metadata_update()
        raise LeaderNotAvailableError(str(tp))
    topics = [(tp.topic, [(tp.partition, position, FETCH_BYTES)])]
    response = await client.send(leader, FetchRequest(WAIT_MS, 1, FETCH_BYTES, READ_COMMITTED, topics))
    ((_, ((_, code, *_, message_set),)),) = response.topics
    if code:
        client.force_metadata_update()
        raise for_code(code)(str(tp))
    ((_, ((_, _, _, *data),)),) = response.topics
    aborted = data[-3] if response.API_VERSION >= WITH_REPLICA else data[-2]
    return unpack(tp, position, message_set or b"", aborted or ())


def unpack(tp: TP, position: int, message_set: bytes, aborted: Iterable[tuple[int, int]]) -> Fetched:
    """The committed records in a message set from `position` on; `aborted`: (producer, first offset) of transactions given up."""
    pairs: list[tuple[bytes, bytes | None]] = []
    given_up = sorted(aborted, key=lambda one: one[1])
    producers: set[int] = set()
    at = 0
    records = MemoryRecords(message_set)
    while records.has_next():
        batch = records.next_batch()
        if not batch.validate_crc():
            raise StateUnreadable(_damaged(tp, batch))
        while given_up and given_up[0][1] <= batch.base_offset:
            producers.add(given_up.pop(0)[0])
        if batch.is_control_batch:
            if ControlRecord.parse(next(batch).key) == ABORT_MARKER:
                producers.discard(batch.producer_id)
        elif not (batch.is_transactional and batch.producer_id in producers):
            # A fetch begins with the whole batch in which the position lies.
            found = batch if batch.base_offset >= position else [record for record in batch if record.offset >= position]
            pairs += [(record.key, record.value) for record in found]
        position = max(position, batch.next_offset)
        at = batch.max_timestamp
    if any(key is None for key, _ in pairs):
        raise StateUnreadable(_keyless(tp, message_set))
    return Fetched(pairs, position, at)


def _damaged(tp: TP, batch: Any) -> str:
    return (
        f"A record of {tp.topic}, partition {tp.partition}, from offset {batch.base_offset} to {batch.next_offset - 1}, is damaged: "
        "restore the topic from a replica, or make the state anew with `answerable worker --rebuild`."
    )


def _keyless(tp: TP, message_set: bytes) -> str:
    records = MemoryRecords(message_set)
    offset = None
    while offset is None and records.has_next():
        offset = next((record.offset for record in records.next_batch() if record.key is None), None)
    return (
        f"Record {offset} of {tp.topic}, partition {tp.partition}, has no key, so no worker wrote it: "
        "find out who did, and make the state anew with `answerable worker --rebuild`."
    )
