"""The last contacts that missed the promise of a share. Misses are rare beside what is kept, and of that nothing is noted here."""

from __future__ import annotations

from typing import Any, Final

MOST: Final = 20
"""So many are kept of one standard in one scope: whom to look at, not a list of all; how many there were the share says."""
RUNS: Final = ""
"""In place of what became of a contact: its time is over, and it still waits."""

Miss = tuple[str, int, int | None, str]
"""(contact, when it counted as missed in ms, how long it took in ms, what became of it: a kind of fact, or RUNS with None before it)."""


class Misses:
    """What is known of them: of each contact the last miss, in the order in which they counted."""

    __slots__ = ("changed", "last")

    def __init__(self) -> None:
        """Nobody missed anything yet."""
        self.last: dict[str, Miss] = {}
        """By contact, the oldest first."""
        self.changed = False
        """Whether the changelog lacks something; whoever saves it takes that back."""

    def add(self, contact: str, when: int, took: int | None, became: str) -> None:
        """A contact counts as missed at `when` (ms); who misses again, back in the queue or with a further message, stands here once."""
        self.last.pop(contact, None)
        self.last[contact] = (contact, when, took, became)
        if len(self.last) > MOST:
            del self.last[next(iter(self.last))]
        self.changed = True

    def over(self, contact: str, took: int, became: str) -> None:
        """A contact that counted while it waited waits no more, after `took` ms."""
        miss = self.last.get(contact)
        if miss is not None and miss[3] == RUNS:
            self.last[contact] = (contact, miss[1], took, became)
            self.changed = True

    def again(self, contact: str) -> None:
        """A contact that counted and had gone elsewhere waits here again."""
        miss = self.last.get(contact)
        if miss is not None:
            self.last[contact] = (contact, miss[1], None, RUNS)
            self.changed = True

    def since(self, when: int) -> list[Miss]:
        """Those that counted at `when` (ms) or later, the newest first."""
        return [miss for miss in reversed(self.last.values()) if miss[1] >= when]

    def forget(self, before: int) -> bool:
        """Let go of those that counted before that moment (ms); whether there were any."""
        gone = [contact for contact, miss in self.last.items() if miss[1] < before]
        for contact in gone:
            del self.last[contact]
        self.changed = self.changed or bool(gone)
        return bool(gone)

    def copy_from(self, other: Misses) -> None:
        """Know what the other one knows."""
        self.last = dict(other.last)
        self.changed = True

    def encode(self) -> list[Any]:
        """What must survive."""
        return [list(miss) for miss in self.last.values()]

    def decode(self, stored: list[Any]) -> None:
        """Take it back."""
        self.last = {contact: (contact, when, took, became) for contact, when, took, became in stored}
