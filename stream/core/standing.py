"""What a reading says beside its measures: how the promises to single contacts stand, and which contacts are behind what is red.

All of it is made only when a reading is, of what is kept anyway.
"""

from __future__ import annotations

from heapq import nsmallest
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from stream.core.facts import WITHIN
from stream.core.judges import ClockJudge

if TYPE_CHECKING:
    from stream.core.declared import Standard
    from stream.core.scope import Scope

SOON: Final = 60 * 60_000
"""Clocks that run out within this time (ms) are told."""
NAMED: Final = 20
"""How many waiting contacts a reading names at most: whom to see to first, not a list of all."""


def standing(scope: Scope, as_of: int) -> dict[str, Any]:
    """`clocks`, where there are any; `longest`, where somebody waits in a queue's channel and something of that is red.

    `misses`, where a share is red.
    """
    out: dict[str, Any] = {}
    clocks = _clocks(scope, as_of)
    if clocks:
        out["clocks"] = clocks
    if scope.read_levels.waiting and {"queue", "channel"} <= scope.scope.keys() and _is_red(scope, as_of):
        out["longest"] = _longest(scope)
    if scope.missed:
        out["misses"] = _misses(scope)
    return out


def _clocks(scope: Scope, as_of: int) -> list[dict[str, Any]]:
    """For each clock: how many have run out and still run, and how many will run out within the hour.

    Deadlines lie in opening hours: one that the night interrupts is due when its open time is over.
    """
    timeline, out = scope.timeline, []
    for judge in timeline.judges:
        if isinstance(judge, ClockJudge):
            row: dict[str, Any] = {"standard": judge.standard.name, "measure": judge.standard.measure, "overdue": len(judge.late_now)}
            row["due_60m"] = judge.due_by(timeline.levels, as_of + SOON)
            out.append(row | ({"limit": judge.standard.bound} if judge.standard.several else {}))
    return out


def _is_red(scope: Scope, as_of: int) -> bool:
    """Whether a standard is in breach, or how long or how many wait is beyond a promise: shares and hold times make no breach of it yet."""
    if any(verdict["breached"] for verdict in scope.live):
        return True
    waiting = scope.read_levels.waiting
    longest, many = as_of - min(waiting.values()), len(waiting)
    return any(judge.status != "closed" and _is_beyond(judge.standard, longest, many) for judge in scope.timeline.judges)


def _is_beyond(promise: Standard, longest: int, many: int) -> bool:
    """Whether a wait (ms) or so many who wait are more than is promised."""
    if promise.measure == "waiting":
        return many > promise.limit
    return longest > {"service_level": promise.within, "longest_wait": promise.limit * 1000}.get(promise.measure, longest)


def _longest(scope: Scope) -> list[list[Any]]:
    """The contacts that wait longest now, as [contact, since when (ms)]; of two with one time the lesser id goes first."""
    return [[contact, since] for contact, since in nsmallest(NAMED, scope.read_levels.waiting.items(), key=itemgetter(1, 0))]


def _misses(scope: Scope) -> list[dict[str, Any]]:
    """For each share that is red the last contacts that missed, with whom they talk now where agents have figures of their own."""
    talks, out = _talks(scope), []
    for promise, missed in scope.missed:
        row = {"standard": promise.name, "severity": promise.severity} | ({"limit": promise.bound} if promise.several else {})
        out.append(row | {"contacts": [[*miss, talks.get(miss[0])] for miss in missed]})
    return out


def _talks(scope: Scope) -> dict[str, str]:
    """With whom each contact talks now; of several who have it in hand whoever had it first, of those of one time the lesser id.

    In which order the clocks of hands are known, a restart changes.
    """
    hands = sorted((since, *subject.rpartition(WITHIN)) for subject, since in scope.read_levels.clocks["hand"].items())
    talks: dict[str, str] = {}
    for _, agent, _, contact in hands:
        if contact not in talks and (shown := scope.frame.centre.shown_agent(agent)):
            talks[contact] = shown
    return talks
