"""A breach: from the moment at which a standard has been broken for its hold time until it has been kept for its clear time.

A breach's id is stable: standard (where it has several targets or limits, with which of them), scope, local date, and which one of
that day it is; a replay makes the same. A clock's breach is of one contact, a report's of one period, and named by it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from stream.core.declared import REPORTS, Standard
from stream.core.scopes import scope_of
from stream.core.windows import Calendar

Record = dict[str, Any]
BROKEN: Final = "broken"
KEPT: Final = "kept"
NEITHER: Final = "neither"
"""What an evaluation says: broken, kept (a breach may end), or neither (a breach goes on, none begins)."""


def iso(at: int) -> str:
    """A moment (ms) as RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> int:
    """A time of RFC 3339 as ms, the reverse of `iso`."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


UNITS: Final = {
    "waiting": "contacts",
    "waiting_per_agent": "contacts per agent",
    "staffed": "agents",
    "left_at_closing": "contacts",
}


def unit_of(standard: Standard) -> str:
    """The unit of a standard's value and target."""
    if standard.form in REPORTS:
        return standard.unit
    return "share" if standard.form == "percentage" else UNITS.get(standard.measure, "seconds")


def target_of(standard: Standard) -> float:
    """The number that the value is compared with, in the value's unit."""
    if standard.form == "percentage":
        return standard.objective
    return standard.within / 1000 if standard.form == "clock" else standard.limit


def record(standard: Standard, scope: str, identity: str, started: int, value: float | None) -> Record:
    """A breach that fires at `started`. Infinity is null, as in every JSON of ours."""
    made = {
        "id": identity,
        "status": "firing",
        "standard": standard.name,
        "title": standard.title,
        "severity": standard.severity,
        "cadence": standard.cadence,
        "form": standard.form,
        "scope": scope_of(scope),
        "value": finite(value),
        "target": target_of(standard),
        "op": operator_of(standard),
        "unit": unit_of(standard),
        "started_at": iso(started),
        "ended_at": None,
        "runbook": standard.runbook,
    }
    if standard.several:
        made["limit"] = standard.bound
    return made


def operator_of(standard: Standard) -> str:
    """How the value must compare with the target for the standard to be kept."""
    if standard.form == "percentage":
        return "<=" if standard.measure == "abandonment" else ">="
    return "<=" if standard.form == "clock" else standard.op


def finite(value: float | None) -> float | None:
    """The value, None where it is infinite; rounded, so that sums in another order are the same text."""
    if value is None or value in (float("inf"), float("-inf")):
        return None
    return round(value, 6)


class Hysteresis:
    """One standard in one scope, over time: hold time before a breach, clear time after it. Called in order of time."""

    __slots__ = ("_calendar", "_date", "_number", "broken_since", "changed", "clearing_since", "open", "scope", "standard")

    def __init__(self, standard: Standard, scope: str, calendar: Calendar) -> None:
        """Nothing is broken yet."""
        self.standard = standard
        self.scope = scope
        self._calendar = calendar
        self.broken_since: int | None = None
        self.clearing_since: int | None = None
        self.open: Record | None = None
        self.changed: list[Record] = []
        self._date = ""
        self._number = 0

    @property
    def calm(self) -> bool:
        """Whether nothing is broken, so that a level that is kept changes nothing."""
        return self.open is None and self.broken_since is None

    @property
    def due(self) -> int | None:
        """When time alone changes something: the end of the hold time or of the clear time."""
        if self.open is None:
            return None if self.broken_since is None else self.broken_since + self.standard.hold
        return None if self.clearing_since is None else self.clearing_since + self.standard.clear_hold

    def update(self, at: int, says: str, value: float | None) -> None:
        """Take what an evaluation says at `at` (ms)."""
        if self.open is None:
            if says != BROKEN:
                self.broken_since = None
                return
            if self.broken_since is None:
                self.broken_since = at
            if at >= self.broken_since + self.standard.hold:
                self._fire(at, value)
        elif says != KEPT:
            self.clearing_since = None
        else:
            if self.clearing_since is None:
                self.clearing_since = at
            if at >= self.clearing_since + self.standard.clear_hold:
                self.resolve(at, value)

    def _fire(self, at: int, value: float | None) -> None:
        date = self._calendar.date(at)
        self._number = self._number + 1 if date == self._date else 1
        self._date = date
        identity = f"{self.standard.key}/{self.scope}/{date}/{self._number}"
        self.open = record(self.standard, self.scope, identity, at, value)
        self.broken_since = None
        self.clearing_since = None
        self.changed.append(self.open)

    def resolve(self, at: int, value: float | None) -> None:
        """End an open breach at once."""
        if self.open is not None:
            self.changed.append({**self.open, "status": "resolved", "ended_at": iso(at), "value_at_end": finite(value)})
        self.open = None
        self.broken_since = None
        self.clearing_since = None

    def take_changed(self) -> list[Record]:
        """The records since the last call, in order."""
        changed, self.changed = self.changed, []
        return changed

    def encode(self) -> list[Any]:
        """What must survive."""
        return [self.broken_since, self.clearing_since, self.open, self._date, self._number, self.changed]

    def decode(self, stored: list[Any]) -> None:
        """Take it back."""
        self.broken_since, self.clearing_since, self.open, self._date, self._number, changed = stored
        self.changed = list(changed)
