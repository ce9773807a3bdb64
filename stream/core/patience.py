"""How long a contact is believed to wait that nobody ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stream.core.centre import Centre

MISSING_LINGER: Final = 60 * 60_000
"""How long after it was given up for lost a contact may still turn up (ms). An event later than that begins a new life."""


class Patience:
    """How long a wait is believed that nobody ends."""

    __slots__ = ("confirm", "longest")

    def __init__(self, longest: int | None, confirm: Mapping[str, int]) -> None:
        """`longest`: any wait (ms), None where none is too long; `confirm`: by queue, without a confirmation (ms)."""
        self.longest = longest
        self.confirm = confirm

    @classmethod
    def of(cls, centre: Centre) -> Patience:
        """The patience of a centre."""
        return cls(centre.max_wait, {queue.name: queue.confirm for queue in centre.queues.values() if queue.confirm})

    def said(self) -> list[Any]:
        """The same as JSON, to be told from another one."""
        return [self.longest, sorted(map(list, self.confirm.items()))]

    def until(self, queue: str, since: int, confirmed: int) -> int | None:
        """Until when (ms) a wait since `since` is believed that was last confirmed at `confirmed`; None: for ever."""
        longest = None if self.longest is None else since + self.longest
        if not self.confirm:
            return longest
        within = self.confirm.get(queue)
        if within is None:
            return longest
        return confirmed + within if longest is None else min(longest, confirmed + within)


ENDLESS: Final = Patience(None, {})
