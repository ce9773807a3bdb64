"""One scope: its cells by window, its levels now, its timeline, and the breach records that it has sent out.

Counts are added when a fact arrives, because sums do not depend on order. Maxima, levels and verdicts come from the
timeline, because they do.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final

from stream.core.breach import Record, iso
from stream.core.closed_days import ClosedDays
from stream.core.counted_windows import CountedWindows
from stream.core.declared import Standard
from stream.core.distributions import FINE
from stream.core.facts import AGENT_STATE, ENTERED, LEFT, Fact
from stream.core.foresight import Foresight
from stream.core.frame import Frame
from stream.core.hours_watch import watch_of
from stream.core.judges import NEVER, Judge, PercentageJudge
from stream.core.judges.misses import Miss
from stream.core.keeping import FACTS_KNOWN_LATE, KEPT, keeps
from stream.core.levels import Levels
from stream.core.measures import chosen, maxima, timed
from stream.core.measures.entry import View
from stream.core.measures.reading import FAMILY
from stream.core.plans import of_family, planned
from stream.core.publishing import is_over, mend, publish
from stream.core.reports import Reports, needed, past_reports_of, promise_of, reach, reports_of
from stream.core.rolling import RollingWindows
from stream.core.scopes import scope_of
from stream.core.snapshot import CONCLUDED, CORRECTIONS
from stream.core.staff import Staff
from stream.core.standing import standing
from stream.core.timeline import LEVEL_KINDS, Timeline, judges_of, ordered_kinds
from stream.core.watermark import NOTHING
from stream.core.windows import DAY, DAYS_28, HALF, PANE, PANES, ROLLING, TUMBLING, WHOLE, Cell

WAITING_A_MS: Final = 100
"""Of a backlog of n contacts, readings and provisional verdicts come at most every n / this ms: of 100 000 every second."""
WATCHED: Final = frozenset({ENTERED, LEFT, AGENT_STATE})
"""Kinds of which the order matters to opening hours."""


class Scope(CountedWindows):
    """All that is known of one scope."""

    def __init__(self, key: str, frame: Frame) -> None:  # noqa: PLR0915 - a statement a field, and no branch
        """Begin with nothing."""
        self.key = key
        self.scope = scope_of(key)
        self.frame = frame
        self.bounds = frame.bounds
        self.keep = frame.keep
        self._calendar = frame.calendar
        measures = chosen(frame.centre.kept.measures, frame.centre.kept.also)
        reports, past = reports_of(key, frame), past_reports_of(key, frame)
        self._folded = (*measures, *needed([*reports, *past], measures))
        judges = self._judges(frame.standards)
        peaks = maxima(self._folded)
        watch = watch_of(frame.centre, self.scope, self, frame.calendar)
        self.timeline = Timeline(judges, self if peaks else None, peaks, watch)
        self._foresight = Foresight(self.timeline, lambda: self._judges(self.frame.standards))
        times = timed(self._folded)
        if times:
            self.timeline.staff = Staff(self.timeline.levels, self, frame.calendar, frame.centre.pause_reasons)
        self.ordered = ordered_kinds([*judges, *self._judges(frame.coming)], peaks) | times | (WATCHED if watch else frozenset())
        self._plans = planned(self._folded, self.ordered, frame, self.scope)
        # Where the order of no level matters, the settled levels are those of now.
        self.now = Levels() if self.ordered & LEVEL_KINDS else self.timeline.levels
        self.cells: dict[tuple[str, int], Cell] = {(WHOLE, 0): Cell(0, 2**62, WHOLE)}
        self.totals: defaultdict[str, int] = defaultdict(int)
        self.published: dict[str, tuple[Record, int]] = {}
        self.reports = Reports(reports, self.cells, self._closed, past, keep=self.keep)
        self._reach = reach([*reports, *past])
        self.live = self._live(judges)
        self.missed: list[tuple[Standard, list[Miss]]] = []
        """Behind each share that is red, as far as is known: the last contacts that missed, the newest first."""
        self.days = ClosedDays(self.cells, frame.calendar) if DAYS_28 in frame.windows else None
        self._long = self.days is not None or any(self.counts(kind) for kind in FACTS_KNOWN_LATE)
        self._tumbles = self._tumbling_names()
        self._shown = tuple(name for name in TUMBLING if name in frame.windows)
        self._rolls = tuple(name for name in ROLLING if name in frame.windows)
        self._rolling = RollingWindows(self.cells, self._rolls)
        self.unsaved: set[tuple[str, int]] = set()
        """Cells that the changelog does not hold as they are."""
        self._unsent: set[tuple[str, int]] = set()
        """Half-hours and days of which no interval was sent since they changed."""
        self._near: dict[int, tuple[Cell, ...]] = {}
        self._next_begin = NOTHING
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
        self._read_at = self._judged_at = NOTHING
        self._heard_of = False
        self._open_turns: dict[str, list[int]] = {}
        self._with_families = True
        self._forget_at = NOTHING + 1
        self._misses_left = False
        """Whether the changelog holds misses of shares that are promised no more."""

    def _judges(self, standards: Sequence[Standard]) -> list[Judge]:
        return judges_of(self.key, self.frame.centre, standards, self.frame.calendar)

    def _tumbling_names(self) -> tuple[str, ...]:
        wanted = {*self.frame.windows, *self._reach, *([DAY] if self.days else [])}
        return tuple(name for name in TUMBLING if name in wanted)

    def expect(self, frame: Frame) -> None:
        """Other standards will hold: what they need in order is kept in order from now on."""
        self.frame, together = frame, self.now is self.timeline.levels
        self.ordered |= ordered_kinds(self._judges(frame.coming), frozenset())
        self._plans = planned(self._folded, self.ordered, frame, self.scope)
        if together and self.ordered & LEVEL_KINDS:
            self.now = self.timeline.levels.copy()

    def adopt(self, frame: Frame) -> None:
        """Other standards hold from the moment after the timeline's position on."""
        self.frame = frame
        self._misses_left = self._misses_left or any(isinstance(one, PercentageJudge) and one.misses.last for one in self.timeline.judges)
        self.timeline.adopt(self._judges(frame.standards))
        reports, past = reports_of(self.key, frame), past_reports_of(self.key, frame)
        self.reports.adopt(reports, past)
        self._reach = reach([*reports, *past])
        self._tumbles = self._tumbling_names()
        self._near.clear()
        self._foresight = Foresight(self.timeline, lambda: self._judges(self.frame.standards))
        known = {promise_of(verdict): verdict for verdict in self.live}
        self.live = [known.get(promise_of(verdict), verdict) for verdict in self._live(self.timeline.judges)]
        self.dirty = self.unread = self.unjudged = True

    def counts(self, kind: str) -> bool:
        """Whether facts of this kind are counted."""
        plan = self._plans.get(kind)
        return plan is not None and plan[2]

    def spreads(self, kind: str) -> bool:
        """Whether values of this kind of fact are counted over bounds."""
        plan = self._plans.get(kind)
        return plan is not None and bool(plan[5])

    # -- facts in -----------------------------------------------------------------------------------------------------

    def take(self, groups: Iterable[Iterable[Fact]]) -> None:  # noqa: C901, PLR0912 - the hottest loop: a call per fact would cost more
        """Count facts, and put those whose order matters on the timeline."""
        timeline, levels, totals = self.timeline, self.now, self.totals
        plans, near, foresee = self._plans, self._near, self._foresight.add
        both, whole = levels is not timeline.levels, self.cells[WHOLE, 0].n
        panes = set()
        for fact in chain.from_iterable(groups):
            kind, _, at, _, _, value, weight, first = fact
            plan = plans.get(kind)
            if plan is None:
                plan = of_family(plans, kind, whole)
                if plan is None:
                    continue
            ordered, level, counted, total, bounds, names, finely = plan
            if not weight:  # it counts in what never goes down, and nowhere else (`stream.core.issues`)
                totals[kind] += 1
                if names:
                    totals[f"{kind}+"] += value
                    totals[names[bisect_left(bounds, value)]] += 1
                continue
            if ordered:
                timeline.add(fact)
                foresee(fact)
            if level:
                levels.apply(fact)
                if both and not ordered:
                    timeline.levels.apply(fact)
                continue
            pane = at // PANE
            panes.add(pane)
            bucket = names[bisect_left(bounds, value)] if names else ""
            cells = near.get(pane) or self._cells(at)
            for cell in cells:
                n = cell.n
                if counted:
                    n[kind] += weight
                if total:
                    n[total] += weight * value
                if bucket:
                    n[bucket] += weight
            if finely:
                for cell in cells:
                    if cell.name == DAY:
                        cell.n[finely[bisect_left(FINE, value)]] += weight
                        cell.n[finely[-1]] += weight
            if first:
                totals[kind] += 1
                if bucket:
                    totals[f"{kind}+"] += value
                    totals[bucket] += 1
            elif weight < 0 and kind in CONCLUDED:
                totals[CORRECTIONS] += 1
        for pane in panes:
            self._mark(near.get(pane) or self._cells(pane * PANE))
        self.dirty = self.unread = self.unjudged = True

    # -- time ---------------------------------------------------------------------------------------------------------

    def advance(self, settled: int) -> None:
        """Settle up to `settled` (ms)."""
        timeline, staff = self.timeline, self.timeline.staff
        if not timeline.idles(settled):
            timeline.advance(settled)
            self.dirty = self.unread = self.unjudged = True
        if staff is not None and staff.rates and settled >= staff.border:
            staff.flow(settled)

    def asks(self, settled: int, ahead: int | None) -> bool:
        """Whether `breaches` and `intervals` may have something new to say; of a long backlog provisionally less often."""
        if ahead is not None and self._judged_at <= ahead < self._judged_at + len(self.now.waiting) // WAITING_A_MS:
            return False
        closes = min(self._closes, self.reports.closes)
        return self.unjudged or closes <= settled or self._look_at <= (settled if ahead is None else ahead)

    def forget(self, settled: int) -> None:
        """Drop panes and windows that are too old for any reading, and breaches whose id cannot come again."""
        if settled < self._forget_at:
            return
        self._forget_at = settled + PANE
        for judge in self.timeline.judges:
            if isinstance(judge, PercentageJudge) and judge.forget(settled):
                self.dirty = True
        for (name, start), cell in list(self.cells.items()):
            if start < settled - keeps(name, cell, self._reach, days=self._long, everything=self.keep):
                del self.cells[name, start]
                self.gone_cells.add((name, start))
                self.unsaved.discard((name, start))
                self._unsent.discard((name, start))
                if name == PANES:
                    self._rolling.forget(start)
                self._near.clear()
                self.dirty = True
        for identity, (record, _) in list(self.published.items()):
            if is_over(record) and record["at"] < iso(settled - KEPT[HALF]):
                del self.published[identity]
                self.told.add(identity)
                self.dirty = True
        if not self.keep and self.reports.said:
            self.reports.forget(settled)
            self.dirty = self.dirty or bool(self.reports.touched)

    # -- readings out -------------------------------------------------------------------------------------------------

    @property
    def read_levels(self) -> Levels:
        """The levels of readings: those of now, or on a played clock those of the moment up to which all is settled.

        What is known beyond that moment is not all that happened there, and who began to wait after it would wait for 0 s.
        """
        return self.timeline.levels if self.frame.played else self.now

    def view(self, cell: Cell, as_of: int, waits: Sequence[int]) -> View:
        """What a measure reads; `waits`: see `View`."""
        now = self.read_levels
        return View(
            cell=cell,
            bounds=self.bounds,
            within=self.frame.within,
            as_of=as_of,
            waits=waits,
            staffed=now.staffed if now.known else None,
            open_turns=self._open_turns,
            limits=self.frame.limits,
            centre=self.frame.centre,
            levels=now,
            staff=self.timeline.staff,
            settled=self.timeline.position,
            with_families=self._with_families,
        )

    def _closed(self, cell: Cell) -> View:
        """What a measure reads of a closed window, which has no levels."""
        view = View(
            cell=cell, bounds=self.bounds, within=self.frame.within, as_of=cell.end, waits=(), staffed=None, centre=self.frame.centre
        )
        view.staff, view.settled = self.timeline.staff, self.timeline.position
        return view

    def _live(self, judges: Iterable[Judge]) -> list[dict[str, Any]]:
        return [judge.verdict() for judge in judges] + self.reports.verdicts()

    def rolling(self, as_of: int) -> dict[str, Cell]:
        """The rolling windows for /metrics, as of the last readings or later."""
        return self._rolling.latest(as_of)

    def current(self, name: str, as_of: int) -> Cell:
        """The tumbling window called `name` around `as_of`, empty where it holds nothing."""
        start, end = self._calendar.window(name, as_of)
        return self.cells.get((name, start)) or Cell(start, end, name)

    def reading(self, name: str, cell: Cell, as_of: int, waits: Sequence[int]) -> dict[str, Any]:
        """All measures of one window, and the standards as they stand."""
        window = None if name == WHOLE else self._window(name, cell)
        return {
            "scope": self.scope,
            "window": window,
            "as_of": as_of,
            "measures": self.frame.reading.of(self.view(cell, as_of, waits)),
            "standards": self.live,
        }

    def _window(self, name: str, cell: Cell) -> dict[str, str]:
        return {"name": name, "start": self._calendar.iso(cell.start), "end": self._calendar.iso(cell.end)}

    def readings(self, as_of: int, *, everything: bool = False) -> list[tuple[str, dict[str, Any]]]:
        """The reading of every window that holds `as_of`, by window name; of closed days where they changed, or of `everything`."""
        self.timeline.book()
        self.unread = False
        self._heard_of = True
        rolling = self._rolling.at(as_of)
        longest = rolling[max(rolling, key=lambda name: ROLLING[name])] if rolling else None
        self._read_at = as_of
        self._read_until = longest.end if longest and (longest.n or longest.top) else self._calendar.half_hour(as_of)[1]
        levels = self.read_levels
        waits = sorted(levels.waiting.values())
        self._open_turns = {clock: sorted(running.values()) for clock, running in levels.clocks.items() if clock != "waiting" and running}
        self._with_families = any(FAMILY in kind for kind in self.cells[WHOLE, 0].n)
        now = self.reading(WHOLE, self.cells[WHOLE, 0], as_of, waits) | standing(self, as_of)
        out = [(WHOLE, now)]
        out.extend((name, self.reading(name, self.current(name, as_of), as_of, waits)) for name in self._shown)
        out.extend((name, self.reading(name, cell, as_of, waits)) for name, cell in rolling.items())
        if self.days and (days := self.days.news(as_of, everything=everything)):
            measures = self.frame.reading.of(self._closed(days), closed=True)
            self.days.dropout = measures.get("dropout_threshold", {}).get("threshold_seconds")
            window = self._window(DAYS_28, days)
            out.append((DAYS_28, {"scope": self.scope, "window": window, "as_of": as_of, "measures": measures, "standards": self.live}))
        return out

    @property
    def unheard_of(self) -> bool:
        """Whether there is nothing here but what was taken back, and nobody was told of it, as far as is known."""
        return not self._heard_of and self.cells[WHOLE, 0].empty and not self.now.known

    def to_read(self, as_of: int) -> bool:
        """Whether readings as of `as_of` may differ from the last ones: what is rolling decays, and a new half-hour begins.

        A reading looks at everybody who waits, so that of a long backlog comes less often.
        """
        if self._read_at <= as_of < self._read_at + len(self.now.waiting) // WAITING_A_MS:
            return False
        if as_of == self._read_at and not self.unread:
            return False  # Whoever waits has waited no longer: time stands still.
        staff = self.timeline.staff
        if staff is not None and staff.rates and as_of >= self._read_at + PANE:
            return True
        return self.unread or any(self.now.clocks.values()) or as_of >= self._read_until

    def intervals(self, settled: int) -> list[tuple[str, dict[str, Any]]]:
        """Closed windows that are new or were corrected since the last call, as (window name, record)."""
        out = []
        self._closes = NEVER
        for name, start in sorted(self._unsent):
            cell = self.cells[name, start]
            if cell.end > settled:
                self._closes = min(self._closes, cell.end)
                continue
            self._unsent.discard((name, start))
            cell.changed = False
            self.unsaved.add((name, start))
            self.dirty = True
            if not cell.revision and cell.empty:
                continue
            cell.revision += 1
            measures = self.frame.reading.of(self._closed(cell), closed=True)
            window = self._window(name, cell)
            out.append((name, {"scope": self.scope, "window": window, "as_of": cell.end, "measures": measures, "revision": cell.revision}))
        return out

    def breaches(self, ahead: int | None) -> list[Record]:
        """Breach records that are new or have changed. `ahead`: also what would be so up to then (ms), provisionally."""
        timeline = self.timeline
        found: dict[str, list[tuple[Record, bool]]] = {}
        ended = timeline.ended_by_change
        for record in timeline.take_changed():
            found.setdefault(record["id"], []).append((record, False))
        known = timeline
        if ahead is not None and ahead > timeline.position and (timeline.pending or timeline.due <= ahead):
            known, presumed = self._foresight.look(ahead)
            for record in presumed:
                found.setdefault(record["id"], []).append((record, True))
        self.unjudged = False
        self._judged_at = NOTHING if ahead is None else ahead
        self._look_at = known.next
        reported = self.reports.told(timeline.position)
        self.dirty = self.dirty or bool(reported)
        live = self._live(known.judges)
        if live != self.live:
            # Time alone closes a period, without a fact that would have the head saved.
            self.dirty = self.dirty or live[len(known.judges) :] != self.live[len(known.judges) :]
            self.live = live
            self.unread = True
        missed = [(judge.standard, judge.missed()) for judge in known.judges if isinstance(judge, PercentageJudge) and judge.red]
        if missed != self.missed:
            self.missed = missed
            self.unread = True
        mend(found, self.published, self.timeline.judges)
        self.dirty = self.dirty or bool(found)
        return [
            sent for identity, records in found.items() for sent in publish(identity, records, self.published, self.told, ended)
        ] + reported

    # -- state --------------------------------------------------------------------------------------------------------

    def head(self) -> Any:
        """What must survive besides cells, levels, breaches and waiting facts, each of which has its own changelog entry."""
        return [self.timeline.encode(), self.totals, self.live]

    def put_head_back(self, stored: Any) -> None:
        """Take the head back. What has one was perhaps read by somebody."""
        self._heard_of = True
        timeline, totals, live = stored
        self.timeline.decode(timeline)
        self.totals = defaultdict(int, self.bounds.adopt(totals))
        known = {promise_of(verdict): verdict for verdict in live}
        self.live = [known.get(promise_of(verdict), verdict) for verdict in self.live]

    def misses(self) -> dict[str, Any] | None:
        """The misses that stand behind shares, to be saved where they have changed; None where they have not."""
        shares = [judge for judge in self.timeline.judges if isinstance(judge, PercentageJudge)]
        if not self._misses_left and not any(judge.misses.changed for judge in shares):
            return None
        self._misses_left = False
        for judge in shares:
            judge.misses.changed = False
        return {judge.standard.key: [judge.kind, judge.misses.encode()] for judge in shares if judge.misses.last}

    def put_misses_back(self, stored: dict[str, Any]) -> None:
        """Take the misses back."""
        for judge in self.timeline.judges:
            kind, misses = stored.get(judge.standard.key, (None, None))
            if isinstance(judge, PercentageJudge) and kind == judge.kind:
                judge.misses.decode(misses)
        shares = {judge.standard.key: judge.kind for judge in self.timeline.judges}
        self._misses_left = any(shares.get(key) != kind for key, (kind, _) in stored.items())

    def put_breach_back(self, identity: str, stored: Any) -> None:
        """Take a breach back that was sent out and goes on."""
        record, revision = stored
        self.published[identity] = (record, revision)

    def put_report_back(self, identity: str, stored: Any) -> None:
        """Take back what was said of a closed period."""
        record, revision = stored
        self.reports.said[identity] = (record, revision)

    def put_cell_back(self, name: str, start: int, cell: Cell) -> None:
        """Take a cell back."""
        cell.n = defaultdict(int, self.bounds.adopt(cell.n))
        self.cells[name, start] = cell
        if cell.changed and name in self._shown:
            self._unsent.add((name, start))
        self._near.clear()

    def restored(self, pending: Iterable[Fact]) -> None:
        """After everything was put back: what waited is put on the timeline again, and the present follows from it."""
        self._rolling.renew()
        if self.days:
            self.days.renew()
        self._foresight.forget()
        self.reports.restored()
        timeline = self.timeline
        timeline.restored()
        if timeline.staff is not None:
            timeline.staff.restored(timeline.position)
        waiting = [fact for fact in pending if fact[1] > timeline.position]
        # Facts that waited for their order stay ahead of the settled levels, also where nobody asks for their order any more.
        ahead = self.ordered & LEVEL_KINDS or any(fact[0] in LEVEL_KINDS for fact in waiting)
        self.now = timeline.levels.copy() if ahead else timeline.levels
        for fact in waiting:
            timeline.add(fact)
            if fact[0] in LEVEL_KINDS:
                self.now.apply(fact)
        self.unjudged = True
