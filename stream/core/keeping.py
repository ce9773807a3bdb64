"""How long a live worker keeps windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stream.core.facts import ABANDONED, ANSWERED, CALLBACK, CUSTOMER_AT_START, FCR_CASE, FCR_PROVISIONAL, FLOWED_OUT, LOST, OFFERED
from stream.core.judges import NEVER
from stream.core.windows import DAY, HALF, LONGEST, PANE, PANES, WHOLE, Cell

KEPT: Final = {HALF: 2 * 86_400_000, DAY: 14 * 86_400_000}
"""How long (ms of event time) a live worker keeps closed windows for what comes later of their contacts. A window with contacts
that nobody has answered yet is kept LONGEST_KEPT, and so is a day with resolved issues of which it is not known yet whether they took
one contact; what comes later still is in no window but the whole."""
LONGEST_KEPT: Final = 60 * 86_400_000
DAYS_KEPT: Final = 35 * 86_400_000
"""How long days are kept where the last 28 are put together, with a week for what is corrected late; and where a measure is kept that is
known late: whether a resolved issue took one contact, whether who was a customer on the first of a month is one at its end."""
FACTS_KNOWN_LATE: Final = (FCR_CASE, CUSTOMER_AT_START)
"""The facts of such measures."""
OUTCOMES: Final = (ANSWERED, ABANDONED, FLOWED_OUT, CALLBACK, LOST)


def keeps(name: str, cell: Cell, reach: Mapping[str, int], *, days: bool, everything: bool) -> int:
    """How long after its beginning (ms) a cell is kept. reach: how long reports need the windows of a name; days: see `least`."""
    if name == PANES:
        return LONGEST + 2 * PANE
    if everything or name == WHOLE:
        return NEVER
    waiting = cell.n.get(OFFERED, 0) - sum(cell.n.get(outcome, 0) for outcome in OUTCOMES)
    kept = least(name, reach, days=days)
    expecting = waiting > 0 or (name == DAY and cell.n.get(FCR_PROVISIONAL, 0) > 0)
    return max(LONGEST_KEPT, kept) if expecting else kept


def least(name: str, reach: Mapping[str, int], *, days: bool) -> int:
    """How long (ms) every window of this name is kept. days: whether the days are kept for DAYS_KEPT."""
    return max(DAYS_KEPT if name == DAY and days else KEPT[name], reach.get(name, 0))
