"""What a manager interface says of queues' members -> agent.state_changed, and agent.heartbeat at each look at all queues.

A member is a person by interface or member name, as the queue_log's translator names them; of each it is known in which queues they
are, whether paused there, and what their phone does.
"""

from __future__ import annotations

from typing import Any, Final

from stream.core.events import Event
from stream.sources.asterisk_ami.mapping import AmiMapping
from stream.sources.asterisk_ami.messages import Message, named
from stream.sources.presence import Presence, Told
from stream.sources.queue_log.members import LONGEST_REASON, Members
from stream.sources.records import Rejected

FREE, RINGING, TALKING, AWAY = "free", "ringing", "talking", "away"
PHONES: Final[dict[str, str]] = {
    "0": FREE,
    "1": FREE,
    "2": TALKING,
    "3": TALKING,
    "4": AWAY,
    "5": AWAY,
    "6": RINGING,
    "7": TALKING,
    "8": TALKING,
}
"""What `Status` says of the phone: unknown, not in use, in use, busy, invalid, unavailable, ringing, in use and ringing, on hold."""
STATES: Final = {RINGING: "reserved", TALKING: "on_contact", FREE: "available"}
STRONGEST: Final = (TALKING, RINGING, FREE, AWAY)
"""Of a person with several phones: what the busiest one does."""

Seat = tuple[bool, str, str]
"""Of an interface in a queue: paused, what its phone does, the reason of the pause."""


class Person(Told):
    """One agent. seats: by queue and interface."""

    __slots__ = ("seats",)

    def __init__(self) -> None:
        """In no queue."""
        super().__init__()
        self.seats: dict[tuple[str, str], Seat] = {}

    def state(self) -> list[Any]:
        """State, the queues that are served in it, and the reason of a pause: one in one queue takes only that one away."""
        phones = {phone for _, phone, _ in self.seats.values()}
        phone = next((one for one in STRONGEST if one in phones), AWAY)
        if phone == AWAY:
            return ["offline", [], ""]
        serving = sorted({queue for (queue, _), (paused, at, _) in self.seats.items() if not paused and at != AWAY})
        if not serving:
            reason = next((reason for paused, _, reason in self.seats.values() if paused and reason), "")
            return ["paused", sorted({queue for queue, _ in self.seats}), reason]
        return [STATES[phone], serving, ""]


class AmiMembers:
    """All members of one PBX."""

    def __init__(self, mapping: AmiMapping, origin: str, names: Members) -> None:
        """Nobody is known."""
        self._queues = mapping.log.queues
        self._people = mapping.log.agents
        self._presence = Presence(f"{origin}|ami")
        self._names = names
        self._known: dict[str, Person] = {}

    def agent(self, message: Message) -> str:
        """The one id of whom a message is about; empty where it names nobody."""
        found = [name for key in ("membername", "name", "interface", "location", "stateinterface") if (name := named(message, key))]
        person = next((self._people[name] for name in found if name in self._people), "")
        if not person:
            return self._names.agent(found[0]) if found else ""
        self._names.also(found[0], person)  # calls name their member by the first of the names only
        return person

    def take(self, kind: str, message: Message, time: int) -> list[Event | Rejected]:
        """A message about one member in one queue at `time` (ms of the PBX)."""
        agent, place = self.agent(message), self._place(message)
        if not agent or not all(place):
            return [Rejected("missing_field", f"the message {kind} names no member or no queue", b"", 0)]
        person = self._known.setdefault(agent, Person())
        if kind == "queuememberremoved":
            person.seats.pop(place, None)
        else:
            person.seats[place] = _seat(message)
        out: list[Event | Rejected] = [*self._presence.tell(agent, person, person.state(), time)]
        if not person.seats and person.told is None:
            del self._known[agent]
        return out

    def look(self, shown: list[Message], time: int) -> list[Event]:
        """All members there are: who is not among them has gone. Everybody's state is told or, where it is known, said again."""
        for person in self._known.values():
            person.seats = {}
        for message in shown:
            agent, place = self.agent(message), self._place(message)
            if agent and all(place):
                self._known.setdefault(agent, Person()).seats[place] = _seat(message)
        out: list[Event] = []
        for agent, person in self._known.items():
            out += self._presence.tell(agent, person, person.state(), time) or self._presence.beat(agent, person, time)
        self._known = {agent: person for agent, person in self._known.items() if person.seats}
        return out

    def _place(self, message: Message) -> tuple[str, str]:
        queue = named(message, "queue")
        return self._queues.get(queue, queue), named(message, "interface", "location")

    def save(self) -> list[Any]:
        """What has to be kept to go on, as plain values."""
        return [[agent, p.told, p.last, [[*place, *seat] for place, seat in p.seats.items()]] for agent, p in self._known.items()]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        self._known = {}
        for agent, told, last, seats in state:
            person = self._known[agent] = Person()
            person.told, person.last = told, last
            person.seats = {(queue, interface): (paused, phone, reason) for queue, interface, paused, phone, reason in seats}


def _seat(message: Message) -> Seat:
    """A pause that is asked for during a call of the queue begins when the phone is free: until then the agent is on that call."""
    phone = PHONES.get(message.get("status", ""), FREE)
    paused = message.get("paused", "0") == "1" and not (phone == TALKING and message.get("incall") == "1")
    reason = named(message, "pausedreason", "reason")[:LONGEST_REASON]
    return paused, phone, reason if paused else ""
