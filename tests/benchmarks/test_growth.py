"""The short form of what grows: the figures are exact and all there. Times are nobody's business here."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import orjson
import pytest

from benchmarks.growth import back, capacity, core, tick, workers
from benchmarks.growth.load import day
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
    assert [100, 100] == [found["waiting"], found["waiting_in_truth"]]
    assert found["contacts_us"] > 0 < found["scopes_us"]


def test_a_watched_second_has_readings_and_is_exact() -> None:
    """With all measures and the shipped standards, on all channels."""
    found = tick.cost(2, 80, 1, 1)
    assert found["waiting"] == found["waiting_in_truth"] > 40
    assert (2 * 4 + 2 + 4 + 1) * 6 + core.PARTITIONS == found["records"]


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_workers_show_what_was_sent_before_and_after_they_were_killed(store: str) -> None:
    """Two workers on two partitions; `measure` raises where they show anything but the truth."""
    found = asyncio.run(workers.measure(Case(shape=Shape(contacts=800), workers=2, partitions=2, store=store, steady=1_000, again=True)))
    assert ({"offered": 800 + 200, "waiting": 400}, True) == (found["shown"], found["events"] >= 1_000)


def test_the_worker_that_is_left_shows_all_that_was_worked_off() -> None:
    """After `kill -9` of the other; `measure` raises where it does not."""
    assert asyncio.run(back.measure(back.WORKED, 2_000, "rocksdb"))["offered"] > 300


def growth(**more: Any) -> dict[str, Any]:
    """Results as `measure` gives them, with plain numbers."""
    worker = {
        "cpu_us_per_event": 50.0,
        "events_per_second": 9.0,
        "bytes_per_contact": 1_000.0,
        "bytes_per_contact_recovered": 900.0,
        "bytes_empty": 2**26,
    }
    return {
        "about": "So and so.",
        "core": [{"open": 10, "contacts_us": 1.0, "scopes_us": 2.0}],
        "open": [{"open": 10, **worker}],
        "memory": [{"store": "memory", "contacts": "waiting", **worker}],
        "partitions": [{"partitions": 1, **worker}],
        "queues": [{"queues": "10", **worker}],
        "workers": [{"workers": 1, **worker}],
        "everything": [{"measures": "all", **worker}],
        "tick": [{"queues": 100, "share_of_a_core": 0.5, "tick_ms": 60.0, "encode_ms": 30.0, "changes_ms": 10.0}],
        "back": [{"before": "open", "store": "memory", "seconds": 9.0}],
        **more,
    }


def row(results: dict[str, Any], begin: str) -> list[str]:
    """The cells of the line of the page that begins so."""
    (line,) = [line for line in capacity.page(results).splitlines() if line.startswith(begin)]
    return line.strip("| ").split(" | ")


def test_cores_and_memory_follow_from_the_load_and_the_measured_costs() -> None:
    """Half loaded: twice the events' and the queues' time. 100 ms a second for 100 queues are 1 ms for each."""
    load = day()
    cells = row({"growth": growth()}, "| 1,000 |")
    rate = 1_000 * (sum(load.events.values()) + load.agent_events) / load.agents * load.busiest / 3_600
    at_once = float(cells[5].replace(",", ""))
    assert f"{2 * (rate * 50e-6 + 50 * 0.001):.2f}" == cells[6]
    assert f"{(2**26 + at_once * 1_000) / 2**20:,.0f} MiB" == cells[7]


def test_the_short_form_plans_no_machine() -> None:
    """Nor does a page without any measurement."""
    assert ["not measured"] * 2 == row({"growth": growth(short=True)}, "| 1,000 |")[6:] == row({}, "| 1,000 |")[6:]


def test_the_page_of_capacity_is_that_of_the_results() -> None:
    """Made anew by `python -m benchmarks --page`."""
    file = capacity.FILE.parents[1] / "benchmarks" / "results.json"
    results = orjson.loads(file.read_bytes()) if file.exists() else {}
    assert capacity.page(results) == capacity.FILE.read_text()
