"""How many requests a second are taken of one source, how much is held at once, and how much is read of whom nobody knows yet."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Final

IN_VAIN: Final = 8 * 2**20
"""Bytes of one sender's bodies that are read at once before a signature proves any, and in vain altogether; so much more each second:"""
IN_VAIN_A_SECOND: Final = 2**20
SMALL: Final = 64 * 2**10
"""A body of so many bytes is read whatever was in vain: the next one of an address that many share may be a good one."""
MOST_ADDRESSES: Final = 10_000
"""So many addresses are remembered of a source; whoever is forgotten has a clean sheet."""
NETWORK: Final = 64
"""Bits of an IPv6 address that are one sender's: the rest of them is theirs to choose."""
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""Where an IPv6 network puts the addresses of IPv4, in the last 32 bits."""
WITH_PORT: Final = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+", re.ASCII)


class Allowance:
    """A bucket that fills by `rate` a second and holds a second's worth; time (s) is an argument."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: float, now: float) -> None:
        """Full."""
        self._rate, self._left, self._at = rate, rate, now

    def take(self, now: float) -> bool:
        """Whether one more is allowed; it is taken then."""
        self._left = min(self._rate, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Room:
    """Bytes of bodies that are held at once."""

    __slots__ = ("_left",)

    def __init__(self, size: int) -> None:
        """Empty."""
        self._left = size

    def take(self, size: int) -> bool:
        """Whether there is room for so many bytes more; it is taken then."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def give(self, size: int) -> None:
        """So many bytes are held no more."""
        self._left += size


class Senders:
    """Who posts to one source whose signature covers the body: what single senders had read in vain, and what of theirs is not proved yet.

    Time (s) is an argument. The sender "" is whoever is not known, and has no limit of its own.
    """

    __slots__ = ("_held", "_left", "_most", "_room")

    def __init__(self, largest: int, room: Room) -> None:
        """`largest`: bytes of a body; `room`: for all bodies that are not proved yet, of all senders and sources."""
        self._most, self._room = max(IN_VAIN, largest), room
        self._left: dict[str, tuple[float, float]] = {}
        self._held: dict[str, int] = {}

    def may_send(self, sender: str, largest: int, now: float) -> int:
        """How many bytes of a body are read of them: `largest`, or what is small where too much was in vain."""
        return largest if self._allowed(sender, now) > 0 else min(SMALL, largest)

    def in_vain(self, sender: str, size: int, now: float) -> None:
        """So many bytes were read or unpacked, and no signature proved them. Nobody owes more than `IN_VAIN`."""
        if not sender or not size:
            return
        left = max(-IN_VAIN, self._allowed(sender, now) - size)
        self._left.pop(sender, None)
        if len(self._left) >= MOST_ADDRESSES:
            del self._left[next(iter(self._left))]
        self._left[sender] = left, now

    def take(self, sender: str, size: int) -> bool:
        """Whether so many bytes more of theirs may be held; they are then."""
        held = self._held.get(sender, 0) + size
        if (sender and held > self._most) or not self._room.take(size):
            return False
        if sender:
            self._held[sender] = held
        return True

    def give(self, sender: str, size: int) -> None:
        """So many bytes of theirs are held no more, or are proved."""
        self._room.give(size)
        if sender and not (held := self._held.get(sender, 0) - size):
            self._held.pop(sender, None)
        elif sender:
            self._held[sender] = held

    def _allowed(self, sender: str, now: float) -> float:
        known = self._left.get(sender)
        return IN_VAIN if known is None else min(IN_VAIN, known[0] + (now - known[1]) * IN_VAIN_A_SECOND)


class Held:
    """The bytes that are held for one request; until they are proved they count among its sender's, too.

    limit: how many its body may have; short: whether that is less than the source's, because too much of the sender was in vain.
    size: how many are held; spent: how many were read, or made of them by unpacking where that is more.
    """

    __slots__ = ("_room", "_sender", "_senders", "limit", "short", "size", "spent")

    def __init__(self, room: Room, largest: int, senders: Senders | None = None, sender: str = "", now: float = 0) -> None:
        """None yet. `largest`: bytes of a body of the source; `senders`: None where the head has proved who it is; `now` in s."""
        self._room, self._senders, self._sender = room, senders, sender
        self.limit = largest if senders is None else senders.may_send(sender, largest, now)
        self.short = self.limit < largest
        self.size = self.spent = 0

    def take(self, size: int) -> bool:
        """Whether there is room for so many bytes more; it is taken then."""
        if self._senders is not None and not self._senders.take(self._sender, size):
            return False
        if not self._room.take(size):
            if self._senders is not None:
                self._senders.give(self._sender, size)
            return False
        self.size += size
        return True

    def prove(self) -> None:
        """The signature is right: nothing was in vain, and what is held is the sender's no more."""
        if self._senders is not None:
            self._senders.give(self._sender, self.size)
            self._senders = None

    def end(self, now: float) -> None:
        """Nothing is held any more; what was not proved by now (s) was in vain."""
        if self._senders is not None:
            self._senders.in_vain(self._sender, self.spent, now)
        self.prove()
        self._room.give(self.size)
        self.size = 0


def sender(told: Sequence[str]) -> str:
    """Whose request it is, by the lines of the header that the proxy in front sets; "" where they say it of nobody.

    The last address of the last line is the proxy's own word: what is before it the sender may have written. A peer is never the sender:
    it may be the proxy, whose limit would be everybody's.
    """
    text = told[-1].rpartition(",")[2].strip() if told else ""
    if ported := WITH_PORT.fullmatch(text):
        text = ported[1] or ported[2]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    if found in NAT64:
        return str(ipaddress.IPv4Address(found.packed[-4:]))
    return str(ipaddress.IPv6Network((int(found), NETWORK), strict=False))
