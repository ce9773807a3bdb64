"""How long a live worker keeps windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stream.core.facts import ABANDONED, ANSWERED, CALLBACK, FLOWED_OUT, LOST, OFFERED
from stream.core.judges import NEVER
from stream.core.windows import DAY, HALF, LONGEST, PANE, PANES, WHOLE, Cell

KEPT: Final = {HALF: 2 * 86_400_000, DAY: 14 * 86_400_000}
"""How long (ms of event time) a live worker keeps closed windows for what comes later of their contacts. A window with contacts
that nobody has answered yet is kept LONGEST_KEPT; what comes later still is in no window but the whole."""
LONGEST_KEPT: Final = 60 * 86_400_000
OUTCOMES: Final = (ANSWERED, ABANDONED, FLOWED_OUT, CALLBACK, LOST)


def keeps(name: str, cell: Cell, reach: Mapping[str, int], *, everything: bool) -> int:
    """How long after its beginning (ms) a cell is kept. reach: how long reports need the windows of a name."""
    if name == PANES:
        return LONGEST + 2 * PANE
    if everything or name == WHOLE:
        return NEVER
    waiting = cell.n.get(OFFERED, 0) - sum(cell.n.get(outcome, 0) for outcome in OUTCOMES)
    return max(LONGEST_KEPT if waiting else KEPT[name], reach.get(name, 0))
