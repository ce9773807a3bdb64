"""Shares of contacts: each counts once, when its verdict can no longer change; the exact binomial speaks."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from math import ceil
from typing import Any, Final

from stream.core import facts
from stream.core.binomial import judge as judge_share
from stream.core.breach import BROKEN, KEPT, NEITHER
from stream.core.carrying import was_here_until
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.facts import ENTER_KINDS, LEAVE_KINDS, Fact
from stream.core.judges.judge import NEVER, Judge
from stream.core.judges.misses import RUNS, Miss, Misses
from stream.core.judges.window import WindowJudge
from stream.core.levels import Levels
from stream.core.schedule import Schedule
from stream.core.windows import Calendar, pane_of

MOST_BACK: Final = 1_000
"""So many contacts are looked back to at most."""


def looks_back(miss_share: float) -> int:
    """To how many contacts a small queue looks back: so many that one miss among them is what the objective bears."""
    return min(MOST_BACK, ceil(1 / miss_share - 1e-9)) if miss_share > 0 else 1


class PercentageJudge(WindowJudge):
    """A share of contacts. Each counts once, when its verdict can no longer change: at the threshold while it still waits.

    Where the contacts of a rolling window are too few to say anything, the last ones before it of the same opening day are
    taken as well, a pane at a time, until there are `looks_back` of them.
    """

    CLOCKS: Final = {
        "service_level": "waiting",
        "first_response": "first_response",
        "response": "response",
        "acknowledgement": "acknowledgement",
    }
    OUTCOMES: Final = {
        "service_level": (facts.ANSWERED, facts.ABANDONED, facts.FLOWED_OUT, facts.CALLBACK, facts.LOST),
        "abandonment": (facts.ANSWERED, facts.ABANDONED),
        "first_response": (facts.FIRST_RESPONSE,),
        "response": (facts.RESPONSE,),
        "acknowledgement": (facts.ACKNOWLEDGED,),
        "ringing": (facts.RANG, facts.WAITED_RINGS, facts.RANG_OUT),
    }
    """By measure, the facts that decide of a contact."""
    TIMED: Final = frozenset({facts.ANSWERED, facts.FIRST_RESPONSE, facts.RESPONSE, facts.ACKNOWLEDGED, facts.RANG, facts.WAITED_RINGS})
    """Those that keep the promise where they took no longer than is promised."""

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """See `Judge`."""
        super().__init__(standard, scope, centre, schedule, calendar)
        self._clock = self.CLOCKS.get(standard.measure)
        self.deadlines: list[tuple[int, str]] = []
        self.overdue: set[str] = set()
        self.misses = Misses()
        self._enter = next((kind for kind, clock in ENTER_KINDS.items() if clock == self._clock), "")
        self._leave = next((kind for kind, clock in LEAVE_KINDS.items() if clock == self._clock), "")
        left_out = {facts.RANG_OUT} if standard.formula == "answered" else set()
        left_out |= {facts.LOST} if standard.formula != "removed" else set()
        self.kinds = frozenset({*self.OUTCOMES[standard.measure], self._enter, self._leave} - {""} - left_out)
        abandonment = standard.measure == "abandonment"
        self._objective = 1 - standard.objective if abandonment else standard.objective
        self._back = looks_back(1 - self._objective)
        self._older: dict[int, list[int]] = {}
        self._calendar = calendar
        self._day = (0, 0)
        self._waits_count = standard.measure != "service_level" or standard.formula != "answered"

    def apply(self, fact: Fact, levels: Levels) -> None:
        """Count an outcome, or note from when on the contact is late."""
        kind, when, _, _, subject, value, weight, _ = fact
        if weight < 0:
            return
        if kind == self._enter:
            if self._comes_back(fact, levels):
                return
            heappush(self.deadlines, (value + self.standard.within, subject))
            self.due = min(self.due, max(when, self.next_deadline()))  # of a clock that began before it was told of, it may be past
            return
        if kind == self._leave:  # after the outcome of the same millisecond, if there is one
            if subject in self.overdue or subject in self.misses.last:
                self._over(subject, when - value, kind)
            return
        if subject in self.overdue:
            self._over(subject, value, kind)
            return
        if subject in self.misses.last:  # missed under a stricter limit than holds now: it waited, and waits no more
            self._over(subject, value, kind)
        counted = self._outcome(kind, value)
        if counted is not None and self._judged(when, kept=counted) and not counted:
            self.misses.add(subject, when, value, kind)

    def _comes_back(self, fact: Fact, levels: Levels) -> bool:
        """Whether a clock was here already when it ran out: then it was judged, and is not again."""
        left = was_here_until(fact)
        if left is None or left <= fact[5] + self.standard.within:
            return False
        if self._clock and levels.clocks[self._clock].get(fact[4]) == fact[5]:  # it has not ended in the same millisecond
            self.overdue.add(fact[4])
            self.misses.again(fact[4])
        return True

    def late(self, fact: Fact, levels: Levels, position: int) -> None:
        """Who waits on is watched from now on; an outcome of the past changes no verdict."""
        subject = fact[4]
        since = levels.clocks[self._clock].get(subject) if self._clock else None
        if since is None:
            if subject in self.overdue or subject in self.misses.last:
                self._over(subject, fact[1] - fact[5], fact[0])
        elif subject not in self.overdue and not self._comes_back(fact, levels):
            heappush(self.deadlines, (since + self.standard.within, subject))
            self.due = min(self.due, self.next_deadline())

    def _over(self, subject: str, took: int, kind: str) -> None:
        """Who counted as missed while it waited waits no more."""
        self.overdue.discard(subject)
        self.misses.over(subject, took, kind)

    def _judged(self, when: int, *, kept: bool) -> bool:
        """Count a verdict, and say whether it was: outside opening hours there is none."""
        if not self.counts_at(when):
            return False
        self.contacts += 1
        self.breaches += not kept
        self.count(when, int(kept), 1)
        return True

    def _outcome(self, kind: str, value: int) -> bool | None:
        """Whether the promise was kept; None where the formula leaves the contact out."""
        if self.standard.measure == "abandonment":
            left_out = self.standard.formula == "no_short" and kind == facts.ABANDONED and value <= self.centre.short_abandon
            return None if left_out else kind == facts.ANSWERED
        if kind in self.TIMED:
            return value <= self.standard.within
        if kind == facts.RANG_OUT:  # who rang for no longer than is promised and gave up is no word about whoever should have answered
            return None if value <= self.standard.within else False
        return self._unanswered(kind, value)

    def _unanswered(self, kind: str, value: int) -> bool | None:
        """How the formula takes a contact that left the queue without an answer."""
        within, formula = self.standard.within, self.standard.formula
        if formula == "removed":
            return value <= within and kind in (facts.ABANDONED, facts.CALLBACK)
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
        while self.deadlines and self.deadlines[0][0] <= at:
            deadline, subject = heappop(self.deadlines)
            since = deadline - self.standard.within
            if running.get(subject) == since and self._waits_count and subject not in self.overdue:
                self.overdue.add(subject)
                if self._judged(at, kept=False):
                    self.misses.add(subject, at, None, RUNS)

    def next_deadline(self) -> int:
        """The next threshold of a waiting contact."""
        return self.deadlines[0][0] if self.deadlines else NEVER

    def look(self, at: int) -> None:
        """The exact binomial decides whether the share is missed, or too few say so."""
        self._forget_older(at)
        kept, contacts = self._sample()
        self.status = judge_share(kept, contacts, self._objective, self.standard.confidence)
        good = contacts - kept if self.standard.measure == "abandonment" else kept
        self.value = None if contacts <= 0 else good / contacts
        says = {"missed": BROKEN, "too_few": NEITHER}.get(self.status, KEPT)
        self.hysteresis.update(at, says, self.value)

    def verdict(self) -> dict[str, Any]:
        """With the parts of the share."""
        kept, contacts = self._sample()
        return {**super().verdict(), "numerator": kept, "denominator": contacts}

    @property
    def red(self) -> bool:
        """Whether the share is missed, be it a breach yet, or still one."""
        return self.status == "missed" or self.breached

    def missed(self) -> list[Miss]:
        """The last contacts that missed, of those that the share is of, the newest first."""
        taken = self._looked_back()
        return self.misses.since(taken[-1] if taken else next(iter(self._panes))) if self._panes else []

    def forget(self, at: int) -> bool:
        """Let go of the contacts that no share from `at` (ms) on counts, up to which all is settled; whether there were any."""
        return bool(self.misses.last) and self.misses.forget(self._reaches(at))

    def _reaches(self, at: int) -> int:
        """The beginning (ms) of the oldest pane that a share from `at` on can be of."""
        if self._periods is not None:
            return self._periods.around(at)[0]
        first = min([pane_of(at - self.standard.window), *self._panes])
        begin, contacts = self._day_began(at), 0
        is_open, until = self.hours.at(at)
        if not is_open and (until is None or until >= self._day[1]):
            return first  # Nothing opens before the next opening day, which looks back to nothing of this one.
        for start in sorted(self._older, reverse=True):
            if start < begin or contacts >= self._back:
                break
            contacts += self._older[start][1]
            first = min(first, start)
        return first

    def left(self, start: int, pane: list[int]) -> None:
        """Remember what a small queue may look back to; a period of the calendar looks back to nothing."""
        if not self.standard.calendar:
            self._older[start] = pane

    def _forget_older(self, at: int) -> None:
        """Keep of the panes before the window those of the day, and only so many as can be asked for."""
        if not self._older:
            return
        begin, contacts = self._day_began(at), 0
        for start in sorted(self._older, reverse=True):
            if start < begin or contacts >= self._back:
                del self._older[start]
            else:
                contacts += self._older[start][1]

    def _day_began(self, at: int) -> int:
        """When the opening day began: a night is one, whatever midnight says; what is always open has the days of the calendar."""
        if self.schedule.always:
            return self._calendar.day(at)[0]
        if not self._day[0] <= at < self._day[1]:
            self._day = self.schedule.opening_day(at)
        return self._day[0]

    def _looked_back(self) -> list[int]:
        """The panes before the window that count as well, because those in it say too little; the oldest last."""
        if not self._older or not 0 < self._lower < self._back:
            return []
        if judge_share(self._upper, self._lower, self._objective, self.standard.confidence) != "too_few":
            return []
        contacts, taken = self._lower, []
        for start in sorted(self._older, reverse=True):
            if contacts >= self._back:
                break
            contacts += self._older[start][1]
            taken.append(start)
        return taken

    def _sample(self) -> tuple[int, int]:
        """How many contacts kept the promise, and of how many: of the window, and where they say too little of those before it."""
        kept, contacts = self._upper, self._lower
        for start in self._looked_back():
            kept += self._older[start][0]
            contacts += self._older[start][1]
        return kept, contacts

    def encode_own(self) -> Any:
        """The panes; those before the window are marked."""
        return [*([start, *pane, 1] for start, pane in self._older.items()), *super().encode_own()]

    def decode_own(self, stored: Any) -> None:
        """Take the panes back."""
        self._older = {pane[0]: pane[1:3] for pane in stored if pane[3:]}
        super().decode_own([pane for pane in stored if not pane[3:]])

    def restored(self, levels: Levels, position: int) -> None:
        """Thresholds to come, and who has passed one, follow from the clocks that run."""
        running = levels.clocks[self._clock] if self._clock else {}
        ends = [(since + self.standard.within, subject) for subject, since in running.items()]
        self.deadlines = [end for end in ends if end[0] > position]
        self.overdue = {subject for deadline, subject in ends if deadline <= position} if self._waits_count else set()
        heapify(self.deadlines)

    def copy_from(self, other: Judge) -> None:
        """With the thresholds, which are not in the stored state, and the misses, which have an entry of their own."""
        super().copy_from(other)
        if isinstance(other, PercentageJudge):
            self.deadlines, self.overdue = list(other.deadlines), set(other.overdue)
            self.misses.copy_from(other.misses)
