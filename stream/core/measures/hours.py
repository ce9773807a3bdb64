"""What follows from opening hours: contacts left at closing, contacts out of hours, and accessibility."""

from __future__ import annotations

from typing import Any

from stream.core import facts
from stream.core.hours_watch import CLOSINGS, KNOWN_OPEN, LEFT_AT_CLOSING, STAFFED_OPEN
from stream.core.measures.entry import Measure, View, counted
from stream.core.measures.places import OF_HOURS

HOURS_DOCUMENTS = "the centre's own opening hours; a scope of several queues is open while any of them is"


def _left_at_closing(view: View) -> int | None:
    return view.n(LEFT_AT_CLOSING) if view.n(CLOSINGS) else None


def _accessibility(view: View) -> dict[str, Any] | None:
    known, staffed = view.n(KNOWN_OPEN), view.n(STAFFED_OPEN)
    return {"staffed_seconds": staffed / 1000, "open_seconds": known / 1000, "ratio": staffed / known} if known else None


HOURS = (
    counted(
        "out_of_hours",
        facts.OUT_OF_HOURS,
        "Segments offered outside the opening hours of their queue; they are among the offered ones too.",
        unit="contacts",
        source=HOURS_DOCUMENTS,
    ),
    Measure(
        name="left_at_closing",
        help="Contacts that still waited when the hours closed, over all closings in the window; null where none was.",
        unit="contacts",
        kind="count",
        source=HOURS_DOCUMENTS,
        folds=(),
        places=OF_HOURS,
        read=_left_at_closing,
    ),
    Measure(
        name="accessibility",
        says="Opening time in which at least one agent was staffed",
        help="Of the opening time with known staffing, the time in which at least one agent was staffed; null where there was none, "
        "in rolling windows, and in scopes that are always open unless `kept` names it.",
        unit="seconds and ratio",
        kind="table",
        source=HOURS_DOCUMENTS,
        folds=(),
        places=OF_HOURS,
        read=_accessibility,
    ),
)
