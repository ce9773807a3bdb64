"""How far a source partition's time has come. `settled`: up to there nothing is expected any more.

On the `played` clock the marks in the topic say it exactly. On `wall` it is the newest event's time less the lateness,
and an idle partition moves on with the clock.
"""

from __future__ import annotations

from typing import Final

NOTHING: Final = -(2**62)
"""A time before all times: nothing is settled yet."""

TELL_EVERY: Final = 1_000
"""At most this often (ms of the clock) an unforced watermark is told to the next stage."""


class Watermark:
    """The time of one source partition."""

    __slots__ = ("final", "lateness", "newest", "played", "settled", "told", "told_at")

    def __init__(self, lateness: int, *, played: bool) -> None:
        """`lateness` in ms; `played`: only marks move the time."""
        self.lateness = lateness
        self.played = played
        self.newest = NOTHING
        self.settled = NOTHING
        self.final = False
        self.told = NOTHING
        self.told_at = NOTHING

    def mark(self, at: int, *, final: bool) -> None:
        """Take a mark: everything up to `at` has been sent; `final`: nothing more will come."""
        self.settled = max(self.settled, at)
        self.newest = max(self.newest, at)
        self.final = final

    def see(self, time: int) -> None:
        """Take the time of an event."""
        if time > self.newest:
            self.newest = time
            if not self.played:
                self.settled = max(self.settled, time - self.lateness)

    def idle(self, now: int) -> None:
        """Nothing is there to be read at `now`: time moves on all the same, on the wall clock."""
        if not self.played:
            self.settled = max(self.settled, now - self.lateness)

    def to_tell(self, now: int | None) -> bool:
        """Whether the next stage should hear of it: always when it moved, but on ticks at most once a second."""
        if self.settled <= self.told:
            return False
        if now is not None and now - self.told_at < TELL_EVERY:
            return False
        self.told = self.settled
        if now is not None:
            self.told_at = now
        return True

    def encode(self) -> list[int]:
        """What must survive: newest and settled."""
        return [self.newest, self.settled, int(self.final)]

    def decode(self, stored: list[int]) -> None:
        """Take back what `encode` gave."""
        self.newest, self.settled, final = stored
        self.final = bool(final)
