"""Clocks of single contacts: each breaks by itself, at its own deadline."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from stream.core.breach import Record, finite, iso, record
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.facts import ENTER_KINDS, LEAVE_KINDS, Fact
from stream.core.judges.judge import NEVER, Judge
from stream.core.levels import Levels
from stream.core.schedule import Schedule
from stream.core.windows import Calendar


class ClockJudge(Judge):
    """A clock per contact: each breaks by itself, at its own deadline, in open time."""

    CLOCKS: Final = {"wait": "waiting", "first_response": "first_response", "response": "response"}

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """See `Judge`."""
        super().__init__(standard, scope, centre, schedule, calendar)
        clock = self.CLOCKS[standard.measure]
        self._clock = clock
        self._enter = next(kind for kind, name in ENTER_KINDS.items() if name == clock)
        self._leave = next(kind for kind, name in LEAVE_KINDS.items() if name == clock)
        self.kinds = frozenset({self._enter, self._leave})
        self._deadlines: deque[tuple[int, int, str]] = deque()
        self._late: dict[str, Record] = {}
        self._changed: list[Record] = []
        self.status = "met"

    @property
    def breached(self) -> bool:
        """Whether any contact of the scope is over its time."""
        return bool(self._late)

    def apply(self, fact: Fact, levels: Levels) -> None:
        """A clock starts or stops."""
        kind, when, _, _, subject, since, weight, _ = fact
        if weight < 0:
            return
        if kind == self._enter:
            deadline = self.schedule.after(since, self.standard.within)
            self._deadlines.append((deadline, since, subject))
            self.due = self._deadlines[0][0]
            return
        self.contacts += 1
        late = self._late.pop(subject, None)
        if late is not None:
            self._changed.append({**late, "status": "resolved", "ended_at": iso(when), "value_at_end": finite((when - since) / 1000)})
            self.status = "missed" if self._late else "met"
            self.value = float(len(self._late))

    def on_time(self, at: int, levels: Levels) -> None:
        """Whose clock still runs at its deadline is in breach from then on."""
        running = levels.clocks[self._clock]
        while self._deadlines and self._deadlines[0][0] <= at:
            deadline, since, subject = self._deadlines.popleft()
            if running.get(subject) == since:
                identity = f"{self.standard.name}/{self.scope}/{subject}/{since}"
                late = record(self.standard, self.scope, identity, deadline, (deadline - since) / 1000)
                late["contact_id"] = subject
                self._late[subject] = late
                self._changed.append(late)
                self.breaches += 1
                self.status = "missed"
                self.value = float(len(self._late))
        self.due = self._deadlines[0][0] if self._deadlines else NEVER

    def take_changed(self) -> list[Record]:
        """Breach records since the last call."""
        changed, self._changed = self._changed, []
        return changed

    def open_records(self) -> list[Record]:
        """The contacts that are over their time now."""
        return list(self._late.values())

    def encode_own(self) -> Any:
        """Deadlines to come, and who is late."""
        return [[list(entry) for entry in self._deadlines], dict(self._late), self._changed]

    def decode_own(self, stored: Any) -> None:
        """Take them back."""
        deadlines, late, changed = stored
        self._changed = list(changed)
        self._deadlines = deque((deadline, since, subject) for deadline, since, subject in deadlines)
        self._late = dict(late)
