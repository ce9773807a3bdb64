"""What a day of the simulated centre asks for: the load of a plan, counted and not assumed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Final

from stream.core.centre import Centre
from stream.core.events import AGENT_EVENTS
from stream.simulator.day import simulate

SCALE: Final = 2.0
HOUR: Final = 3_600_000
OVER: Final = frozenset({"contact.ended", "contact.abandoned", "contact.lost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """contacts, events: by channel. agent_events: of all agents. busiest: the share of a day's events in its busiest hour."""

    agents: int
    contacts: dict[str, int]
    events: dict[str, int]
    agent_events: int
    busiest: float
    open_at_once: int


@cache
def day() -> Day:
    """The day that `answerable simulate --scale 2` plays: the usual centre, seed and date."""
    channels: dict[str, str] = {}
    events: Counter[str] = Counter()
    hours: Counter[int] = Counter()
    agents: set[str] = set()
    is_open: set[str] = set()
    over: set[str] = set()
    told = most = 0
    for event in simulate(Centre(), scale=SCALE).events:
        hours[event.time // HOUR] += 1
        if event.type in AGENT_EVENTS:
            told += 1
            agents.add(event.subject)
            continue
        if event.data.get("channel"):
            channels.setdefault(event.subject, event.data["channel"])
        events[channels[event.subject]] += 1
        if event.type in OVER:
            is_open.discard(event.subject)
            over.add(event.subject)
        elif event.subject not in over:
            is_open.add(event.subject)
        most = max(most, len(is_open))
    return Day(
        agents=len(agents),
        contacts=dict(sorted(Counter(channels.values()).items())),
        events=dict(sorted(events.items())),
        agent_events=told,
        busiest=max(hours.values()) / hours.total(),
        open_at_once=most,
    )
