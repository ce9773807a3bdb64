"""Clocks of single contacts: each breaks by itself, at its own deadline, and counts once in a scope.

One that ran out and is carried away ends its breach, and begins another when it comes back; it is no other contact for that. One that
is carried away in time is not judged here.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any, Final

from stream.core.breach import Record, finite, iso, record
from stream.core.carrying import is_carried_away, was_here_until
from stream.core.centre import Centre
from stream.core.declared import NAMED_CLOCK, Standard
from stream.core.facts import ENTER_KINDS, LEAVE_KINDS, WITHIN, Fact
from stream.core.judges.judge import NEVER, Judge
from stream.core.levels import Levels
from stream.core.schedule import Schedule
from stream.core.windows import Calendar

AT_RISK: Final = 0.2
"""A contact is at risk when this part of its time, or less, is left on the clock on the wall."""


class ClockJudge(Judge):
    """A clock per contact: each breaks by itself, at its own deadline, in open time."""

    CLOCKS: Final = {
        "wait": "waiting",
        "first_response": "first_response",
        "response": "response",
        "talk": "talk",
        "resolution": "solving",
        "acknowledgement": "acknowledgement",
        "kept_waiting": "kept_waiting",
    }

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """See `Judge`."""
        super().__init__(standard, scope, centre, schedule, calendar)
        declared = standard.measure.startswith(NAMED_CLOCK)
        clock = "clock" if declared else self.CLOCKS[standard.measure]
        self._prefix = standard.measure[len(NAMED_CLOCK) :] + WITHIN if declared else ""
        """What the subjects begin with that are about the one declared clock."""
        self._clock = clock
        self._enter = next(kind for kind, name in ENTER_KINDS.items() if name == clock)
        self._leave = next(kind for kind, name in LEAVE_KINDS.items() if name == clock)
        self.kinds = frozenset({self._enter, self._leave})
        self.deadlines: list[tuple[int, int, str]] = []
        self.late_now: dict[str, Record] = {}
        self._changed: list[Record] = []
        self._back: dict[str, int] = {}
        """Who came back when their time was over and had been judged: by subject since when (ms) they are here again."""

    @property
    def breached(self) -> bool:
        """Whether any contact of the scope is over its time."""
        return bool(self.late_now)

    def at_risk(self, levels: Levels, now: int) -> int:
        """How many clocks run out within the last part of their time, see AT_RISK; not those that have run out."""
        return self.due_by(levels, now + int(self.standard.within * AT_RISK))

    def due_by(self, levels: Levels, until: int) -> int:
        """How many clocks that run now run out by `until` (ms), unless they are stopped; not those that have run out.

        One that was carried away in time and came back has a deadline for each time.
        """
        running = levels.clocks[self._clock]
        return len({subject for deadline, since, subject in self.deadlines if deadline <= until and running.get(subject) == since})

    def apply(self, fact: Fact, levels: Levels) -> None:
        """A clock starts or stops."""
        kind, when, _, _, subject, since, weight, _ = fact
        if weight < 0 or not subject.startswith(self._prefix):
            return
        if kind == self._enter:
            if self._comes_back(fact, levels):
                return
            self._start(subject, since)
            self.due = max(self.due, when)  # of a clock that began before it was told of, the deadline may be past
        else:
            self._stop(subject, since, when, judged=not is_carried_away(fact))

    def late(self, fact: Fact, levels: Levels, position: int) -> None:
        """Whose clock runs on is watched from now on, and has broken already where its deadline is past."""
        _, when, _, _, subject, since, _, _ = fact
        if not subject.startswith(self._prefix):
            return
        runs_since = levels.clocks[self._clock].get(subject)
        if runs_since is None:
            self._stop(subject, since, when, judged=not is_carried_away(fact))
        elif subject not in self.late_now and not self._comes_back(fact, levels):
            self._start(subject, runs_since)

    def _comes_back(self, fact: Fact, levels: Levels) -> bool:
        """Whether a clock was here already when it ran out: it counted then, and is late here again from now on."""
        left, (_, when, _, _, subject, since, _, _) = was_here_until(fact), fact
        if left is None or left <= (deadline := self.schedule.after(since, self.standard.within)):
            return False
        if levels.clocks[self._clock].get(subject) != since:
            return True  # it has ended in the same millisecond
        self._back[subject] = when
        self._is_late(subject, since, deadline)
        return True

    def _start(self, subject: str, since: int) -> None:
        self.status = "missed" if self.late_now else "met"
        heappush(self.deadlines, (self.schedule.after(since, self.standard.within), since, subject))
        self.due = self.deadlines[0][0]

    def _stop(self, subject: str, since: int, when: int, *, judged: bool) -> None:
        """`judged`: the clock is over, and not only gone elsewhere."""
        late = self.late_now.pop(subject, None)
        self._back.pop(subject, None)
        if late is None:
            self.contacts += judged
        else:
            self._changed.append({**late, "status": "resolved", "ended_at": iso(when), "value_at_end": finite((when - since) / 1000)})
            self.status = "missed" if self.late_now else "met"
            self.value = float(len(self.late_now))

    def on_time(self, at: int, levels: Levels) -> None:
        """Whose clock still runs at its deadline is in breach from then on."""
        running = levels.clocks[self._clock]
        while self.deadlines and self.deadlines[0][0] <= at:
            deadline, since, subject = heappop(self.deadlines)
            if running.get(subject) == since and subject not in self.late_now:
                self._is_late(subject, since, deadline)
                self.contacts += 1
                self.breaches += 1
        self.due = self.deadlines[0][0] if self.deadlines else NEVER

    def _is_late(self, subject: str, since: int, deadline: int) -> None:
        self.late_now[subject] = self._record(subject, since, deadline)
        self._changed.append(self.late_now[subject])
        self.status = "missed"
        self.value = float(len(self.late_now))

    def _record(self, subject: str, since: int, deadline: int) -> Record:
        """The breach; of whom came back its id has when, as the one before it has ended for good."""
        back = self._back.get(subject)
        identity = f"{self.standard.key}/{self.scope}/{subject}/{since}" + ("" if back is None else f"/{back}")
        begun = deadline if back is None else back
        late = record(self.standard, self.scope, identity, begun, (begun - since) / 1000)
        late["contact_id"] = subject[len(self._prefix) :]
        return late

    def take_changed(self) -> list[Record]:
        """Breach records since the last call."""
        changed, self._changed = self._changed, []
        return changed

    def open_records(self) -> list[Record]:
        """The contacts that are over their time now."""
        return list(self.late_now.values())

    def restored(self, levels: Levels, position: int) -> None:
        """Deadlines follow from the clocks that run; whose deadline is past is late."""
        self.deadlines, self.late_now = [], {}
        for subject, since in levels.clocks[self._clock].items():
            if not subject.startswith(self._prefix):
                continue
            deadline = self.schedule.after(since, self.standard.within)
            if deadline <= position:
                self.late_now[subject] = self._record(subject, since, deadline)
            else:
                self.deadlines.append((deadline, since, subject))
        heapify(self.deadlines)
        self.due = self.deadlines[0][0] if self.deadlines else NEVER

    def copy_from(self, other: Judge) -> None:
        """With the deadlines, which are not in the stored state."""
        super().copy_from(other)
        if isinstance(other, ClockJudge):
            self.deadlines, self.late_now = list(other.deadlines), dict(other.late_now)

    def encode_own(self) -> Any:
        """What was not sent yet, and where there are any who came back; the rest follows from the clocks that run."""
        return {"changed": self._changed, "back": self._back} if self._back else self._changed

    def decode_own(self, stored: Any) -> None:
        """Take it back."""
        changed, back = (stored["changed"], stored["back"]) if isinstance(stored, dict) else (stored, {})
        self._changed, self._back = list(changed), dict(back)
