"""Windows that are made of closed days: the last 28 of the centre's calendar, merged. They are read when a day closes or is corrected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stream.core.watermark import NOTHING
from stream.core.windows import DAY, DAYS_28, Calendar, Cell, merged

LENGTH: Final = 28
"""Days of the calendar."""


class ClosedDays:
    """The last closed days of one scope."""

    __slots__ = ("_calendar", "_cells", "_ever", "_told", "dropout")

    def __init__(self, cells: Mapping[tuple[str, int], Cell], calendar: Calendar) -> None:
        """`cells`: the scope's, of which its days are read."""
        self._cells = cells
        self._calendar = calendar
        self._told = NOTHING
        """The end (ms) of the days that were told last, unless they have changed since."""
        self._ever = False
        self.dropout: float | None = None
        """The drop-out threshold (s), as it was last read."""

    def at(self, as_of: int) -> Cell:
        """The merged days that were over at `as_of` (ms). It is made anew, because so many numbers are not to be kept for each scope."""
        end = self._calendar.day(as_of)[0]
        start = self._calendar.days_before(end, LENGTH)
        return merged((cell for (name, _), cell in self._cells.items() if name == DAY and start <= cell.start < end), start, end, DAYS_28)

    def changed(self, cell: Cell) -> None:
        """A day has changed: it is told again."""
        if cell.start < self._told:
            self._told = NOTHING

    def renew(self) -> None:
        """The days were put back."""
        self._told, self._ever = NOTHING, False

    def news(self, as_of: int, *, everything: bool) -> Cell | None:
        """The merged days where they are not what was told last, or where `everything` is asked for; None where there never were any."""
        end = self._calendar.day(as_of)[0]
        if end == self._told and not everything:
            return None
        self._told = end
        found = self.at(as_of)
        if found.empty and not self._ever:
            return None
        self._ever = True
        return found
