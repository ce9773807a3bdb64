"""Scopes -> the snapshot that /metrics shows. Counters are first conclusions; gauges are what is known now."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from stream.core.breach import moment
from stream.core.centre import REAL_TIME, Centre
from stream.core.declared import BOUNDS
from stream.core.distributions import Bounds
from stream.core.events import AGENT_STATES
from stream.core.facts import ANSWERED, CONVERSATION_OVER, HANDLED
from stream.core.judges import ClockJudge, Judge, LevelJudge, PercentageJudge
from stream.core.judges.report import ReportJudge
from stream.core.scope import Scope
from stream.core.snapshot import CORRECTIONS, COUNTERS, HISTOGRAMS, PLAIN, Histogram, ScopeSnapshot, Snapshot, StandardSnapshot
from stream.core.staff import IN, OVER
from stream.core.watermark import NOTHING
from stream.core.windows import DAY, HALF, WHOLE

OLDEST: Final = "longest_wait_seconds"
"""The measure of which the scrape shows since when the longest wait lasts."""
OUTCOMES = ("offered", "answered", "abandoned", "flowed_out", "callback", "lost")


def show(
    partition: int, settled: int, scopes: Collection[Scope], bounds: Bounds, centre: Centre, agents: int = 0, *, by_queue: bool = True
) -> Snapshot:
    """The snapshot of one partition; at most so many `agents` have series of their own, the first by their names.

    by_queue: whether anybody asks for the histograms of queues; those of channels are there in any case.
    """
    as_of = None if settled == NOTHING else settled
    own = sorted(scope.key for scope in scopes if "agent" in scope.scope)
    left_out = frozenset(own[agents:])
    return Snapshot(
        partition, as_of, [_scope(scope, as_of, bounds, centre, by_queue=by_queue) for scope in scopes if scope.key not in left_out]
    )


def _scope(scope: Scope, as_of: int | None, bounds: Bounds, centre: Centre, *, by_queue: bool) -> ScopeSnapshot:
    now = scope.read_levels
    also = tuple((name, value) for name, value in scope.scope.items() if name not in ("queue", "channel"))
    out = ScopeSnapshot(queue=scope.scope.get("queue"), channel=scope.scope.get("channel"), also=also)
    out.waiting = len(now.waiting)
    if centre.kept.measures is None or OLDEST in centre.kept.measures:
        out.oldest = min(now.waiting.values(), default=None)
    if now.known:
        out.staffed = now.staffed
        out.agents = dict.fromkeys(AGENT_STATES, 0)
        for state in now.states():
            out.agents[AGENT_STATES[state]] += 1
        _agents(scope, out)
    judges: list[Judge | ReportJudge] = [*scope.timeline.judges, *scope.reports.judges]
    out.standards = [_standard(judge, live, scope) for judge, live in zip(judges, scope.live, strict=True)]
    if also:
        out.totals = {name: scope.totals.get(name, 0) for name in (*OUTCOMES, "transferred") if scope.counts(name)}
        return out
    if out.channel is None:
        return out
    if by_queue or out.queue is None:
        out.histograms = {
            name: _histogram(scope, bounds, kind, 1_000 if name in PLAIN else 1) for name, kind in HISTOGRAMS.items() if scope.spreads(kind)
        }
    if out.queue is None:
        return out
    out.dropout = scope.days.dropout if scope.days else None
    out.totals = {name: scope.totals.get(name, 0) for name in COUNTERS if name == CORRECTIONS or scope.counts(name)}
    out.open = _open(scope, out.channel)
    out.partial = len(out.totals) < len(COUNTERS)
    if as_of is not None:
        queue = centre.queues.get(out.queue)
        out.is_open = None if queue is None else centre.schedule(queue.hours).is_open(as_of)
        windows = scope.frame.windows
        cells = scope.rolling(as_of) | {name: scope.current(name, as_of) for name in (HALF, DAY) if name in windows}
        counted = [outcome for outcome in OUTCOMES if scope.counts(outcome)]
        out.windows = {name: {outcome: cell.n.get(outcome, 0) for outcome in counted} for name, cell in cells.items()}
    return out


def _open(scope: Scope, channel: str) -> int | None:
    """Who waits, and who was answered and is not over: a talk is over with its handling, a conversation when it says so."""
    over = HANDLED if channel in REAL_TIME else CONVERSATION_OVER
    if not (scope.counts(ANSWERED) and scope.counts(over)):
        return None
    whole = scope.cells[WHOLE, 0].n
    return len(scope.now.waiting) + whole.get(ANSWERED, 0) - whole.get(over, 0)


def _agents(scope: Scope, out: ScopeSnapshot) -> None:
    """How agents spent their time, as far as anybody asks, and what each is of the scope."""
    if out.channel is not None:
        return
    out.share = scope.now.share()
    staff = scope.timeline.staff
    if staff is not None:
        whole, settled = scope.cells[WHOLE, 0], scope.timeline.position
        out.spent = {state: staff.spent(whole, IN + state, settled) for state in AGENT_STATES if state != "offline"}
        out.over_limit = staff.rates.get(OVER, 0)


def _histogram(scope: Scope, bounds: Bounds, kind: str, unit: int) -> Histogram:
    edges = tuple(bound * unit for bound in bounds.by_kind[kind])
    return edges, bounds.counts(scope.totals, kind), scope.totals.get(f"{kind}+", 0) * unit


def _standard(judge: Judge | ReportJudge, live: dict[str, Any], scope: Scope) -> StandardSnapshot:
    counted = (judge.contacts, judge.breaches) if isinstance(judge, (PercentageJudge, ClockJudge)) else (None, None)
    judged, broken = judge.spent(scope.timeline.position) if isinstance(judge, LevelJudge) else (None, None)
    return StandardSnapshot(
        name=judge.standard.name,
        severity=judge.standard.severity,
        breached=live["breached"],
        value=live["value"],
        target=live["target"],
        contacts=counted[0],
        breaches=counted[1],
        judged_ms=judged,
        breached_ms=broken,
        overdue=len(judge.late_now) if isinstance(judge, ClockJudge) else None,
        limit="" if judge.standard.bound == BOUNDS[0] else judge.standard.bound,
        overdue_since=_since(judge) if isinstance(judge, ClockJudge) else None,
        at_risk=judge.at_risk(scope.timeline.levels, scope.timeline.position) if isinstance(judge, ClockJudge) else None,
    )


def _since(judge: ClockJudge) -> int | None:
    """When the first clock ran out of those that still run."""
    first = min((record["started_at"] for record in judge.late_now.values()), default=None)
    return None if first is None else moment(first)
