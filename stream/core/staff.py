"""How long the agents of a scope were in what state: time that is counted in windows, cut at their borders.

What runs is a rate by name (so many agents, or contacts in hand, at once). A change first lets the time before it flow into the
windows, and then changes the rates; between changes nothing is done, and a reading adds what flowed since. A pane of the rolling
windows keeps two sums of the changes in it, of which the time of any window follows (see `spent`). All moves with what is settled,
so it is a function of the set of facts; numbers are whole ms.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, Protocol, TypeAlias

from stream.core.events import AGENT_STATES
from stream.core.facts import AGENT_KINDS, HAND_LEFT, HAND_TAKEN, WITHIN, Fact
from stream.core.levels import Levels
from stream.core.placing import GONE, OFFLINE, PAUSED, STAFFED, person_state
from stream.core.watermark import NOTHING
from stream.core.windows import Calendar, Cell

STAFF_KINDS: Final = AGENT_KINDS | {HAND_TAKEN, HAND_LEFT}
"""Kinds of facts that may change a rate."""

CARRIED: Final = 60 * 86_400_000
"""How long (ms) rates that nothing changes flow on: one mistyped year is no century of staffing."""

IN: Final = "in:"
"""Before a state: agents in it."""
PAUSED_FOR: Final = "for:"
"""Before a reason: agents who pause for it."""
LOGGED_IN: Final = "logged_in"
ON_DUTY: Final = "on_duty"  # logged in and not paused
BUSY: Final = "busy"  # on contact or in wrap-up, each agent once
IDLE: Final = "idle"  # available, with nothing in hand
SLOTS: Final = "slots"  # contacts that they may have at once
USED: Final = "used"  # contacts that they have
OVER: Final = "over"  # agents who have more than they may
OTHER: Final = "other"

ENGAGED: Final = frozenset({AGENT_STATES.index("on_contact"), AGENT_STATES.index("wrap_up")})
AVAILABLE: Final = AGENT_STATES.index("available")
SPENT: Final = "~"
"""Before a name: ms in a cell."""
BENT: Final = "^"
BENT_AT: Final = "@"
"""Before a name in a pane: by how much the rate changed there, and the sum of each change times its moment (ms)."""

Vector = dict[str, int]
Standing: TypeAlias = tuple[int, int, int, str] | None
"""(state, contacts in hand, slots, reason of a pause) of a person who is logged in, on whom all that they add to the rates depends."""
REMEMBERED: Final = 10_000
"""How many of them are remembered with what they add; any number is right."""


class Windows(Protocol):
    """Who keeps the windows."""

    def counting(self, at: int) -> list[Cell]:
        """The windows around `at` that do not slide."""
        ...

    def pane(self, at: int) -> list[Cell]:
        """The pane around `at`; none where no window slides."""
        ...

    def changed(self, cells: Iterable[Cell]) -> None:
        """These are not what they were."""
        ...


class Staff:
    """The rates of one scope, as they are at the last change."""

    __slots__ = ("_calendar", "_hands", "_levels", "_moved_at", "_of", "_reasons", "_since", "_windows", "border", "rates", "reasons")

    def __init__(self, levels: Levels, windows: Windows, calendar: Calendar, reasons: tuple[str, ...]) -> None:
        """`levels`: as settled; `reasons`: the declared reasons for a pause."""
        self._levels = levels
        self._windows = windows
        self._calendar = calendar
        self._reasons = reasons
        self.reasons = (*reasons, OTHER)
        self._since = self._moved_at = NOTHING
        self._hands: dict[str, set[str]] = {}
        self._of: dict[str, Standing] = {}
        self.rates: Vector = {}
        self.border = NOTHING
        """When the next half-hour begins, by which all must have flowed."""

    def apply(self, when: int, fact: Fact) -> None:
        """A fact that the levels have taken changes the rates from `when` on."""
        kind, subject = fact[0], fact[4]
        person = subject.partition(WITHIN)[0]
        if kind in (HAND_TAKEN, HAND_LEFT):
            self._hold(person, subject)
        after = self._standing(person)
        before = self._of.get(person)
        changes = _changes(before, after)
        self._of[person] = after
        if not changes:
            return
        self.flow(when)
        self._moved_at = max(self._moved_at, when)
        self._add(changes)
        for pane in self._windows.pane(when):
            numbers = pane.n
            for name, change in changes:
                numbers[BENT + name] += change
                numbers[BENT_AT + name] += change * when
            self._windows.changed((pane,))

    def _add(self, changes: Iterable[tuple[str, int]]) -> None:
        rates = self.rates
        for name, change in changes:
            rate = rates.get(name, 0) + change
            if rate:
                rates[name] = rate
            else:
                del rates[name]

    def _hold(self, person: str, subject: str) -> None:
        """Follow what a person has in hand."""
        held = self._hands.setdefault(person, set())
        if subject in self._levels.clocks["hand"]:
            held.add(subject)
        else:
            held.discard(subject)
            if not held:
                del self._hands[person]

    def _standing(self, person: str) -> Standing:
        """What a person adds to the rates depends on. Of whom no system says that they are logged in, contacts in hand say nothing."""
        levels = self._levels
        parts = levels.people.get(person)
        if parts is None:
            state = levels.agents.get(person, GONE)
            parts = {person: state}
        else:
            state = person_state(parts.values())
        if state in (GONE, OFFLINE):
            return None
        hands = len(self._hands.get(person, ()))
        told = levels.said["slots"]
        slots = sum(told.get(part, 1) for part, own in parts.items() if own not in (GONE, OFFLINE))
        if state != PAUSED:
            return state, hands, slots, ""
        reason = min(levels.said["reasons"].get(part, len(self._reasons)) for part, own in parts.items() if own == PAUSED)
        return state, hands, slots, self.reasons[min(reason, len(self._reasons))]

    def flow(self, until: int) -> None:
        """Let the time up to `until` (ms) flow into the windows."""
        if self._since > NOTHING and self.rates:
            end = min(until, self._moved_at + CARRIED)
            self._spend(self._since, end)
        self._since = max(self._since, until)
        self.border = self._calendar.half_hour(self._since)[1]

    def _spend(self, since: int, until: int) -> None:
        """What runs counts during [since, until), cut at the half-hours, which days are made of."""
        while since < until:
            end = min(until, self._calendar.half_hour(since)[1])
            cells = self._windows.counting(since)
            spent = [(SPENT + name, rate * (end - since)) for name, rate in self.rates.items()]
            for cell in cells:
                numbers = cell.n
                for name, time in spent:
                    numbers[name] += time
            self._windows.changed(cells)
            since = end

    def spent(self, cell: Cell, name: str, settled: int) -> int:
        """How long (ms) in a window up to `settled`. Of a window that slides it follows from the panes.

        With N at the end, and changes d at t in the window [a, x): N * (x - a) less the sum of d * (t - a).
        """
        rate = self.rates.get(name, 0)
        end = min(settled, cell.end, self._moved_at + CARRIED)
        if cell.name:
            return cell.n.get(SPENT + name, 0) + rate * max(0, end - max(self._since, cell.start))
        if end <= cell.start:
            return 0
        bent = cell.n.get(BENT_AT + name, 0) - cell.start * cell.n.get(BENT + name, 0)
        return rate * (end - cell.start) - bent

    def encode(self) -> list[int]:
        """What must survive; the rates follow from the levels."""
        return [self._since, self._moved_at]

    def decode(self, stored: list[int]) -> None:
        """Take it back."""
        self._since, self._moved_at = stored

    def restored(self, position: int) -> None:
        """After the levels were put back."""
        self._hands.clear()
        self._of.clear()
        self.rates.clear()
        levels = self._levels
        for subject in levels.clocks["hand"]:
            self._hands.setdefault(subject.partition(WITHIN)[0], set()).add(subject)
        for person in dict.fromkeys(agent.partition(WITHIN)[0] for agent in levels.agents):
            self._of[person] = self._standing(person)
            self._add(_changes(None, self._of[person]))
        if self._since <= NOTHING and self.rates:
            self._since = self._moved_at = position
        if self._since > NOTHING:
            self.border = self._calendar.half_hour(self._since)[1]


@lru_cache(REMEMBERED)
def _adds(standing: Standing) -> Vector:
    """What one person adds to the rates."""
    if standing is None:
        return {}
    state, hands, slots, reason = standing
    busy = bool(hands) or state in ENGAGED
    out = {IN + AGENT_STATES[state]: 1, LOGGED_IN: 1, SLOTS: slots, USED: max(hands, int(busy))}
    out[ON_DUTY] = int(state in STAFFED)
    out[BUSY] = int(busy)
    out[IDLE] = int(not busy and state == AVAILABLE)
    out[OVER] = int(hands > slots)
    if reason:
        out[PAUSED_FOR + reason] = 1
    return {name: number for name, number in out.items() if number}


@lru_cache(REMEMBERED)
def _changes(before: Standing, after: Standing) -> tuple[tuple[str, int], ...]:
    """By how much which rates change."""
    had, has = _adds(before), _adds(after)
    return tuple((name, change) for name in had | has if (change := has.get(name, 0) - had.get(name, 0)))


def stored_known(staff: Staff | None) -> Any:
    """The entry of a scope's staff; None where nobody asks for it or nothing was ever told."""
    return None if staff is None or staff.encode()[0] <= NOTHING else staff.encode()
