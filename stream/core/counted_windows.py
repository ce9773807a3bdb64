"""The windows of one scope: which cells count a moment, what changed in them, and how maxima and lasting levels get there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from stream.core.closed_days import ClosedDays
from stream.core.keeping import least
from stream.core.reports import Reports
from stream.core.rolling import RollingWindows
from stream.core.timeline import Timeline
from stream.core.windows import DAY, LONGEST, PANE, PANES, TUMBLING, WHOLE, Calendar, Cell, pane_of

NEAR_CELLS: Final = 1_000
"""How many panes are remembered with their cells; any number is right."""


class CountedWindows:
    """What a scope and its timeline do with the scope's cells. The scope makes and keeps all that is named here."""

    timeline: Timeline
    reports: Reports
    days: ClosedDays | None
    keep: bool
    cells: dict[tuple[str, int], Cell]
    unsaved: set[tuple[str, int]]
    dirty: bool
    unread: bool
    unjudged: bool
    _calendar: Calendar
    _reach: Mapping[str, int]
    _long: bool
    _tumbles: tuple[str, ...]
    _shown: tuple[str, ...]
    _rolls: tuple[str, ...]
    _rolling: RollingWindows
    _unsent: set[tuple[str, int]]
    _near: dict[int, tuple[Cell, ...]]
    _next_begin: int

    def _mark(self, cells: Iterable[Cell]) -> None:
        """Note that cells have changed."""
        for cell in cells:
            cell.changed = True
            self.unsaved.add((cell.name, cell.start))
            if cell.name in TUMBLING:
                if cell.name in self._shown:
                    self._unsent.add((cell.name, cell.start))
                if cell.name in self._reach:
                    self.reports.changed.add((cell.name, cell.start))
                if cell.name == DAY and self.days:
                    self.days.changed(cell)
            elif cell.name == PANES:
                self._rolling.unread.add(cell.start)

    def _cells(self, at: int) -> tuple[Cell, ...]:
        """The cells that count a fact attributed to `at`, remembered by pane."""
        start = pane_of(at)
        panes = (self._cell(PANES, start, start + PANE),) if self._rolls else ()
        found = (*panes, *self._tumbling(at), self.cells[WHOLE, 0])
        if len(self._near) > NEAR_CELLS:
            self._near.clear()
        self._near[at // PANE] = found
        return found

    def _tumbling(self, at: int) -> list[Cell]:
        """The half-hour and the day around `at`, less those that are forgotten already: a part of their figures would be wrong."""
        out = []
        for name in self._tumbles:
            start, end = self._calendar.window(name, at)
            if self.keep or (name, start) in self.cells or start >= self.timeline.position - least(name, self._reach, days=self._long):
                out.append(self._cell(name, start, end))
        return out

    def _cell(self, name: str, start: int, end: int) -> Cell:
        cell = self.cells.get((name, start))
        if cell is None:
            cell = self.cells[name, start] = Cell(start, end, name)
        return cell

    def reached(self, when: int, name: str, value: int) -> None:
        """Keep a maximum in every window around `when`."""
        cells = self._near.get(when // PANE) or self._cells(when)
        # The first window is the shortest, and the others hold it.
        if value > cells[0].top.get(name, -1):
            self._mark([cell for cell in cells if cell.raise_to(name, value)])

    def lasted(self, since: int, until: int, level: int) -> None:
        """A level that lasts into a new window, [since, until), is that window's first maximum."""
        if since > self._next_begin - PANE and until <= self._next_begin:
            return
        start, end = self._calendar.half_hour(since)
        begins = start if start == since else end
        pane = -(-since // PANE) * PANE
        self._next_begin = min(begins, pane)
        while begins < until:
            cells = self._near.get(begins // PANE) or self._cells(begins)
            self._mark([cell for cell in cells if cell.raise_to("waiting^", level)])
            _, begins = self._calendar.half_hour(begins)
        if self._rolls:
            for start in range(max(pane, -(-(until - LONGEST - PANE) // PANE) * PANE), until, PANE):
                cell = self._cell(PANES, start, start + PANE)
                if cell.raise_to("waiting^", level):
                    self._mark((cell,))

    def counting(self, at: int) -> list[Cell]:
        """The cells in which agents' time at `at` counts, but for the panes."""
        return [*self._tumbling(at), self.cells[WHOLE, 0]]

    def pane(self, at: int) -> list[Cell]:
        """The pane around `at`, where rolling windows are kept."""
        return [self._cell(PANES, pane_of(at), pane_of(at) + PANE)] if self._rolls else []

    def changed(self, cells: Iterable[Cell]) -> None:
        """Agents' time has changed these."""
        self._mark(cells)
        self.dirty = self.unread = self.unjudged = True

    def add(self, at: int, name: str, value: int, *, rolling: bool) -> None:
        """Add to a number of every window around `at`."""
        cells = [*self._tumbling(at), self.cells[WHOLE, 0]]
        if rolling and self._rolls:
            start = pane_of(at)
            cells.append(self._cell(PANES, start, start + PANE))
        for cell in cells:
            cell.n[name] += value
        self._mark(cells)
        self.dirty = self.unread = True
