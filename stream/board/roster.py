"""Who is in what state, and since when: for supervisors alone. A person is put together from all systems that tell of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stream.core.centre import Centre
from stream.core.events import AGENT_STATES, Event
from stream.core.placing import GONE, PAUSED, person_state
from stream.core.presence import HEARTBEAT, STATE_CHANGED, STATE_INDEX


class Roster:
    """The latest that each system said of each agent."""

    def __init__(self, centre: Centre, shown: Callable[[str], str]) -> None:
        """`shown`: under what an agent of this name is shown."""
        self._centre = centre
        self._people = centre.by_id()
        self._shown = shown
        self._told: dict[str, dict[str, tuple[int, str, dict[str, Any], int, bool]]] = {}
        """By person and id: time and id of the latest event, what it says, since when its state lasts, whether heartbeats come."""

    def take(self, event: Event) -> None:
        """Take an event; of one agent the latest one holds, by time and id."""
        if event.type not in (STATE_CHANGED, HEARTBEAT):
            return
        person = self._people.get(event.subject)
        told = self._told.setdefault(person.name if person is not None else event.subject, {})
        before = told.get(event.subject)
        if before is not None and (event.time, event.id) <= before[:2]:
            return
        lasts = before is not None and before[2]["state"] == event.data["state"]
        since = before[3] if before is not None and lasts else event.time
        beats = event.type == HEARTBEAT or (before is not None and before[4])
        told[event.subject] = (event.time, event.id, event.data, since, beats)

    def rows(self, now: int) -> list[dict[str, Any]]:
        """A row for each person who is logged in: agent, state, since (ms), queues, reason of a pause. The longest paused stand first."""
        out = []
        for name, told in self._told.items():
            states = {told_by: self._state(told[told_by], now) for told_by in told}
            state = person_state([found for found, _ in states.values()])
            if state in (GONE, STATE_INDEX["offline"]):
                continue
            in_it = [told_by for told_by, (found, _) in states.items() if found == state]
            data = [told[told_by][2] for told_by in in_it]
            out.append(
                {
                    "agent": self._shown(name),
                    "state": AGENT_STATES[state],
                    "since": min(states[told_by][1] for told_by in in_it),
                    "queues": sorted({queue for said in data for queue in said["queues"]}),
                    "reason": next((said["reason"] for said in data if said.get("reason")), None) if state == PAUSED else None,
                }
            )
        order = {state: at for at, state in enumerate(("paused", "wrap_up", "on_contact", "reserved", "available"))}
        return sorted(out, key=lambda row: (order[row["state"]], row["since"], row["agent"]))

    def _state(self, told: tuple[int, str, dict[str, Any], int, bool], now: int) -> tuple[int, int]:
        """State and since when; whose heartbeats have stopped is offline."""
        at, _, data, since, beats = told
        timeout = self._centre.heartbeat_timeout
        if timeout is not None and beats and now > at + timeout:
            return STATE_INDEX["offline"], at + timeout
        return STATE_INDEX[data["state"]], since
