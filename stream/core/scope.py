"""One scope: its cells by window, its levels now, its timeline, and the breach records that it has sent out.

Counts are added when a fact arrives, because sums do not depend on order. Maxima, levels and verdicts come from the
timeline, because they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from stream.core.breach import Record
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.distributions import Bounds
from stream.core.facts import AGENT_STATE, Fact
from stream.core.judges import NEVER
from stream.core.levels import Levels
from stream.core.measures import fold, read
from stream.core.measures.entry import View
from stream.core.scopes import scope_of
from stream.core.timeline import LEVEL_KINDS, ORDERED_KINDS, Timeline, judges_of
from stream.core.watermark import NOTHING
from stream.core.windows import DAY, HALF, LONGEST, PANE, PANES, ROLLING, TUMBLING, WHOLE, Calendar, Cell, pane_of

NEAR_CELLS: Final = 1_000
"""How many panes are remembered with their cells; any number is right."""

KEPT: Final = {HALF: 2 * 86_400_000, DAY: 14 * 86_400_000}
"""How long (ms of event time) a live worker keeps closed windows for late corrections."""


class Scope:
    """All that is known of one scope. `bounds` and `within` (ms) come from the stage, so that all scopes share them."""

    def __init__(
        self,
        key: str,
        centre: Centre,
        standards: Sequence[Standard],
        bounds: Bounds,
        within: tuple[int, ...],
        calendar: Calendar,
        *,
        keep: bool,
    ) -> None:
        """`keep`: closed windows are never dropped (replay)."""
        self.key = key
        self.scope = scope_of(key)
        self.bounds = bounds
        self.within = within
        self.keep = keep
        self._calendar = calendar
        self._make_judges: Callable[[], list[Any]] = lambda: judges_of(key, centre, standards, calendar)
        self.timeline = Timeline(self._make_judges(), self)
        self.now = Levels()
        self._agent_when: dict[str, int] = {}
        self.cells: dict[tuple[str, int], Cell] = {(WHOLE, 0): Cell(0, 2**62)}
        self.totals: dict[str, int] = {}
        self.published: dict[str, tuple[Record, int]] = {}
        self.live = [judge.verdict() for judge in self.timeline.judges]
        self._near: dict[int, tuple[Cell, ...]] = {}
        self.gone_cells: set[tuple[str, int]] = set()
        self.dirty = True
        self.unread = True
        self.unjudged = True

    # -- facts in -----------------------------------------------------------------------------------------------------

    def take(self, found: Iterable[Fact]) -> None:
        """Count facts, and put those whose order matters on the timeline."""
        totals = self.totals
        timeline = self.timeline
        for fact in found:
            kind, _, at, _, _, value, weight, first = fact
            if kind in ORDERED_KINDS:
                timeline.add(fact)
                if kind in LEVEL_KINDS:
                    self._level_now(fact)
                    continue
            for cell in self._near.get(at // PANE) or self._cells(at):
                fold(cell, kind, value, weight, self.bounds)
            if first:
                self._total(kind, value, totals)
            elif weight > 0:
                totals["corrections"] = totals.get("corrections", 0) + 1
        self.dirty = self.unread = self.unjudged = True

    def _total(self, kind: str, value: int, totals: dict[str, int]) -> None:
        totals[kind] = totals.get(kind, 0) + 1
        if kind in self.bounds.by_kind:
            totals[f"{kind}+"] = totals.get(f"{kind}+", 0) + value
            bucket = self.bounds.bucket(kind, value)
            totals[bucket] = totals.get(bucket, 0) + 1

    def _level_now(self, fact: Fact) -> None:
        if fact[0] == AGENT_STATE:
            if fact[6] < 0 or fact[1] < self._agent_when.get(fact[4], NOTHING):
                return
            self._agent_when[fact[4]] = fact[1]
        self.now.apply(fact)

    def _cells(self, at: int) -> tuple[Cell, ...]:
        """The cells that count a fact attributed to `at`, remembered by pane."""
        start = pane_of(at)
        found = (
            self._cell(PANES, start, start + PANE),
            *(self._cell(name, *self._calendar.window(name, at)) for name in TUMBLING),
            self.cells[WHOLE, 0],
        )
        if len(self._near) > NEAR_CELLS:
            self._near.clear()
        self._near[at // PANE] = found
        return found

    def _cell(self, name: str, start: int, end: int) -> Cell:
        cell = self.cells.get((name, start))
        if cell is None:
            cell = self.cells[name, start] = Cell(start, end)
        return cell

    # -- time ---------------------------------------------------------------------------------------------------------

    def reached(self, when: int, name: str, value: int) -> None:
        """Keep a maximum in every window around `when`."""
        for window in TUMBLING:
            self._cell(window, *self._calendar.window(window, when)).raise_to(name, value)
        start = pane_of(when)
        self._cell(PANES, start, start + PANE).raise_to(name, value)
        self.cells[WHOLE, 0].raise_to(name, value)

    def lasted(self, since: int, until: int, level: int) -> None:
        """A level that lasts into a new window is that window's first maximum."""
        while True:
            _, since = self._calendar.half_hour(since)
            if since >= until:
                return
            self.reached(since, "waiting^", level)

    def advance(self, settled: int) -> None:
        """Settle up to `settled` (ms)."""
        timeline = self.timeline
        if not timeline.pending and timeline.due > settled and not timeline.levels.waiting:
            timeline.position = max(timeline.position, settled)
            return
        timeline.advance(settled)
        self.dirty = self.unread = self.unjudged = True

    def forget(self, settled: int) -> None:
        """Drop panes and windows that are too old for any reading."""
        for name, start in list(self.cells):
            keeps = LONGEST + 2 * PANE if name == PANES else NEVER if self.keep else KEPT.get(name, NEVER)
            if start < settled - keeps:
                del self.cells[name, start]
                self.gone_cells.add((name, start))
                self._near.clear()

    # -- readings out -------------------------------------------------------------------------------------------------

    def view(self, cell: Cell, as_of: int) -> View:
        """What a measure reads."""
        now = self.now
        return View(
            cell=cell,
            bounds=self.bounds,
            within=self.within,
            as_of=as_of,
            waits=now.waiting.values(),
            staffed=now.staffed if now.known else None,
        )

    def rolling(self, name: str, as_of: int) -> Cell:
        """The panes of a rolling window that ends with the pane around `as_of`."""
        end = pane_of(as_of) + PANE
        merged = Cell(end - ROLLING[name], end)
        for start in range(merged.start, end, PANE):
            pane = self.cells.get((PANES, start))
            if pane is not None:
                merged.merge(pane)
        return merged

    def current(self, name: str, as_of: int) -> Cell:
        """The tumbling window called `name` around `as_of`, empty where it holds nothing."""
        start, end = self._calendar.window(name, as_of)
        return self.cells.get((name, start)) or Cell(start, end)

    def reading(self, name: str, cell: Cell, as_of: int) -> dict[str, Any]:
        """All measures of one window, and the standards as they stand."""
        window = None if name == WHOLE else self._window(name, cell)
        return {"scope": self.scope, "window": window, "as_of": as_of, "measures": read(self.view(cell, as_of)), "standards": self.live}

    def _window(self, name: str, cell: Cell) -> dict[str, str]:
        return {"name": name, "start": self._calendar.iso(cell.start), "end": self._calendar.iso(cell.end)}

    def readings(self, as_of: int) -> list[tuple[str, dict[str, Any]]]:
        """The reading of every window that holds `as_of`, by window name."""
        out = [(WHOLE, self.reading(WHOLE, self.cells[WHOLE, 0], as_of))]
        out.extend((name, self.reading(name, self.current(name, as_of), as_of)) for name in TUMBLING)
        out.extend((name, self.reading(name, self.rolling(name, as_of), as_of)) for name in ROLLING)
        return out

    def windows(self, name: str) -> list[Cell]:
        """The tumbling windows called `name` that hold anything, in order of time."""
        return [self.cells[key] for key in sorted(key for key in self.cells if key[0] == name)]

    def intervals(self, settled: int) -> list[tuple[str, dict[str, Any]]]:
        """Closed windows that are new or were corrected since the last call, as (window name, record)."""
        out = []
        for (name, _), cell in self.cells.items():
            if name in TUMBLING and cell.changed and cell.end <= settled:
                cell.changed = False
                if not cell.revision and cell.empty:
                    continue
                cell.revision += 1
                window = self._window(name, cell)
                view = View(cell=cell, bounds=self.bounds, within=self.within, as_of=cell.end, waits=(), staffed=None)
                measures = read(view, closed=True)
                out.append(
                    (name, {"scope": self.scope, "window": window, "as_of": cell.end, "measures": measures, "revision": cell.revision})
                )
        return out

    def to_judge(self, until: int, *, provisionally: bool) -> bool:
        """Whether anything can have changed for the judges up to `until` (ms)."""
        return self.unjudged or self.timeline.due <= until or (provisionally and self.timeline.pending > 0)

    def breaches(self, ahead: int | None) -> list[Record]:
        """Breach records that are new or have changed. `ahead`: also what would be so up to then (ms), provisionally."""
        self.unjudged = False
        timeline = self.timeline
        found: dict[str, list[tuple[Record, bool]]] = {}
        for record in timeline.take_changed():
            found.setdefault(record["id"], []).append((record, False))
        judges = timeline.judges
        if ahead is not None and ahead > timeline.position and (timeline.pending or timeline.due <= ahead):
            copy = timeline.provisional(self._make_judges(), ahead)
            judges = copy.judges
            for record in copy.take_changed():
                found.setdefault(record["id"], []).append((record, True))
        self.live = [judge.verdict() for judge in judges]
        still_open = {record["id"] for judge in judges for record in judge.open_records()}
        for identity, (record, _) in self.published.items():
            if record["provisional"] and identity not in found and identity not in still_open:
                found[identity] = [({**record, "status": "withdrawn"}, False)]
        return [sent for identity, records in found.items() for sent in self._publish(identity, records)]

    def _publish(self, identity: str, records: list[tuple[Record, bool]]) -> list[Record]:
        """What is to be sent of one breach: its last state, and its beginning before that where nobody heard of it."""
        wanted = records[-1:] if identity in self.published or len(records) == 1 else [records[0], records[-1]]
        out = []
        for record, provisional in wanted:
            last, revision = self.published.get(identity, (None, 0))
            sent = {**record, "provisional": provisional, "at": record["ended_at"] or record["started_at"]}
            if last == sent:
                continue
            self.published[identity] = (sent, revision + 1)
            out.append({**sent, "revision": revision + 1})
        last, _ = self.published[identity]
        if last["status"] != "firing" and not last["provisional"]:
            del self.published[identity]
        return out

    # -- state --------------------------------------------------------------------------------------------------------

    def head(self) -> Any:
        """What must survive besides cells, levels and waiting facts, each of which has its own changelog entry."""
        return [self.timeline.encode(), self.totals, self.published]

    def put_head_back(self, stored: Any) -> None:
        """Take the head back."""
        timeline, self.totals, published = stored
        self.timeline.decode(timeline)
        self.published = {identity: (record, revision) for identity, (record, revision) in published.items()}

    def put_cell_back(self, name: str, start: int, cell: Cell) -> None:
        """Take a cell back."""
        self.cells[name, start] = cell
        self._near.clear()

    def restored(self, pending: Iterable[Fact]) -> None:
        """After everything was put back: what waited is put on the timeline again, and the present follows from it."""
        timeline = self.timeline
        timeline.levels.sort()
        self.now = timeline.levels.copy()
        for fact in pending:
            if fact[1] > timeline.position:
                timeline.add(fact)
                if fact[0] in LEVEL_KINDS:
                    self._level_now(fact)
        self.now.touched.clear()
        self.live = [judge.verdict() for judge in timeline.judges]
