"""What a partition of the scopes stage shows to /metrics: plain figures, copied at one moment. `stream.sinks.prometheus` reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

CORRECTIONS: Final = "corrections"
"""How many first conclusions a later event corrected."""
COUNTERS: Final = (
    "offered",
    "answered",
    "abandoned",
    "short_abandoned",
    "flowed_out",
    "callback",
    "lost",
    "transferred",
    "requeued",
    "ring_missed",
    "closed",
    "reopened",
    CORRECTIONS,
)
"""The counters of a scope: what was concluded first, by kind of fact, and the corrections."""
HISTOGRAMS: Final = {
    "answer_wait": "answered",
    "abandon_wait": "abandoned",
    "first_response": "first_response",
    "response": "response",
    "handle": "handled",
    "talk": "talked",
    "hold": "held",
    "ring": "rang",
    "replies": "replies",
    "resolution": "resolution_first",
}
"""Histograms by name, with the kind of fact whose first conclusions they hold."""
PLAIN: Final = frozenset({"replies"})
"""Histograms of plain numbers: a snapshot holds thousandths, as it does of seconds."""
CONCLUDED: Final = frozenset({*COUNTERS, *HISTOGRAMS.values()})
"""Kinds of facts whose first conclusions are shown, and whose corrections are counted: of sums that grow there is no first one."""

Histogram: TypeAlias = tuple[tuple[int, ...], list[int], int]
"""(bounds in ms, rising; counts per bucket, not cumulated, one more than bounds: the last is above every bound; sum in ms)."""


@dataclass(slots=True)
class StandardSnapshot:
    """One standard as it stands for one scope.

    value: the reading (a share 0..1, a count, or seconds); None = no data. target: what it is compared with, in the
    same unit; None where that is not known yet (a trend without a usual).
    contacts, breaches: how many contacts were judged and how many broke it, since ever (percentages and clocks).
    judged_ms, breached_ms: time under judgement and of it in breach (levels). None where the form does not count it.
    overdue, at_risk: contacts whose clock has run out, or has at most a fifth of its time left, and still runs (clocks).
    overdue_since: when (ms) the clock ran out of the one that is overdue longest; None where none is.
    limit: "late" or "unacceptable" where it is such a limit of single contacts beside a promise, else "".
    """

    name: str
    severity: str
    breached: bool
    value: float | None
    target: float | None
    contacts: int | None = None
    breaches: int | None = None
    judged_ms: int | None = None
    breached_ms: int | None = None
    overdue: int | None = None
    at_risk: int | None = None
    overdue_since: int | None = None
    limit: str = ""


@dataclass(slots=True)
class ScopeSnapshot:
    """One scope: queue and channel (the contacts' figures), a queue alone (its agents), or a wider one (its standards only).

    queue, channel: None where the scope does not name it. also: its further dimensions (team, tier, skill, group, kind, agent).
    totals: counters by name: offered, answered, abandoned, short_abandoned, flowed_out, callback, lost, transferred, requeued,
    ring_missed, closed, reopened, corrections; they never go down. partial: those that are not here are not counted; else they are 0.
    histograms: by name: answer_wait, abandon_wait, first_response, response, handle, talk, hold, ring,
    resolution, replies (in thousandths).
    dropout: the drop-out threshold of the last closed days (s), None where there is none.
    open: contacts that wait now or were answered and are not over; None where that is not counted.
    is_open: whether the queue has its opening hours (a queue's channel that the centre declares), None elsewhere.
    waiting: contacts that wait now. oldest: since when (ms) the longest of them waits, None where nobody does.
    agents: agents by state; None = unknown. staffed: logged in and not paused; None = unknown.
    share: staffed agents where one of n queues counts 1/n. spent: ms that agents were in each state, none offline. over_limit: agents
    with more in hand than they may have.
    windows: by name ("5m", "30m", "day"), contacts by outcome.
    """

    queue: str | None
    channel: str | None
    totals: dict[str, int] = field(default_factory=dict)
    partial: bool = False
    histograms: dict[str, Histogram] = field(default_factory=dict)
    open: int | None = None
    is_open: bool | None = None
    waiting: int = 0
    oldest: int | None = None
    agents: dict[str, int] | None = None
    staffed: int | None = None
    share: float | None = None
    spent: dict[str, int] = field(default_factory=dict)
    over_limit: int | None = None
    dropout: float | None = None
    windows: dict[str, dict[str, int]] = field(default_factory=dict)
    standards: list[StandardSnapshot] = field(default_factory=list)
    also: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Snapshot:
    """One partition of the scopes stage: its scopes, and the moment (ms) up to which its figures are settled (None = not yet).

    canary: when (ms) the newest synthetic contact was answered, where this partition has heard of one.
    """

    partition: int
    settled: int | None
    scopes: list[ScopeSnapshot]
    canary: int | None = None
