"""What must be there before a worker starts: a broker that answers, the declared topics, and the changelogs of the stages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from stream.config.settings import Settings
from stream.errors import BrokerMissing, PartMissing, WrongUse
from stream.live.processors import OUTPUTS, SOURCES, TIMED
from stream.wire.topics import CHANGELOG_CONFIG

SETTLE_SECONDS: Final = 30.0
FACTS: Final = "scope-facts"
TIMESTAMPS: Final = "message.timestamp.type"
APPENDED: Final = "LogAppendTime"


def changelog_name(settings: Settings, processor: str) -> str:
    """The changelog topic of a processor: Faust's own naming."""
    return f"{settings.installation}-{processor}-changelog"


@asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**settings.for_aiokafka(), client_id=f"{settings.installation}-preflight")
    try:
        try:
            await admin.start()
        except (KafkaError, OSError) as refused:
            problem = (
                f"No Kafka broker answers at {settings.bootstrap_servers}: start one with `answerable broker start`, "
                "or set ANSWERABLE_BOOTSTRAP_SERVERS."
            )
            raise BrokerMissing(problem) from refused
        yield admin
    except KafkaError as error:
        raise PartMissing(f"Kafka at {settings.bootstrap_servers} refuses what the worker needs: {error!r}.") from error
    finally:
        await admin.close()


async def check(settings: Settings) -> int:
    """Check the topics and make the changelogs that are not there; give the count of partitions that all of them share.

    Raises BrokerMissing, PartMissing or WrongUse.
    """
    async with _admin(settings) as admin:
        sources = [settings.topic(name) for name in SOURCES.values()]
        counts = await _counts(admin, {*sources, *(settings.topic(name) for name in OUTPUTS)})
        partitions = _shared(counts, sources)
        if settings.clock != "played":
            await _check_times(admin, [settings.topic(SOURCES[name]) for name in sorted(TIMED)])
        await _make_changelogs(admin, settings, partitions)
    return partitions


async def _counts(admin: AIOKafkaAdminClient, wanted: set[str]) -> dict[str, int]:
    """How many partitions each topic has. Raises PartMissing where one is not there."""
    missing = sorted(wanted - set(await admin.list_topics()))
    if missing:
        problem = f"The topics {', '.join(missing)} are not there: make them with `answerable topics apply`."
        raise PartMissing(problem)
    return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics(sorted(wanted))}


def _shared(counts: Mapping[str, int], sources: Iterable[str]) -> int:
    found = {topic: counts[topic] for topic in sources}
    if len(set(found.values())) != 1:
        said = ", ".join(f"{topic} has {count}" for topic, count in found.items())
        problem = f"The input topics must have one count of partitions, but {said}: make the smaller ones anew."
        raise WrongUse(problem)
    return next(iter(found.values()))


async def _check_times(admin: AIOKafkaAdminClient, topics: Sequence[str]) -> None:
    """On the wall clock, when the last record was appended says how far time may move on while others wait to be read."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic, {TIMESTAMPS: None}) for topic in topics]
    for response in await admin.describe_configs(resources):
        for code, _, _, topic, entries in response.resources:
            if code:
                problem = f"The configuration of {topic} cannot be read ({for_code(code).__name__}): allow this user to describe it."
                raise PartMissing(problem)
            found = {name: value for name, value, *_ in entries}.get(TIMESTAMPS)
            if found != APPENDED:
                problem = (
                    f"{topic} keeps its producers' times ({TIMESTAMPS} is {found}), and the wall clock needs the broker's ({APPENDED}): "
                    "run `answerable topics apply`."
                )
                raise PartMissing(problem)


async def _make_changelogs(admin: AIOKafkaAdminClient, settings: Settings, partitions: int) -> None:
    names = [changelog_name(settings, processor) for processor in SOURCES]
    there = set(names) & set(await admin.list_topics())
    for topic in await admin.describe_topics(sorted(there)) if there else []:
        if len(topic["partitions"]) != partitions:
            problem = (
                f"The state in {topic['topic']} has {len(topic['partitions'])} partitions, the topics have {partitions}: "
                "give the topics the old count again, or run the worker with --rebuild."
            )
            raise WrongUse(problem)
    new = [
        NewTopic(name, num_partitions=partitions, replication_factor=settings.replication_factor, topic_configs=dict(CHANGELOG_CONFIG))
        for name in names
        if name not in there
    ]
    if new:
        _check_made(await admin.create_topics(new))


def _check_made(response: Any) -> None:
    for name, code, *_ in response.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            problem = f"The changelog topic {name} cannot be made: {for_code(code).__name__}."
            raise PartMissing(problem)


async def forget_state(settings: Settings) -> None:
    """For --rebuild: delete the state and the facts between the stages, so that all of it is made anew from the input topics.

    Raises WrongUse while a worker of this installation runs.
    """
    async with _admin(settings) as admin:
        for response in await admin.describe_consumer_groups([settings.installation]):
            for group in response.groups:
                if group[5]:
                    problem = f"{len(group[5])} workers of {settings.installation} are running: stop them before --rebuild."
                    raise WrongUse(problem)
        await _delete_changelogs(admin, settings)
        await _delete_facts(admin, settings)


async def _delete_changelogs(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    names = {changelog_name(settings, processor) for processor in SOURCES}
    there = names & set(await admin.list_topics())
    if not there:
        return
    await admin.delete_topics(sorted(there))
    for _ in range(int(SETTLE_SECONDS / 0.1)):
        if not names & set(await admin.list_topics()):
            return
        await asyncio.sleep(0.1)
    problem = "The old changelog topics do not go away: look at the broker's log, then try again."
    raise PartMissing(problem)


async def _delete_facts(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    topic = settings.topic(FACTS)
    consumer = aiokafka.AIOKafkaConsumer(**settings.for_aiokafka(), group_id=None)
    try:
        await consumer.start()
        counts = await _counts(admin, {topic})
        ends = await consumer.end_offsets([aiokafka.TopicPartition(topic, number) for number in range(counts[topic])])
    finally:
        await consumer.stop()
    await admin.delete_records({tp: RecordsToDelete(before_offset=end) for tp, end in ends.items() if end})
