"""Refuses standards of which nothing is ever counted: over these channels, in such short periods, or with what the centre keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.core.centre import REAL_TIME
from stream.core.declared import DIMENSIONS, REPORTS
from stream.core.measures.paths import DEFAULT, parsed
from stream.core.windows import DAYS_28

if TYPE_CHECKING:
    from collections.abc import Collection

    from stream.config.yaml import Section
    from stream.core.centre import Centre, Queue
    from stream.core.declared import Standard

DROPOUT: Final = "dropout_threshold"
CONNECTED: Final = frozenset(
    {
        *("abandonment", "abandoned", "short_abandoned", "abandoned_within", "wait_abandoned_mean_seconds", DROPOUT),
        *(
            "talk",
            "talk_mean_seconds",
            "talk_max_seconds",
            "hold_mean_seconds",
            "kept_waiting_mean_seconds",
            "kept_waiting_max_seconds",
            "kept_waiting",
        ),
        *("ring_mean_seconds", "ring_missed", "rings", "rings_mean", "rings_from", "answered_within_rings"),
    }
)
"""What is about a contact that waits to be connected, rings and is talked to: an e-mail waits for a reply and does none of it."""
LATE: Final = {"fcr": ("", DEFAULT, "numerator", "denominator"), "fcr_net": None, "retention": None}
"""Measures that are known days after the window in which they count, and which of their fields; None: all."""


def refuse(standard: Standard, section: Section, queues: Collection[Queue], channels: frozenset[str], centre: Centre) -> None:
    """Raise DeclarationError for what never has a number. queues, channels: that the standard is about."""
    path = parsed(standard.measure)
    name = standard.measure if path is None else path.measure
    if name in CONNECTED and not channels & REAL_TIME:
        problem = f"{name} can never be measured here: only who calls or chats waits to be connected, name call or chat"
        raise section.error(problem, "where")
    if standard.form not in REPORTS or path is None:
        return
    fields = LATE.get(name, ())
    if standard.calendar == "half_hour" and (fields is None or path.part in fields):
        instead = f"write day, week, month or {DAYS_28}"
        problem = f"calendar cannot be half_hour: {name} is known days later, when half-hours are kept no more; {instead}"
        raise section.error(problem, "calendar")
    if name == DROPOUT:
        _dropout(standard, section, queues, centre)


def _dropout(standard: Standard, section: Section, queues: Collection[Queue], centre: Centre) -> None:
    if standard.calendar == "half_hour":
        raise section.error(f"calendar cannot be half_hour: {DROPOUT} is of days, write day, week, month or {DAYS_28}", "calendar")
    if DAYS_28 not in centre.kept.windows:
        problem = f"{DROPOUT} is counted only where the centre keeps {DAYS_28}: add it to the windows of kept in its file"
        raise section.error(problem, "measure")
    of_queue = "queue" in standard.per and any(REAL_TIME.issuperset(queue.channels) for queue in queues)
    if "channel" not in standard.per and not of_queue:
        per = ", ".join(one for one in DIMENSIONS if one in {*standard.per, "channel"})
        problem = f"{DROPOUT} is known only where nobody waits but calls and chats, so this could never be broken: write per: [{per}]"
        raise section.error(problem, "per" if "per" in section else "measure")
