"""What panels of the dashboards have to show after a played morning, from a replay of the same events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from stream.core.events import Event
from stream.replay.driver import replay
from stream.replay.report import report
from stream.sinks import families as f
from stream.verify.run import Promises
from tests.deploy.survival import ask, truth

Labels = tuple[tuple[str, str], ...]
Values = dict[Labels, float]
Panel = tuple[str, str, int]
"""(dashboard, title, which query of it)"""

ENDS: Final = ("answered", "abandoned", "flowed_out", "callback", "lost")
NEVER_THERE: Final = {("answerable-queues", "How they left the queue, in 15 minutes", ENDS.index(name)) for name in ("callback", "lost")}
"""What does not happen in that morning: there 0 is right. Of every other panel something is to be above it."""
NOW: Final = {"Waiting", "Queues in breach", "In breach now"}
SHARES: Final = {
    "Abandoned of those offered, 30 minutes",
    "Service level, 30 minutes",
    "Service level, today",
    "Abandoned, today",
}
SERVED: Final = ("calls-answered", "chats-answered")


def wanted(promises: Promises, events: Sequence[Event]) -> dict[Panel, Values]:
    """The figures by panel: each value by the labels of its series."""
    told = report(replay(events, promises.centre, promises.standards))
    queues = {
        (scope["channel"], scope["queue"]): entry["measures"]
        for entry in told["scopes"]
        if (scope := entry["scope"]).keys() == {"channel", "queue"}
    }

    def each(value: Callable[[Mapping[str, Any]], float | None]) -> Values:
        found = {(("channel", channel), ("queue", queue)): value(measures) for (channel, queue), measures in queues.items()}
        return {labels: one for labels, one in found.items() if one is not None}

    waiting = each(lambda one: one["waiting"])
    broken = [one for one in told["verdicts"] if one["breached"] and one["scope"].keys() <= {"queue", "channel"}]
    counts, misses = (_by_standard(promises, events, family.name) for family in (f.STANDARD_CONTACTS, f.STANDARD_BREACHES))
    level: Values = {(("standard", name),): 1 - misses[name] / counts[name] for name in SERVED}
    return {
        ("answerable-queues", "Offered in 15 minutes", 0): each(lambda one: one["offered"]),
        ("answerable-queues", "Waiting", 0): waiting,
        ("answerable-queues", "Abandoned of those offered, 30 minutes", 0): each(
            lambda one: one["abandoned"] / one["offered"] if one["offered"] else None
        ),
        **{
            ("answerable-queues", "How they left the queue, in 15 minutes", at): {(): float(sum(one[name] for one in queues.values()))}
            for at, name in enumerate(ENDS)
        },
        ("answerable-wallboard", "Waiting", 0): {one: value for one, value in waiting.items() if dict(one)["channel"] in ("call", "chat")},
        ("answerable-wallboard", "Service level, 30 minutes", 0): level,
        ("answerable-wallboard", "Service level, today", 0): level,
        ("answerable-wallboard", "Abandoned, today", 0): {(("standard", "abandonment"),): misses["abandonment"] / counts["abandonment"]},
        ("answerable-wallboard", "Queues in breach", 0): {
            (): float(len({one["scope"]["queue"] for one in broken if "queue" in one["scope"]}))
        },
        ("answerable-standards", "In breach now", 0): {(): float(len(broken))},
        ("answerable-standards", "Contacts that broke a standard today", 0): {(): float(sum(misses.values()))},
    }


def _by_standard(promises: Promises, events: Sequence[Event], name: str) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for (family, labels), value in truth(events, promises.centre, promises.standards).items():
        if family == name:
            found[dict(labels)["standard"]] += value
    return found


def shown(prometheus: str, query: str) -> Values:
    """What a query finds, by the labels of its series."""
    return {
        tuple(sorted((name, value) for name, value in one["metric"].items() if name not in {"__name__", "job"})): float(one["value"][1])
        for one in ask(prometheus, query)
    }


def near(title: str, found: float | None, expected: float) -> bool:
    """What is so now is exact; shares are to 3 hundredths; counts to 5 % and a contact, as increase() knows them after a few seconds."""
    if found is None:
        return False
    if title in NOW:
        return found == expected
    return abs(found - expected) <= (0.03 if title in SHARES else 1 + 0.05 * expected)


def differing(prometheus: str, expected: Mapping[Panel, Values], queries: Iterable[tuple[Panel, str]]) -> dict[Panel, Any]:
    """The panels that show something else than expected, with what they show and what they should."""
    by_panel = dict(queries)
    out = {}
    for panel, values in expected.items():
        found = shown(prometheus, by_panel[panel])
        far = {labels: (found.get(labels), value) for labels, value in values.items() if not near(panel[1], found.get(labels), value)}
        if far:
            out[panel] = far
    return out
