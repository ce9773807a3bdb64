"""One scope: its cells by window, its levels now, its timeline, and the breach records that it has sent out.

Counts are added when a fact arrives, because sums do not depend on order. Maxima, levels and verdicts come from the
timeline, because they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from stream.core.breach import Record, iso
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.distributions import Bounds
from stream.core.facts import ABANDONED, ANSWERED, CALLBACK, FLOWED_OUT, LOST, OFFERED, Fact
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
"""How long (ms of event time) a live worker keeps closed windows for what comes later of their contacts. A window with contacts
that nobody has answered yet is kept LONGEST_KEPT; what comes later still is in no window but the whole."""
LONGEST_KEPT: Final = 60 * 86_400_000
OUTCOMES: Final = (ANSWERED, ABANDONED, FLOWED_OUT, CALLBACK, LOST)


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
        self.cells: dict[tuple[str, int], Cell] = {(WHOLE, 0): Cell(0, 2**62)}
        self.totals: dict[str, int] = {}
        self.published: dict[str, tuple[Record, int]] = {}
        self.live = [judge.verdict() for judge in self.timeline.judges]
        self._near: dict[int, tuple[Cell, ...]] = {}
        self.told: set[str] = set()
        self.gone_cells: set[tuple[str, int]] = set()
        self.dirty = True
        """Whether the changelog lacks something."""
        self.unread = True
        """Whether the last readings are not true any more, whatever the time."""
        self.unjudged = True
        self._look_at = NOTHING
        self._closes = NEVER
        self._read_until = NOTHING
        self._forget_at = NOTHING + 1

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
                    self.now.apply(fact)
                    continue
            fold(self._near.get(at // PANE) or self._cells(at), kind, value, weight, self.bounds)
            if first:
                self._total(kind, value, totals)
            elif weight < 0:
                totals["corrections"] = totals.get("corrections", 0) + 1
        self.dirty = self.unread = self.unjudged = True

    def _total(self, kind: str, value: int, totals: dict[str, int]) -> None:
        totals[kind] = totals.get(kind, 0) + 1
        if kind in self.bounds.by_kind:
            totals[f"{kind}+"] = totals.get(f"{kind}+", 0) + value
            bucket = self.bounds.bucket(kind, value)
            totals[bucket] = totals.get(bucket, 0) + 1

    def _cells(self, at: int) -> tuple[Cell, ...]:
        """The cells that count a fact attributed to `at`, remembered by pane."""
        start = pane_of(at)
        found = (self._cell(PANES, start, start + PANE), *self._tumbling(at), self.cells[WHOLE, 0])
        if len(self._near) > NEAR_CELLS:
            self._near.clear()
        self._near[at // PANE] = found
        return found

    def _tumbling(self, at: int) -> list[Cell]:
        """The half-hour and the day around `at`, less those that are forgotten already: a part of their figures would be wrong."""
        out = []
        for name in TUMBLING:
            start, end = self._calendar.window(name, at)
            if self.keep or (name, start) in self.cells or start >= self.timeline.position - KEPT[name]:
                out.append(self._cell(name, start, end))
        return out

    def _cell(self, name: str, start: int, end: int) -> Cell:
        cell = self.cells.get((name, start))
        if cell is None:
            cell = self.cells[name, start] = Cell(start, end)
        return cell

    # -- time ---------------------------------------------------------------------------------------------------------

    def reached(self, when: int, name: str, value: int) -> None:
        """Keep a maximum in every window around `when`."""
        for cell in self._near.get(when // PANE) or self._cells(when):
            cell.raise_to(name, value)

    def lasted(self, since: int, until: int, level: int) -> None:
        """A level that lasts into a new window, [since, until), is that window's first maximum."""
        start, end = self._calendar.half_hour(since)
        begins = start if start == since else end
        while begins < until:
            self.reached(begins, "waiting^", level)
            _, begins = self._calendar.half_hour(begins)
        first = max(since, until - LONGEST - PANE)
        for pane in range(-(-first // PANE) * PANE, until, PANE):
            self._cell(PANES, pane, pane + PANE).raise_to("waiting^", level)

    def advance(self, settled: int) -> None:
        """Settle up to `settled` (ms)."""
        timeline = self.timeline
        if not timeline.pending and timeline.due > settled and not timeline.levels.waiting:
            timeline.position = max(timeline.position, settled)
            return
        timeline.advance(settled)
        self.dirty = self.unread = self.unjudged = True

    def asks(self, settled: int, ahead: int | None) -> bool:
        """Whether `breaches` and `intervals` may have something new to say."""
        return self.unjudged or self._closes <= settled or self._look_at <= (settled if ahead is None else ahead)

    def forget(self, settled: int) -> None:
        """Drop panes and windows that are too old for any reading, and breaches whose id cannot come again."""
        if settled < self._forget_at:
            return
        self._forget_at = settled + PANE
        for (name, start), cell in list(self.cells.items()):
            if start < settled - self._keeps(name, cell):
                del self.cells[name, start]
                self.gone_cells.add((name, start))
                self._near.clear()
                self.dirty = True
        for identity, (record, _) in list(self.published.items()):
            if record["status"] == "withdrawn" and record["at"] < iso(settled - KEPT[HALF]):
                del self.published[identity]

    def _keeps(self, name: str, cell: Cell) -> int:
        """How long after its beginning (ms) a cell is kept."""
        if name == PANES:
            return LONGEST + 2 * PANE
        if self.keep or name == WHOLE:
            return NEVER
        waiting = cell.n.get(OFFERED, 0) - sum(cell.n.get(outcome, 0) for outcome in OUTCOMES)
        return LONGEST_KEPT if waiting else KEPT[name]

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
        self.unread = False
        longest = self.rolling(max(ROLLING, key=lambda name: ROLLING[name]), as_of)
        self._read_until = longest.end if longest.n or longest.top else self._calendar.half_hour(as_of)[1]
        out = [(WHOLE, self.reading(WHOLE, self.cells[WHOLE, 0], as_of))]
        out.extend((name, self.reading(name, self.current(name, as_of), as_of)) for name in TUMBLING)
        out.extend((name, self.reading(name, self.rolling(name, as_of), as_of)) for name in ROLLING)
        return out

    @property
    def unheard_of(self) -> bool:
        """Whether there is nothing here but what was taken back, and nobody was ever told of it."""
        return self._read_until == NOTHING and self.cells[WHOLE, 0].empty and not self.now.known

    def to_read(self, as_of: int) -> bool:
        """Whether readings as of `as_of` may differ from the last ones: what is rolling decays, and a new half-hour begins."""
        return self.unread or bool(self.now.waiting) or as_of >= self._read_until

    def windows(self, name: str) -> list[Cell]:
        """The tumbling windows called `name` that hold anything, in order of time."""
        return [self.cells[key] for key in sorted(key for key in self.cells if key[0] == name)]

    def intervals(self, settled: int) -> list[tuple[str, dict[str, Any]]]:
        """Closed windows that are new or were corrected since the last call, as (window name, record)."""
        out = []
        self._closes = NEVER
        for (name, _), cell in self.cells.items():
            if name in TUMBLING and cell.changed and cell.end > settled:
                self._closes = min(self._closes, cell.end)
            elif name in TUMBLING and cell.changed:
                cell.changed = False
                cell.unsaved = self.dirty = True
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

    def breaches(self, ahead: int | None) -> list[Record]:
        """Breach records that are new or have changed. `ahead`: also what would be so up to then (ms), provisionally."""
        timeline = self.timeline
        found: dict[str, list[tuple[Record, bool]]] = {}
        for record in timeline.take_changed():
            found.setdefault(record["id"], []).append((record, False))
        known = timeline
        if ahead is not None and ahead > timeline.position and (timeline.pending or timeline.due <= ahead):
            known = timeline.provisional(self._make_judges(), ahead)
            for record in known.take_changed():
                found.setdefault(record["id"], []).append((record, True))
        self.unjudged = False
        self._look_at = known.next
        live = [judge.verdict() for judge in known.judges]
        if live != self.live:
            self.live = live
            self.unread = True
        self._mend(found)
        self.dirty = self.dirty or bool(found)
        return [sent for identity, records in found.items() for sent in self._publish(identity, records)]

    def _mend(self, found: dict[str, list[tuple[Record, bool]]]) -> None:
        """Make what was said agree with what is: a breach that goes on was said, and one that nobody knows of is taken back.

        That is so where a provisional breach did not hold, a restart came in between, or a standard is declared no more.
        """
        still_open = {record["id"]: record for judge in self.timeline.judges for record in judge.open_records()}
        for identity, record in still_open.items():
            if identity not in self.published and identity not in found:
                found[identity] = [(record, False)]
        for identity, (record, _) in self.published.items():
            if identity in found or record["status"] == "withdrawn":
                continue
            if identity not in still_open:
                found[identity] = [({**record, "status": "withdrawn"}, False)]
            elif record["provisional"]:
                found[identity] = [(still_open[identity], False)]

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
            self.told.add(identity)
            out.append({**sent, "revision": revision + 1})
        last, _ = self.published[identity]
        if last["status"] == "resolved" and not last["provisional"]:
            del self.published[identity]
        return out

    # -- state --------------------------------------------------------------------------------------------------------

    def head(self) -> Any:
        """What must survive besides cells, levels, breaches and waiting facts, each of which has its own changelog entry."""
        return [self.timeline.encode(), self.totals, self.live]

    def put_head_back(self, stored: Any) -> None:
        """Take the head back."""
        timeline, totals, live = stored
        self.timeline.decode(timeline)
        self.totals = self.bounds.adopt(totals)
        known = {verdict["standard"]: verdict for verdict in live}
        self.live = [known.get(verdict["standard"], verdict) for verdict in self.live]

    def put_breach_back(self, identity: str, stored: Any) -> None:
        """Take a breach back that was sent out and goes on."""
        record, revision = stored
        self.published[identity] = (record, revision)

    def put_cell_back(self, name: str, start: int, cell: Cell) -> None:
        """Take a cell back."""
        cell.n = self.bounds.adopt(cell.n)
        self.cells[name, start] = cell
        self._near.clear()

    def restored(self, pending: Iterable[Fact]) -> None:
        """After everything was put back: what waited is put on the timeline again, and the present follows from it."""
        timeline = self.timeline
        timeline.restored()
        self.now = timeline.levels.copy()
        for fact in pending:
            if fact[1] > timeline.position:
                timeline.add(fact)
                if fact[0] in LEVEL_KINDS:
                    self.now.apply(fact)
        self.now.touched.clear()
        self.unjudged = True
