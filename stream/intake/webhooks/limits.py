"""How many requests a second are taken of one source, how much is held at once, and how much of it for one address."""

from __future__ import annotations

import ipaddress
from typing import Final

IN_VAIN: Final = 8 * 2**20
"""Bytes of bodies with a wrong signature that are read of one address at once; so much more each second:"""
IN_VAIN_A_SECOND: Final = 2**20
MOST_ADDRESSES: Final = 10_000
"""So many addresses are remembered; whoever is forgotten has a clean sheet."""
NETWORK: Final = 64
"""Bits of an IPv6 address that are one sender's: the rest of them is theirs to choose."""


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
    """What single addresses have had read in vain, and what is held of them now; time (s) is an argument. The address "" has no limit."""

    def __init__(self, room: int) -> None:
        """`room`: bytes of bodies that are held of one address at once."""
        self._room = room
        self._left: dict[str, tuple[float, float]] = {}
        self._held: dict[str, int] = {}

    def may_come(self, address: str, now: float) -> bool:
        """Whether a body of theirs is worth reading."""
        return self._allowed(address, now) > 0

    def in_vain(self, address: str, size: int, now: float) -> None:
        """So many bytes were read, and the signature was wrong."""
        if not address:
            return
        left = self._allowed(address, now) - size
        self._left.pop(address, None)
        if len(self._left) >= MOST_ADDRESSES:
            del self._left[next(iter(self._left))]
        self._left[address] = left, now

    def take(self, address: str, size: int) -> bool:
        """Whether so many bytes more of theirs may be held; they are then."""
        if not address:
            return True
        held = self._held.get(address, 0) + size
        if held > self._room:
            return False
        self._held[address] = held
        return True

    def give(self, address: str, size: int) -> None:
        """So many bytes of theirs are held no more."""
        if address and not (held := self._held.get(address, 0) - size):
            self._held.pop(address, None)
        elif address:
            self._held[address] = held

    def _allowed(self, address: str, now: float) -> float:
        known = self._left.get(address)
        return IN_VAIN if known is None else min(IN_VAIN, known[0] + (now - known[1]) * IN_VAIN_A_SECOND)


def sender(peer: str | None, told: str | None) -> str:
    """Whose request it is: an address, or "" where only a proxy's is known, whose limit would be everybody's.

    peer: who is connected. told: what the header has that the proxy in front sets; None where the file names no header.
    """
    try:
        if told is not None:
            found = ipaddress.ip_address(told.rpartition(",")[2].strip())
        else:
            found = ipaddress.ip_address(peer or "")
            if found.is_private:  # loopback, too
                return ""
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, NETWORK), strict=False))
    return str(found)
