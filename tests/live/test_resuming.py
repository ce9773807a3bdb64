"""What Faust offers at the end of a recovery works as it does with its own: whoever waits for a table hears when it is restored."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from faust.types.tuples import TP

from stream.config.settings import Settings
from stream.live.app import CentreApp, build_app
from stream.live.partition import Partition
from stream.live.recovery import Recovery
from stream.live.stores.memory import MemoryEntries
from tests.live.stages import counting_processors


def test_who_waits_for_a_table_hears_of_it_before_anything_is_processed(tmp_path: Path) -> None:
    """A function under `@table.on_recover` finds what was restored; and a second assignment is told again."""

    async def heard() -> list[tuple[str, bytes, bool]]:
        settings = Settings(data_dir=tmp_path)
        made = build_app(settings, counting_processors(settings), 1)
        partition = made.holding.partitions[0] = Partition(made, 0)
        found: list[tuple[str, bytes, bool]] = []
        table = made.table_of("contacts")
        entries = cast("MemoryEntries", table.entries(0))
        entries[b"k"] = b"7"

        async def told() -> None:
            found.append(("contacts", table[b"k"], partition.open))

        table.on_recover(told)

        class Here(SimpleNamespace):
            """The app, but for what talks to Kafka."""

            def __getattr__(self, name: str) -> Any:
                return getattr(made, name)

        async def nothing() -> None:
            pass

        consumer = SimpleNamespace(resume_partitions=lambda _: None, resume_flow=lambda: None)
        here = Here(consumer=consumer, _fetcher=SimpleNamespace(maybe_start=nothing))
        recovery = Recovery(cast("CentreApp", here))
        for _ in range(2):
            await recovery._resume([TP("contact-events", 0)])
            partition.open = False
        return found

    assert [("contacts", b"7", False)] * 2 == asyncio.run(heard())
