"""The changelog topics of the processors, as Kafka has them: their names, their ids, and that they keep what they must.

And the ids of the topics that the processors read: a mark belongs to one topic, and to no other of the same name.
"""

from __future__ import annotations

import time
from typing import Final

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from stream.config.settings import Settings
from stream.core.topology import SOURCES
from stream.errors import PartMissing
from stream.intake.kafka import admin_client
from stream.live.stores.position import DELETE_RETENTION, Changelogs

POLICY: Final = "cleanup.policy"
RETENTION: Final = "delete.retention.ms"
SEEN_SECONDS: Final = 10.0
"""How long a topic that was just made may take to be known everywhere."""


def changelog_name(settings: Settings, processor: str) -> str:
    """The changelog topic of a processor: Faust's own naming."""
    return f"{settings.installation}-{processor}-changelog"


def look_up(settings: Settings) -> Changelogs:
    """What Kafka says of the changelogs, which are there. It blocks: call it in a thread.

    Raises BrokerMissing, or PartMissing where one loses state.
    """
    names = {changelog_name(settings, processor): processor for processor in SOURCES}
    sources = {processor: settings.topic(source) for processor, source in SOURCES.items()}
    with admin_client(settings) as client:
        ids, configs = _known(client, set(names), set(sources.values()))
    for name in names:
        policy = configs[name][POLICY]
        if policy != "compact":
            problem = (
                f"Kafka deletes from {name} what the state still needs, because its {POLICY} is {policy}: set it to compact "
                f"(kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config {POLICY}=compact)."
            )
            raise PartMissing(problem)
    kept = min(int(config.get(RETENTION, DELETE_RETENTION)) for config in configs.values())
    return Changelogs(
        {processor: ids[name] for name, processor in names.items()}, kept, {processor: ids[source] for processor, source in sources.items()}
    )


def _known(client: KafkaAdminClient, names: set[str], sources: set[str]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Kafka's ids of all these topics, and the configuration of `names`, by name; a broker hears of a topic a moment after it was made."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, [POLICY, RETENTION]) for name in sorted(names)]
    deadline = time.monotonic() + SEEN_SECONDS
    while True:
        # Asked for all topics, because asking for one by name can make it.
        ids = {one["name"]: str(one.get("topic_id") or "") for one in client.describe_topics() if one["name"] in names | sources}
        if ids.keys() == names | sources:
            found = client.describe_configs(resources, config_filter="all")["topic"]
            configs = {name: {key: one["value"] for key, one in config.items() if "value" in one} for name, config in found.items()}
            if all(POLICY in config for config in configs.values()):
                return ids, configs
        if time.monotonic() > deadline:
            missing = ", ".join(sorted((names | sources) - ids.keys() or names))
            problem = f"Kafka does not say what it knows of the topics {missing}: look at its log, and let this user describe them."
            raise PartMissing(problem)
        time.sleep(0.1)
