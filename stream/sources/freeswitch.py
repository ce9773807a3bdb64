"""The source `freeswitch`: events of mod_callcenter (`CUSTOM callcenter::info`), as JSON objects one a line -> events.

What an agent does is told by two words, the status (logged out, on break) and the state (receiving, in a call), so the translator remembers
the last of each. In which queues an agent is, no event says: the mapping does, under `members`.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Final

from stream.config.yaml import Section
from stream.core.events import Event
from stream.sources.names import lists
from stream.sources.records import CUSTOMER, Decode, Prepared
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping, read_vendor
from stream.sources.vendor.telling import JsonLines, Telling, moment, needed, translate
from stream.wire.fields import LONGEST
from stream.wire.times import FIRST, LAST

NAME: Final = "freeswitch"
HELP: Final = "events of FreeSWITCH's mod_callcenter, one JSON object per line"
ORIGIN: Final = "freeswitch"
STATUSES: Final = {"logged out": "offline", "on break": "paused"}
STATES: Final = {"receiving": "reserved", "in a queue call": "on_contact"}
AVAILABLE: Final = "available"
MICRO: Final = 1000
SECOND: Final = 1000


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping is optional. `members: {queue: [agents]}`, `customers: true` name what events do not."""
    del decode, zone
    customers = mapping is not None and mapping.flag("customers", default=False)
    found = read_vendor(mapping, ORIGIN, ("customers", "members"))
    members = {} if mapping is None else _queues_of(lists(mapping, "members"))

    def begin() -> Following:
        return Following(found, members, customers=customers)

    return Prepared(lambda lines: translate(lines, begin().tell), personal=customers, following=begin)


def _queues_of(members: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """By agent, the queues that the person is in."""
    found: dict[str, list[str]] = {}
    for queue, persons in members.items():
        for person in persons:
            found.setdefault(person, []).append(queue)
    return {person: sorted(queues) for person, queues in found.items()}


class Following(JsonLines):
    """Events of one FreeSWITCH in their order."""

    def __init__(self, mapping: VendorMapping, members: dict[str, list[str]], *, customers: bool) -> None:
        """members: by agent, the queues that the person is in; of others nothing is told but their contacts."""
        super().__init__(self.tell)
        self._mapping = mapping
        self._members = members
        self._customers = customers
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
        if found.text("Event-Subclass") not in ("callcenter::info", "") or not action:
            return out.unknown(found.text("Event-Subclass") or found.text("Event-Name") or "an object that is no event")
        at = moment(_micro(found), "Event-Date-Timestamp")
        if action in ("agent-status-change", "agent-state-change"):
            return self._agent(found, at, out)
        if action not in CALLS:
            return out.unknown(action)
        contact = f"{self._mapping.origin}/{needed(found.text('CC-Member-Session-UUID'), 'CC-Member-Session-UUID')}"
        out.word = action
        self._call(found, action, contact, at, out)
        return out

    def _call(self, found: Document, action: str, contact: str, at: int, out: Telling) -> None:
        queue = self._mapping.queue(found.text("CC-Queue").partition("@")[0], found.text("CC-Queue"))
        person = found.text("CC-Agent")
        agent = self._mapping.agent(person) if person else ""
        if action == "member-queue-start":
            out.contact("contact.offered", contact, at, queue=needed(queue, "CC-Queue"), channel="call")
            name, first = found.text("CC-Member-CID-Number"), out.found[-1]
            if self._customers and name and isinstance(first, Event):
                first.data[CUSTOMER] = name
        elif action == "agent-offering":
            out.contact("contact.ringing", contact, at, agent_id=agent)
        elif action == "bridge-agent-fail":
            out.contact("contact.ring_missed", contact, at, agent_id=agent, reason=found.text("CC-Hangup-Cause").lower())
        elif action == "bridge-agent-start":
            wait = _between(found, "CC-Member-Joined-Time", "CC-Agent-Answered-Time")
            out.contact("contact.answered", contact, at, queue=queue, channel="call", agent_id=agent, wait_ms=wait)
        elif action == "bridge-agent-end":
            talk = _between(found, "CC-Agent-Answered-Time", "CC-Bridge-Terminated-Time")
            out.contact("contact.ended", contact, at, agent_id=agent, talk_ms=talk)
        else:
            self._left(found, contact, queue, at, out)

    @staticmethod
    def _left(found: Document, contact: str, queue: str, at: int, out: Telling) -> None:
        cause, reason = found.text("CC-Cause").casefold(), found.text("CC-Cancel-Reason").casefold()
        if cause == "terminated":
            # After a talk, which bridge-agent-end has ended already; after one that had no such event this is its end.
            out.contact("contact.ended", contact, at)
        elif reason in ("", "none"):
            wait = _between(found, "CC-Member-Joined-Time", "CC-Member-Leaving-Time")
            out.contact("contact.abandoned", contact, at, queue=queue, channel="call", stage="queue", wait_ms=wait)
        else:
            # It may enter the next queue in the same millisecond, and entering is taken before leaving there.
            out.contact("contact.flowed_out", contact, at - 1, queue=queue, reason=reason)

    def _agent(self, found: Document, at: int, out: Telling) -> Telling:
        person = needed(found.text("CC-Agent"), "CC-Agent")
        words = self._words.setdefault(person, ["", ""])
        status, state = found.text("CC-Agent-Status").casefold(), found.text("CC-Agent-State").casefold()
        words[:] = [status or words[0], state or words[1]]
        agent = self._mapping.agent(person)
        queues = self._members.get(person) or self._members.get(agent)
        if queues is None:
            return out.unknown("an agent whom the mapping names in no queue")
        doing = STATES.get(words[1]) or STATUSES.get(words[0], AVAILABLE)
        if words[0] == "logged out":
            doing = "offline"
        out.agent("agent.state_changed", agent, at, f"{at}/{words[0]}/{words[1]}", state=doing, queues=queues)
        return out


CALLS: Final = frozenset(
    {"member-queue-start", "agent-offering", "bridge-agent-start", "bridge-agent-end", "bridge-agent-fail", "member-queue-end"}
)
"""members-count says how many wait, which is counted here."""


def _micro(found: Document) -> int | None:
    at = found.number("Event-Date-Timestamp")
    return None if at is None or not FIRST <= at // MICRO <= LAST else at // MICRO


def _between(found: Document, first: str, last: str) -> int | None:
    """Whole seconds of the switch between two of its moments; None where one is missing."""
    begun, ended = found.number(first), found.number(last)
    if not begun or not ended or not 0 <= (ended - begun) * SECOND <= LONGEST:
        return None
    return (ended - begun) * SECOND
