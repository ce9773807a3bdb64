"""What must be there before a worker starts: a broker that answers, the declared topics, and the changelogs of the stages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from stream.config.settings import Settings
from stream.core.topology import SOURCES
from stream.errors import BrokerMissing, PartMissing, WrongUse
from stream.live.changelogs import changelog_name
from stream.live.processors import OUTPUTS, TIMED
from stream.wire.topics import CHANGELOG_CONFIG

TIMESTAMPS: Final = "message.timestamp.type"
APPENDED: Final = "LogAppendTime"


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
                "give the topics the old count again, or make state anew with --rebuild under a new --application-id."
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
