"""Which sizes are measured, in full and in short."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from benchmarks.growth import back, core, tick, workers
from benchmarks.growth.shape import Shape
from benchmarks.growth.workers import JOB, Case
from stream.core.events import CHANNELS

OPEN: Final = (10_000, 100_000, 1_000_000)
PARTITIONS: Final = (1, 4, 16, 64)
QUEUES: Final = (10, 100, 1_000)
WORKERS: Final = (1, 2, 3)
STORES: Final = ("memory", "rocksdb")
SHARES: Final = {"waiting": 0.0, "connected": 1.0, "half and half": 0.5}
WATCHED: Final = (50, 200, 500)
TEN_MINUTES: Final = 1_200_000
"""The events of ten minutes at 2 000 a second. They are sent at once, and the workers work them off before one is killed."""

USUAL: Final = Case(shape=Shape(contacts=100_000), steady=400_000)
SETTLED_SECONDS: Final = 75.0
SHORT: Final = 1_000
"""The full sizes are divided by so much in the short form."""


async def measure(*, short: bool = False) -> dict[str, Any]:
    """All of it; each series is a list of what differs and what came of it."""
    part = SHORT if short else 1
    usual = _scaled(USUAL, part)
    million = max(OPEN) // part
    found: dict[str, Any] = {
        "about": "Cost by processor time of the worker processes: events that wait in the topic, half of the open contacts waiting and "
        "half connected, hit at random; the measures of JOB.md, 40 queues x 2 channels and 4 partitions, where nothing else is said.",
        "core": [{"open": size, **core.cost(Shape(contacts=size), 400_000 // part, JOB)} for size in _few(OPEN, part)],
        "open": [await _open(usual, size) for size in _few(OPEN, part)],
        "memory": [
            {"store": store, "contacts": name, **await _case(_idle(usual, million, share, store, short=short))}
            for store in STORES
            for name, share in _ends(SHARES.items(), part)
        ],
        "partitions": [{"partitions": count, **await _case(replace(usual, partitions=count))} for count in _ends(PARTITIONS, part)],
        "queues": [{"queues": str(count), **await _case(_queues(usual, count))} for count in _ends(QUEUES, part)],
        "workers": [{"workers": count, **await _case(replace(usual, workers=count))} for count in _ends(WORKERS, part)],
        "everything": [{"measures": "all, and the shipped standards", **await _case(_everything(usual))}],
        "tick": [_tick(queues, short=short) for queues in _ends(WATCHED, part)],
        "back": [
            {"before": before, "store": store, **await _back(before, store, count // part)}
            for before, count in ((back.OPEN, max(OPEN)), (back.WORKED, TEN_MINUTES))
            for store in STORES
        ],
    }
    hot = replace(usual, shape=replace(usual.shape, hot=True))
    found["queues"].append({"queues": f"{hot.shape.queues}, half of all contacts in one", **await _case(hot)})
    return {**found, **_goals(found)}


def _goals(found: dict[str, Any]) -> dict[str, Any]:
    """The figures that goals.py asks for: of the store that is the default, at work, with half waiting and half connected."""
    costs = [row["cpu_us_per_event"] for row in found["open"]]
    held = [row["bytes_per_contact"] for row in found["memory"] if row["store"] == STORES[0]]
    return {"cost_ratio": costs[-1] / costs[0], "bytes_per_open_contact": held[-1]}


async def _open(usual: Case, size: int) -> dict[str, Any]:
    return {"open": size, **await _case(replace(usual, shape=Shape(contacts=size), steady=max(usual.steady, size // 2)))}


def _idle(usual: Case, contacts: int, connected: float, store: str, *, short: bool) -> Case:
    """Nothing but the contacts, weighed when they are settled and again after a recovery."""
    settle = usual.settle if short else SETTLED_SECONDS
    return replace(usual, shape=Shape(contacts=contacts, connected=connected), store=store, steady=0, settle=settle, again=True)


def _queues(usual: Case, queues: int) -> Case:
    return replace(usual, shape=replace(usual.shape, queues=queues))


def _everything(usual: Case) -> Case:
    return replace(usual, shape=replace(usual.shape, channels=CHANNELS), everything=True)


async def _case(case: Case) -> dict[str, Any]:
    found = await workers.measure(case)
    cost = f", {found['cpu_us_per_event']:.1f} us an event" if case.steady else ""
    print(f"{case}: {found['bytes_per_contact']:,.0f} bytes a contact{cost}", flush=True)
    return found


async def _back(before: str, store: str, count: int) -> dict[str, Any]:
    found = await back.measure(before, count, store)
    print(f"back after kill -9, {count:,} {before}, {store}: {found['seconds']:.1f} s", flush=True)
    return found


def _tick(queues: int, *, short: bool) -> dict[str, Any]:
    found = tick.cost(10, 100, 1, 1) if short else tick.cost(queues, queues * 10, 10)
    print(f"{queues} queues watched: {found['share_of_a_core']:.2f} of a core", flush=True)
    return {"queues": queues, **found}


def _scaled(case: Case, part: int) -> Case:
    return replace(case, shape=replace(case.shape, contacts=max(100, case.shape.contacts // part)), steady=max(2_000, case.steady // part))


def _few(sizes: tuple[int, ...], part: int) -> list[int]:
    """The sizes, made smaller in the short form, without doubles."""
    return sorted({max(10, size // max(1, part)) for size in sizes})


def _ends(series: Any, part: int) -> list[Any]:
    """All of a series; in the short form its first only."""
    return list(series)[: 1 if part > 1 else None]
