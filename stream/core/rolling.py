"""Rolling windows: sums over panes that follow the panes' changes, so that reading a window costs what changed and not what it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from stream.core.windows import LONGEST, PANE, PANES, ROLLING, Cell, pane_of

NOWHERE: Final = (0, 0)


class RollingWindows:
    """The rolling windows of one scope.

    cells: the scope's cells, of which the panes are read. unread: panes that changed since the last reading.
    """

    __slots__ = ("_cells", "_seen", "_sums", "names", "unread")

    def __init__(self, cells: Mapping[tuple[str, int], Cell], names: tuple[str, ...]) -> None:
        """`names`: of ROLLING."""
        self.names = names
        self.unread: set[int] = set()
        self._cells = cells
        self._seen: dict[int, dict[str, int]] = {}
        """By pane, its numbers as they are in the sums."""
        self._sums = {name: Cell(*NOWHERE) for name in names}

    def at(self, as_of: int) -> dict[str, Cell]:
        """The windows that end with the pane around `as_of` (ms), by name; not to be changed, and true until the next call."""
        end = pane_of(as_of) + PANE
        if any(summed.end > end for summed in self._sums.values()):
            self.renew()
        self._follow()
        for name, summed in self._sums.items():
            self._move(summed, end - ROLLING[name], end)
        for start in [start for start in self._seen if start < end - LONGEST - PANE]:
            del self._seen[start]
        return self._sums

    def latest(self, as_of: int) -> dict[str, Cell]:
        """As `at`, but never back: windows that were read for a later moment stay there."""
        return self.at(max([as_of, *(summed.end - 1 for summed in self._sums.values())]))

    def forget(self, start: int) -> None:
        """A pane is gone, because no window will reach it any more.

        A window that was last read before holds it still, and is put together anew: what comes late makes another pane in its place.
        """
        self.unread.discard(start)
        self._seen.pop(start, None)
        for summed in self._sums.values():
            if summed.start <= start < summed.end:
                summed.n, summed.top = defaultdict(int), {}
                summed.start = summed.end

    def renew(self) -> None:
        """Begin again: the panes were put back."""
        self._seen = {}
        self._sums = {name: Cell(*NOWHERE) for name in self.names}
        self.unread = {start for name, start in self._cells if name == PANES}

    def _follow(self) -> None:
        """Bring what changed in the panes into the sums."""
        for start in self.unread:
            pane = self._cells.get((PANES, start))
            if pane is None:
                continue
            seen = self._seen.get(start, {})
            changes = {name: amount - seen.get(name, 0) for name, amount in pane.n.items()}
            self._seen[start] = dict(pane.n)
            for summed in self._sums.values():
                if summed.start <= start < summed.end:
                    _add(summed, changes)
                    _raise(summed, pane)
        self.unread.clear()

    def _move(self, summed: Cell, start: int, end: int) -> None:
        """Let panes leave at one end and enter at the other."""
        if not summed.start <= start <= summed.end:
            summed.n, summed.top = defaultdict(int), {}
            summed.start = summed.end = start
        lowered = False
        for left in range(summed.start, start, PANE):
            seen = self._seen.get(left)
            if seen:
                _add(summed, {name: -amount for name, amount in seen.items()})
            pane = self._cells.get((PANES, left))
            lowered = lowered or pane is None or any(summed.top.get(name) == value for name, value in pane.top.items())
        for entered in range(summed.end, end, PANE):
            _add(summed, self._seen.get(entered, {}))
            pane = self._cells.get((PANES, entered))
            if pane is not None:
                _raise(summed, pane)
        summed.start, summed.end = start, end
        if lowered and summed.top:
            summed.top = {}
            for begin in range(start, end, PANE):
                pane = self._cells.get((PANES, begin))
                if pane is not None:
                    _raise(summed, pane)


def _add(summed: Cell, changes: Mapping[str, int]) -> None:
    """Add numbers; what comes to nothing is dropped."""
    n = summed.n
    for name, amount in changes.items():
        n[name] += amount
        if not n[name]:
            del n[name]


def _raise(summed: Cell, pane: Cell) -> None:
    """Take a pane's maxima."""
    for name, value in pane.top.items():
        summed.raise_to(name, value)
