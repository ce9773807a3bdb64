"""The one collector of /metrics: it writes the page anew at each scrape, from the partitions that are owned and recovered now.

It writes Prometheus' text format itself: made sample by sample through prometheus_client the page of a large centre takes five
times as long (docs/decisions/0003-the-metrics-page-is-our-own.md). The process's own figures (memory, CPU, open files) come
from that library.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

from stream.core.events import AGENT_STATES
from stream.core.measures.levels import per_agent
from stream.sinks import families as f
from stream.sinks.figures import DELAY_BOUNDS, WorkerFigures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stream.core.snapshot import Histogram, ScopeSnapshot, Snapshot, StandardSnapshot

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SCOPE_FACTS: Final = "scope-facts"


class Collector:
    """Makes the metrics page.

    snapshots: gives the scopes partitions that are owned and recovered at this moment; a series lives exactly as long as its
    partition is here, so that Prometheus marks it stale when the partition moves to another worker.
    worker: the worker's own figures. by_queue: histograms for each queue and channel instead of each channel.
    """

    def __init__(self, snapshots: Callable[[], Sequence[Snapshot]], worker: WorkerFigures, *, by_queue: bool = False) -> None:
        """Keep where the figures come from; nothing is read before `render`."""
        self._snapshots = snapshots
        self._worker = worker
        self._by_queue = by_queue
        self._process = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self._process)

    def render(self) -> bytes:
        """Write the whole page in the text format 0.0.4."""
        snapshots = self._snapshots()
        lines: list[str] = []
        scopes = [scope for snapshot in snapshots for scope in snapshot.scopes]
        plain = [scope for scope in scopes if not scope.also]
        _contacts(lines, [(_labels(queue=s.queue, channel=s.channel), s) for s in plain if s.queue is not None and s.channel is not None])
        _histograms(lines, [s for s in plain if s.channel is not None and (s.queue is not None) == self._by_queue])
        _agents(lines, [(s.queue, s) for s in plain if s.queue is not None and s.channel is None])
        _apart(lines, [s for s in scopes if len(s.also) == 1 and s.queue is None and s.channel is None])
        _standards(lines, [(scope, standard) for scope in scopes for standard in scope.standards])
        _worker(lines, self._worker, snapshots)
        return "".join(lines).encode() + generate_latest(self._process)


def _contacts(lines: list[str], scopes: Sequence[tuple[str, ScopeSnapshot]]) -> None:
    """Write the counters of contacts, who waits, and the windows: each queue and channel once, so that sums are true."""
    for name, family in f.TOTALS.items():
        _family(
            lines, family, ((labels, scope.totals.get(name, 0)) for labels, scope in scopes if not scope.partial or name in scope.totals)
        )
    _family(lines, f.WAITING, ((labels, scope.waiting) for labels, scope in scopes))
    _family(lines, f.OPEN, ((labels, scope.open) for labels, scope in scopes if scope.open is not None))
    _family(lines, f.OLDEST_WAITING, ((labels, scope.oldest / 1000) for labels, scope in scopes if scope.oldest is not None))
    _family(lines, f.QUEUE_OPEN, ((labels, int(scope.is_open)) for labels, scope in scopes if scope.is_open is not None))
    _family(lines, f.DROPOUT, ((labels, scope.dropout) for labels, scope in scopes if scope.dropout is not None))
    _family(
        lines,
        f.WINDOW_CONTACTS,
        (
            (labels[:-1] + _window(window, outcome), count)
            for labels, scope in scopes
            for window, outcomes in scope.windows.items()
            for outcome, count in outcomes.items()
        ),
    )


@lru_cache(maxsize=1_024)
def _window(window: str, outcome: str) -> str:
    """The labels behind those of the scope: nearly all samples of a page have them, so they are made once."""
    return f",{_inner(window=window, outcome=outcome)}}}"


def _histograms(lines: list[str], scopes: Sequence[ScopeSnapshot]) -> None:
    for name, family in f.DURATIONS.items():
        _histogram_family(
            lines,
            family,
            ((_inner(queue=scope.queue, channel=scope.channel), scope.histograms[name]) for scope in scopes if name in scope.histograms),
        )


def _agents(lines: list[str], queues: Sequence[tuple[str, ScopeSnapshot]]) -> None:
    _family(
        lines,
        f.AGENTS,
        (
            (_labels(queue=queue, state=state), scope.agents.get(state, 0))
            for queue, scope in queues
            if scope.agents is not None
            for state in AGENT_STATES
        ),
    )
    _family(lines, f.AGENTS_SHARE, ((_labels(queue=queue), scope.share) for queue, scope in queues if scope.share is not None))
    spent = ((_labels(queue=queue, state=state), ms / 1000) for queue, scope in queues for state, ms in scope.spent.items())
    _family(lines, f.STATE_SECONDS, spent)
    _family(lines, f.OVER_LIMIT, ((_labels(queue=queue), scope.over_limit) for queue, scope in queues if scope.over_limit is not None))
    ratios = ((_labels(queue=queue), per_agent(scope.waiting, scope.staffed)) for queue, scope in queues)
    _family(lines, f.WAITING_PER_AGENT, ((labels, ratio) for labels, ratio in ratios if ratio is not None))


def _apart(lines: list[str], scopes: Sequence[ScopeSnapshot]) -> None:
    """Write the families of teams, tiers, skills and agents."""
    for dimension, families in f.APART.items():
        found = [(value, scope) for scope in scopes for name, value in scope.also if name == dimension]
        _family(lines, families.contacts, _by_outcome(dimension, found))
        _family(lines, families.waiting, ((_labels(**{dimension: value}), scope.waiting) for value, scope in found))
        states = ((value, state, count) for value, scope in found for state, count in (scope.agents or {}).items())
        _family(lines, families.agents, ((_labels(**{dimension: value, "state": state}), count) for value, state, count in states))
        ratios = ((_labels(**{dimension: value}), per_agent(scope.waiting, scope.staffed)) for value, scope in found)
        _family(lines, families.waiting_per_agent, ((labels, ratio) for labels, ratio in ratios if ratio is not None))
        _family(lines, families.spent, _by_state(dimension, found))
    agents = [(value, scope) for scope in scopes for name, value in scope.also if name == "agent"]
    _family(lines, f.AGENT[0], (sample for sample in _by_outcome("agent", agents, ("answered", "transferred"))))
    _family(lines, f.AGENT[1], _by_state("agent", agents))


def _by_outcome(dimension: str, found: Sequence[tuple[str, ScopeSnapshot]], only: Sequence[str] = ()) -> Iterator[tuple[str, float]]:
    for value, scope in found:
        for outcome, count in scope.totals.items():
            if not only or outcome in only:
                yield _labels(**{dimension: value, "outcome": outcome}), count


def _by_state(dimension: str, found: Sequence[tuple[str, ScopeSnapshot]]) -> Iterator[tuple[str, float]]:
    return ((_labels(**{dimension: value, "state": state}), ms / 1000) for value, scope in found for state, ms in scope.spent.items())


def _standards(lines: list[str], standing: Sequence[tuple[ScopeSnapshot, StandardSnapshot]]) -> None:
    """Write the standards as they stand. Of one with several targets or limits the first declared says the figures; any can be broken.

    Who is beyond a limit for single contacts is overdue under that limit; a share itself has no such contacts.
    """
    rows: dict[str, StandardSnapshot] = {}
    overdue: dict[str, StandardSnapshot] = {}
    breached: dict[str, int] = {}
    for scope, one in standing:
        also = dict(scope.also)
        named = _labels(standard=one.name, queue=scope.queue, channel=scope.channel, **also)
        first = rows.setdefault(named, one)
        if one.limit:
            overdue.setdefault(_labels(standard=one.name, limit=one.limit, queue=scope.queue, channel=scope.channel, **also), one)
        elif first is one and one.overdue is not None:
            overdue[named] = one
        labels = _labels(standard=one.name, severity=one.severity, queue=scope.queue, channel=scope.channel, **also)
        breached[labels] = max(breached.get(labels, 0), int(one.breached))
    _family(lines, f.STANDARD_BREACHED, breached.items())
    found = rows.items()
    _family(lines, f.STANDARD_READING, ((labels, one.value) for labels, one in found if one.value is not None))
    _family(lines, f.STANDARD_TARGET, ((labels, one.target) for labels, one in found if one.target is not None))
    _family(lines, f.STANDARD_CONTACTS, ((labels, one.contacts) for labels, one in found if one.contacts is not None))
    _family(lines, f.STANDARD_BREACHES, ((labels, one.breaches) for labels, one in found if one.breaches is not None))
    _family(lines, f.AT_RISK, ((labels, one.at_risk) for labels, one in found if one.at_risk is not None))
    _family(lines, f.OVERDUE, ((labels, one.overdue) for labels, one in overdue.items() if one.overdue is not None))
    since = ((labels, one.overdue_since / 1000) for labels, one in overdue.items() if one.overdue_since is not None)
    _family(lines, f.OLDEST_OVERDUE, since)
    _family(lines, f.STANDARD_SECONDS, ((labels, one.judged_ms / 1000) for labels, one in found if one.judged_ms is not None))
    _family(lines, f.STANDARD_BREACH_SECONDS, ((labels, one.breached_ms / 1000) for labels, one in found if one.breached_ms is not None))


def _worker(lines: list[str], worker: WorkerFigures, snapshots: Sequence[Snapshot]) -> None:
    topics = [(_labels(topic=name), name, topic) for name, topic in sorted(worker.topics.items())]
    _family(lines, f.EVENTS_PROCESSED, ((labels, topic.processed) for labels, _, topic in topics))
    rejected = ((_labels(topic=name, reason=reason), n) for _, name, topic in topics for reason, n in topic.rejected.items())
    _family(lines, f.EVENTS_REJECTED, rejected)
    _family(lines, f.EVENTS_LATE, ((labels, topic.late) for labels, _, topic in topics))
    _family(lines, f.EVENTS_DUPLICATE, ((labels, topic.duplicate) for labels, _, topic in topics))
    _family(lines, f.EVENTS_UNKNOWN_QUEUE, ((labels, topic.unknown_queue) for labels, _, topic in topics))
    _family(lines, f.EVENTS_UNKNOWN_AGENT, ((labels, topic.unknown_agent) for labels, _, topic in topics))
    delays = ((_inner(topic=name), (DELAY_BOUNDS, topic.delays, topic.delay_sum)) for _, name, topic in topics)
    _histogram_family(lines, f.EVENT_DELAY, delays)
    settled = {(SCOPE_FACTS, one.partition): one.settled for one in snapshots if one.settled is not None}
    _family(lines, f.WATERMARK, _by_partition({key: ms / 1000 for key, ms in (worker.watermarks | settled).items()}))
    _family(lines, f.SCOPE_SETTLED, _judged(snapshots))
    _family(lines, f.LAG, _by_partition(worker.lag))
    assigned = dict.fromkeys(worker.topics, 0) | worker.assigned
    _family(lines, f.ASSIGNED, ((_labels(topic=topic), count) for topic, count in sorted(assigned.items())))
    came = max((one.canary or 0 for one in snapshots), default=0)
    _family(lines, f.CANARY, [("", came / 1000)] if came or worker.canary else [])
    _family(lines, f.REBALANCES, [("", worker.rebalances)])
    _family(lines, f.READY, [("", int(worker.ready))])
    _family(lines, f.BUILD_INFO, [(_labels(version=_version()), 1)])


def _judged(snapshots: Sequence[Snapshot]) -> Iterator[tuple[str, float]]:
    """How far each scope with standards is: what is stuck in one partition is to mute the verdicts of its scopes, and no others."""
    for snapshot in snapshots:
        if snapshot.settled is not None:
            for scope in snapshot.scopes:
                if scope.standards:
                    yield _labels(queue=scope.queue, channel=scope.channel, **dict(scope.also)), snapshot.settled / 1000


def _by_partition(values: dict[tuple[str, int], int] | dict[tuple[str, int], float]) -> Iterator[tuple[str, float]]:
    return ((_labels(topic=topic, partition=str(partition)), value) for (topic, partition), value in sorted(values.items()))


def _family(lines: list[str], family: f.Family, samples: Iterable[tuple[str, float]]) -> None:
    """Write one family; a family without samples is left out, so that no page shows a name that says nothing."""
    name = family.name
    rows = [f"{name}{labels} {value if value != inf else '+Inf'}\n" for labels, value in samples]
    if rows:
        lines.append(f"# HELP {name} {family.help}\n# TYPE {name} {family.kind}\n")
        lines += rows


def _histogram_family(lines: list[str], family: f.Family, samples: Iterable[tuple[str, Histogram]]) -> None:
    name = family.name
    rows = [row for labels, histogram in samples for row in _buckets(name, labels, histogram)]
    if rows:
        lines.append(f"# HELP {name} {family.help}\n# TYPE {name} histogram\n")
        lines += rows


def _buckets(name: str, labels: str, histogram: Histogram) -> Iterator[str]:
    bounds, counts, total = histogram
    before = f"{name}_bucket{{{labels}," if labels else f"{name}_bucket{{"
    for le, count in zip(_edges(bounds), accumulate(counts), strict=True):
        yield f'{before}le="{le}"}} {count}\n'
    yield f"{name}_sum{{{labels}}} {total / 1000}\n"
    yield f"{name}_count{{{labels}}} {sum(counts)}\n"


@lru_cache(maxsize=64)
def _edges(bounds: tuple[int, ...]) -> tuple[str, ...]:
    """Give the `le` values in seconds as floats ("120.0"): rules that name a bound must write it so."""
    return (*(str(bound / 1000) for bound in bounds), "+Inf")


@lru_cache(maxsize=65_536)
def _labels(**labels: str | None) -> str:
    inner = _inner(**labels)
    return f"{{{inner}}}" if inner else ""


@lru_cache(maxsize=65_536)
def _inner(**labels: str | None) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items() if value)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


@lru_cache(maxsize=1)
def _version() -> str:
    try:
        return version("answerable")
    except PackageNotFoundError:
        return "unknown"
