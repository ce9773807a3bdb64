"""A standard as it is declared (deploy/standards.yaml). It is judged in `judges/`; the file is read in `stream.config`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FORMS: Final = ("percentage", "level", "mean", "clock")
SEVERITIES: Final = ("critical", "warning", "info")
CADENCES: Final = ("page", "ticket", "report")
FORMULAS: Final = ("answered", "strict", "no_short", "no_abandon_in_target", "removed", "with_flow_out", "live")
FORMULAS_OF: Final = {"service_level": FORMULAS, "abandonment": ("strict", "no_short")}
"""Measures that have formulas, and which: abandonment counts short abandons (strict) or leaves them out (no_short)."""
DIMENSIONS: Final = ("queue", "channel")

MEASURES: Final = {
    "percentage": ("service_level", "abandonment", "first_response", "response"),
    "level": ("waiting", "waiting_per_agent", "longest_wait", "staffed", "left_at_closing"),
    "mean": ("answer_wait", "handle", "first_response", "response"),
    "clock": ("wait", "first_response", "response"),
}
"""What each form can be about. percentage/service_level: at least `objective` within `within`. percentage/abandonment: at
most `objective`. percentage/first_response, response: at least `objective` within `within`. level: compared with `limit`
by `op`. mean: mean seconds over `window` compared with `limit` seconds. clock: each contact within `within`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """One promise. Times are milliseconds, shares are 0..1.

    per: the dimensions of the scopes it is judged for: ("queue", "channel"), ("queue",), ("channel",) or () for the whole.
    where: allowed values by dimension; a dimension that is not named allows all.
    op: "<=" (at most), "<", ">=" (at least), ">": what the value must satisfy; the percentage's follows from its measure.
    objective: the share of a percentage. limit: the number of a level (contacts, agents, contacts per agent; seconds for
    longest_wait) or of a mean (seconds). clear: the number at which a level or mean clears (hysteresis); None = limit.
    within: the time of service_level, first_response, response and clock.
    window: the rolling window of a percentage or mean. hold: how long it must be broken before it counts.
    clear_hold: how long it must be kept before the breach ends.
    confidence: for percentages, the error share of the exact binomial test that a verdict may have (0.05).
    hours: name of the opening hours, or "queue" for the queue's own. grace: no verdict this long after opening.
    late and unacceptable limits, calendars and overrides follow in later versions of the file.
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
