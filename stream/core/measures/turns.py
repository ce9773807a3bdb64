"""Conversations: signs of receipt, replies per contact, and messages that are still without a reply."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from typing import Any, Final

from stream.core import facts
from stream.core.measures.entry import COUNT, LEVEL, SPREAD, SUM, Measure, View, averaged, counted

SOURCE: Final = "acknowledgement: first sign of receipt, automatic ones apart; Zendesk next reply time, Chatwoot waiting_since"
CLOCKS: Final = {
    "first_response": ((facts.ASKED_FIRST, LEVEL), (facts.HEARD_FIRST, LEVEL)),
    "response": ((facts.ASKED, LEVEL), (facts.HEARD, LEVEL)),
}
_FOLDS = tuple(fold for folds in CLOCKS.values() for fold in folds)


_mean = partial(averaged, source=SOURCE)


def _age(name: str, clock: str, help_text: str) -> Measure:
    def read(view: View) -> float | None:
        since = view.open_turns.get(clock)
        return max(0, view.as_of - since[0]) / 1000 if since else None

    return Measure(name=name, help=help_text, unit="seconds", kind="level", source=SOURCE, folds=CLOCKS[clock], read=read)


def _overdue(view: View) -> list[dict[str, Any]]:
    """A row for each clock and threshold that a standard declares, and one without a threshold for all that are open."""
    out: list[dict[str, Any]] = []
    for clock in CLOCKS:
        since = view.open_turns.get(clock, ())
        for within in (0, *view.limits.get(clock, ())):
            late = bisect_left(since, view.as_of - within) if within else 0
            out.append({"clock": clock, "within_seconds": within / 1000 if within else None, "overdue": late, "open": len(since)})
    return [row for row in out if row["open"] or row["within_seconds"]]


def _replies_mean(view: View) -> float | None:
    closed = view.n(facts.REPLIES)
    return view.n(f"{facts.REPLIES}+") / closed if closed > 0 else None


TURNS = (
    counted("acknowledged", facts.ACKNOWLEDGED, "First messages of which a person said that they had come.", unit="turns", source=SOURCE),
    _mean(
        "acknowledgement_mean_seconds",
        facts.ACKNOWLEDGED,
        "From the first unanswered customer message to a person's first sign of receipt, which may be the first response.",
    ),
    counted(
        "acknowledged_automatically",
        facts.ACKNOWLEDGED_AUTOMATICALLY,
        "First messages of which a machine said that they had come; never a response.",
        unit="turns",
        source=SOURCE,
    ),
    _mean(
        "automatic_acknowledgement_mean_seconds",
        facts.ACKNOWLEDGED_AUTOMATICALLY,
        "From the first unanswered customer message to a machine's first sign of receipt.",
    ),
    _age("open_first_response_age_seconds", "first_response", "Age of the oldest first customer message that nobody has replied to."),
    _age("open_response_age_seconds", "response", "Age of the oldest later customer message that nobody has replied to."),
    Measure(
        name="open_turns",
        help="Customer messages without a reply, and how many of them are older than each threshold that a standard declares.",
        unit="turns",
        kind="level",
        source=SOURCE,
        folds=_FOLDS,
        read=_overdue,
    ),
    Measure(
        name="replies_mean",
        help="Mean public replies of people in a contact with messages that is over.",
        unit="replies",
        kind="mean",
        source="responses per contact; per issue beside it",
        folds=((facts.REPLIES, COUNT), (facts.REPLIES, SUM), (facts.REPLIES, SPREAD)),
        read=_replies_mean,
    ),
)
