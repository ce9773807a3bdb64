"""What agents of one switch do: by the events that say so, by the tiers that say in which queues they are, and by looks at all of them."""

from __future__ import annotations

from typing import Any

from stream.core.events import Event
from stream.sources.callcenter.calls import queue_of
from stream.sources.callcenter.lists import NO_ID, Row
from stream.sources.callcenter.mapping import SocketMapping
from stream.sources.callcenter.states import doing
from stream.sources.presence import Presence, Told


class Person(Told):
    """One agent of the switch. words: the last status and state, in small letters; queues: in which a tier has them."""

    __slots__ = ("queues", "words")

    def __init__(self) -> None:
        """Nothing is known."""
        super().__init__()
        self.words = ["", ""]
        self.queues: list[str] = []

    def state(self) -> list[Any]:
        """State, queues, and no reason: the switch has none. Who is in no queue is there for nobody."""
        state = (doing(*self.words) or "offline") if self.queues else "offline"
        return [state, [] if state == "offline" else self.queues, ""]


class Agents:
    """All agents of one switch, by its own names."""

    def __init__(self, mapping: SocketMapping, origin: str) -> None:
        """Nobody is known."""
        self._names = mapping.names
        self._presence = Presence(f"{origin}|socket")
        self._known: dict[str, Person] = {}

    def change(self, name: str, status: str, state: str, at: int) -> list[Event]:
        """One of the two words of an agent has changed. Of somebody whose tiers no look has shown yet, the next one tells."""
        person = self._known.setdefault(name, Person())
        person.words = [status.casefold() or person.words[0], state.casefold() or person.words[1]]
        if not person.words[0]:
            return []  # logged in or out, nobody said: the next look does
        return self._presence.tell(self._names.agent(name), person, person.state(), at)

    def look(self, agents: list[Row], tiers: list[Row], began: int, time: int) -> list[Event]:
        """All agents and tiers there were between `began` and `time`: who is not among them has gone.

        What has not changed is said again, as a heartbeat.
        """
        queues: dict[str, set[str]] = {}
        for row in tiers:
            if name := row.get("agent", ""):
                queues.setdefault(name, set()).add(queue_of(row.get("queue", ""), self._names))
        shown = {name: row for row in agents if 0 < len(name := row.get("name", "")) <= NO_ID}
        for name, row in shown.items():
            person = self._known.setdefault(name, Person())
            if person.told is not None and person.last >= began:
                continue  # an event since then is newer than the list
            person.words = [row.get("status", "").casefold(), row.get("state", "").casefold()]
        out: list[Event] = []
        for name, person in self._known.items():
            person.queues = sorted(queues.get(name, ())) if name in shown else []
            agent = self._names.agent(name)
            out += self._presence.tell(agent, person, person.state(), time) or self._presence.beat(agent, person, time)
        self._known = {name: person for name, person in self._known.items() if name in shown}
        return out

    def save(self) -> list[Any]:
        """What has to be kept to go on, as plain values."""
        return [[name, p.told, p.last, p.words, p.queues] for name, p in self._known.items()]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        self._known = {}
        for name, told, last, words, queues in state:
            person = self._known[name] = Person()
            person.told, person.last, person.words, person.queues = told, last, words, queues
