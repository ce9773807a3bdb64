"""Judges: one standard in one scope, fed with facts in the order of event time, and asked again when time alone matters.

A judge never looks at a clock. `apply` takes a fact that the levels have taken already; `due` is the next moment (ms) at which
time alone changes something; `on_time` is called then, after all facts up to that moment.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from math import inf
from typing import Any, Final

from stream.core import facts
from stream.core.binomial import judge as judge_share
from stream.core.breach import BROKEN, KEPT, NEITHER, Hysteresis, Record, finite, iso, record, target_of
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.facts import ENTER_KINDS, LEAVE_KINDS, Fact
from stream.core.levels import Levels
from stream.core.measures.levels import per_agent
from stream.core.schedule import OpenNow, Schedule
from stream.core.windows import PANE, Calendar, pane_of

NEVER: Final = 2**62


class Judge(ABC):
    """What all judges share: the standard, its opening hours, and its breaches."""

    kinds: frozenset[str]

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """`schedule`: the opening hours that hold for this standard in this scope."""
        self.standard = standard
        self.scope = scope
        self.centre = centre
        self.schedule = schedule
        self.hours = OpenNow(schedule, standard.grace)
        self.hysteresis = Hysteresis(standard, scope, calendar)
        self.value: float | None = None
        self.status = "no_data"
        self.contacts = 0
        self.breaches = 0
        self.due = NEVER

    @abstractmethod
    def apply(self, fact: Fact, levels: Levels) -> None:
        """Take a fact of one of `kinds`."""

    @abstractmethod
    def on_time(self, at: int, levels: Levels) -> None:
        """Look again at `at`, for which `due` asked."""

    @property
    def breached(self) -> bool:
        """Whether the standard is in breach."""
        return self.hysteresis.open is not None

    def take_changed(self) -> list[Record]:
        """Breach records since the last call."""
        return self.hysteresis.take_changed()

    def open_records(self) -> list[Record]:
        """The breaches that go on."""
        return [] if self.hysteresis.open is None else [self.hysteresis.open]

    def verdict(self) -> dict[str, Any]:
        """The standard as it stands, for readings and reports."""
        return {
            "standard": self.standard.name,
            "severity": self.standard.severity,
            "status": self.status,
            "value": finite(self.value),
            "target": target_of(self.standard),
            "breached": self.breached,
        }

    def encode(self) -> list[Any]:
        """What must survive; subclasses add theirs."""
        value = "inf" if self.value == inf else self.value
        return [self.hysteresis.encode(), value, self.status, self.contacts, self.breaches, self.due, self.encode_own()]

    def decode(self, stored: list[Any]) -> None:
        """Take it back."""
        breach, value, self.status, self.contacts, self.breaches, self.due, own = stored
        self.value = inf if value == "inf" else value
        self.hysteresis.decode(breach)
        self.decode_own(own)

    @abstractmethod
    def encode_own(self) -> Any:
        """The subclass's part."""

    @abstractmethod
    def decode_own(self, stored: Any) -> None:
        """Take the subclass's part back."""

    def _closed(self, at: int) -> int | None:
        """Outside opening hours there is no verdict: end what is open. Gives the moment when that changes, NEVER if never."""
        is_open, until = self.hours.at(at)
        if is_open:
            return None
        self.status = "closed"
        self.hysteresis.resolve(at, self.value)
        return NEVER if until is None else until


COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "<=": lambda value, limit: value <= limit,
    "<": lambda value, limit: value < limit,
    ">=": lambda value, limit: value >= limit,
    ">": lambda value, limit: value > limit,
}


class LevelJudge(Judge):
    """A level: contacts waiting, contacts per agent, the longest wait, staffed agents."""

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """See `Judge`."""
        super().__init__(standard, scope, centre, schedule, calendar)
        self.kinds = frozenset({facts.ENTERED, facts.LEFT, facts.AGENT_STATE})
        self.judged_ms = 0
        self.breached_ms = 0
        self._since: int | None = None

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
            keeps = COMPARE[self.standard.op]
            clear = self.standard.limit if self.standard.clear is None else self.standard.clear
            kept = keeps(self.value, self.standard.limit)
            self.status = "met" if kept else "missed"
            self.hysteresis.update(at, KEPT if kept and keeps(self.value, clear) else NEITHER if kept else BROKEN, self.value)
        self.due = self._next(at, levels)

    def _level(self, at: int, levels: Levels) -> float | None:
        measure = self.standard.measure
        if measure == "waiting":
            return len(levels.waiting)
        if measure == "staffed":
            return levels.staffed if levels.known else None
        if measure == "waiting_per_agent":
            return per_agent(len(levels.waiting), levels.staffed if levels.known else None)
        oldest = levels.oldest()
        return 0.0 if oldest is None else (at - oldest) / 1000

    def _next(self, at: int, levels: Levels) -> int:
        due = self.hysteresis.due
        times = [NEVER if due is None else due]
        if not self.schedule.always:
            until = self.hours.at(at)[1]
            times.append(NEVER if until is None else until)
        oldest = levels.oldest()
        if self.standard.measure == "longest_wait" and oldest is not None:
            breaks = oldest + int(self.standard.limit * 1000) + 1
            if breaks > at:
                times.append(breaks)
        return min(time if time > at else NEVER for time in times)

    def encode_own(self) -> Any:
        """Seconds judged and in breach."""
        return [self.judged_ms, self.breached_ms, self._since]

    def decode_own(self, stored: Any) -> None:
        """Take them back."""
        self.judged_ms, self.breached_ms, self._since = stored


class WindowJudge(Judge):
    """A number over a rolling window, looked at every 10 s of event time: the panes of a share or of a mean."""

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """See `Judge`."""
        super().__init__(standard, scope, centre, schedule, calendar)
        self._panes: dict[int, list[int]] = {}
        self._upper = 0
        self._lower = 0

    def count(self, when: int, at: int, upper: int, lower: int) -> None:
        """Add to numerator and denominator of the pane around `at`; known at `when`."""
        start = pane_of(at)
        if start + PANE <= when - self.standard.window:
            return
        pane = self._panes.setdefault(start, [0, 0])
        pane[0] += upper
        pane[1] += lower
        self._upper += upper
        self._lower += lower
        self.due = min(self.due, pane_of(when) + PANE)

    def on_time(self, at: int, levels: Levels) -> None:
        """Let old panes go and look at the rest."""
        self.before(at, levels)
        for start in [start for start in self._panes if start < at - self.standard.window]:
            upper, lower = self._panes.pop(start)
            self._upper -= upper
            self._lower -= lower
        grid = pane_of(at) + PANE if self._panes or self.breached or self.hysteresis.due is not None else NEVER
        reopens = self._closed(at)
        if reopens is not None:
            self.due = min(grid, self.next_deadline())
            return
        self.look(at)
        self.due = min(grid, self.next_deadline())

    def before(self, at: int, levels: Levels) -> None:
        """What time alone decides of single contacts."""

    def next_deadline(self) -> int:
        """When `before` has something to decide."""
        return NEVER

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
        kind, when, at, _, subject, value, weight, _ = fact
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
            self._judged(when, at, kept=counted)

    def _judged(self, when: int, at: int, *, kept: bool) -> None:
        self.contacts += 1
        self.breaches += not kept
        self.count(when, at, int(kept), 1)

    def _outcome(self, kind: str, value: int) -> bool | None:
        """Whether the promise was kept; None where the formula leaves the contact out."""
        if self.standard.measure == "abandonment":
            return kind == facts.ANSWERED
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
                self._judged(at, since, kept=False)

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


class MeanJudge(WindowJudge):
    """A mean number of seconds over the window."""

    FACTS: Final = {
        "answer_wait": facts.ANSWERED,
        "handle": facts.HANDLED,
        "first_response": facts.FIRST_RESPONSE,
        "response": facts.RESPONSE,
    }

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """See `Judge`."""
        super().__init__(standard, scope, centre, schedule, calendar)
        self.kinds = frozenset({self.FACTS[standard.measure]})

    def apply(self, fact: Fact, levels: Levels) -> None:
        """Add the value to the mean."""
        self.count(fact[1], fact[2], fact[5] * fact[6], fact[6])

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


JUDGES: Final[dict[str, type[Judge]]] = {"level": LevelJudge, "percentage": PercentageJudge, "mean": MeanJudge, "clock": ClockJudge}
