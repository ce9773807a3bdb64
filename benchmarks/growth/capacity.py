"""docs/capacity.md out of results.json and a simulated day: what a core serves, with the arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.goals import Results
from benchmarks.growth.load import Day, day

FILE: Final = Path(__file__).parents[2] / "docs" / "capacity.md"
CENTRES: Final = ((100, 10), (1_000, 50), (5_000, 200), (20_000, 500))
"""Agents and queues of the rows."""

LOADED: Final = 0.5
"""The share of a core that a plan uses in the busiest hour: the other half is for catching up and for a worker that is gone."""

LINGER_SECONDS: Final = 60
MICRO: Final = 1e6
MEGA: Final = 2**20
GROWTH: Final = "python -m benchmarks --only growth"
SIMULATE: Final = "answerable simulate --scale 2"

HEAD: Final = """\
# How much a core serves

Made by `make bench` (or anew, without measuring: `python -m benchmarks --page`) from `benchmarks/results.json`; no figure is typed by hand.
The processor time is that of the workers: Kafka needs its own.
"""


def page(results: Results) -> str:
    """The whole page."""
    found = results.get("growth")
    load = day()
    lines = [HEAD, *_answer(found, load), *_derived(found, load), *_growth(results)]
    return "\n".join(lines).rstrip() + "\n"


def _answer(found: Any, load: Day) -> Iterator[str]:
    yield from ("## The table", "")
    if found is None or found.get("short"):
        yield from (f"Not measured yet: run `{GROWTH}`.", "")
    contacts, events = sum(load.contacts.values()) / load.agents, _events(load)
    yield "All measures in all scopes and windows, and the shipped standards; the busiest hour of the day."
    yield from (
        "",
        "| agents | queues x 4 channels | contacts a day | events a day | events/s | open at once | cores, half loaded | memory |",
    )
    yield "|---|---|---|---|---|---|---|---|"
    for agents, queues in CENTRES:
        rate = agents * events * load.busiest / 3600
        at_once = agents * load.open_at_once / load.agents + rate * LINGER_SECONDS / _events_a_contact(load)
        cores, memory = _needs(found, rate, at_once, queues)
        asked = f"{agents:,} | {queues} | {agents * contacts:,.0f} | {agents * events:,.0f} | {rate:,.1f} | {at_once:,.0f}"
        yield f"| {asked} | {cores} | {memory} |"
    yield ""


def _needs(found: Any, rate: float, at_once: float, queues: int) -> tuple[str, str]:
    if found is None or found.get("short"):
        return "not measured", "not measured"
    cores = (rate * _cost(found) / MICRO + queues * _watch(found)) / LOADED
    memory = found["everything"][0]["bytes_empty"] + at_once * found["everything"][0]["bytes_per_contact"]
    return f"{cores:,.2f}", f"{memory / MEGA:,.0f} MiB"


def _cost(found: Any) -> float:
    """Microseconds an event."""
    cost: float = found["everything"][0]["cpu_us_per_event"]
    return cost


def _watch(found: Any) -> float:
    """Seconds of a core in each second for each queue that is watched, at the most queues that were measured."""
    row = max(found["tick"], key=lambda one: one["queues"])
    spent: float = (row["tick_ms"] + row["encode_ms"] + row["changes_ms"]) / 1000 / row["queues"]
    return spent


def _events(load: Day) -> float:
    """Events a day and agent."""
    return (sum(load.events.values()) + load.agent_events) / load.agents


def _events_a_contact(load: Day) -> float:
    return sum(load.events.values()) / sum(load.contacts.values())


def _derived(found: Any, load: Day) -> Iterator[str]:
    yield from ("## How it was derived", "", "| what | how much | measured by |", "|---|---|---|")
    for channel, count in load.contacts.items():
        yield f"| events of a contact, {channel} | {load.events[channel] / count:.1f} | `{SIMULATE}` |"
    yield f"| contacts of an agent in a day, all channels | {sum(load.contacts.values()) / load.agents:.0f} | `{SIMULATE}` |"
    yield f"| events of an agent's own in a day | {load.agent_events / load.agents:.0f} | `{SIMULATE}` |"
    yield f"| share of the day's events in its busiest hour | {load.busiest:.1%} | `{SIMULATE}` |"
    yield f"| contacts open at once for each agent of the day | {load.open_at_once / load.agents:.2f} | `{SIMULATE}` |"
    if found is not None and not found.get("short"):
        row = found["everything"][0]
        yield f"| processor time of an event | {_cost(found):.1f} us | `{GROWTH}` |"
        yield f"| processor time of a queue of 4 channels, each second | {_watch(found) * 1000:.2f} ms | `{GROWTH}` |"
        yield f"| memory of a worker with nothing open | {row['bytes_empty'] / MEGA:.0f} MiB | `{GROWTH}` |"
        yield f"| memory of an open contact | {row['bytes_per_contact']:,.0f} bytes | `{GROWTH}` |"
    yield from (
        "",
        "- events a day = agents x (contacts of an agent x events of a contact + events of its own)",
        "- events/s = events a day x share of the busiest hour / 3600",
        f"- open at once = agents x contacts open for each, and those that are over but stay for the lateness of {LINGER_SECONDS} s",
        f"- cores = (events/s x processor time of an event + queues x processor time of a queue) / {LOADED:g}",
        "- memory = that of one worker with nothing open + open at once x memory of an open contact; each further worker adds the former",
        "",
        (
            f"A core that is used to {LOADED:.0%} leaves the rest for catching up after a failure, and for minutes that are busier "
            "than their hour. Readings are sent each second, whatever comes, up to a thousand a second "
            "of each partition: that is the cost of a queue, and `kept` in the centre's file makes it less. Partitions share queues among "
            "workers; take at least as many partitions as cores."
        ),
        "",
    )


NOTES: Final = {
    "partitions": "The last row flatters: of its events each of 64 partitions has no more than two batches, so what waits between the "
    "stages when the time begins and ends is a large part of the work, and each partition has 2,000 contacts at hand. Reckon with "
    "the others."
}
"""What has to be known of a series, by its name."""


def _growth(results: Results) -> Iterator[str]:
    yield from ("## What grows with what", "")
    found, served = results.get("growth"), results.get("scrape")
    if served is not None and not served.get("short"):
        median, series = served["seconds_median"] * 1000, served["series"]
        yield from (f"A scrape of {series:,} series takes {median:,.0f} ms (`python -m benchmarks --only scrape`).", "")
    if found is None or found.get("short"):
        return
    yield from (found["about"], "")
    cost, speed = ("cpu_us_per_event", "us an event"), ("events_per_second", "events/s")
    held = ("bytes_per_contact", "bytes an open contact")
    series = (
        ("open", ("open",), (cost, speed, held)),
        ("core", ("open",), (("contacts_us", "contacts stage, us"), ("scopes_us", "scopes stage, us"))),
        ("memory", ("store", "contacts"), (held, ("bytes_per_contact_recovered", "after a recovery"))),
        ("partitions", ("partitions",), (cost, speed)),
        ("queues", ("queues",), (cost, speed)),
        ("workers", ("workers",), (cost, speed)),
        ("tick", ("queues",), (("share_of_a_core", "share of a core, 800 events/s"), ("tick_ms", "tick, ms"))),
        ("back", ("before", "store"), (("seconds", "seconds until the figures are back"),)),
    )
    for name, sizes, figures in series:
        yield f"| {' | '.join((*sizes, *(title for _, title in figures)))} |"
        yield f"|{'---|' * (len(sizes) + len(figures))}"
        for row in found[name]:
            cells = [f"{row[size]:,}" if isinstance(row[size], int) else row[size] for size in sizes]
            yield f"| {' | '.join([*cells, *(f'{row[figure]:,.2f}' for figure, _ in figures)])} |"
        yield ""
        if name in NOTES:
            yield from (NOTES[name], "")
    yield "`before`: `open` is a million contacts that wait; `worked` is ten minutes at 2 000 events/s, sent at once and worked off."
