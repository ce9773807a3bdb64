"""Who waits and is given up for lost soon.

A million contacts may wait, most of them to be given up in a day at the earliest. So only who is due within the hour is held one by
one; the others are a moment before which none of them is due, and are looked up among everybody when that has come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from stream.core.judges.judge import NEVER
from stream.core.watermark import NOTHING

AHEAD: Final = 3_600_000
"""How far a look sees (ms); everybody is looked at once in so much time at most."""


class Lookout:
    """When each contact that waits counts as lost if nothing more is heard of it (ms)."""

    __slots__ = ("_later", "_next", "_until", "soon")

    def __init__(self) -> None:
        """Nobody waits."""
        self.soon: dict[str, int] = {}
        self._next = NEVER
        self._until = NOTHING
        """Who is due before that is in `soon`."""
        self._later = NEVER
        """Nobody else is due before that."""

    def expect(self, contact: str, at: int) -> None:
        """The contact is due at `at`, and at no other time."""
        if at < self._until:
            self.soon[contact] = at
            self._next = min(self._next, at)
        else:
            self.soon.pop(contact, None)
            self.allow(at)

    def allow(self, at: int) -> None:
        """Somebody whom the next look will find is due at `at`."""
        self._later = min(self._later, at)

    def due(self, settled: int, everybody: Callable[[], Iterable[tuple[str, int]]]) -> list[str]:
        """Take who is due up to `settled`. `everybody`: each contact that waits, and when it is due."""
        if settled >= self._later:
            self._until, self._later = settled + AHEAD, NEVER
            for contact, at in everybody():
                self.expect(contact, at)
        if settled < self._next:
            return []
        found = [contact for contact, at in self.soon.items() if at <= settled]
        for contact in found:
            del self.soon[contact]
        self._next = min(self.soon.values(), default=NEVER)
        return found
