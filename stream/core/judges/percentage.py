"""Shares of contacts: each counts once, when its verdict can no longer change; the exact binomial speaks."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from stream.core import facts
from stream.core.binomial import judge as judge_share
from stream.core.breach import BROKEN, KEPT, NEITHER
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.facts import ENTER_KINDS, LEAVE_KINDS, Fact
from stream.core.judges.judge import NEVER
from stream.core.judges.window import WindowJudge
from stream.core.levels import Levels
from stream.core.schedule import Schedule
from stream.core.windows import Calendar


class PercentageJudge(WindowJudge):
    """A share of contacts. Each counts once, when its verdict can no longer change: at the threshold while it still waits."""

    CLOCKS: Final = {"service_level": "waiting", "first_response": "first_response", "response": "response"}

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """See `Judge`."""
        super().__init__(standard, scope, centre, schedule, calendar)
        self._clock = self.CLOCKS.get(standard.measure)
        self._deadlines: deque[tuple[int, str]] = deque()
        self._overdue: set[str] = set()
        self._enter = next((kind for kind, clock in ENTER_KINDS.items() if clock == self._clock), "")
        self._leave = next((kind for kind, clock in LEAVE_KINDS.items() if clock == self._clock), "")
        if standard.measure == "service_level":
            outcomes = {facts.ANSWERED, facts.ABANDONED, facts.FLOWED_OUT, facts.CALLBACK}
        elif standard.measure == "abandonment":
            outcomes = {facts.ANSWERED, facts.ABANDONED}
        else:
            outcomes = {standard.measure}
        self.kinds = frozenset({*outcomes, self._enter, self._leave} - {""})
        self._waits_count = standard.measure != "service_level" or standard.formula != "answered"

    def apply(self, fact: Fact, levels: Levels) -> None:
        """Count an outcome, or note from when on the contact is late."""
        kind, when, _, _, subject, value, weight, _ = fact
        if weight < 0:
            return
        if kind == self._enter:
            self._deadlines.append((value + self.standard.within, subject))
            self.due = min(self.due, self.next_deadline())
            return
        if kind == self._leave:  # after the outcome of the same millisecond, if there is one
            self._overdue.discard(subject)
            return
        if subject in self._overdue:
            self._overdue.discard(subject)
            return
        counted = self._outcome(kind, value)
        if counted is not None:
            self._judged(when, kept=counted)

    def _judged(self, when: int, *, kept: bool) -> None:
        self.contacts += 1
        self.breaches += not kept
        self.count(when, int(kept), 1)

    def _outcome(self, kind: str, value: int) -> bool | None:
        """Whether the promise was kept; None where the formula leaves the contact out."""
        if self.standard.measure == "abandonment":
            left_out = self.standard.formula == "no_short" and kind == facts.ABANDONED and value <= self.centre.short_abandon
            return None if left_out else kind == facts.ANSWERED
        if kind in (facts.ANSWERED, facts.FIRST_RESPONSE, facts.RESPONSE):
            return value <= self.standard.within
        return self._unanswered(kind, value)

    def _unanswered(self, kind: str, value: int) -> bool | None:
        """How the formula takes a contact that left the queue without an answer."""
        within, formula = self.standard.within, self.standard.formula
        if formula == "removed":
            return value <= within and kind != facts.FLOWED_OUT
        if kind == facts.FLOWED_OUT:
            return False if formula == "with_flow_out" else None
        if kind == facts.CALLBACK or formula == "answered":
            return None
        if value <= self.centre.short_abandon and formula in ("no_short", "with_flow_out", "live"):
            return None
        return None if formula == "no_abandon_in_target" and value <= within else False

    def before(self, at: int, levels: Levels) -> None:
        """Who still waits at the threshold has missed it, whatever follows."""
        running = levels.clocks[self._clock] if self._clock else {}
        while self._deadlines and self._deadlines[0][0] <= at:
            deadline, subject = self._deadlines.popleft()
            since = deadline - self.standard.within
            if running.get(subject) == since and self._waits_count:
                self._overdue.add(subject)
                self._judged(at, kept=False)

    def next_deadline(self) -> int:
        """The next threshold of a waiting contact."""
        return self._deadlines[0][0] if self._deadlines else NEVER

    def look(self, at: int) -> None:
        """The exact binomial decides whether the share is missed, or too few say so."""
        kept, contacts = self._upper, self._lower
        standard = self.standard
        if standard.measure == "abandonment":
            self.status = judge_share(kept, contacts, 1 - standard.objective, standard.confidence)
            self.value = None if contacts <= 0 else (contacts - kept) / contacts
        else:
            self.status = judge_share(kept, contacts, standard.objective, standard.confidence)
            self.value = None if contacts <= 0 else kept / contacts
        says = {"missed": BROKEN, "too_few": NEITHER}.get(self.status, KEPT)
        self.hysteresis.update(at, says, self.value)

    def verdict(self) -> dict[str, Any]:
        """With the parts of the share."""
        return {**super().verdict(), "numerator": self._upper, "denominator": self._lower}

    def encode_own(self) -> Any:
        """Panes, thresholds to come, and who is late already."""
        return [super().encode_own(), [list(pair) for pair in self._deadlines], sorted(self._overdue)]

    def decode_own(self, stored: Any) -> None:
        """Take them back."""
        panes, deadlines, overdue = stored
        super().decode_own(panes)
        self._deadlines = deque((deadline, subject) for deadline, subject in deadlines)
        self._overdue = set(overdue)
