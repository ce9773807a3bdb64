"""What the board has to know of the declared standards: by which formula a queue's service level is shown, and what its targets are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stream.board.slices import Slice
from stream.core.binomial import judge as judge_share
from stream.core.centre import ALWAYS, REAL_TIME
from stream.core.declared import NAMED_CLOCK, Standard, governing
from stream.core.reports import promise_of
from stream.core.scopes import key_by

SEVERITIES: Final = ("critical", "warning", "info")
SHOWN_WINDOW: Final = 30 * 60_000
USUAL_LEVEL: Final = {"call": ("strict", 120.0), "chat": ("no_short", 60.0)}
"""By channel: formula and seconds of the service level that is shown where no standard promises one."""
USUAL_ERROR: Final = 0.05
"""Of a standard that says nothing of its confidence."""
MANY: Final = 1_000
"""Of so many it is no chance that a target is missed, and it would cost time to say so exactly."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What is promised of one queue's channel: most waiting, longest wait (s), service level (formula, seconds, share, its standard).

    wait_share: of how many the wait is promised, where it is not of all. error: how often chance alone may make a service level missed.
    """

    most_waiting: tuple[float, ...] = ()
    """Of all standards about it, the stricter first."""
    wait_seconds: float | None = None
    wait_share: float | None = None
    level: tuple[str, float, float | None, str] | None = None
    error: float = USUAL_ERROR

    def waiting(self, now: float | None) -> float | None:
        """The limit to hold those against who wait `now`: the gravest that they break, or else the first that they would."""
        broken = [limit for limit in self.most_waiting if now is not None and now > limit]
        return broken[-1] if broken else self.most_waiting[0] if self.most_waiting else None


class Promises:
    """The declared standards, as far as the board looks at them."""

    def __init__(self, standards: Sequence[Standard]) -> None:
        """Keep them."""
        self.standards = tuple(standards)
        self._found: dict[tuple[str, str], Targets] = {}
        self._of_issues = {one.name for one in standards if one.measure == "resolution" or one.measure.startswith(NAMED_CLOCK)}
        self._clears: dict[str, dict[tuple[str, str, str], float | None]] = {}

    def of(self, queue: str, channel: str) -> Targets:
        """The targets of a queue's channel."""
        found = self._found.get((queue, channel))
        if found is None:
            found = self._found[queue, channel] = self._make({"queue": queue, "channel": channel})
        return found

    def clear_of(self, breach: Mapping[str, Any]) -> float | None:
        """The number at which a breach ends; None where it is the target, or not known any more."""
        scope = key_by(breach["scope"])
        if scope not in self._clears:
            held = governing(self.standards, breach["scope"])
            self._clears[scope] = {(one.name, one.severity, one.bound if one.several else ""): one.clear for one in held}
        return self._clears[scope].get(promise_of(breach))

    def of_issues(self, breach: Mapping[str, Any]) -> bool:
        """Whether a breach is of a clock that issues have, and not contacts."""
        return breach["standard"] in self._of_issues

    def _make(self, scope: dict[str, str]) -> Targets:
        held = [one for one in governing(self.standards, scope) if one.bound == "within"]
        level = _gravest(one for one in held if one.form == "percentage" and one.measure == "service_level")
        waiting = tuple(sorted({one.limit for one in held if one.form == "level" and one.measure == "waiting"}))
        longest = min((one.limit for one in held if (one.form, one.measure) == ("level", "longest_wait")), default=None)
        clock = _gravest(one for one in held if one.form == "clock" and one.measure in {"wait", "first_response"} and _goes_on(one, scope))
        shown, error = USUAL_LEVEL.get(scope["channel"]), USUAL_ERROR
        promised: tuple[str, float, float | None, str] | None = None if shown is None else (*shown, None, "")
        if level is not None:
            # Judged over another window than the half-hour that is shown, its figures are another column's.
            promised = (level.formula, level.within / 1000, level.objective, level.name if level.window == SHOWN_WINDOW else "")
            error = level.confidence
        if longest is not None:
            return Targets(waiting, longest, None, promised, error)
        if level is not None:
            return Targets(waiting, level.within / 1000, level.objective, promised, error)
        return Targets(waiting, None if clock is None else clock.within / 1000, None, promised)


def _goes_on(clock: Standard, scope: dict[str, str]) -> bool:
    """Whether its time runs while somebody waits. In writing people wait over night, and the clock of opening hours does not run then."""
    return clock.hours == ALWAYS or scope["channel"] in REAL_TIME


def _gravest(standards: Iterable[Standard]) -> Standard | None:
    return min(standards, key=lambda one: SEVERITIES.index(one.severity), default=None)


def known_level(found: Slice, targets: Targets) -> tuple[int, int] | None:
    """Numerator and denominator of the service level of 30 minutes: as it is judged, else of the present half-hour."""
    if targets.level is None:
        return None
    formula, within, _, name = targets.level
    for verdict in found.standards:
        if name and verdict["standard"] == name and verdict.get("limit", "within") == "within" and "denominator" in verdict:
            return verdict["numerator"], verdict["denominator"]
    return found.level("30m", formula, within)


def is_missed(share: tuple[int, int] | None, level: Mapping[str, Any] | None) -> bool:
    """Whether a share (numerator, denominator) misses the target of a row's `level`, as a judge would say it: of few it may be chance."""
    if share is None or level is None or level["target"] is None:
        return False
    kept, contacts = share
    if contacts > MANY:
        return bool(kept < level["target"] * contacts)
    return judge_share(kept, contacts, level["target"], level["error"]) == "missed"
