"""What a manager interface says of calls, put into the lines that Asterisk writes of the same calls into its queue_log.

The lines are told by the queue_log's own translator, so a call that both tell has the same events under the same ids: second, fields
and order are the log's. What a line would say and no message does is found out here: whether a caller who left hung up or timed out.
"""

from __future__ import annotations

from typing import Any, Final

from stream.core.events import Event
from stream.sources.asterisk_ami.mapping import AmiMapping
from stream.sources.asterisk_ami.messages import Message, named
from stream.sources.queue_log.calls import KEEP_OPEN, Calls
from stream.sources.queue_log.lines import Line, Reader
from stream.sources.queue_log.members import Members
from stream.sources.records import Rejected, Unknown
from stream.wire.times import FIRST

GRACE: Final = 30_000
"""So long (ms) after a call left its queue its AgentConnect may still come: what the dialplan plays to the member comes before it."""
UNSEEN: Final = 3_000
"""So long (ms) after a look did not show a call, or after its hangup, a message may still come that says how it went."""

SECOND: Final = 1_000

WAITING: Final = "waiting"
LEFT: Final = "left"  # it left the queue; AgentConnect may follow
EXITED: Final = "exited"  # that it gave up is told; its leaving is still to come
TALKING: Final = "talking"

MOST_HANGING: Final = 1_000
"""Channels that were asked to hang up and have not yet; of more the oldest are forgotten."""
ENDINGS: Final = frozenset({"queuecallerabandon", "agentconnect", "agentcomplete"})
"""The messages that say since when a call was in its queue."""
LONGEST_SPAN: Final = 8
"""Digits of a span (s); a longer one is no figure, and what came before 1970 was not seen."""
FLOWN: Final = {"caller": "COMPLETECALLER", "agent": "COMPLETEAGENT"}
HANGUPS: Final = frozenset({"hangup", "hanguprequest", "softhanguprequest"})
Found = list[Event | Rejected | Unknown]


class Open:
    """A call that is not over.

    at: when its state began (ms). unseen: since when it is missing, 0 while it is not; ended: when it then must have been over.
    """

    __slots__ = ("at", "ended", "interface", "position", "queue", "state", "unseen")

    def __init__(self, queue: str, position: str) -> None:
        """It begins to wait."""
        self.queue = queue
        self.position = position
        self.state = WAITING
        self.at = self.unseen = self.ended = 0
        self.interface = ""


class AmiCalls:
    """All calls in the queues of one PBX."""

    def __init__(self, mapping: AmiMapping, origin: str, names: Members) -> None:
        """No call is known."""
        self._queues = mapping.log.queues
        self._reader = Reader(mapping.log)
        self._calls = Calls(mapping.log, origin, names)
        self._open: dict[str, Open] = {}
        self._hung: dict[str, None] = {}
        self.sees_hangups = False
        """Whether messages about channels come: only then does it say something that none told of a hangup."""

    def take(self, kind: str, message: Message, time: int) -> Found:
        """A message about one call at `time` (ms of the PBX)."""
        call = named(message, "uniqueid")
        known = self._open.get(call)
        if kind in HANGUPS:
            return self._hang_up(call, known, kind, time)
        if not call and kind == "agentcomplete":
            # Where the caller's channel is gone already, Asterisk leaves out which it was.
            call = self._in_talk(named(message, "interface"))
            known = self._open.get(call)
            if known is None:
                return []
        queue = named(message, "queue")
        if not call or not queue:
            return [Rejected("missing_field", f"the message {kind} names no call or no queue", b"", 0)]
        out: Found = []
        if known is not None:
            known.unseen = 0
        if kind in ENDINGS and (known is None or known.queue != queue):
            known, out = self._missed(kind, call, queue, message, time)
            if known is None:
                return []
        step = {
            "queuecallerjoin": self._join,
            "queuecallerabandon": self._abandon,
            "queuecallerleave": self._leave,
            "agentconnect": self._connect,
            "agentcomplete": self._complete,
            "agentringnoanswer": self._ring,
            "agentdump": self._ring,
        }[kind]
        return out + step(call, known, queue, message, time)

    def wait(self, call: str, queue: str, waited: int, position: str, time: int) -> Found:
        """A look at the queue shows a call that waits: one that nobody told of has joined `waited` ms ago.

        One that has come within the second is left to the messages, or to the next look: beside a log of whole seconds it could not
        be told which was first, that it came here or that it left the queue before.
        """
        known = self._open.get(call)
        if known is not None:
            known.unseen = 0
        if waited < SECOND or (known is not None and (known.queue == queue or known.state == TALKING)):
            return []
        self._open[call] = Open(queue, position)
        return self._see(call, queue, time - waited)

    def missing(self, seen: set[str], idle: dict[str, int], time: int) -> None:
        """A look at all queues is over: who waits and was not seen, and who talks to a member who talks to nobody (since when, ms).

        What happened just before the look may still be told after it, so that is not yet believed.
        """
        for name, call in self._open.items():
            if call.unseen:
                continue
            if call.state == WAITING and name not in seen:
                call.unseen = call.ended = time
            elif call.state == TALKING and call.interface in idle:
                ended = idle[call.interface]
                call.unseen, call.ended = time, max(ended, call.at) if ended + SECOND > call.at else time

    def tick(self, now: int) -> Found:
        """Time has come to `now`: what nobody told is concluded."""
        out: Found = []
        for name, call in list(self._open.items()):
            if call.state == LEFT and now - call.at > GRACE:
                out += self._left(name, call)
            elif (call.state == EXITED and now - call.at > GRACE) or (call.state == TALKING and now - call.at > KEEP_OPEN):
                del self._open[name]
            elif call.unseen and now - call.unseen > UNSEEN:
                del self._open[name]
                out += self._calls.vanish(Line(call.ended // SECOND * SECOND, name, "", "", "UNSEEN", [], call.state))
        return out

    # -- messages -----------------------------------------------------------------------------------------------------

    def _join(self, call: str, known: Open | None, queue: str, message: Message, time: int) -> Found:
        if known is not None and known.state == WAITING and known.queue == queue:
            return []  # a look at the queue has told it
        out = self._left(call, known) if known is not None and known.state == LEFT else []
        position = named(message, "position")
        self._open[call] = Open(queue, position)
        return out + self._line(time, call, queue, "", "ENTERQUEUE", "", named(message, "calleridnum"), position)

    def _abandon(self, call: str, known: Open | None, queue: str, message: Message, time: int) -> Found:
        """Asterisk says so of whoever ran out of time or of agents, too; only a caller who hangs up says so before."""
        hung = call in self._hung or not self.sees_hangups
        if known is not None:
            known.state, known.at = EXITED, time
        word = "ABANDON" if hung else "EXITWITHTIMEOUT"
        return self._line(time, call, queue, "", word, *(message.get(name, "") for name in ("position", "originalposition", "holdtime")))

    def _leave(self, call: str, known: Open | None, queue: str, message: Message, time: int) -> Found:
        del queue, message
        if known is not None and known.state == EXITED:
            del self._open[call]
        elif known is not None and known.state == WAITING:
            known.state, known.at = LEFT, time
        return []

    def _connect(self, call: str, known: Open | None, queue: str, message: Message, time: int) -> Found:
        known = known or Open(queue, "")
        known.state, known.at, known.interface = TALKING, time, named(message, "interface")
        fields = [message.get(name, "") for name in ("holdtime", "destuniqueid", "ringtime")]
        return self._line(time, call, queue, named(message, "membername", "interface"), "CONNECT", *fields)

    def _complete(self, call: str, known: Open | None, queue: str, message: Message, time: int) -> Found:
        position = "" if known is None else known.position
        self._open.pop(call, None)
        waited, talked = message.get("holdtime", ""), message.get("talktime", "")
        agent, word = named(message, "membername", "interface"), FLOWN.get(message.get("reason", "").lower())
        if word is None:
            return self._line(time, call, queue, agent, "BLINDTRANSFER", "", "", waited, talked, position)
        return self._line(time, call, queue, agent, word, waited, talked, position)

    def _ring(self, call: str, known: Open | None, queue: str, message: Message, time: int) -> Found:
        del known
        word = "RINGNOANSWER" if "ringtime" in message else "AGENTDUMP"
        return self._line(time, call, queue, named(message, "membername", "interface"), word, message.get("ringtime", ""))

    def _hang_up(self, call: str, known: Open | None, kind: str, time: int) -> Found:
        if kind != "hangup":
            if call:
                self._hung[call] = None
                if len(self._hung) > MOST_HANGING:
                    del self._hung[next(iter(self._hung))]
            return []
        self._hung.pop(call, None)
        if known is None:
            return []
        if known.state == LEFT:
            return self._left(call, known)
        if not known.unseen:
            known.unseen = known.ended = time  # its channel is gone: if nobody says how, that is how
        return []

    def _missed(self, kind: str, call: str, queue: str, message: Message, time: int) -> tuple[Open | None, Found]:
        """A call of which nobody heard how it came into this queue: since when it was there, or talked, its end says in whole seconds.

        None where that was less than one ago: an answer is then told by the end of the talk, and a talk without length not at all.
        """
        self._calls.forget(call)
        self._open.pop(call, None)
        waited, talked = _seconds(message.get("holdtime", "")), _seconds(message.get("talktime", ""))
        out: Found = []
        if kind == "agentcomplete":
            if not talked:
                return None, []
            agent = named(message, "membername", "interface")
            out = self._see(call, queue, time - talked * SECOND, agent, waited * SECOND)
        elif waited:
            out = self._see(call, queue, time - waited * SECOND)
        elif kind == "agentconnect":
            return None, []
        known = self._open[call] = Open(queue, "")
        return known, out

    def _see(self, call: str, queue: str, since: int, agent: str = "", waited: int | None = None) -> Found:
        what = "waits" if waited is None else "talks"
        line = Line(since // SECOND * SECOND, call, self._queues.get(queue, queue), agent, "SEEN", [], what)
        return list(self._calls.seen(line, waited)) if line.time >= FIRST else []

    # -- what they have in common -------------------------------------------------------------------------------------

    def _left(self, call: str, known: Open) -> Found:
        """It left without a word, and nobody took it: by a key, or was withdrawn."""
        del self._open[call]
        return self._line(known.at, call, known.queue, "", "EXITWITHKEY")

    def _in_talk(self, interface: str) -> str:
        """The call that an interface is in; none where that is not certain."""
        found = [name for name, call in self._open.items() if call.state == TALKING and call.interface == interface]
        return found[0] if len(found) == 1 else ""

    def _line(self, time: int, call: str, queue: str, agent: str, word: str, *data: str) -> Found:
        """What the log's translator makes of the line that the log has of it: in whole seconds, without signs that would cut it."""
        fields = [str(time // SECOND), call, queue, agent or "NONE", word, *data]
        raw = "|".join(field.replace("|", "_").replace("\r", "_").replace("\n", "_") for field in fields)
        found = self._reader.line(raw.encode("utf-8", "replace"), 0)
        if isinstance(found, Line):
            return list(self._calls.take(found))
        return [] if found is None else [found]

    def save(self) -> list[Any]:
        """What has to be kept to go on, as plain values."""
        calls = {name: [c.queue, c.position, c.state, c.at, c.unseen, c.ended, c.interface] for name, c in self._open.items()}
        return [self._reader.state(), self._calls.save(), calls, list(self._hung), self.sees_hangups]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        reader, told, calls, hung, self.sees_hangups = state
        self._hung = dict.fromkeys(hung)
        self._reader.restore(reader)
        self._calls.restore(told)
        self._open = {}
        for name, fields in calls.items():
            c = self._open[name] = Open("", "")
            c.queue, c.position, c.state, c.at, c.unseen, c.ended, c.interface = fields


def _seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_SPAN else 0
