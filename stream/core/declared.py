"""A standard as it is declared (deploy/standards.yaml). It is judged in `judges/`; the file is read in `stream.config`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from stream.core.windows import DAYS_28

JUDGED: Final = ("percentage", "level", "mean", "clock")
"""Forms that are judged as time goes on."""
REPORTS: Final = ("ratio", "band", "share", "trend")
"""Forms that are judged when a period of the calendar has closed."""
FORMS: Final = (*JUDGED, *REPORTS)
SEVERITIES: Final = ("critical", "warning", "info")
CADENCES: Final = ("page", "ticket", "report")
FORMULAS: Final = ("answered", "strict", "no_short", "no_abandon_in_target", "removed", "with_flow_out", "live")
FORMULAS_OF: Final = {"service_level": FORMULAS, "abandonment": ("strict", "no_short"), "ringing": ("strict", "answered")}
"""Measures that have formulas, and which: abandonment counts short abandons (strict) or leaves them out (no_short); ringing counts who
rang too long and was never answered (strict) or the answered alone."""
DIMENSIONS: Final = ("queue", "channel", "team", "tier", "skill", "group", "kind", "agent")
CALENDARS: Final = ("half_hour", "day", "week", "month")
"""Periods of the centre's calendar: weeks begin on Monday, in the centre's time zone."""
PERIODS: Final = (*CALENDARS, DAYS_28)
"""What a report may be judged of: a period of the calendar, or the last 28 days whenever one of them has closed."""
BOUNDS: Final = ("within", "late", "unacceptable")
"""The limits of one promise, the stricter first: what is promised, what is late, and what nobody shall ever bear."""
USUALS: Final = ("days", "weekdays")
"""What a trend is held against: the mean of the last 28 closed days, or of the same weekday (and half-hour) in the last four weeks."""

NAMED_CLOCK: Final = "clock:"
"""Before the name of a declared clock of the centre, as what a standard of the form clock is about."""

MEASURES: Final = {
    "percentage": ("service_level", "abandonment", "first_response", "response", "ringing", "acknowledgement"),
    "level": ("waiting", "waiting_per_agent", "longest_wait", "staffed", "left_at_closing", "talk"),
    "mean": ("answer_wait", "handle", "first_response", "response", "acknowledgement"),
    "clock": ("wait", "first_response", "response", "talk", "resolution", "acknowledgement", "kept_waiting"),
}
"""What each form that is judged at once can be about; reports take any measure by name, see `stream.core.measures.paths`.

percentage/service_level: at least `objective` within `within`. percentage/abandonment: at most `objective`.
percentage/ringing: at least `objective` answered after at most `within` of ringing.
percentage/first_response, response, acknowledgement: at least `objective` within `within`. level: compared with `limit` by `op`.
mean: mean seconds over `window` compared with `limit` seconds. clock: each contact (of a resolution or a declared clock: each issue)
within `within`."""


CLOCK_OF: Final = {"service_level": "wait"}
"""The clock of single contacts behind a percentage, where it has another name."""
FIGURES: Final = {
    **{name: name for name in ("service_level", "abandonment", "waiting", "waiting_per_agent", "staffed")},
    "longest_wait": "longest_wait_seconds",
    "left_at_closing": "waiting",
    "talk": "talk_longest_seconds",
    "answer_wait": "wait_answered_mean_seconds",
    "handle": "handle_mean_seconds",
    "first_response": "first_response_mean_seconds",
    "response": "response_mean_seconds",
    "ringing": "answered_within_rings",
    "acknowledgement": "acknowledgement_mean_seconds",
    "wait": "waiting",
    "kept_waiting": "kept_waiting_mean_seconds",
    "resolution": "open_issues",
    NAMED_CLOCK: "clocks",
}
"""By what is judged at once, the measure that it is a judgement of: it can be judged in the scopes that this one has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """One promise. Times are milliseconds, shares are 0..1.

    per: the dimensions of the scopes it is judged for: ("queue", "channel"), ("queue",), ("channel",) or () for the whole.
    where: allowed values by dimension; a dimension that is not named allows all.
    op: "<=" (at most), "<", ">=" (at least), ">": what the value must satisfy; the percentage's follows from its measure.
    objective: the share of a percentage. limit: the number of a level (contacts, agents, contacts per agent; seconds for
    longest_wait), of a mean (seconds), or of a ratio or share (in `unit`). clear: the number at which a level or mean clears
    (hysteresis); None = limit.
    within: the time of service_level, ringing, first_response, response, acknowledgement and clock.
    window: the rolling window of a percentage or mean. calendar: instead of it the period of the calendar so far; for reports
    the period that is judged once it is over (of PERIODS).
    hold: how long it must be broken before it counts.
    clear_hold: how long it must be kept before the breach ends.
    confidence: for percentages, ratios and shares, the error share of the exact binomial test that a verdict may have (0.05).
    hours: name of the opening hours, or "queue" for the queue's own. grace: no verdict this long after opening.
    low, high: the edges of a band. factor: how many times more or less than usual a trend may be; usual: of what, see USUALS.
    unit: of the value of a report.

    One entry of the file may be several of these under one name: with another target for a narrower scope (an override), with
    several targets (`target` names each by its severity), and with limits that single contacts may not pass (`bound` names
    each; within is the promise itself, and several says whether there are others).
    specific: how many dimensions the override names that it came from; of several for one scope the most specific holds.
    """

    name: str
    title: str
    form: str
    measure: str
    severity: str = "warning"
    cadence: str = "ticket"
    per: tuple[str, ...] = ("queue", "channel")
    where: dict[str, tuple[str, ...]] | None = None
    formula: str = "strict"
    objective: float = 0.0
    within: int = 0
    op: str = "<="
    limit: float = 0.0
    clear: float | None = None
    window: int = 30 * 60_000
    hold: int = 0
    clear_hold: int = 0
    confidence: float = 0.05
    hours: str = "queue"
    grace: int = 15 * 60_000
    owner: str = ""
    runbook: str = ""
    calendar: str = ""
    low: float = 0.0
    high: float = 0.0
    factor: float = 0.0
    usual: str = "days"
    unit: str = ""
    target: str = ""
    bound: str = "within"
    several: bool = False
    specific: int = 0

    @property
    def key(self) -> str:
        """What tells it apart from the others under its name: "calls-answered", "calls-answered:critical:late"."""
        return ":".join((self.name, *filter(None, (self.target, "" if self.bound == BOUNDS[0] else self.bound))))


def governing(standards: Iterable[Standard], dimensions: Mapping[str, str]) -> list[Standard]:
    """Which of the standards hold for a scope: those of its kind and its values, and of one promise the most specific.

    Of two that are as specific the one that stands later in the file holds.
    """
    found: dict[str, Standard] = {}
    for standard in standards:
        if set(standard.per) != set(dimensions):
            continue
        where = standard.where or {}
        if any(dimensions[name] not in allowed for name, allowed in where.items() if name in dimensions):
            continue
        other = found.get(standard.key)
        if other is None or standard.specific >= other.specific:
            found[standard.key] = standard
    return list(found.values())
