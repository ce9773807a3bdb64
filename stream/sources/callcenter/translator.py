"""What an event socket says of mod_callcenter, in its order -> events: its events, and what a look at all queues shows of calls and agents.

Time is the switch's own: every event bears it, and looks are taken at the arrival of their last answer by the switch's clock, as the
answers to `strmicroepoch` tell it.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from stream.core.events import Event
from stream.sources.callcenter.agents import Agents
from stream.sources.callcenter.calls import CALLS, MICRO, QUIET, call_of, of_callcenter, queue_of, tell, time_of
from stream.sources.callcenter.frames import CLOCK, EVENT, LONGEST_BODY, LOOK, opened
from stream.sources.callcenter.known import Known
from stream.sources.callcenter.lists import NO_ID, Row, rows, seconds
from stream.sources.callcenter.mapping import SocketMapping
from stream.sources.callcenter.states import CHANGES
from stream.sources.records import Rejected, Unknown
from stream.sources.vendor.document import Document
from stream.sources.vendor.telling import Telling, needed, told
from stream.wire.times import FIRST, LAST

IN_CALL: Final = "in a queue call"
DIGITS: Final = 18


class Translator:
    """One switch. Feed it what was carried from one connection after another, each with the moment of its arrival (ms)."""

    def __init__(self, mapping: SocketMapping) -> None:
        """Nothing is known of any call or agent."""
        self._names = mapping.names
        self._origin = f"freeswitch/{mapping.names.origin}"
        self._known = Known(mapping)
        self._agents = Agents(mapping, self._origin)
        self._ahead = 0

    def begin(self) -> None:
        """A connection begins: the look that it begins with says what the one before did not."""

    def feed(self, raw: bytes, now: int) -> list[Event | Rejected | Unknown]:
        """What one frame tells; `now` is when it arrived. Never raises."""
        kind, body = opened(raw)
        if kind == EVENT:
            if not body:
                return [Rejected("bad_value", f"the event is longer than {LONGEST_BODY} bytes", raw, 0)]
            return list(told(_utf8(body), self._tell))
        if kind == CLOCK:
            digits = body.strip()
            if digits.isdigit() and len(digits) <= DIGITS and FIRST <= int(digits) // MICRO <= LAST:
                self._ahead = int(digits) // MICRO - now
        elif kind == LOOK:
            return self._look(body, self._time(now))
        return []

    def tick(self, now: int) -> list[Event | Rejected | Unknown]:
        """Time has come to `now` by our clock."""
        out = Telling(self._origin)
        self._known.tick(self._time(now), out)
        return list(out.found)

    def _time(self, now: int) -> int:
        return min(max(now + self._ahead, FIRST), LAST)

    def _tell(self, found: Document) -> Telling:
        out, action = Telling(self._origin), found.text("CC-Action")
        if not of_callcenter(found):
            return out.unknown(found.text("Event-Subclass") or found.text("Event-Name") or "an object that is no event")
        if action in CHANGES:
            name = needed(found.text("CC-Agent"), "CC-Agent")
            out.found += self._agents.change(name, found.text("CC-Agent-Status"), found.text("CC-Agent-State"), time_of(found))
        elif action in CALLS:
            call, at = call_of(found), time_of(found)
            tell(found, self._known.contact(call), at, self._names, out)
            self._known.take(action, call, queue_of(found.text("CC-Queue"), self._names), found.text("CC-Agent"), at)
        elif action not in QUIET:
            out.unknown(action)
        return out

    def _look(self, body: bytes, time: int) -> list[Event | Rejected | Unknown]:
        look = Document(_object(body))
        agents, of_agents = rows(look.text("agents"))
        tiers, of_tiers = rows(look.text("tiers"))
        lame = of_agents + of_tiers
        members: dict[str, list[Row]] = {}
        spoilt: set[str] = set()
        for part in look.parts("queues"):
            queue = queue_of(part.text("name"), self._names)
            found, more = rows(part.text("members"))
            lame += more
            members.setdefault(queue, []).extend(found)
            if more or not 0 < len(queue) <= NO_ID:
                spoilt.add(queue)
        for queue in spoilt:  # who is not in a list of which a row cannot be read may be there
            del members[queue]
        # The lists are as old as their answers, of which the first may be as old as the look itself.
        began = time - (look.number("took") or 0)
        out = Telling(self._origin)
        idle = {row.get("name", ""): seconds(row, "last_bridge_end") for row in agents if row.get("state", "").casefold() != IN_CALL}
        self._known.look(members, idle, began, time, out)
        told_of: list[Event | Rejected | Unknown] = [*out.found]
        if not of_agents + of_tiers:
            told_of += self._agents.look(agents, tiers, began, time)
        if lame:
            told_of.append(Rejected("bad_value", f"{lame} rows of the switch's lists have too few or too many fields", b"", 0))
        return told_of

    def save(self) -> list[Any]:
        """What has to be kept to go on with another connection, as plain values."""
        return [self._ahead, self._known.save(), self._agents.save()]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        self._ahead, known, agents = state
        self._known.restore(known)
        self._agents.restore(agents)


def _utf8(body: bytes) -> bytes:
    """A caller's name in an old encoding spoils nothing."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1").encode()
    return body


def _object(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
