"""One partition number of a worker, without a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest
from faust.types.tuples import TP

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.core.events import Event
from stream.core.scope_stage import ScopeStage
from stream.core.snapshot import Snapshot
from stream.core.stage import MARK, TIME_KEY, Output
from stream.errors import PartMissing
from stream.live.app import CentreApp, build_app
from stream.live.inbox import Chunk, Inbox
from stream.live.partition import Partition
from stream.live.section import Folded, Processor, one_by_one
from stream.live.stages import processors
from stream.live.stores.memory import MemoryEntries
from stream.live.stores.position import Changelogs
from stream.live.transactions import NotCommittedError, Record, Writer, Writes
from tests.live.stages import COUNTED, Counting, counting_processors, decode


def test_each_topic_is_judged_by_itself(tmp_path: Path) -> None:
    """A flood of facts that can be read does not hide that contact-events are broken, nor do agents' events."""
    settings = Settings(data_dir=tmp_path, reject_share=0.1)
    partition = Partition(build_app(settings, counting_processors(settings), 4), 3)
    contacts, agents, scopes = (partition._allow(section) for section in partition.sections.values())
    scopes(10_000, 0)
    agents(10_000, 0)
    assert (True, False) == (contacts(999, 999), contacts(1, 0))


def test_events_of_queues_and_agents_that_nobody_declared_are_counted(tmp_path: Path) -> None:
    """In the figures of their topic, once they are committed."""
    settings = Settings(data_dir=tmp_path)
    contacts, *others = counting_processors(settings)
    counts = replace(contacts, astray=lambda events: sum(event.data["queue"] == "biling" for event in events), strangers=len)
    app = build_app(settings, (counts, *others), 1)
    section = Partition(app, 0).sections["contact-events"]
    app.count(section, Folded(folded=[Event(0, "contact.begun", "c", "c", {"queue": queue}) for queue in ("billing", "biling")]), 2)
    assert [(1, 2), (0, 0), (0, 0)] == [(topic.unknown_queue, topic.unknown_agent) for topic in app.figures.topics.values()]


def test_a_worker_without_a_session_says_of_no_partition_where_it_stands(tmp_path: Path) -> None:
    """Asked before its next tick, it does not tell how far it had come before it was stopped for long."""
    settings = Settings(data_dir=tmp_path)
    app = build_app(settings, counting_processors(settings), 4)
    app.figures.watermarks["contact-events", 0] = 1_772_449_200_000
    app.figures.lag["contact-events", 0] = 3
    assert not app.in_session()
    assert ([], {}, {}) == (asyncio.run(app.snapshots()), app.figures.watermarks, app.figures.lag)


class Showing(Counting):
    """A stage that shows what it has said; each tick says the time."""

    def __init__(self) -> None:
        """Begin at nothing."""
        super().__init__(COUNTED)
        self.now: int | None = None

    def tick(self, now: int) -> list[Output]:
        """Say the time."""
        self.now = now
        return [(COUNTED, b"now", now)]

    def snapshot(self, *, by_queue: bool) -> Snapshot:
        """When it ticked last."""
        return Snapshot(0, self.now, [])


class Unhurried:
    """A writer that commits in memory, or fails."""

    def __init__(self, failed: NotCommittedError | None = None) -> None:
        """Begin with nothing written."""
        self.failed = failed
        self.written: list[Writes] = []

    async def commit(self, writes: Writes, offsets: Mapping[TP, int]) -> dict[TP, int]:
        """Keep what was written."""
        await asyncio.sleep(0)
        if self.failed is not None:
            raise self.failed
        self.written.append(dict(writes))
        return dict.fromkeys(writes, 1)


def restored(directory: Path, writer: Unhurried, lags: dict[str, int | None]) -> Partition:
    """A partition on the wall clock as recovery leaves it; `lags` says how far behind the end each topic is read."""
    settings = Settings(data_dir=directory, clock="wall")
    processors = (*counting_processors(settings)[:2], Processor("scopes", "scope-facts", lambda _: Showing(), one_by_one(decode)))
    inboxes: dict[TP, Inbox] = {}
    reader = SimpleNamespace(
        inbox=lambda tp: inboxes.setdefault(tp, Inbox(tp)),
        lag=lambda tp: lags.get(tp.topic),
    )
    made = build_app(settings, processors, 1)

    class Here(SimpleNamespace):
        """The app, but for its reader and its clock."""

        def __getattr__(self, name: str) -> Any:
            return getattr(made, name)

    here = Here(reader=reader, now=lambda: 5_000, rejoin_soon=lambda **_: None)
    partition = Partition(cast("CentreApp", here), 0)
    partition._writer = cast("Writer", writer)
    partition._counts = {COUNTED: 1}
    partition.open = True
    return partition


def test_nothing_is_shown_before_the_present_is_committed(tmp_path: Path) -> None:
    """A restored stage waits until it is known that nothing waits to be read; then it ticks once, and that is what is shown first."""

    async def seen() -> list[tuple[list[int | None], int]]:
        writer = Unhurried()
        lags: dict[str, int | None] = {"scope-facts": None}
        partition = restored(tmp_path, writer, lags)
        found = []
        for lag in (None, 3, 0):
            lags["scope-facts"] = lag
            await partition.tick()
            found.append(([one.settled for one in await partition.snapshots()], len(writer.written)))
        return found

    assert [([], 0), ([], 0), ([5_000], 1)] == asyncio.run(seen())


def test_what_was_not_committed_is_not_shown(tmp_path: Path) -> None:
    """Where the first tick does not reach the topics, the partition ends until its next assignment."""

    async def seen() -> tuple[list[Snapshot], bool]:
        partition = restored(tmp_path, Unhurried(NotCommittedError("gone", fenced=False)), {"scope-facts": 0})
        await partition.tick()
        return await partition.snapshots(), partition.open

    assert ([], False) == asyncio.run(seen())


def test_who_is_fenced_blames_no_other_worker_that_may_not_exist(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A worker that was too busy for its heartbeats loses its partitions, too, where it is alone."""
    partition = restored(tmp_path, Unhurried(NotCommittedError("fenced", fenced=True)), {"scope-facts": 0})
    asyncio.run(partition.tick())
    known = "this worker was silent for longer than session_timeout, or another one has taken it over"
    assert [f"partition 0 ends here until the next assignment: the broker gave it away ({known})"] == caplog.messages


def facts(offset: int) -> Chunk:
    """A record of scope-facts."""
    return Chunk(offset, offset + 1, [SimpleNamespace(offset=offset, value=b'{"id": "f", "k": "q"}', key=b"q", timestamp=1)])


def test_on_the_wall_clock_what_follows_from_facts_is_said_with_them(tmp_path: Path) -> None:
    """A breach does not wait for the next tick."""

    async def written() -> list[Writes]:
        writer = Unhurried()
        partition = restored(tmp_path, writer, {"scope-facts": 0})
        partition.app.reader.inbox(TP("scope-facts", 0)).put(facts(0))
        await partition.turn()
        return writer.written

    (writes,) = asyncio.run(written())
    said = [record for tp, records in writes.items() if tp.topic == COUNTED for record in records]
    assert [5_000] == [orjson.loads(record.value or b"null") for record in said if record.key == b"now"]


def test_who_looks_waits_for_one_transaction_and_sees_what_it_committed(tmp_path: Path) -> None:
    """Not for the batches that wait behind it, and never what they have folded already."""

    async def seen() -> tuple[list[Snapshot], list[Snapshot], int]:
        writer = Unhurried()
        partition = restored(tmp_path, writer, {"scope-facts": 0})
        await partition.tick()
        before = await partition.snapshots()
        inbox = partition.app.reader.inbox(TP("scope-facts", 0))
        cast("Any", partition.app).now = lambda: 6_000
        inbox.put(facts(0))
        turns = [asyncio.ensure_future(partition.turn())]
        await asyncio.sleep(0)
        turns.append(asyncio.ensure_future(partition.turn()))
        looking = asyncio.ensure_future(partition.snapshots())
        await asyncio.sleep(0)
        inbox.put(facts(1))
        during = await looking
        committed = len(writer.written)
        await asyncio.gather(*turns)
        return before, during, committed

    before, during, committed = asyncio.run(seen())
    assert ([5_000], [6_000], 2) == ([one.settled for one in before], [one.settled for one in during], committed)


def test_a_source_that_goes_back_ends_the_partition(tmp_path: Path) -> None:
    """Kafka reads a topic that was made anew from its beginning: those records are none that were folded before."""

    async def seen() -> tuple[bool, int]:
        partition = restored(tmp_path, Unhurried(), {"scope-facts": 0})
        inbox = partition.app.reader.inbox(TP("scope-facts", 0))
        inbox.put(replace(facts(0), begin=0, end=9))
        await partition.turn()
        inbox.put(replace(facts(0), begin=9, end=1))
        with pytest.raises(PartMissing, match="scope-facts, partition 0, was read up to before offset 9 and goes on at 0 now"):
            await partition.turn()
        return partition.open, partition.sections["scope-facts"].mark

    assert (False, 9) == asyncio.run(seen())


def test_a_mark_names_the_topic_that_it_is_of(tmp_path: Path) -> None:
    """As Kafka does, so that another topic of the same name is not taken for it."""

    async def written() -> list[Record]:
        writer = Unhurried()
        partition = restored(tmp_path, writer, {"scope-facts": 0})
        cast("Any", partition.app).changelogs = Changelogs(sources={"scopes": "d2Vpc3N0"})
        partition.app.reader.inbox(TP("scope-facts", 0)).put(facts(4))
        partition.sections["scope-facts"].mark = 4
        await partition.turn()
        (writes,) = writer.written
        return [record for records in writes.values() for record in records if record.key == MARK]

    assert [Record(MARK, b"5 d2Vpc3N0")] == asyncio.run(written())


class Failing(Showing):
    """A stage of which the second tick fails, when it has moved on already."""

    def tick(self, now: int) -> list[Output]:
        """Say the time once."""
        again = self.now is not None
        out = super().tick(now)
        if again:
            raise RuntimeError("the second tick")
        return out


def test_what_failed_on_its_way_to_the_commit_is_not_shown(tmp_path: Path) -> None:
    """The worker ends with it, but until then its pages answer; and no later recovery may take the stages for committed ones."""

    async def seen() -> tuple[list[int | None], list[Snapshot], bool, dict[TP, int]]:
        partition = restored(tmp_path, Unhurried(), {"scope-facts": 0})
        partition.sections["scope-facts"].stage = Failing()
        await partition.tick()
        before = [one.settled for one in await partition.snapshots()]
        cast("Any", partition.app).now = lambda: 6_000
        with pytest.raises(RuntimeError):
            await partition.tick()
        return before, await partition.snapshots(), partition.open, partition.ends

    assert ([5_000], [], False, {}) == asyncio.run(seen())


def test_the_share_of_an_input_is_of_all_partitions_and_inputs(tmp_path: Path) -> None:
    """And a restored one waits where its state is far ahead of the slowest: how much waits in it nobody counts."""
    settings = Settings(data_dir=tmp_path, most_ahead=80)
    partition = Partition(build_app(settings, processors(settings, Centre(), (), 2), 2), 1)
    assert {"contact-events", "agent-events", "issue-events", "survey-events"} == partition._leads.keys()
    scopes, contacts = partition.sections["scope-facts"].stage, partition.sections["contact-events"]
    assert isinstance(scopes, ScopeStage)
    scopes.settled = 1_000
    partition._leads["contact-events"].read(9, 500_000)
    assert not partition.is_ahead("contact-events")
    partition._leads["contact-events"].read(1, 500_001)
    assert partition.is_ahead("contact-events")
    partition.restore(contacts, MemoryEntries({TIME_KEY: orjson.dumps([1, [560_000, 500_000, 0]])}), 7)
    assert partition.is_ahead("contact-events")
    scopes.settled = 440_000
    assert not partition.is_ahead("contact-events")
    assert {partition.changelog(contacts): 7} == partition.ends
