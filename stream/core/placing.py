"""Where an agent counts: in which scopes, with how many slots; and which of two states of one person wins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from stream.core.centre import Centre, Person
from stream.core.events import AGENT_STATES
from stream.core.scopes import scope_of, scopes_at

GONE: Final = -1
OFFLINE: Final = AGENT_STATES.index("offline")
PAUSED: Final = AGENT_STATES.index("paused")
STAFFED: Final = frozenset(index for index, state in enumerate(AGENT_STATES) if state not in ("offline", "paused"))
"""States (as indices) in which an agent counts as staffed: logged in and not paused, busy ones included."""

WINS: Final = ("offline", "paused", "available", "reserved", "wrap_up", "on_contact")
"""Of the states that a person has in several systems at once, the last of these is the person's."""
PRECEDENCE: Final = (*(WINS.index(state) for state in AGENT_STATES), -1)
"""By the state's index, how much it weighs; the last, which index -1 finds, is GONE."""

REMEMBERED: Final = 10_000
"""How many combinations of queues and channels are remembered with their scopes; any number is right."""


def person_state(states: Collection[int]) -> int:
    """The state of a person who has these in several systems; GONE where there is none."""
    return max(states, key=PRECEDENCE.__getitem__, default=GONE)


class Places:
    """Finds the scopes in which an agent counts, once each."""

    def __init__(self, centre: Centre, kinds: frozenset[tuple[str, ...]]) -> None:
        """`kinds`: the kinds of scopes that are kept."""
        self._centre = centre
        self._kinds = kinds
        self._named = any("agent" in kind for kind in kinds)
        self._known: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def of(
        self, agent: str, person: Person | None, queues: tuple[str, ...], channels: tuple[str, ...], said: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """The whole, the queues, their channels, both together; the team, the tier, the skills; the agent's own.

        `said`: what an event says of team, tier and skills takes the place of what the centre declares. Where it says how many contacts
        at once and no channels, the channels are those of which it is at least one.
        """
        takes = frozenset(channels) or _with_slots(said.get("capacity"))
        own = self._own(person, said) if said or person is not None else ()
        name = agent if person is None else person.name
        key = (queues, channels, takes, own, name if self._named else "")
        known = self._known.get(key)
        if known is not None:
            return known
        values: dict[str, list[str]] = {}
        for dimension, value in own:
            values.setdefault(dimension, []).append(value)
        if self._named and (shown := self._centre.shown_agent(name)):
            values["agent"] = [shown]
        scopes = set(scopes_at(values, self._kinds))
        for queue in queues:
            scopes.update(scopes_at({**values, "queue": (queue,)}, self._kinds))
            declared = self._centre.queues.get(queue)
            offered = (
                set(channels) if declared is None else set(declared.channels).intersection(declared.channels if takes is None else takes)
            )
            for channel in offered:
                scopes.update(scopes_at({**values, "queue": (queue,), "channel": (channel,)}, self._kinds))
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        return self._known.setdefault(key, tuple(sorted(scopes)))

    @staticmethod
    def _own(person: Person | None, said: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """Team, tier and skills as (dimension, value)."""
        team = said.get("team") or (person.team if person else "")
        tier = said.get("tier") or (person.tier if person else "")
        skills = said.get("skills") or (person.skills if person else ())
        pairs = [("skill", skill) for skill in sorted(set(skills))]
        return tuple(pairs + [(name, value) for name, value in (("team", team), ("tier", tier)) if value])


def _with_slots(capacity: Mapping[str, int] | None) -> frozenset[str] | None:
    """The channels of which an agent of this capacity may have a contact at all; None where nothing is said of it."""
    return frozenset(channel for channel, slots in capacity.items() if slots) if capacity else None


def slots_in(scope: str, capacity: Mapping[str, int] | None, centre: Centre) -> int:
    """How many contacts at once an agent of this capacity by channel may have in a scope; 1 where nothing is said."""
    if not capacity:
        return 1
    dimensions = scope_of(scope)
    channel = dimensions.get("channel")
    if channel is not None:
        return capacity.get(channel, 0)
    queue = centre.queues.get(dimensions.get("queue", ""))
    return sum(slots for name, slots in capacity.items() if queue is None or name in queue.channels)
