"""How many requests a second are taken of one source, and how much is held at once."""

from __future__ import annotations


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
