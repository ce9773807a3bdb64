"""What comes from the thread that talks to Kafka into the inboxes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from faust.types.tuples import TP

from stream.config.settings import Settings
from stream.live.app import build_app
from stream.live.group import Taken
from stream.live.inbox import Chunk
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
