"""What must be there before a worker starts: a broker that answers, the declared topics, and the changelogs of the stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code

from stream.errors import BrokerMissing, PartMissing, WrongUse
from stream.live.app import changelog_name
from stream.live.processors import OUTPUTS
from stream.wire.topics import CHANGELOG_CONFIG

if TYPE_CHECKING:
    from stream.config.settings import Settings
    from stream.live.section import Processor


async def check(settings: Settings, processors: Iterable[Processor]) -> int:
    """Check the topics and make the changelogs that are not there; give the count of partitions that all of them share.

    Raises BrokerMissing, PartMissing or WrongUse.
    """
    processors = list(processors)
    admin = AIOKafkaAdminClient(**settings.for_aiokafka(), client_id=f"{settings.application_id}-preflight")
    try:
        await admin.start()
    except (KafkaConnectionError, KafkaError, OSError) as refused:
        await admin.close()
        problem = (
            f"No Kafka broker answers at {settings.bootstrap_servers}: start one (answerable broker start), "
            "or set ANSWERABLE_BOOTSTRAP_SERVERS."
        )
        raise BrokerMissing(problem) from refused
    try:
        sources = [processor.topic for processor in processors]
        outputs = [settings.topic(name) for name in OUTPUTS]
        counts = await _counts(admin, {*sources, *outputs})
        partitions = _shared(counts, sources)
        await _changelogs(admin, settings, [changelog_name(settings, processor.name) for processor in processors], partitions)
    finally:
        await admin.close()
    return partitions


async def _counts(admin: AIOKafkaAdminClient, wanted: set[str]) -> dict[str, int]:
    """How many partitions each topic has. Raises PartMissing where one is not there."""
    there = set(await admin.list_topics())
    missing = sorted(wanted - there)
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


async def _changelogs(admin: AIOKafkaAdminClient, settings: Settings, names: list[str], partitions: int) -> None:
    there = set(await admin.list_topics())
    present = sorted(set(names) & there)
    for topic in await admin.describe_topics(present) if present else []:
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
        _made(await admin.create_topics(new))


def _made(response: Any) -> None:
    for name, code, *_ in response.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            problem = f"The changelog topic {name} cannot be made: {error.__name__}."
            raise PartMissing(problem)
