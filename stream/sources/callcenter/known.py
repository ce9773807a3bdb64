"""Which calls wait and talk, by the events of one switch, and what a look at all queues says that no event did.

An event that is lost (a kill, a cut connection) leaves a call that waits or talks for ever, or one of which nothing is known. The look has
who is there: who is not any more is told to be lost or ended, who was not told of is told now, with the moments that the switch keeps.
"""

from __future__ import annotations

from typing import Any, Final

from stream.sources.callcenter.calls import LEAVES, STARTS, TALK_BEGINS, TALK_ENDS, offer
from stream.sources.callcenter.lists import NO_ID, Row, seconds
from stream.sources.callcenter.mapping import SocketMapping
from stream.sources.vendor.telling import Telling
from stream.wire.fields import LONGEST
from stream.wire.times import FIRST

WAITING, TALKING = "waiting", "talking"
WAITS: Final = frozenset({"waiting", "trying"})
TALKS: Final = "answered"

SECOND: Final = 1_000
WITHIN_SECOND: Final = 999
"""The switch keeps whole seconds; what a look says happened is told in the last millisecond, after what events say of that second."""
YOUNG: Final = 2_000
"""What is younger (ms) is left to the events, or to the next look: they may still be on their way."""
UNSEEN: Final = 3_000
"""So long (ms) after a look did not show a call an event may still come that says how it went: events are sent after the answers."""
OVER: Final = 5_000
"""So long (ms) after its end a call may still stand in a list: the module says that it is over, and deletes it then."""
SEEN: Final = "seen"


class Call:
    """A call that is not over. All in ms.

    since: when it came into the queue; at: when its state began; unseen: since when it is missing, 0 while it is not; ended: when it then
    must have been over.
    """

    __slots__ = ("agent", "at", "ended", "queue", "since", "state", "unseen")

    def __init__(self, queue: str, at: int) -> None:
        """It begins to wait."""
        self.queue = queue
        self.state = WAITING
        self.since = self.at = at
        self.agent = ""
        self.unseen = self.ended = 0


class Known:
    """All calls in the queues of one switch. Agents are the switch's own names."""

    def __init__(self, mapping: SocketMapping) -> None:
        """No call is known."""
        self._names = mapping.names
        self._calls: dict[str, Call] = {}
        self._over: dict[str, int] = {}

    def contact(self, call: str) -> str:
        """The contact that a call is."""
        return f"{self._names.origin}/{call}"

    def take(self, action: str, call: str, queue: str, agent: str, at: int) -> None:
        """An event about a call, which says by itself what it is for the contact."""
        known = self._calls.get(call)
        if known is not None:
            known.unseen = 0
        if action in STARTS:
            if known is None or known.queue != queue or known.state != WAITING:
                self._calls[call] = Call(queue, at)
                self._over.pop(call, None)
        elif action == TALK_BEGINS:
            known = self._calls.setdefault(call, Call(queue, at))
            known.queue, known.state, known.at, known.agent = queue, TALKING, at, agent
        elif action == TALK_ENDS or (action == LEAVES and (known is None or known.queue == queue)):
            self._calls.pop(call, None)
            self._over[call] = at

    def look(self, members: dict[str, list[Row]], idle: dict[str, int], began: int, time: int, out: Telling) -> None:
        """All that was in the queues at some moment of each between `began` and `time`.

        members: by our name of each queue that could be read, its rows. idle: agents in no call, with when the last one ended (s).
        """
        self._over = {call: at for call, at in self._over.items() if time - at < OVER}
        seen: set[str] = set()
        for queue, rows in members.items():
            for row in rows:
                call, state = row.get("session_uuid", ""), row.get("state", "").casefold()
                if not 0 < len(call) <= NO_ID or (call in self._over and call not in self._calls):
                    continue
                if state in WAITS:
                    seen.add(call)
                    self._waits(call, queue, row, began, out)
                elif state == TALKS:
                    seen.add(call)
                    self._talks(call, queue, row, began, out)
        for call, known in self._calls.items():
            if call in seen or known.queue not in members or known.at >= began:  # it may have come after its list was made
                known.unseen = 0
            elif not known.unseen:
                known.unseen = known.ended = max(time, known.at)
                if known.state == TALKING and (ended := idle.get(known.agent, 0) * SECOND + WITHIN_SECOND) >= known.at:
                    known.ended = min(ended, known.ended)

    def tick(self, now: int, out: Telling) -> None:
        """Time has come to `now` (ms of the switch): what nobody told of calls that are gone is concluded."""
        for call, known in list(self._calls.items()):
            if not known.unseen or now - known.unseen <= UNSEEN:
                continue
            del self._calls[call]
            out.word = "unseen"
            # An end by the system: who waits is lost by it, whose talk was told and not saved before a kill has ended.
            talk = min(known.ended - known.at, LONGEST) if known.state == TALKING else None
            agent = self._person(known.agent)
            out.contact("contact.ended", self.contact(call), known.ended, by="system", agent_id=agent, talk_ms=talk)

    def _waits(self, call: str, queue: str, row: Row, began: int, out: Telling) -> None:
        known, joined = self._calls.get(call), _joined(row)
        out.word = SEEN
        if known is None or known.queue != queue:
            if began - joined < YOUNG or joined < FIRST or not self._come(call, queue, row, joined, out):
                return
        elif known.state == TALKING:
            return  # it talks, and the list does not know yet; or its agent went away, and it will ring on
        out.contact("contact.confirmed", self.contact(call), max(began, known.at if known else 0), queue=queue, channel="call")

    def _talks(self, call: str, queue: str, row: Row, began: int, out: Telling) -> None:
        known = self._calls.get(call)
        if known is not None and known.state == TALKING:
            return
        joined, begun = _joined(row), seconds(row, "bridge_epoch") * SECOND
        if began - begun < YOUNG or begun < FIRST:
            return
        out.word = SEEN
        if known is not None and known.queue != queue:
            self._come(call, queue, row, joined, out)
        at, agent = begun + WITHIN_SECOND, row.get("serving_agent", "")
        known = self._calls[call] = Call(queue, at)
        known.state, known.agent = TALKING, agent
        wait = begun - joined if 0 <= begun - joined <= LONGEST else None
        # A call that no event told of needs no offer: it was offered so long before its answer.
        person = self._person(agent)
        out.contact("contact.answered", self.contact(call), at, queue=queue, channel="call", agent_id=person, wait_ms=wait)

    def _come(self, call: str, queue: str, row: Row, joined: int, out: Telling) -> bool:
        """Tell that a call came into a queue, unless what is known of it is newer."""
        known, at = self._calls.get(call), joined + WITHIN_SECOND
        if known is not None and at <= known.since:
            return False
        self._calls[call] = Call(queue, at)
        offer(out, self.contact(call), at, queue, row.get("cid_number", "") if self._names.customers else "")
        return True

    def _person(self, agent: str) -> str:
        return self._names.agent(agent) if 0 < len(agent) <= NO_ID else ""

    def save(self) -> list[Any]:
        """What has to be kept to go on, as plain values."""
        calls = {call: [c.queue, c.state, c.since, c.at, c.agent, c.unseen, c.ended] for call, c in self._calls.items()}
        return [calls, self._over]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        calls, self._over = state
        self._calls = {}
        for call, fields in calls.items():
            c = self._calls[call] = Call("", 0)
            c.queue, c.state, c.since, c.at, c.agent, c.unseen, c.ended = fields


def _joined(row: Row) -> int:
    """When a caller came into the queue, or came back to it (ms)."""
    return seconds(row, "rejoined_epoch", "joined_epoch") * SECOND
