"""Fencing without a broker: whatever fails or is cancelled, at most one producer of a partition number is left, and it is the newest."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import CoordinatorNotAvailableError, ProducerFenced

from stream.config.settings import Settings
from stream.live.app import CentreApp, build_app
from stream.live.partition import Partition
from stream.live.recovery import fence_all
from tests.live.stages import counting_processors


class Slow:
    """A producer that starts when it is let, or fails, and that closes when it may."""

    def __init__(self, *, failed: Exception | None = None) -> None:
        """Begin without being started."""
        self.let = asyncio.Event()
        self.may_close = asyncio.Event()
        self.may_close.set()
        self.failed = failed
        self.course: list[str] = []

    async def start(self) -> None:
        """Wait until it may."""
        self.course.append("starting")
        await self.let.wait()
        if self.failed is not None:
            raise self.failed
        self.course.append("started")

    async def stop(self) -> None:
        """Close the connections, which takes a moment."""
        await asyncio.sleep(0)
        await self.may_close.wait()
        self.course.append("stopped")

    async def partitions(self, topic: str) -> int:
        """One each."""
        return 1


def partition(directory: Path, *writers: Slow) -> Partition:
    """A partition whose producers are these, one after the other."""
    settings = Settings(data_dir=directory)
    made = build_app(settings, counting_processors(settings), 1)
    coming = iter(writers)

    class Here(SimpleNamespace):
        """The app, but for its producers."""

        def __getattr__(self, name: str) -> Any:
            return getattr(made, name)

    return Partition(cast("CentreApp", Here(writer=lambda _: next(coming))), 0)


async def a_moment() -> None:
    """Long enough for what is ready."""
    await asyncio.sleep(0.05)


def test_where_one_fails_none_of_the_others_goes_on(tmp_path: Path) -> None:
    """Recovery tries all again a second later: whoever came late would take the place of the producer that works by then."""

    async def seen() -> tuple[list[list[str]], list[object]]:
        slow, failing, quick = Slow(), Slow(failed=CoordinatorNotAvailableError()), Slow()
        held = [partition(tmp_path, one) for one in (slow, failing, quick)]
        quick.let.set()
        fencing = asyncio.ensure_future(fence_all(held))
        await a_moment()
        failing.let.set()
        with pytest.raises(CoordinatorNotAvailableError):
            await fencing
        courses = [list(one.course) for one in (slow, failing, quick)]
        slow.let.set()
        await a_moment()
        return courses, [writer for one in held if (writer := cast("object", one._writer)) is not quick]

    stopped = ["starting", "stopped"]
    assert ([stopped, stopped, ["starting", "started"]], [None, None]) == asyncio.run(seen())


def test_who_is_cancelled_ends_when_all_have_stopped(tmp_path: Path) -> None:
    """An assignment that is over leaves no producer to the next one."""

    async def seen() -> list[list[str]]:
        writers = [Slow(), Slow()]
        fencing = asyncio.ensure_future(fence_all([partition(tmp_path, one) for one in writers]))
        await a_moment()
        fencing.cancel()
        await asyncio.wait([fencing])
        assert fencing.cancelled()
        return [one.course for one in writers]

    assert [["starting", "stopped"]] * 2 == asyncio.run(seen())


def test_who_is_cancelled_while_others_stop_is_cancelled(tmp_path: Path) -> None:
    """It does not take the failure of before for something to try again."""

    async def seen() -> bool:
        failing, closing = Slow(failed=CoordinatorNotAvailableError()), Slow()
        closing.may_close.clear()
        fencing = asyncio.ensure_future(fence_all([partition(tmp_path, failing), partition(tmp_path, closing)]))
        await a_moment()
        failing.let.set()
        await a_moment()
        assert not fencing.done()
        fencing.cancel()
        await asyncio.wait([fencing])
        closing.may_close.set()
        await a_moment()
        assert ["starting", "stopped"] == closing.course
        return fencing.cancelled()

    assert asyncio.run(seen())


def test_an_attempt_of_before_takes_nobodys_place(tmp_path: Path) -> None:
    """One that could not be stopped in time: the new one begins when it is done, and stays."""

    async def seen() -> tuple[list[str], list[str], bool]:
        old, new = Slow(), Slow()
        new.let.set()
        here = partition(tmp_path, old, new)
        first = asyncio.ensure_future(here.fence())
        await a_moment()
        second = asyncio.ensure_future(here.fence())
        await a_moment()
        assert [] == new.course
        old.let.set()
        with pytest.raises(ProducerFenced):
            await first
        await second
        return old.course, new.course, cast("object", here._writer) is new

    assert (["starting", "started", "stopped"], ["starting", "started"], True) == asyncio.run(seen())


def test_a_partition_that_was_given_up_keeps_no_producer(tmp_path: Path) -> None:
    """Whoever has its number by now was fenced once more than needed, and nothing is left running here."""

    async def seen() -> tuple[list[str], object]:
        late = Slow()
        here = partition(tmp_path, late)
        fencing = asyncio.ensure_future(here.fence())
        await a_moment()
        await here.close()
        late.let.set()
        with pytest.raises(ProducerFenced):
            await fencing
        return late.course, here._writer

    assert (["starting", "started", "stopped"], None) == asyncio.run(seen())
