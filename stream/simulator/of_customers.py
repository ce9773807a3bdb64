"""How many customers stay, counted with plain loops over the notes, without a line of the core's."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from stream.simulator.expected import share

if TYPE_CHECKING:
    from datetime import tzinfo

Status = tuple[str, int, bool]
"""(customer, since when in ms, whether they are one from then on)."""


def retention(statuses: list[Status], zone: tzinfo, as_of: int) -> dict[str, Any]:
    """Of the customers at the start of each month that is over at `as_of` (ms), those who still are at its end."""
    at_start = kept = 0
    for customer in {customer for customer, _, _ in statuses}:
        changes = sorted((when, active) for name, when, active in statuses if name == customer)
        begin = datetime.fromtimestamp(changes[0][0] / 1_000, zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        while _ms(end := _next_month(begin)) <= as_of:
            if _active(changes, _ms(begin)):
                at_start += 1
                kept += _active(changes, _ms(end))
            begin = end
    return share(kept, at_start)


def _next_month(begin: datetime) -> datetime:
    return begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)


def _active(changes: list[tuple[int, bool]], at: int) -> bool:
    before = [active for when, active in changes if when < at]
    return before[-1] if before else False


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)
