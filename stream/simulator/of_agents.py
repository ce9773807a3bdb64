"""How the people of a synthetic day spent their time, counted with plain loops over the notes, without a line of the core's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

SHOWN: Final = ("available", "reserved", "on_contact", "wrap_up", "paused")
BUSY: Final = ("on_contact", "wrap_up")


@dataclass(slots=True)
class Spell:
    """So long (ms) a person was in one state; `until` is None while it goes on."""

    agent: str
    queues: tuple[str, ...]
    channels: tuple[str, ...]
    state: str
    since: int
    until: int | None = None


def agent_measures(spells: list[Spell], offered: int, as_of: int) -> dict[str, Any]:
    """The measures of agents by their names, of the spells of one scope up to `as_of` (ms)."""
    spent = dict.fromkeys(SHOWN, 0)
    for spell in spells:
        if spell.state in spent:
            spent[spell.state] += (as_of if spell.until is None else spell.until) - spell.since
    busy, idle = sum(spent[state] for state in BUSY), spent["available"]
    hours = sum(ms for state, ms in spent.items() if state != "paused") / 3_600_000
    return {
        "occupancy": busy / (busy + idle) if busy + idle else None,
        "active_idle_ratio": busy / idle if idle else None,
        "agent_state_seconds": {state: ms / 1_000 for state, ms in spent.items()} if sum(spent.values()) else None,
        "staffed_hours": hours or None,
        "offered_per_staffed_hour": offered / hours if hours else None,
    }
