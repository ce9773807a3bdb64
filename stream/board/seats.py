"""Places on a wall: a row keeps its place for a while, so that people can read it before it moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

PLACES: Final = 8
HOLD: Final = 30_000
"""How long (ms) a row keeps its place, also when it is over meanwhile, unless another one needs the place."""


class Seats:
    """Who is where. Ask with times that do not go back."""

    def __init__(self) -> None:
        """All places are free."""
        self._seats: dict[int, tuple[str, int]] = {}
        """By place: who has it, and until when (ms) it may not be taken."""

    def arrange(self, worst_first: Sequence[str], now: int) -> list[str | None]:
        """The rows from the top down: those in breach, worst first, but where somebody keeps a place; None is a place left free."""
        rank = {key: at for at, key in enumerate(worst_first)}
        kept = {place: seat for place, seat in self._seats.items() if now < seat[1]}
        over = [place for place, (key, _) in kept.items() if key not in rank]
        sitting = {key for key, _ in kept.values()}
        coming = [key for key in worst_first if key not in sitting]
        room = PLACES - len(kept)
        for place in sorted(over, reverse=True)[: max(0, len(coming) - room)]:
            del kept[place]  # Who is over makes room for who is not.
        seats: dict[int, tuple[str, int]] = {}
        queue = iter(coming)
        for place in range(PLACES):
            seat = kept.get(place)
            if seat is None:
                key = next(queue, None)
                if key is None:
                    continue
                before = self._seats.get(place)
                # Who stays where it was may be moved at any time: its while is over.
                seat = before if before is not None and before[0] == key else (key, now + HOLD)
            seats[place] = seat
        self._seats = seats
        return [seats[place][0] if place in seats else None for place in range(max(seats, default=-1) + 1)]
