"""The changelog topics of the processors, as Kafka has them: their names, their ids, and that they keep what they must."""

from __future__ import annotations

import time
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from stream.config.settings import Settings
from stream.errors import PartMissing
from stream.intake.kafka import admin_client
from stream.live.processors import SOURCES
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
    with admin_client(settings) as client:
        ids = _ids(client, set(names))
        resources = [ConfigResource(ConfigResourceType.TOPIC, name, [POLICY, RETENTION]) for name in names]
        configs = client.describe_configs(resources, config_filter="all")["topic"]
    for name in names:
        policy = _value(configs, name, POLICY)
        if policy != "compact":
            problem = (
                f"Kafka deletes from {name} what the state still needs, because its {POLICY} is {policy}: set it to compact "
                f"(kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config {POLICY}=compact)."
            )
            raise PartMissing(problem)
    kept = min(int(_value(configs, name, RETENTION) or DELETE_RETENTION) for name in names)
    return Changelogs({names[name]: identity for name, identity in ids.items()}, kept)


def _ids(client: KafkaAdminClient, names: set[str]) -> dict[str, str]:
    """Kafka's ids of the topics, by name. Asked for all topics, because asking for one by name can make it."""
    deadline = time.monotonic() + SEEN_SECONDS
    while True:
        found = {one["name"]: str(one.get("topic_id") or "") for one in client.describe_topics() if one["name"] in names}
        if found.keys() == names:
            return found
        if time.monotonic() > deadline:
            problem = (
                f"The changelog topics {', '.join(sorted(names - found.keys()))} do not appear: look at the broker's log, then try again."
            )
            raise PartMissing(problem)
        time.sleep(0.1)


def _value(configs: Any, name: str, key: str) -> str | None:
    found: str | None = configs[name].get(key, {}).get("value")
    return found
