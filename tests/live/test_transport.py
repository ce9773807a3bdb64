"""What comes from the thread that talks to Kafka into the inboxes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from faust.types.tuples import TP

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.core.scope_stage import ScopeStage
from stream.live.app import build_app
from stream.live.group import Taken
from stream.live.inbox import Chunk
from stream.live.partition import Partition
from stream.live.stages import processors
from tests.live.stages import counting_processors

EVENTS = TP("contact-events", 0)


def test_what_is_on_its_way_is_not_read_yet(tmp_path: Path) -> None:
    """The last records of a backlog: the thread has come to the end as soon as it takes them, and they are not here before it is told."""

    async def seen() -> list[tuple[int | None, int]]:
        settings = Settings(data_dir=tmp_path)
        reader = build_app(settings, counting_processors(settings), 1).reader
        taken = [Taken(0, {}, {EVENTS: 3}), Taken(0, {EVENTS: Chunk(0, 3, [object()] * 3)}, {EVENTS: 0})]
        found: list[tuple[int | None, int]] = []

        def look() -> None:
            found.append((reader.lag(EVENTS), reader.inbox(EVENTS).size))

        thread = SimpleNamespace(epoch=0, position=None)

        async def fetch(ready: set[TP], seconds: float) -> Taken:
            coming = taken.pop(0)
            thread.position = coming.behind[EVENTS]
            look()
            return coming

        thread.fetch, thread.lag = fetch, lambda _: thread.position
        reader._thread = cast("Any", thread)
        reader.resume_partitions({EVENTS})
        reader.inbox(EVENTS).announced = True
        while taken:
            await reader._drain()
            look()
        return found

    assert [(None, 0), (3, 0), (3, 0), (0, 3)] == asyncio.run(seen())


def test_who_is_far_ahead_of_the_slowest_source_is_not_fetched(tmp_path: Path) -> None:
    """Until that has come as far; what all stages behind it read goes on meanwhile."""

    async def fetched() -> list[set[str]]:
        settings = Settings(data_dir=tmp_path, most_ahead=2 * 2 * 4)  # two for each of two partitions of four inputs
        app = build_app(settings, processors(settings, Centre(), (), 2), 2)
        reader, partition = app.reader, Partition(app, 0)
        app.holding.partitions[0] = partition
        found: list[set[str]] = []

        async def fetch(ready: set[TP], seconds: float) -> Taken:
            found.append({tp.topic for tp in ready})
            return Taken(0, {}, {})

        reader._thread = cast("Any", SimpleNamespace(epoch=0, fetch=fetch))
        reader.resume_partitions({partition.source(section) for section in partition.sections.values()})
        scopes = partition.sections["scope-facts"].stage
        assert isinstance(scopes, ScopeStage)
        partition._leads["contact-events"].read(1, 1_000)
        partition._leads["contact-events"].read(1, 2_000)
        for scopes.settled in (500, 1_000, 1_999, 2_000):
            await reader._drain()
        return found

    everything = {"contact-events", "agent-events", "scope-facts"}
    first, *later = asyncio.run(fetched())
    assert everything - {"contact-events"} <= first
    assert "contact-events" not in first
    assert all(everything <= topics for topics in later)
