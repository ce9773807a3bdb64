"""Levels: what is now, compared with a limit at every change."""

from __future__ import annotations

from typing import Any

from stream.core import facts
from stream.core.breach import BROKEN, KEPT, NEITHER
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.facts import Fact
from stream.core.judges.judge import COMPARE, NEVER, Judge
from stream.core.levels import Levels
from stream.core.measures.levels import per_agent
from stream.core.schedule import Schedule
from stream.core.windows import Calendar


class LevelJudge(Judge):
    """A level: contacts waiting, contacts per agent, the longest wait, staffed agents."""

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """See `Judge`."""
        super().__init__(standard, scope, centre, schedule, calendar)
        self.kinds = frozenset({facts.ENTERED, facts.LEFT, facts.AGENT_STATE})
        self.judged_ms = 0
        self.breached_ms = 0
        self._since: int | None = None
        self._keeps = COMPARE[standard.op]
        self._clear = standard.limit if standard.clear is None else standard.clear
        self._ages = {"longest_wait": "waiting", "talk": "talk"}.get(standard.measure)
        """Of which clock the oldest is the level."""
        if self._ages == "talk":
            self.kinds = frozenset({facts.TALK_BEGAN, facts.TALK_ENDED})

    def apply(self, fact: Fact, levels: Levels) -> None:
        """Every change of the level is looked at, when all facts of its millisecond are there: a requeue is no dip."""
        self.due = min(self.due, fact[1])

    def on_time(self, at: int, levels: Levels) -> None:
        """Compare the level at `at` with the limit, and with the limit at which a breach clears."""
        if self._since is not None and at > self._since:
            self.judged_ms += at - self._since
            if self.breached:
                self.breached_ms += at - self._since
        reopens = self._closed(at)
        if reopens is not None:
            self._since = None
            self.due = reopens
            return
        self.value = self._level(at, levels)
        if self.value is None:
            self._since = None
            self.status = "no_data"
            self.hysteresis.update(at, KEPT, None)
        else:
            self._since = at
            kept = self._keeps(self.value, self.standard.limit)
            self.status = "met" if kept else "missed"
            if not kept or not self.hysteresis.calm:
                self.hysteresis.update(
                    at, KEPT if kept and self._keeps(self.value, self._clear) else NEITHER if kept else BROKEN, self.value
                )
        self.due = self._next(at, levels)

    def spent(self, until: int) -> tuple[int, int]:
        """Time under judgement, and of it in breach, up to `until` (ms), which is settled and not before the last change."""
        running = 0 if self._since is None else max(0, until - self._since)
        return self.judged_ms + running, self.breached_ms + running * self.breached

    @property
    def spoke(self) -> bool:
        """Whether there was a level for any time."""
        return super().spoke or self.judged_ms > 0

    def restored(self, levels: Levels, position: int) -> None:
        """Nothing: what a level judge knows is stored, and the level itself is in `levels`."""

    def _level(self, at: int, levels: Levels) -> float | None:
        measure = self.standard.measure
        if measure == "waiting":
            return len(levels.waiting)
        if measure == "staffed":
            return levels.staffed if levels.known else None
        if measure == "waiting_per_agent":
            return per_agent(len(levels.waiting), levels.staffed if levels.known else None)
        oldest = levels.oldest(self._ages or "waiting")
        return 0.0 if oldest is None else (at - oldest) / 1000

    def _next(self, at: int, levels: Levels) -> int:
        """The next moment at which time alone says something: the end of a hold time, opening or closing, a wait at its limit."""
        next_due = NEVER
        due = self.hysteresis.due
        if due is not None and due > at:
            next_due = due
        if not self.schedule.always:
            until = self.hours.at(at)[1]
            if until is not None and at < until < next_due:
                next_due = until
        if self._ages and (oldest := levels.oldest(self._ages)) is not None:
            breaks = oldest + int(self.standard.limit * 1000) + 1
            if at < breaks < next_due:
                next_due = breaks
        return next_due

    def encode_own(self) -> Any:
        """Seconds judged and in breach."""
        return [self.judged_ms, self.breached_ms, self._since]

    def decode_own(self, stored: Any) -> None:
        """Take them back."""
        self.judged_ms, self.breached_ms, self._since = stored
