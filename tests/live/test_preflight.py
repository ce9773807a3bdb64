"""What a worker asks for before it starts."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from stream.embedded.broker import Broker
from stream.errors import PartMissing
from stream.intake.kafka import admin_client, apply, differences, wanted_topics
from stream.live.preflight import check
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
