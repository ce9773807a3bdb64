"""What a worker asks for before it starts."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from stream.core.topology import SOURCES
from stream.embedded.broker import Broker
from stream.errors import PartMissing, WrongUse
from stream.intake.kafka import admin_client, apply, differences, wanted_topics
from stream.live.changelogs import changelog_name, look_up
from stream.live.preflight import check
from stream.wire.topics import CHANGELOG_CONFIG
from tests.live.installation import installation


def test_the_wall_clock_needs_the_brokers_times(broker: Broker, tmp_path: Path) -> None:
    """A topic that keeps its producers' times is refused on the wall clock, until the contract is applied; marks need none."""
    with installation(broker.bootstrap, tmp_path) as here:
        wall = replace(here.settings, clock="wall")
        topic = here.settings.topic("agent-events")
        with admin_client(here.settings) as admin:
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"message.timestamp.type": "CreateTime"})])
            while not differences(admin, wanted_topics(here.settings)):
                time.sleep(0.05)
            with pytest.raises(PartMissing, match=rf"{topic} keeps its producers' times .* run `answerable topics apply`\.") as refused:
                asyncio.run(check(wall))
            assert 3 == refused.value.exit_code
            assert 4 == asyncio.run(check(here.settings))
            apply(admin, wanted_topics(here.settings))
        assert 4 == asyncio.run(check(wall))


def test_changelogs_are_made_to_be_compacted_soon(broker: Broker, tmp_path: Path) -> None:
    """Kafka holds them as we want them, and says under which id; a second worker finds them made."""
    with installation(broker.bootstrap, tmp_path) as here:
        assert [4, 4] == [asyncio.run(check(here.settings)) for _ in range(2)]
        found = look_up(here.settings)
        assert (86_400_000, set(SOURCES), len(SOURCES)) == (found.retention, set(found.ids), len(set(found.ids.values())))
        names = [changelog_name(here.settings, processor) for processor in SOURCES]
        resources = [ConfigResource(ConfigResourceType.TOPIC, name, list(CHANGELOG_CONFIG)) for name in names]
        with admin_client(here.settings) as admin:
            configs = admin.describe_configs(resources, config_filter="all")["topic"]
        assert [CHANGELOG_CONFIG] * len(SOURCES) == [{key: configs[name][key]["value"] for key in CHANGELOG_CONFIG} for name in names]


def test_changelogs_of_another_count_are_refused(broker: Broker, tmp_path: Path) -> None:
    """Keys would be looked for where their state is not: the sentence says what to do."""
    with installation(broker.bootstrap, tmp_path) as here:
        name = changelog_name(here.settings, "agents")
        with admin_client(here.settings) as admin:
            admin.create_topics({name: {"num_partitions": 3, "replication_factor": 1}}, wait_for_metadata=True)
        with pytest.raises(WrongUse, match=rf"The state in {name} has 3 partitions, the topics have 4: .* under a new --application-id"):
            asyncio.run(check(here.settings))
