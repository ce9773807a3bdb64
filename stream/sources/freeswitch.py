"""The source `freeswitch`: events of mod_callcenter (`CUSTOM callcenter::info`), as JSON objects one a line -> events.

What an agent does is told by two words, the status (logged out, on break) and the state (receiving, in a call), so the translator remembers
the last of each. In which queues an agent is, no event says: the mapping does, under `members`.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Final

from stream.config.yaml import Section
from stream.sources.callcenter.calls import CALLS, call_of, of_callcenter, tell, time_of
from stream.sources.callcenter.states import CHANGES, doing
from stream.sources.names import lists
from stream.sources.records import Decode, Prepared
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping, read_vendor
from stream.sources.vendor.telling import JsonLines, Telling, needed, translate

NAME: Final = "freeswitch"
HELP: Final = "events of FreeSWITCH's mod_callcenter, one JSON object per line"
ORIGIN: Final = "freeswitch"


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping is optional. `members: {queue: [agents]}`, `customers: true` name what events do not."""
    del decode, zone
    found = read_vendor(mapping, ORIGIN, ("members",))
    members = {} if mapping is None else _queues_of(lists(mapping, "members"))

    def begin() -> Following:
        return Following(found, members)

    return Prepared(lambda lines: translate(lines, begin().tell), personal=found.customers, following=begin)


def _queues_of(members: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """By agent, the queues that the person is in."""
    found: dict[str, list[str]] = {}
    for queue, persons in members.items():
        for person in persons:
            found.setdefault(person, []).append(queue)
    return {person: sorted(queues) for person, queues in found.items()}


class Following(JsonLines):
    """Events of one FreeSWITCH in their order."""

    def __init__(self, mapping: VendorMapping, members: dict[str, list[str]]) -> None:
        """members: by agent, the queues that the person is in; of others nothing is told but their contacts."""
        super().__init__(self.tell)
        self._mapping = mapping
        self._members = members
        self._words: dict[str, list[str]] = {}

    def save(self) -> list[Any]:
        """The last words of each agent."""
        return [self._words]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        (self._words,) = state

    def tell(self, found: Document) -> Telling:
        """The events of one object."""
        out, action = Telling(f"freeswitch/{self._mapping.origin}"), found.text("CC-Action")
        if not of_callcenter(found):
            return out.unknown(found.text("Event-Subclass") or found.text("Event-Name") or "an object that is no event")
        at = time_of(found)
        if action in CHANGES:
            return self._agent(found, at, out)
        if action not in CALLS:
            return out.unknown(action)
        tell(found, f"{self._mapping.origin}/{call_of(found)}", at, self._mapping, out)
        return out

    def _agent(self, found: Document, at: int, out: Telling) -> Telling:
        person = needed(found.text("CC-Agent"), "CC-Agent")
        words = self._words.setdefault(person, ["", ""])
        words[:] = [found.text("CC-Agent-Status").casefold() or words[0], found.text("CC-Agent-State").casefold() or words[1]]
        agent = self._mapping.agent(person)
        queues = self._members.get(person) or self._members.get(agent)
        if queues is None:
            return out.unknown("an agent whom the mapping names in no queue")
        if not (state := doing(*words)):
            return out.unknown("the state of an agent whose status nobody said")
        out.agent("agent.state_changed", agent, at, f"{at}/{words[0]}/{words[1]}", state=state, queues=queues)
        return out
