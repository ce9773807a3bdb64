"""Messages of a manager interface in their order -> events: calls, members, and what a look at all queues shows of both.

Time is the PBX's own: the Timestamp of a message (`timestampevents = yes`), else its arrival by the PBX's clock, as the answers to
`Ping` tell it. A look at all queues (`Action: QueueStatus` with an ActionID that begins with LOOK) sets right what was missed.
"""

from __future__ import annotations

from typing import Any, Final

from stream.core.events import Event
from stream.sources.asterisk_ami.calls import HANGUPS, AmiCalls, Found
from stream.sources.asterisk_ami.mapping import AmiMapping
from stream.sources.asterisk_ami.members import FREE, PHONES, AmiMembers
from stream.sources.asterisk_ami.messages import LONGEST_MESSAGE, Message, named, parse, stamp
from stream.sources.queue_log.members import Members
from stream.sources.records import Rejected, Unknown
from stream.wire.times import FIRST, LAST

LOOK: Final = "answerable-"
"""With this begins the ActionID of our own looks at all queues; the answers bear it, too."""
SECOND: Final = 1_000
MOST_WAITED: Final = 7 * 86_400
"""Seconds; a longer wait of a call that is seen waiting is no figure."""

CALL_KINDS: Final = frozenset(
    {"queuecallerjoin", "queuecallerabandon", "queuecallerleave", "agentconnect", "agentcomplete", "agentringnoanswer", "agentdump"},
)
MEMBER_KINDS: Final = frozenset(
    {"queuememberadded", "queuememberremoved", "queuememberstatus", "queuememberpause", "queuememberpaused"}
    | {"queuememberpenalty", "queuememberringinuse"},
)
LOOK_KINDS: Final = frozenset({"queueparams", "queuemember", "queueentry", "queuestatuscomplete"})
QUIET_KINDS: Final = frozenset({"agentcalled", "agentringing", "queuesummary", "queuesummarycomplete", "agentlogin", "agentlogoff"})
"""Known, and without a figure: what the phone does is said by its status."""


class Translator:
    """One PBX. Feed it the messages of one connection after another, each with the moment of its arrival (ms)."""

    def __init__(self, mapping: AmiMapping) -> None:
        """Nothing is known of any call or member."""
        origin = f"asterisk/{mapping.log.pbx}"
        names = Members(mapping.log, origin)
        self._tell = mapping.tell
        self._origin = origin
        self._pbx = mapping.log.pbx
        self._queues = mapping.log.queues
        self._calls = AmiCalls(mapping, origin, names)
        self._members = AmiMembers(mapping, origin, names)
        self._ahead = 0
        self._look: list[Message] | None = None
        self.unstamped = False
        """Whether a message about a call or a member came without a time of its own."""

    def begin(self) -> None:
        """A connection begins; an answer that the one before did not bring to its end will not come."""
        self._look = None

    def feed(self, raw: bytes, now: int) -> Found:
        """What one whole message tells; `now` is when it arrived. Never raises."""
        message = parse(raw)
        if message is None:
            return [Rejected("bad_value", f"the message is longer than {LONGEST_MESSAGE} bytes", raw, 0)]
        own = stamp(message)
        if "response" in message and "event" not in message:
            if own is not None:
                self._ahead = own - now
            if message.get("actionid", "").startswith(LOOK) and message["response"].lower() == "success":
                self._look = []
            return []
        time = min(max(now + self._ahead if own is None else own, FIRST), LAST)
        kind = message.get("event", "").lower()
        self._calls.sees_hangups = self._calls.sees_hangups or message.get("privilege", "").startswith("call")
        if kind in LOOK_KINDS:
            return self._looked(kind, message, time)
        out: Found = []
        if kind in CALL_KINDS or kind in HANGUPS:
            if "calls" in self._tell:
                out += self._calls.take(kind, message, time)
        elif kind in MEMBER_KINDS:
            if "agents" in self._tell:
                out += self._members.take(kind, message, time)
        elif kind.startswith(("queue", "agent")) and kind not in QUIET_KINDS:
            return [Unknown(kind[:40])]
        else:
            return []
        self.unstamped = self.unstamped or own is None
        return [Rejected(one.reason, one.detail, raw, 0) if isinstance(one, Rejected) else one for one in out]

    def tick(self, now: int) -> Found:
        """Time has come to `now` by our clock."""
        return self._calls.tick(now + self._ahead)

    def _looked(self, kind: str, message: Message, time: int) -> Found:
        if self._look is None or not message.get("actionid", "").startswith(LOOK):
            return []
        if kind != "queuestatuscomplete":
            if kind != "queueparams":
                self._look.append(message)
            return []
        look, self._look = self._look, None
        out: Found = []
        members = [one for one in look if one["event"].lower() == "queuemember"]
        if "agents" in self._tell:
            out += self._members.look(members, time)
        waiting = {call: one for one in look if one["event"].lower() == "queueentry" and (call := named(one, "uniqueid"))}
        for call, one in waiting.items():
            queue = named(one, "queue")
            if queue and "calls" in self._tell:
                out += self._calls.wait(call, queue, _seconds(one.get("wait", "")) * SECOND, named(one, "position"), time)
            if queue and "waiting" in self._tell:
                out.append(self._confirmed(call, self._queues.get(queue, queue), time))
        if "calls" in self._tell:
            self._calls.missing(set(waiting), _idle(members), time)
        return [Rejected(one.reason, one.detail, b"", 0) if isinstance(one, Rejected) else one for one in out]

    def _confirmed(self, call: str, queue: str, time: int) -> Event:
        contact = f"{self._pbx}/{call}"
        data = {"contact_id": contact, "queue": queue, "channel": "call"}
        return Event(time, "contact.confirmed", contact, f"{self._origin}|ami/{time}/{call}/waits", data)

    def save(self) -> list[Any]:
        """What has to be kept to go on with another connection, as plain values."""
        return [self._ahead, self._calls.save(), self._members.save()]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        self._ahead, calls, members = state
        self._calls.restore(calls)
        self._members.restore(members)


def _idle(members: list[Message]) -> dict[str, int]:
    """The interfaces that talk to nobody, each with when its last call ended (ms), 0 where it had none.

    One without InCall, as old versions leave it out, may talk: the phone of a Local channel looks free also while it does.
    """
    found: dict[str, int] = {}
    for one in members:
        if PHONES.get(one.get("status", "")) == FREE and one.get("incall") == "0":
            interface = named(one, "location", "interface")
            found[interface] = max(found.get(interface, 0), _seconds(one.get("lastcall", ""), LAST // SECOND) * SECOND)
    return found


def _seconds(text: str, most: int = MOST_WAITED) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(LAST)):
        return 0
    found = int(text)
    return found if found <= most else 0
