"""What is usual at this time: the same half-hours of the same weekday in the last weeks, as queue-intervals tells them."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta, tzinfo
from math import fsum
from typing import Any, Final

from stream.core.windows import HALF_HOUR, Calendar

WEEKS: Final = 4
ENOUGH: Final = 2
"""Of so many weeks at least there must be figures: one week alone is no usual."""
HOUR: Final = 60 * 60_000


def halves(now: int, calendar: Calendar) -> list[int]:
    """The beginnings (ms) of the half-hours that the last 60 minutes touch."""
    found, at = [], now - HOUR
    while at < now:
        start, end = calendar.half_hour(at)
        found.append(start)
        at = end
    return found


def earlier(start: int, weeks: int, zone: tzinfo) -> int:
    """The same time of the day so many weeks before, in local time: where the clocks change, a day has 23 or 25 hours."""
    local = datetime.fromtimestamp(start / 1000, UTC).astimezone(zone).replace(tzinfo=None) - timedelta(weeks=weeks)
    return int(local.replace(tzinfo=zone).timestamp() * 1000)


class Usual:
    """The figures of the half-hours that matter now, by scope. A half-hour that is told again replaces itself."""

    def __init__(self, zone: tzinfo) -> None:
        """Nothing is known yet."""
        self.zone = zone
        self.calendar = Calendar(zone)
        self._told: dict[str, dict[int, tuple[int, float | None]]] = defaultdict(dict)

    def wanted(self, now: int) -> dict[int, int]:
        """The half-hours of earlier weeks that matter now: their beginnings (ms), each with how many weeks ago."""
        return {earlier(start, weeks, self.zone): weeks for start in halves(now, self.calendar) for weeks in range(1, WEEKS + 1)}

    def forget(self, now: int) -> None:
        """Keep only what matters now."""
        wanted = self.wanted(now)
        for scope, told in list(self._told.items()):
            left = {start: figures for start, figures in told.items() if start in wanted}
            if left:
                self._told[scope] = left
            else:
                del self._told[scope]

    def take(self, scope: str, start: int, measures: dict[str, Any]) -> None:
        """Take a closed half-hour of a scope (its key, "channel=call&queue=billing")."""
        self._told[scope][start] = (measures.get("offered", 0), measures.get("staffed_hours"))

    def offered(self, scope: str, now: int) -> float | None:
        """How many contacts are usually offered in the minutes that the last 60 were; None where too few weeks are known.

        A half-hour that is only partly in them counts for that part.
        """
        told = self._told.get(scope)
        if not told:
            return None
        total = 0.0
        for start in halves(now, self.calendar):
            known = [told[at][0] for weeks in range(1, WEEKS + 1) if (at := earlier(start, weeks, self.zone)) in told]
            if len(known) < ENOUGH:
                return None
            part = min(start + HALF_HOUR, now) - max(start, now - HOUR)
            total += sum(known) * part / len(known)  # ms are divided by last: a whole hour is no fraction
        return total / HALF_HOUR

    def staffed(self, scope: str, now: int) -> float | None:
        """How many agents are usually staffed in the present half-hour; None where too few weeks say."""
        told = self._told.get(scope, {})
        start = halves(now, self.calendar)[-1]
        known = [
            hours
            for weeks in range(1, WEEKS + 1)
            if (figures := told.get(earlier(start, weeks, self.zone))) is not None and (hours := figures[1]) is not None
        ]
        return fsum(known) / len(known) * 2 if len(known) >= ENOUGH else None
