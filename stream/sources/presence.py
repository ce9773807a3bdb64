"""How sources that see persons again and again tell their states: each change once, and what has not changed as a heartbeat."""

from __future__ import annotations

from typing import Any

from stream.core.events import Event


class Told:
    """What was last told of one person: state, queues, and the reason of a pause, None before the first word; and the moment of it (ms)."""

    __slots__ = ("last", "told")

    def __init__(self) -> None:
        """Nothing was told."""
        self.told: list[Any] | None = None
        self.last = 0


class Presence:
    """Tells the states of the persons of one system."""

    def __init__(self, origin: str) -> None:
        """`origin`: which system, and by what it was seen; part of every id."""
        self._origin = origin

    def tell(self, agent: str, person: Told, state: list[Any], time: int) -> list[Event]:
        """The change to `state` (state, queues, reason), where it is one."""
        if person.told == state or (person.told is None and state[0] == "offline"):
            return []
        # The last change of a millisecond would be the last by its id: each has a moment of its own, in the order of telling.
        person.told, person.last = state, max(time, person.last + 1)
        return [self._event("agent.state_changed", agent, person.last, state)]

    def beat(self, agent: str, person: Told, time: int) -> list[Event]:
        """That what was told still is so; nothing of who is not there."""
        if person.told is None or person.told[0] == "offline":
            return []
        person.last = max(time, person.last + 1)
        return [self._event("agent.heartbeat", agent, person.last, person.told)]

    def _event(self, kind: str, agent: str, time: int, told: list[Any]) -> Event:
        state, queues, reason = told
        data: dict[str, Any] = {"agent_id": agent, "state": state, "queues": queues, "channels": ["call"]}
        if reason:
            data["reason"] = reason
        return Event(time, kind, agent, f"{self._origin}/{time}/{agent}", data)
