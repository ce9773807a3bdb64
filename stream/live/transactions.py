"""Kafka transactions: one transactional producer per partition number, and Faust's hooks that start and end it.

The transactional id belongs to the partition *number*, because Faust's assignor gives number i of all topics of events and of
facts to one worker. A producer is started on an assignment only, for partitions that were kept too: starting it fences
whoever held the number before. A producer that met an error is never used or started again: its partition ends until the next
assignment, where recovery reads what was really committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import aiokafka
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    IllegalOperation,
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
from faust.transport.consumer import TransactionManager
from faust.types.tuples import TP

from stream.errors import PartMissing

if TYPE_CHECKING:
    from stream.live.app import CentreApp

TRANSACTION_TIMEOUT_MS: Final = 15_000
REFUSED: Final = (
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
"""Errors that trying again does not mend."""

STOP_TIMEOUT: Final = 5.0
COMMIT_TIMEOUT: Final = 30.0
"""Seconds; the broker aborts a transaction of its own accord after TRANSACTION_TIMEOUT_MS."""

MAX_BATCH_BYTES: Final = 900_000


class Record(NamedTuple):
    """What is written to one partition of a topic."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


Writes = Mapping[TP, Sequence[Record]]


class NotCommittedError(Exception):
    """A transaction was not, or may not have been, committed; `fenced` where another worker has taken the partition over."""

    def __init__(self, why: str, *, fenced: bool) -> None:
        """Keep why."""
        super().__init__(why)
        self.fenced = fenced


class Writer:
    """The transactional producer of one partition number."""

    def __init__(self, connection: Mapping[str, Any], transactional_id: str, group: str) -> None:
        """Prepare; nothing is sent before `start`."""
        self._group = group
        self._producer = aiokafka.AIOKafkaProducer(
            **connection,
            client_id=transactional_id,
            transactional_id=transactional_id,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            enable_idempotence=True,
            acks="all",
            max_batch_size=MAX_BATCH_BYTES,
            max_request_size=4 * 1024 * 1024,
            request_timeout_ms=20_000,
            retry_backoff_ms=50,
        )

    async def start(self) -> None:
        """Start, and so fence whoever held this transactional id; a transaction of theirs that is open is aborted."""
        await self._producer.start()

    async def stop(self) -> None:
        """Close the connections; an open transaction is left to its time-out or to the next owner."""
        try:
            await asyncio.wait_for(self._producer.stop(), STOP_TIMEOUT)
        except (TimeoutError, KafkaError):
            await self._producer.client.close()

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        return len(await self._producer.partitions_for(topic))

    async def commit(self, writes: Writes, offsets: Mapping[TP, int]) -> dict[TP, int]:
        """Write everything in one transaction; give the end offset of each partition written to.

        Raises NotCommittedError; the writer must not be used after it.
        """
        try:
            return await asyncio.wait_for(self._commit(writes, offsets), COMMIT_TIMEOUT)
        except (ProducerFenced, IllegalOperation) as fenced:
            # aiokafka tells the fencing once; whatever else was under way finds itself outside of a transaction.
            raise NotCommittedError(repr(fenced), fenced=True) from fenced
        except REFUSED as refused:
            problem = f"Kafka refuses to write what the worker made ({refused!r}): grant it the topics, or raise their max.message.bytes."
            raise PartMissing(problem) from refused
        except (KafkaError, TimeoutError, AssertionError, OSError) as unknown:
            raise NotCommittedError(repr(unknown), fenced=False) from unknown

    async def _commit(self, writes: Writes, offsets: Mapping[TP, int]) -> dict[TP, int]:
        producer = self._producer
        await producer.begin_transaction()
        sent: list[tuple[TP, int, asyncio.Future[Any]]] = []
        for tp, records in writes.items():
            for builder in self._batches(records):
                count = builder.record_count()
                sent.append((tp, count, await producer.send_batch(builder, tp.topic, partition=tp.partition)))
        metadata = await asyncio.gather(*(future for _, _, future in sent))
        if offsets:
            committed = {aiokafka.TopicPartition(tp.topic, tp.partition): offset for tp, offset in offsets.items()}
            await producer.send_offsets_to_transaction(committed, self._group)
        await producer.commit_transaction()
        ends: dict[TP, int] = {}
        for (tp, count, _), written in zip(sent, metadata, strict=True):
            # The marker of the commit takes one offset more.
            ends[tp] = max(ends.get(tp, 0), written.offset + count + 1)
        return ends

    def _batches(self, records: Iterable[Record]) -> list[Any]:
        batches = [self._producer.create_batch()]
        for record in records:
            headers = list(record.headers)
            if batches[-1].append(key=record.key, value=record.value, timestamp=None, headers=headers) is None:
                batches.append(self._producer.create_batch())
                batches[-1].append(key=record.key, value=record.value, timestamp=None, headers=headers)
        return batches


class Checkpoints(TransactionManager):
    """Faust's hooks around a rebalance, handed on to the partitions of this worker; Faust's own commits are not used."""

    app: CentreApp

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Wait for the transactions under way, and let no new one begin."""
        await self.app.holding.suspend()

    async def on_rebalance(self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP]) -> None:
        """Take over the new assignment; fencing and recovery follow outside of the callback, because no heartbeat runs in it."""
        await self.app.holding.assign(assigned)

    async def commit(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:  # noqa: FBT001, FBT002 - Faust's signature
        """Nothing: a batch commits its own offset."""
        return True

    async def on_stop(self) -> None:
        """End every partition."""
        await self.app.holding.close()
