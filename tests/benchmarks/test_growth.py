"""The short form of what grows: the figures are exact and all there. Times are nobody's business here."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from benchmarks.growth import back, core, tick, workers
from benchmarks.growth.shape import AWAY, Floor, Shape
from benchmarks.growth.workers import JOB, Case


def test_as_many_stay_open_and_all_are_met_at_random() -> None:
    """Each contact's events come once and in its order; a quarter of them talks, as the shape says."""
    floor = Floor(Shape(contacts=1_000, connected=0.25))
    opened = list(floor.opening(lambda: 0))
    assert (2_000, 750, 250, 1_000) == (len(opened), len(floor.waiting), len(floor.connected), floor.offered)
    events = opened + list(floor.steady(20_000, lambda: 0))
    assert (750, 250) == (len(floor.waiting), len(floor.connected))
    assert len(events) == len({event.id for event in events})
    kinds = Counter(event.type for event in events[2_000:])
    assert {kinds["contact.begun"] - AWAY, kinds["contact.wrapped_up"] + AWAY} == {kinds["contact.answered"]}


def test_half_of_all_contacts_are_in_the_hot_queue() -> None:
    """And the channels are used alike."""
    floor = Floor(Shape(contacts=1_000, queues=10, hot=True))
    offers = Counter(event.data["queue"] for event in floor.opening(lambda: 0) if event.type == "contact.offered")
    assert (10, 550) == (len(offers), offers["q000"])


def test_the_core_alone_knows_who_waits() -> None:
    """After the events that are timed."""
    found = core.cost(Shape(contacts=200), 1_000, JOB)
    assert ({"contacts_us", "scopes_us", "events", "waiting", "waiting_in_truth"}, 100) == (found.keys(), found["waiting"])
    assert found["waiting"] == found["waiting_in_truth"]


def test_a_watched_second_has_readings_and_is_exact() -> None:
    """With all measures and the shipped standards, on all channels."""
    found = tick.cost(2, 80, 1, 1)
    assert found["waiting"] == found["waiting_in_truth"] > 40
    assert (2 * 4 + 2 + 4 + 1) * 6 + 1 == found["records"]


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_workers_show_what_was_sent_before_and_after_they_were_killed(store: str) -> None:
    """Two workers on two partitions; `measure` raises where they show anything but the truth."""
    found = asyncio.run(workers.measure(Case(shape=Shape(contacts=800), workers=2, partitions=2, store=store, steady=1_000)))
    assert ({"offered": 800 + 200, "waiting": 400}, True) == (found["shown"], found["events"] >= 1_000)


def test_the_worker_that_is_left_shows_all_that_was_worked_off() -> None:
    """After `kill -9` of the other; `measure` raises where it does not."""
    assert asyncio.run(back.measure(back.WORKED, 2_000, "rocksdb"))["offered"] > 300
