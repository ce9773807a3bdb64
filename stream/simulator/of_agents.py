"""How the people of a synthetic day spent their time, counted with plain loops over the notes, without a line of the core's."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
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
    slots: dict[str, int] | None = None
    """How many contacts at once they may have by channel, where anybody said so."""


@dataclass(slots=True)
class Hand:
    """So long (ms) a person had a contact of a queue and channel in hand; `until` is None while they have."""

    agent: str
    contact: str
    queue: str
    channel: str
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


def staffed(spells: list[Spell]) -> int | None:
    """How many people are there in the end and do not pause; None where nobody ever said anything of anyone."""
    return len({spell.agent for spell in spells if spell.until is None and spell.state not in {"offline", "paused"}}) if spells else None


def utilisation(spells: list[Spell], hands: list[Hand], channels: set[str] | None, as_of: int) -> float | None:
    """Contacts in hand by contacts that could be, added up over the time (ms) in which people were logged in.

    channels: of which slots count, None for all. Who is busy with something that nobody saw them take has one in hand.
    """
    used = possible = 0
    of_agent: dict[str, list[tuple[int, int]]] = {}
    for hand in hands:
        of_agent.setdefault(hand.agent, []).append((hand.since, as_of if hand.until is None else hand.until))
    for spell in spells:
        if spell.state == "offline":
            continue
        end = as_of if spell.until is None else spell.until
        held = [(begin, over) for begin, over in of_agent.get(spell.agent, ()) if begin < end and spell.since < over]
        edges = sorted({spell.since, end, *(edge for pair in held for edge in pair if spell.since < edge < end)})
        for since, until in pairwise(edges):
            at_once = sum(1 for begin, over in held if begin <= since and until <= over)
            used += (until - since) * max(at_once, int(spell.state in BUSY))
            possible += (until - since) * slots_of(spell, channels)
    return used / possible if possible else None


def slots_of(spell: Spell, channels: set[str] | None) -> int:
    """How many contacts of these channels at once; one where nobody said."""
    if spell.slots is None:
        return 1
    return sum(slots for channel, slots in spell.slots.items() if channels is None or channel in channels)
