"""When a worker asks for a new assignment because a partition of its own has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from stream.live.rejoining import Rejoining

SOON = 0.05
LATER = 0.2
OVER = 0.4


async def asked(course: Sequence[float | str]) -> int:
    """Follow a course: a number is a partition that ends and asks after so long, a word a new assignment. Gives how often it was asked."""
    assignments = 1
    count = 0

    async def ask() -> None:
        nonlocal count
        count += 1

    rejoining = Rejoining(ask, lambda: assignments)
    for step in course:
        if isinstance(step, str):
            assignments += 1
        else:
            rejoining.soon(step)
            await asyncio.sleep(0)
    await asyncio.sleep(OVER)
    return count


def test_partitions_that_end_together_ask_once() -> None:
    """One assignment mends them all."""
    assert 1 == asyncio.run(asked([SOON, SOON, LATER]))


def test_an_assignment_that_comes_before_is_enough() -> None:
    """What it was asked for has been done."""
    assert 0 == asyncio.run(asked([SOON, "assigned"]))


def test_a_partition_that_ends_again_asks_again() -> None:
    """While the question of before still waits, and would find that an assignment has come: without a new one it stayed ended."""
    assert 1 == asyncio.run(asked([LATER, "assigned", SOON]))


def test_after_an_answer_it_is_asked_anew() -> None:
    """Each failure has its own."""

    async def twice() -> int:
        return await asked([SOON]) + await asked([SOON])

    assert 2 == asyncio.run(twice())
