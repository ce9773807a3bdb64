"""Contacts left at closing: who waits when the hours close must not be forgotten until the next opening."""

from __future__ import annotations

from typing import Any

from stream.core import facts
from stream.core.breach import BROKEN, KEPT, NEITHER
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.facts import Fact
from stream.core.hours_watch import waiting_since_before
from stream.core.judges.judge import COMPARE, NEVER, Judge
from stream.core.levels import Levels
from stream.core.schedule import Schedule
from stream.core.windows import Calendar


class ClosingJudge(Judge):
    """The level `left_at_closing`: judged from closing to the next opening, the other way round than all other levels.

    It is about those who waited already when it closed. It ends when they are gone, and at the next opening, when somebody is there.
    """

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """See `Judge`."""
        super().__init__(standard, scope, centre, schedule, calendar)
        self.kinds = frozenset({facts.ENTERED, facts.LEFT})
        self._keeps = COMPARE[standard.op]
        self._clear = standard.limit if standard.clear is None else standard.clear
        self._closed_from = self._closed_until = self._open_until = 0

    def apply(self, fact: Fact, levels: Levels) -> None:
        """Looked at when all facts of its millisecond are there; not at all while it is known to be open, which is most of the time."""
        if fact[1] >= self._open_until:
            self.due = min(self.due, fact[1])

    def on_time(self, at: int, levels: Levels) -> None:
        """While it is closed compare those who are left with the limit."""
        if self.schedule.is_open(at):
            self.hysteresis.resolve(at, self.value)
            self.value = None
            self.status = "no_data"
            self.due = self._open_until = self.schedule.next_change(at) or NEVER
            return
        if not self._closed_from <= at < self._closed_until:
            self._closed_from = self.schedule.last_change(at) or 0
            self._closed_until = self.schedule.next_change(at) or NEVER
        self.value = waiting_since_before(self._closed_from, levels.waiting.values())
        kept = self._keeps(self.value, self.standard.limit)
        self.status = "met" if kept else "missed"
        self.hysteresis.update(at, KEPT if kept and self._keeps(self.value, self._clear) else NEITHER if kept else BROKEN, self.value)
        due = self.hysteresis.due
        self.due = self._closed_until if due is None or due <= at else min(due, self._closed_until)

    @property
    def spoke(self) -> bool:
        """Whether it was ever closed."""
        return super().spoke or self._closed_until > 0

    def restored(self, levels: Levels, position: int) -> None:
        """Nothing: who waits is in `levels`, and the hours are declared."""

    def encode_own(self) -> Any:
        """Nothing of its own."""
        return None

    def decode_own(self, stored: Any) -> None:
        """Nothing of its own."""
