"""Who of the agents is there, as Chatwoot's API shows it -> agent.state_changed, and agent.heartbeat at each further look.

A person serves the queues of the inboxes that they are a member of, and of the teams that the mapping makes queues of. One with several
accounts is as available as the most available of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from stream.sources.chatwoot import Mapped
from stream.sources.vendor.document import Document
from stream.sources.vendor.telling import Telling, moment, needed

STATES: Final = {"online": "available", "busy": "paused", "offline": "offline"}
"""By `availability_status`."""
STRONGEST: Final = ("available", "paused", "offline")
EVENT: Final = "agent_shown"
"""Of our own objects: what one look shows of one person, for `tell`."""

Members = Mapping[str, Iterable[int]]
"""Numbers of agents, by what they are a member of: inbox-3, team-5."""
Seats = dict[str, list[Any]]
"""By person: state, queues, channels."""


class Staff:
    """All agents of an account."""

    def __init__(self, mapped: Mapped) -> None:
        """Nobody is known."""
        self._mapping = mapped.vendor
        self._told: Seats = {}

    def teams(self) -> list[int]:
        """Teams that the mapping makes queues of: of those it has to be known who is in them."""
        numbers = (name.removeprefix("team-") for name in self._mapping.queues if name.startswith("team-"))
        return sorted(int(one) for one in numbers if one.isascii() and one.isdecimal())

    def look(self, shown: list[Document], members: Members, channels: Mapping[str, str], now: int) -> tuple[list[bytes], Seats]:
        """What a look at `now` (ms) shows, as objects for `tell`; and what is known once Kafka has them, for `learn`.

        channels: of inboxes; "" where one is left out.
        """
        serving: dict[int, set[str]] = {}
        for place, numbers in members.items():
            for member in numbers:
                serving.setdefault(member, set()).add(place)
        found: Seats = {}
        for one in shown:
            number, state = one.number("id"), STATES.get(one.text("availability_status").casefold())
            if number is None or state is None or one.denied("confirmed"):
                continue
            places = {place for place in serving.get(number, ()) if channels.get(place, "social")}
            person = self._mapping.agent(str(number), one.text("email"))
            seat = [state, {self._mapping.queue(place) for place in places}, {channels[place] for place in places if place in channels}]
            known = found.setdefault(person, ["offline", set(), set()])
            known[0] = min(known[0], state, key=STRONGEST.index)
            known[1] |= seat[1] if state != "offline" else set()
            known[2] |= seat[2] if state != "offline" else set()
        learnt = {person: [state, sorted(queues), sorted(media)] for person, (state, queues, media) in found.items()}
        learnt |= {person: ["offline", [], []] for person in self._told if person not in learnt}
        records = [self._record(person, seat, now) for person, seat in learnt.items() if self._new(person, seat) or seat[0] != "offline"]
        return records, {person: seat for person, seat in learnt.items() if seat[0] != "offline" or person in found}

    def learn(self, learnt: Seats) -> None:
        """Kafka has what a look made."""
        self._told = learnt

    def _new(self, person: str, seat: list[Any]) -> bool:
        known = self._told.get(person)
        return known != seat if known is not None else seat[0] != "offline"

    def _record(self, person: str, seat: list[Any], now: int) -> bytes:
        told = {"event": EVENT, "agent": person, "state": seat[0], "queues": seat[1], "channels": seat[2], "at": now}
        return orjson.dumps({**told, "changed": self._new(person, seat)})

    def save(self) -> Seats:
        """What has to be kept to go on, as values that JSON holds."""
        return self._told

    def restore(self, state: Seats) -> None:
        """Go on where `save` was."""
        self._told = state


def tell(found: Document, out: Telling) -> Telling:
    """The event of one object of `Staff.look`."""
    person, at = needed(found.text("agent"), "the agent"), moment(found.time("at"), "the time")
    kind = "agent.state_changed" if found.flag("changed") else "agent.heartbeat"
    state = found.text("state")
    said = {"state": state, "queues": found.texts("queues"), "channels": found.texts("channels")}
    out.agent(kind, person, at, f"api/{at}", **said, reason="busy" if state == "paused" else None)
    return out
