"""`answerable worker --rebuild`: state anew from the input topics, under an application id that has none.

The topics of events are read from their beginning. Those of facts are not: they hold what the workers before sent, and all of it
comes again. So where the new state begins in them is written into the changelogs first, for all partitions in one
transaction, before any worker of the new id processes anything. Whoever begins a rebuild under the same id at the same moment
starts the same transactional producer: of two only one commits, and who comes after it finds state and is refused.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from time import monotonic, sleep
from typing import Any, Final

import aiokafka
from faust.types.tuples import TP
from kafka import IsolationLevel, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import UnknownTopicOrPartitionError

from stream.config.settings import Settings
from stream.core.stage import MARK
from stream.core.topology import FACT_TOPICS, SCOPE_FACTS, SOURCES
from stream.errors import PartMissing, WrongUse
from stream.intake.kafka import admin_client
from stream.live.changelogs import changelog_name
from stream.live.transactions import TRANSACTION_TIMEOUT_MS, NotCommittedError, Record, Writer

READERS: Final = {topic: name for name, topic in SOURCES.items() if topic in FACT_TOPICS}
"""The processor that reads each topic of facts, and so has the marks."""

POLL_MS: Final = 200
SPARE_SECONDS: Final = 5.0
"""What the broker may take to end a transaction that is given up, or to hear of a new topic."""


async def begin_rebuild(settings: Settings, partitions: int) -> None:
    """Write where the new state begins in the topics of facts. The topics and changelogs are there.

    Raises WrongUse where there is state under this application id, or another worker is active.
    """
    await _refuse_state(settings, partitions)
    await asyncio.to_thread(_refuse_workers, settings)
    writer = Writer(settings.for_aiokafka(), f"{settings.installation}-rebuild", settings.installation)
    try:
        await writer.start()
        # Again, because only now nobody else can commit the same.
        await _refuse_state(settings, partitions)
        ends = await _ends(settings, [settings.topic(topic) for topic in READERS], partitions, "read_committed")
        changelogs = {settings.topic(topic): changelog_name(settings, reader) for topic, reader in READERS.items()}
        await writer.commit({TP(changelogs[tp.topic], tp.partition): [Record(MARK, b"%d" % end)] for tp, (_, end) in ends.items()}, {})
    except NotCommittedError as failed:
        if failed.fenced:
            problem = f"Another worker begins to rebuild {settings.application_id} at this moment: start this one without --rebuild."
            raise WrongUse(problem) from failed
        problem = f"Where the new state begins could not be written ({failed}): start the worker again."
        raise PartMissing(problem) from failed
    finally:
        await writer.stop()


async def refuse_foreign_facts(settings: Settings, partitions: int) -> None:
    """Raise WrongUse for a first start without --rebuild where topics of facts hold what workers of another application id sent.

    They would be counted, and come again. The facts are looked at first: whoever wrote some of this application id has written
    to its changelogs before.
    """
    found = await _ends(settings, [settings.topic(topic) for topic in READERS], partitions, "read_committed")
    full = sorted({tp.topic for tp, (begin, end) in found.items() if begin < end})
    if not full or await _has_state(settings, partitions):
        return
    problem = (
        f"{full[0]} holds facts of another application id, and there is no state under {settings.application_id}: "
        "set the old application id, or start one worker with --rebuild, which leaves those facts out."
    )
    raise WrongUse(problem)


async def _refuse_state(settings: Settings, partitions: int) -> None:
    if await _has_state(settings, partitions):
        problem = (
            f"There is state under the application id {settings.application_id}, and --rebuild makes state under a new one: say "
            f"--application-id {_next(settings.application_id)} here and to the other workers, or start without --rebuild."
        )
        raise WrongUse(problem)


def _next(name: str) -> str:
    """A name that the user may take: the number at its end, one up."""
    stem, number = re.fullmatch(r"(.*?)(?:-(\d+))?", name).groups()  # type: ignore[union-attr]  # it fits every name
    return f"{stem}-{int(number or 1) + 1}"


async def _has_state(settings: Settings, partitions: int) -> bool:
    """Whether the changelogs hold any record that was committed, once the transactions under way are over."""
    names = [changelog_name(settings, processor) for processor in SOURCES]
    written = await _ends(settings, names, partitions, "read_uncommitted")
    committed = await _ends(settings, names, partitions, "read_committed")
    deadline = monotonic() + TRANSACTION_TIMEOUT_MS / 1000 + SPARE_SECONDS
    while any(committed[tp][1] < end for tp, (_, end) in written.items()):
        if monotonic() > deadline:
            return True
        await asyncio.sleep(0.1)
        committed = await _ends(settings, names, partitions, "read_committed")
    left = {aiokafka.TopicPartition(*tp): end for tp, (begin, end) in committed.items() if begin < end}
    return bool(left) and await _has_record(settings, left)


async def _has_record(settings: Settings, left: Mapping[Any, int]) -> bool:
    """Whether there is a committed record in these partitions before the ends given."""
    consumer = aiokafka.AIOKafkaConsumer(
        **settings.for_aiokafka(), group_id=None, isolation_level="read_committed", auto_offset_reset="earliest", fetch_max_wait_ms=50
    )
    try:
        await consumer.start()
        consumer.assign(list(left))
        while left:
            if await consumer.getmany(*left, timeout_ms=POLL_MS):
                return True
            left = {tp: end for tp, end in left.items() if await consumer.position(tp) < end}
    finally:
        await consumer.stop()
    return False


async def _ends(settings: Settings, topics: Iterable[str], partitions: int, isolation: str) -> dict[TP, tuple[int, int]]:
    """The first offset and the end of each partition of the topics."""
    return await asyncio.to_thread(_bounds, settings, list(topics), partitions, IsolationLevel[isolation.upper()])


def _bounds(settings: Settings, topics: list[str], partitions: int, isolation: IsolationLevel) -> dict[TP, tuple[int, int]]:
    tps = [TopicPartition(topic, number) for topic in topics for number in range(partitions)]
    deadline = monotonic() + SPARE_SECONDS
    with admin_client(settings) as client:
        while True:
            try:
                begins = client.list_partition_offsets(dict.fromkeys(tps, OffsetSpec.EARLIEST), isolation)
                ends = client.list_partition_offsets(dict.fromkeys(tps, OffsetSpec.LATEST), isolation)
            except UnknownTopicOrPartitionError:  # a broker hears of a new topic a moment after it was made
                if monotonic() > deadline:
                    raise
                sleep(0.1)
            else:
                return {TP(tp.topic, tp.partition): (begins[tp].offset, ends[tp].offset) for tp in tps}


def _refuse_workers(settings: Settings) -> None:
    """Raise WrongUse while workers, of whatever application id, read our facts by scope: they would write the same readings."""
    facts = settings.topic(SCOPE_FACTS)
    with admin_client(settings) as client:
        groups = client.describe_groups([one["group_id"] for one in client.list_groups()])
    for name, group in groups.items():
        active = [one for one in group["members"] if facts in _assigned(one)]
        if active:
            count = "1 worker" if len(active) == 1 else f"{len(active)} workers"
            problem = f"{count} of {name} still read{'s' if len(active) == 1 else ''} {facts}: stop all workers before --rebuild."
            raise WrongUse(problem)


def _assigned(member: Mapping[str, Any]) -> set[str]:
    """The topics of which a member of a group has partitions; none while its group decides."""
    assignment = member.get("member_assignment")
    return {one["topic"] for one in assignment["assigned_partitions"]} if isinstance(assignment, Mapping) else set()
