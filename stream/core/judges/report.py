"""Reports: ratios, bands, shares and trends, judged of closed periods of the calendar.

What a period says is a function of the numbers that were counted in it, so it is judged again whenever they change: the last
record per breach is true, whatever came when. A breach of a report is of one period, and over when the period is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from stream.core.binomial import judge as judge_share
from stream.core.breach import Record, finite, iso, record
from stream.core.declared import Standard
from stream.core.facts import ENTERED
from stream.core.judges.judge import COMPARE, NEVER, SILENT
from stream.core.keeping import DAYS_KEPT, FACTS_KNOWN_LATE
from stream.core.measures import BY_NAME
from stream.core.measures.entry import TIME, View
from stream.core.measures.paths import NO_DATA, Number, Path, number, parsed
from stream.core.periods import CELLS, LONGEST, Periods
from stream.core.staff import SPENT
from stream.core.watermark import NOTHING
from stream.core.windows import DAY, DAYS_28, HALF, Calendar, Cell, merged

Read = Callable[[Cell], View]
"""What a measure reads from, of the numbers of a closed period."""

WAITING: Final = "waiting"
"""Under this name the maximum of those who entered is kept: how many waited."""
USUAL_DAYS: Final = 28
SUFFIX: Final = re.compile(r"[+<^]|(?<=/)")
"""What follows the kind of fact in the name of a number: a sum, a bucket, a maximum; a member of a family, whose kind ends in /."""
MANY: Final = 100_000
"""Of so many it is no chance that a target is missed."""
ENOUGH: Final = 0.5
"""The part of the earlier periods that must have a figure before anything is usual: 14 days of 28, two weeks of four."""
MEASURES_KNOWN_LATE: Final = frozenset(
    measure.name for measure in BY_NAME.values() if any(kind in FACTS_KNOWN_LATE for kind, _ in measure.folds)
)
"""Measures that say of a period what is known weeks later; it is judged again for as long as its days are kept."""
CORRECTED: Final = {HALF: 2 * 86_400_000, DAY: 14 * 86_400_000}
"""How long (ms) after its end a period is judged again where its numbers change, by the windows that it is made of."""


def path_of(standard: Standard) -> Path:
    """The number that a report is about. Raises ValueError for what `stream.config` would have refused."""
    path = parsed(standard.measure)
    if path is None or path.measure not in BY_NAME:
        msg = f"{standard.measure} is no measure"
        raise ValueError(msg)
    return path


def reach_of(standard: Standard) -> int:
    """How long (ms) after its beginning a period is judged again: until the next one is over, for it is the last one until then."""
    longest = LONGEST[standard.calendar]
    corrected = DAYS_KEPT if path_of(standard).measure in MEASURES_KNOWN_LATE else CORRECTED[CELLS[standard.calendar]]
    return longest + max(longest, corrected)


def horizon(standard: Standard) -> int:
    """How long (ms) after their beginning the windows of a report are needed."""
    return reach_of(standard) + (USUAL_DAYS * 86_400_000 if reaches_back(standard) else 0)


def reaches_back(standard: Standard) -> bool:
    """Whether what a period says depends on the days before it."""
    return standard.form == "trend" or standard.calendar == DAYS_28


@dataclass(frozen=True, slots=True)
class Finding:
    """What a period says. edge: the target that it was held against; op: how it had to compare; row: what of a table it is about."""

    status: str
    value: float | None
    edge: float | None
    op: str
    row: str = ""
    usual: float | None = None


class ReportJudge:
    """One report standard in one scope."""

    def __init__(self, standard: Standard, scope: str, calendar: Calendar, since: int = NOTHING, until: int = NEVER) -> None:
        """Nothing is judged yet. Periods are judged that end after `since`, and not after `until` (ms)."""
        self.since = since
        self.until = until
        self.standard = standard
        self.scope = scope
        self.path = path_of(standard)
        self.cells = CELLS[standard.calendar]
        self.last: tuple[int, Finding] | None = None
        self.spoke = False
        """Whether any period had a verdict since it began; where nothing is usual yet a trend has none."""
        self._calendar = calendar
        self._periods = Periods(standard.calendar, calendar)
        self._measure = BY_NAME[self.path.measure]
        self._kinds = {kind for kind, _ in self._measure.folds}
        self._flows = any(how == TIME for _, how in self._measure.folds)
        if ENTERED in self._kinds:
            self._kinds.add(WAITING)

    def verdict(self) -> dict[str, Any]:
        """The last closed period, for readings and reports."""
        standard = self.standard
        finding = Finding("no_data", None, _edge(standard), standard.op) if self.last is None else self.last[1]
        return {
            "standard": standard.name,
            "severity": standard.severity,
            "status": finding.status,
            "value": finite(finding.value),
            "target": finite(finding.edge),
            "breached": finding.status == "missed",
        }

    def closes(self, settled: int) -> int:
        """When the period that goes on at `settled` (ms) is over."""
        return self._periods.around(settled)[1]

    def asked(self, changed: Iterable[tuple[str, int]], settled: int) -> list[int]:
        """The closed periods that are to be judged because these windows have changed, by their beginnings; the last one always is."""
        begins = {self._periods.around(start)[0] for name, start in changed if name == self.cells}
        if reaches_back(self.standard):
            begins |= {later for begin in begins for later in self._later(begin, settled)}
        last = self._periods.around(self._periods.around(settled)[0] - 1)[0]
        return sorted(begin for begin in begins | {last} if self.since < self._periods.around(begin)[1] <= min(settled, self.until))

    def _later(self, begin: int, settled: int) -> Iterator[int]:
        """The periods that are held against this one, or that it is a part of."""
        for days in self._steps():
            later = self._periods.earlier(begin, -days)
            if later > settled:
                return
            yield later

    def _steps(self) -> range:
        return range(7, USUAL_DAYS + 1, 7) if self.standard.usual == "weekdays" else range(1, USUAL_DAYS + 1)

    def whole(self, begin: int, cells: Mapping[tuple[str, int], Cell], settled: int) -> bool:
        """Whether all that the period that begins there is judged of is still there, where windows are forgotten."""
        if begin >= settled - reach_of(self.standard):
            return True
        alone = self.standard.calendar in {"half_hour", "day"} and self.standard.form != "trend"
        return alone and (self.cells, begin) in cells

    def judge(self, begin: int, cells: Mapping[tuple[str, int], Cell], read: Read) -> tuple[Finding, Record | None]:
        """Judge the closed period that begins there; with the breach record where it is broken."""
        end = self._periods.around(begin)[1]
        number = self._number(begin, cells, read)
        finding = self._trend(number, begin, cells, read) if self.standard.form == "trend" else found(self.standard, number)
        self.spoke |= finding.status not in SILENT and (self.standard.form, finding.status) != ("trend", "too_few")
        if self.last is None or begin >= self.last[0]:
            self.last = begin, finding
        return finding, self._record(begin, end, finding) if finding.status == "missed" else None

    def identity(self, begin: int) -> str:
        """The id of the breach of a period."""
        date = self._calendar.date(begin)
        clock = f"T{self._calendar.iso(begin)[11:16]}" if self.cells == HALF else ""
        return f"{self.standard.key}/{self.scope}/{self.standard.calendar}/{date}{clock}"

    def _number(self, begin: int, cells: Mapping[tuple[str, int], Cell], read: Read) -> Number:
        """The number of a period, NO_DATA where nothing that the measure is about was counted in it.

        What other measures count there must not matter: which of them are kept, is the centre's choice.
        """
        cell = self._merged(begin, cells)
        if not self._spoken_of(cell):
            return NO_DATA
        return number(self._measure.read(read(cell)), self.path)

    def _spoken_of(self, cell: Cell) -> bool:
        if not self._kinds:
            return True
        return any(
            amount and (SUFFIX.split(name, maxsplit=1)[0] in self._kinds or (self._flows and name.startswith(SPENT)))
            for name, amount in (*cell.n.items(), *cell.top.items())
        )

    def _merged(self, begin: int, cells: Mapping[tuple[str, int], Cell]) -> Cell:
        """The numbers of a period: of its one window, or of its days added up."""
        end = self._periods.around(begin)[1]
        if self.standard.calendar in {"half_hour", "day"}:
            return cells.get((self.cells, begin)) or Cell(begin, end)
        begin = start = self._periods.first(begin)
        days = []
        while start < end:
            if (cell := cells.get((DAY, start))) is not None:
                days.append(cell)
            start = self._calendar.day(start)[1]
        return merged(days, begin, end, DAY)  # by name: of a window that has none, the time of agents is sought in its panes

    def _trend(self, now: Number, begin: int, cells: Mapping[tuple[str, int], Cell], read: Read) -> Finding:
        """Hold a period against its usual: the mean of the earlier ones that have a figure."""
        steps = self._steps()
        earlier = [self._number(self._periods.earlier(begin, days), cells, read).value for days in steps]
        known = [value for value in earlier if value is not None]
        if now.value is None:
            return Finding("no_data", None, None, "<=")
        if len(known) < ENOUGH * len(steps):
            return Finding("too_few", now.value, None, "<=", now.row)
        usual, factor = sum(known) / len(known), self.standard.factor
        low = now.value < usual
        edge = usual / factor if low else usual * factor
        kept = now.value >= edge if low else now.value <= edge
        return Finding("met" if kept else "missed", now.value, edge, ">=" if low else "<=", now.row, usual)

    def _record(self, begin: int, end: int, finding: Finding) -> Record:
        made = record(self.standard, self.scope, self.identity(begin), self._periods.first(begin), finding.value)
        made |= {"status": "resolved", "ended_at": iso(end), "target": finite(finding.edge), "op": finding.op}
        if finding.row:
            made["row"] = finding.row
        if finding.usual is not None:
            made["usual"] = finite(finding.usual)
        return made


def found(standard: Standard, number: Number) -> Finding:
    """What the number of a period says of a ratio, a share or a band. Of shares with known parts the exact binomial decides."""
    value, op, edge = number.value, standard.op, _edge(standard)
    if value is None:
        return Finding("no_data", None, edge, op)
    if standard.form == "band":
        op, edge = (">=", standard.low) if value < standard.low else ("<=", standard.high)
        return Finding("met" if COMPARE[op](value, edge) else "missed", value, edge, op, number.row)
    kept = COMPARE[op](value, standard.limit)
    if not kept and number.numerator is not None and number.denominator:
        return replace(Finding("", value, edge, op, number.row), status=_of_parts(standard, number.numerator, number.denominator))
    return Finding("met" if kept else "missed", value, edge, op, number.row)


def _of_parts(standard: Standard, numerator: int, denominator: int) -> str:
    """Whether so many of so few can be chance."""
    if standard.limit > 1 or not 0 <= numerator <= denominator <= MANY:
        return "missed"
    high = standard.op in {">=", ">"}
    objective, good = (standard.limit, numerator) if high else (1 - standard.limit, denominator - numerator)
    said = judge_share(good, denominator, objective, standard.confidence)
    return "missed" if said == "met" else said  # exactly at a limit that may not be reached


def _edge(standard: Standard) -> float | None:
    if standard.form == "trend":
        return None
    return standard.high if standard.form == "band" else standard.limit
