"""Numbers over a rolling window, looked at every 10 s of event time: what shares and means have in common, and the mean."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Final

from stream.core import facts
from stream.core.breach import BROKEN, KEPT, NEITHER
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.facts import Fact
from stream.core.judges.judge import COMPARE, NEVER, Judge
from stream.core.levels import Levels
from stream.core.periods import Periods
from stream.core.schedule import OpenNow, Schedule
from stream.core.windows import PANE, Calendar, pane_of


class WindowJudge(Judge):
    """A number over a rolling window, or over a period of the calendar so far, looked at every 10 s of event time.

    Each contact counts once, in the pane in which its verdict could no longer change. Counted by when it was offered, as
    readings do, whoever takes longer than the window would never count, and that is who matters.
    """

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """See `Judge`."""
        super().__init__(standard, scope, centre, schedule, calendar)
        self._periods = Periods(standard.calendar, calendar) if standard.calendar else None
        self._panes: dict[int, list[int]] = {}
        self._upper = 0
        self._lower = 0
        self._open = OpenNow(schedule)

    def counts_at(self, when: int) -> bool:
        """Whether a verdict of that moment counts: outside opening hours none does; in the grace they count, but are not judged."""
        return self._open.at(when)[0]

    def count(self, when: int, upper: int, lower: int) -> None:
        """Add to numerator and denominator of the pane around `when`, the moment of the verdict."""
        start = pane_of(when)
        pane = self._panes.setdefault(start if self._periods is None else self._periods.around(when)[0], [0, 0])
        pane[0] += upper
        pane[1] += lower
        self._upper += upper
        self._lower += lower
        self.due = min(self.due, start + PANE)

    def on_time(self, at: int, levels: Levels) -> None:
        """Let old panes go and look at the rest."""
        self.before(at, levels)
        # Verdicts come in order of time, so the first pane is the oldest.
        first = at - self.standard.window if self._periods is None else self._periods.around(at)[0]
        while self._panes and (start := next(iter(self._panes))) < first:
            pane = self._panes.pop(start)
            self._upper -= pane[0]
            self._lower -= pane[1]
            self.left(start, pane)
        grid = pane_of(at) + PANE if self._panes or self.breached or self.hysteresis.due is not None else NEVER
        reopens = self._closed(at)
        if reopens is not None:
            self.due = min(grid, reopens, self.next_deadline())
            return
        self.look(at)
        self.due = min(grid, self.next_deadline())

    def left(self, start: int, pane: list[int]) -> None:
        """A pane is no part of the window any more."""

    def before(self, at: int, levels: Levels) -> None:
        """What time alone decides of single contacts."""

    def next_deadline(self) -> int:
        """When `before` has something to decide."""
        return NEVER

    def restored(self, levels: Levels, position: int) -> None:
        """Nothing: panes are stored."""

    @abstractmethod
    def look(self, at: int) -> None:
        """Evaluate the window that ends at `at`."""

    def encode_own(self) -> Any:
        """The panes; the sums follow from them."""
        return [[start, *pane] for start, pane in self._panes.items()]

    def decode_own(self, stored: Any) -> None:
        """Take the panes back."""
        self._panes = {start: [upper, lower] for start, upper, lower in stored}
        self._upper = sum(pane[0] for pane in self._panes.values())
        self._lower = sum(pane[1] for pane in self._panes.values())


class MeanJudge(WindowJudge):
    """A mean number of seconds over the window."""

    FACTS: Final = {
        "answer_wait": facts.ANSWERED,
        "handle": facts.HANDLED,
        "first_response": facts.FIRST_RESPONSE,
        "response": facts.RESPONSE,
        "acknowledgement": facts.ACKNOWLEDGED,
    }

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """See `Judge`."""
        super().__init__(standard, scope, centre, schedule, calendar)
        self.kinds = frozenset({self.FACTS[standard.measure]})
        self._counted = False

    @property
    def spoke(self) -> bool:
        """Whether there was anything to take the mean of. No state: who asks has just replayed all of it."""
        return super().spoke or self._counted

    def apply(self, fact: Fact, levels: Levels) -> None:
        """Add the value to the mean."""
        if self.counts_at(fact[1]):
            self._counted = True
            self.count(fact[1], fact[5] * fact[6], fact[6])

    def look(self, at: int) -> None:
        """Compare the mean with the limit; no data is no breach."""
        standard = self.standard
        if self._lower <= 0:
            self.value, self.status = None, "no_data"
            self.hysteresis.update(at, KEPT, None)
            return
        self.value = self._upper / self._lower / 1000
        keeps = COMPARE[standard.op]
        kept = keeps(self.value, standard.limit)
        self.status = "met" if kept else "missed"
        cleared = keeps(self.value, standard.limit if standard.clear is None else standard.clear)
        self.hysteresis.update(at, KEPT if kept and cleared else NEITHER if kept else BROKEN, self.value)
