"""What a queue_log says of calls: the words of one call in the order of the log -> contact events.

A call is remembered for what the format does not say by itself: which event comes after which within one second, since when it
waits or talks where a field is missing, and which calls a restart of Asterisk ended.
"""

from __future__ import annotations

from typing import Any, Final

from stream.core.events import Event
from stream.core.life import life_rank
from stream.sources.queue_log.lines import Line
from stream.sources.queue_log.mapping import QueueLogMapping
from stream.sources.queue_log.members import Members
from stream.sources.queue_log.words import COMPLETIONS, EXITS, RINGS, TRANSFERS, TURNED_AWAY, WAIT_AT
from stream.wire.fields import LONGEST

WAITING: Final = "waiting"
TALKING: Final = "talking"
GONE: Final = "gone"

HOUR: Final = 3_600_000
KEEP_GONE: Final = 2 * HOUR
KEEP_OPEN: Final = 48 * HOUR
"""So long (ms of the log's time) a call is remembered without a line of its own; one that ends later still is told whole by its end."""
PURGE_EVERY: Final = 60_000
LONGEST_FIGURE: Final = 12
"""Digits; a longer one is no figure."""


class Call:
    """One call. since: when it entered the queue; answered: when its talk began; last, rank: the event before; rung: until when it rang."""

    __slots__ = ("agent", "answered", "last", "queue", "rank", "rung", "since", "state", "touched")

    def __init__(self, queue: str, time: int) -> None:
        """A call of which nothing is known but that it is there."""
        self.queue = queue
        self.state = ""
        self.since = self.answered = self.touched = time
        self.last = self.rank = 0
        self.rung = 0
        self.agent = ""


class Calls:
    """All calls of one PBX that are not over, and for a while those that are."""

    def __init__(self, mapping: QueueLogMapping, origin: str, members: Members) -> None:
        """No call is known."""
        self._mapping = mapping
        self._origin = origin
        self._members = members
        self._calls: dict[str, Call] = {}
        self._purged = 0
        self._out: list[Event] = []

    def take(self, line: Line) -> list[Event]:
        """The events of one line about a call."""
        self._out = []
        self._purge(line.time)
        call = self._calls.get(line.call)
        if call is None:
            call = self._calls[line.call] = Call(line.queue, line.time)
        call.touched = line.time
        word = line.word
        if word == "ENTERQUEUE":
            self._enter(call, line)
        elif word == "CONNECT":
            self._connect(call, line)
        elif word in RINGS:
            self._ring(call, line)
        elif word in COMPLETIONS:
            self._complete(call, line, COMPLETIONS[word])
        elif word in TRANSFERS:
            self._transfer(call, line)
        elif word == "ABANDON":
            self._abandon(call, line)
        elif word in EXITS:
            self._exit(call, line)
        elif word in TURNED_AWAY:
            self._turn_away(call, line)
        else:
            self._wrap_up(call, line)
        if not call.state:
            del self._calls[line.call]
        return self._out

    def restart(self, line: Line) -> list[Event]:
        """Asterisk began anew: who waited is lost, who talked was cut off."""
        self._out = []
        for name, call in self._calls.items():
            self._vanish(call, Line(line.time, name, call.queue, "", line.word, [], line.key), "restart")
        return self._out

    def vanish(self, line: Line) -> list[Event]:
        """One call is not there any more, and nothing said how it went; the line has its id. Who talked was cut off."""
        self._out = []
        call = self._calls.get(line.call)
        if call is not None:
            line.queue = call.queue
            self._vanish(call, line, "unseen")
        return self._out

    def seen(self, line: Line, waited: int | None = None) -> list[Event]:
        """A call waits since the second of the line or, where `waited` (ms) says how long it did, talks since then; no line told of it.

        It does 1 ms later: after whatever a log has of that second. Who knows already that it does learns nothing new.
        """
        self._out = []
        call = self._calls.setdefault(line.call, Call(line.queue, line.time))
        call.touched = line.time
        if waited is None:
            self._add(call, line, "contact.offered", at=line.time + 1)
            self._wait(call, line)
        else:
            agent: dict[str, Any] = {"agent_id": self._members.agent(line.agent)} if line.agent else {}
            self._add(call, line, "contact.answered", at=line.time + 1, wait_ms=waited, **agent)
            call.state, call.queue, call.answered = TALKING, line.queue, line.time
        return self._out

    def forget(self, name: str) -> None:
        """What was known of a call is not true any more."""
        self._calls.pop(name, None)

    def _vanish(self, call: Call, line: Line, reason: str) -> None:
        if call.state == WAITING:
            self._add(call, line, "contact.lost", reason=reason, wait_ms=_between(call.since, line))
        elif call.state == TALKING:
            self._add(call, line, "contact.ended", by="system", handle_ms=_between(call.answered, line))
        call.state, call.agent, call.touched = GONE, "", line.time

    # -- words --------------------------------------------------------------------------------------------------------

    def _enter(self, call: Call, line: Line) -> None:
        if call.state == WAITING:
            if call.queue == line.queue and call.since == line.time:
                return  # the same stay, told twice
            self._add(call, line, "contact.requeued", from_queue=call.queue)
        else:
            self._hang_up(call, line)
            self._add(call, line, "contact.offered")
        self._wait(call, line)

    def _connect(self, call: Call, line: Line) -> None:
        self._follow(call, line)
        agent = self._members.agent(line.agent) if line.agent else ""
        wait = _milliseconds(line, 0)
        if wait is None:
            wait = _between(call.since, line) if call.state == WAITING else 0
        data: dict[str, Any] = {"wait_ms": wait}
        if agent:
            data["agent_id"] = agent
        ring = _milliseconds(line, 2)
        if ring is not None:
            data["ring_ms"] = self._rung(call, line.time, ring)
        self._hang_up(call, line)
        self._add(call, line, "contact.answered", **data)
        call.state, call.answered, call.agent = TALKING, line.time, agent
        if agent:
            self._out += self._members.talk(agent, line, 1)

    def _ring(self, call: Call, line: Line) -> None:
        if call.state != WAITING:
            return
        data: dict[str, Any] = {"agent_id": self._members.agent(line.agent)} if line.agent else {}
        ring = _milliseconds(line, 0, 1)
        if ring is not None:
            data["ring_ms"] = self._rung(call, line.time, ring)
        self._add(call, line, "contact.ring_missed", **data)

    def _complete(self, call: Call, line: Line, by: str) -> None:
        talk = self._talked(call, line, 0, 1)
        if talk is not None:
            own: dict[str, Any] = {} if self._mapping.wrap_up else {"handle_ms": talk}
            self._add(call, line, "contact.ended", "ended", by=by, **own)
            self._hang_up(call, line)
            call.state = GONE

    def _transfer(self, call: Call, line: Line) -> None:
        kind, wait_at, talk_at = TRANSFERS[line.word]
        talk = self._talked(call, line, wait_at, talk_at)
        if talk is not None:
            agent: dict[str, Any] = {"agent_id": call.agent} if call.agent else {}
            self._add(call, line, "contact.transferred", "transferred", kind=kind, handle_ms=talk, **agent)
            # The log tells no more of it, but where it enters another queue: that is then another stay.
            self._add(call, line, "contact.ended", "ended", by="transfer")
            self._hang_up(call, line)
            call.state = GONE

    def _abandon(self, call: Call, line: Line) -> None:
        if call.state == TALKING:
            self._cut_off(call, line, "customer")
        elif call.state != GONE:
            self._follow(call, line)
            # A member in the line: the caller hung up while they were being connected.
            self._add(call, line, "contact.abandoned", stage="ringing" if line.agent else "queue", wait_ms=self._waited(call, line))
        call.state = GONE

    def _exit(self, call: Call, line: Line) -> None:
        if call.state == TALKING:
            self._cut_off(call, line, "system")
        elif call.state != GONE:
            wait = self._waited(call, line)
            if call.state != WAITING:
                call.last = line.time - wait
                self._add(call, line, "contact.offered", "implied", at=line.time - wait)
            else:
                self._follow(call, line)
            self._add(call, line, "contact.flowed_out", reason=EXITS[line.word], wait_ms=wait)
        call.state = GONE

    def _turn_away(self, call: Call, line: Line) -> None:
        if call.state != WAITING or call.queue != line.queue:
            if call.state == WAITING:
                self._add(call, line, "contact.requeued", "implied", from_queue=call.queue)
            else:
                self._hang_up(call, line)
                self._add(call, line, "contact.offered", "implied")
            self._wait(call, line)
        wait = _between(call.since, line)
        self._add(call, line, "contact.flowed_out", reason=TURNED_AWAY[line.word], wait_ms=wait)
        call.state = GONE

    def _wrap_up(self, call: Call, line: Line) -> None:
        spent = _milliseconds(line, 0)
        if call.state == GONE and spent is not None:
            self._add(call, line, "contact.wrapped_up", acw_ms=spent)

    # -- what they have in common -------------------------------------------------------------------------------------

    def _wait(self, call: Call, line: Line) -> None:
        call.state, call.queue, call.since, call.rung = WAITING, line.queue, line.time, 0

    def _follow(self, call: Call, line: Line) -> None:
        """A call that waits in another queue than the line says: the line that moved it is missing."""
        if call.state == WAITING and call.queue != line.queue:
            self._add(call, line, "contact.requeued", "implied", from_queue=call.queue)
            self._wait(call, line)

    def _waited(self, call: Call, line: Line) -> int:
        """The wait (ms) by the log's own field, else by the times of the lines."""
        at = WAIT_AT.get(line.word)
        own = None if at is None else _milliseconds(line, at)
        if own is not None:
            return own
        return _between(call.since, line) if call.state == WAITING else 0

    def _talked(self, call: Call, line: Line, wait_at: int, talk_at: int) -> int | None:
        """The talk (ms) that a line ends; None where it was over before.

        Where nothing told of its beginning (the log begins later, or a line is missing) that is told now, at its own time.
        """
        if call.state == GONE:
            return None
        talk = _milliseconds(line, talk_at)
        if call.state == TALKING:
            return _between(call.answered, line) if talk is None else talk
        talk = talk or 0
        self._follow(call, line)
        begun = line.time - talk
        wait = _milliseconds(line, wait_at)
        if wait is None:
            wait = max(0, begun - call.since) if call.state == WAITING else 0
        agent: dict[str, Any] = {"agent_id": self._members.agent(line.agent)} if line.agent else {}
        if not call.state:
            call.last = begun
        self._add(call, line, "contact.answered", "implied", at=begun, wait_ms=wait, **agent)
        return talk

    def _cut_off(self, call: Call, line: Line, by: str) -> None:
        """A talk ends by a line that is about waiting."""
        self._add(call, line, "contact.ended", by=by, handle_ms=_between(call.answered, line))
        self._hang_up(call, line)

    def _hang_up(self, call: Call, line: Line) -> None:
        """The talk is over for its member, if there was one."""
        if call.agent:
            self._out += self._members.talk(call.agent, line, -1)
            call.agent = ""

    def _rung(self, call: Call, time: int, ring: int) -> int:
        """How much of a ringing until now is new: members who ring at once are one ringing for the caller."""
        begun = max(time - ring, call.rung, call.since if call.state == WAITING else 0)
        call.rung = max(call.rung, time)
        return max(0, time - begun)

    def _add(self, call: Call, line: Line, event: str, part: str = "", at: int | None = None, **data: Any) -> None:
        """Append an event. Within a millisecond the core goes by the order of life, so what the log has otherwise is 1 ms later."""
        rank = life_rank(event)
        time = max(line.time if at is None else at, call.last)
        if time == call.last and (rank < call.rank or (rank == call.rank and event != "contact.ring_missed")):
            time += 1
        call.last, call.rank = time, rank
        contact = f"{self._mapping.pbx}/{line.call}"
        name = f"{self._origin}|{line.time}/{line.call}/{line.word}/{line.key}{'/' + part if part else ''}"
        self._out.append(Event(time, event, contact, name, {"contact_id": contact, "queue": line.queue, "channel": "call", **data}))

    def _purge(self, now: int) -> None:
        if abs(now - self._purged) < PURGE_EVERY:
            return
        self._purged = now
        for name in [name for name, call in self._calls.items() if now - call.touched > (KEEP_GONE if call.state == GONE else KEEP_OPEN)]:
            del self._calls[name]

    def save(self) -> list[Any]:
        """What has to be kept to go on."""
        return [
            self._purged,
            {name: [c.queue, c.state, c.since, c.answered, c.touched, c.last, c.rank, c.rung, c.agent] for name, c in self._calls.items()},
        ]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        self._purged, known = state
        self._calls = {}
        for name, fields in known.items():
            c = self._calls[name] = Call("", 0)
            c.queue, c.state, c.since, c.answered, c.touched, c.last, c.rank, c.rung, c.agent = fields


def _between(since: int, line: Line) -> int:
    """How long (ms) something lasted until a line; no longer than anything does, whatever a spoilt time says."""
    return min(max(0, line.time - since), LONGEST)


def _milliseconds(line: Line, at: int, unit: int = 1000) -> int | None:
    """A length of time of the data; None where it is missing or no figure."""
    data = line.data
    if not -len(data) <= at < len(data):
        return None
    text = data[at].strip()
    if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_FIGURE:
        return None
    found = int(text) * unit
    return found if found <= LONGEST else None
