"""Times: waits, handling, responses. Means are sums over counts, made on reading; a mean of nothing is no data."""

from __future__ import annotations

from functools import partial

from stream.core import facts
from stream.core.distributions import STANDARD_BOUNDS
from stream.core.measures.entry import MAX, Measure, View, averaged, counted

REFERENCE = "Genesys Cloud tAnswered, tHandle, tAgentResponseTime; Amazon Connect AVG_QUEUE_ANSWER_TIME, AVG_HANDLE_TIME"


def _mean(name: str, kind: str, help_text: str, *also: str) -> Measure:
    return averaged(name, kind, help_text, *also, source=REFERENCE, spread=kind in STANDARD_BOUNDS)


_count = partial(counted, unit="turns", source=REFERENCE)


def _wait_max(view: View) -> float | None:
    found = [view.cell.top[kind] for kind in ("answered^", "abandoned^") if kind in view.cell.top]
    return max(found) / 1000 if found else None


TIMES = (
    _mean("wait_answered_mean_seconds", facts.ANSWERED, "Mean wait of answered segments (average speed of answer)."),
    _mean("wait_abandoned_mean_seconds", facts.ABANDONED, "Mean wait of abandoned segments."),
    Measure(
        name="wait_max_seconds",
        help="Longest wait of those answered or abandoned.",
        unit="seconds",
        kind="max",
        source=REFERENCE,
        folds=((facts.ANSWERED, MAX), (facts.ABANDONED, MAX)),
        read=_wait_max,
    ),
    _mean("handle_mean_seconds", facts.HANDLED, "Mean handle time: talk, hold and wrap-up.", facts.WRAPPED_UP),
    _mean("talk_mean_seconds", facts.TALKED, "Mean talk time, hold left out."),
    _mean("hold_mean_seconds", facts.HELD, "Mean hold time of those put on hold."),
    _mean("ring_mean_seconds", facts.RANG, "Mean ringing until the answer."),
    _count("first_responses", facts.FIRST_RESPONSE, "First public replies of a person."),
    _mean(
        "first_response_mean_seconds",
        facts.FIRST_RESPONSE,
        "From the first unanswered customer message to the first public reply of a person.",
    ),
    _mean(
        "first_response_since_handoff_mean_seconds",
        facts.FIRST_RESPONSE_SINCE_HANDOFF,
        "From the first unanswered customer message, or the bot's hand-off to the queue where that came later, to the first public reply.",
    ),
    _count(
        "first_responses_waived",
        facts.FIRST_RESPONSE_WAIVED,
        "First responses that were not needed, or had not come when the contact was over or its issue resolved; never counted as met.",
    ),
    _count("responses", facts.RESPONSE, "Public replies of a person to later customer messages, one per turn."),
    _mean("response_mean_seconds", facts.RESPONSE, "From a later unanswered customer message to the next public reply of a person."),
    _count(
        "responses_waived",
        facts.RESPONSE_WAIVED,
        "Later turns that needed no reply, or had none when the contact was over or its issue resolved; never counted as met.",
    ),
)
