"""Closed intervals (topic queue-intervals) as rows of a table, the way workforce management tools import them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

COUNTS: Final = ("offered", "answered", "abandoned", "short_abandoned", "flowed_out")
MEANS: Final = {
    "asa_seconds": "wait_answered_mean_seconds",
    "longest_wait_seconds": "wait_max_seconds",
    "aht_seconds": "handle_mean_seconds",
    "max_waiting": "max_waiting",
}
"""Columns after the service levels, and the measures that they show."""
OF_NOBODY: Final = frozenset({"within_seconds", "open_seconds"})
"""Numbers that stand in an interval whether anybody was there or not: thresholds, and for how long the scope was open."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which intervals are wanted. since, until: the centre's local time, compared with the interval's start; None = no limit."""

    window: str = "30m"
    since: datetime | None = None
    until: datetime | None = None
    queues: frozenset[str] = frozenset()

    def takes(self, interval: Mapping[str, Any]) -> bool:
        """Say whether an interval is wanted; only scopes of one queue and channel are, so that no contact counts twice."""
        scope, window = interval["scope"], interval["window"]
        start = datetime.fromisoformat(window["start"]).replace(tzinfo=None)
        return (
            window["name"] == self.window
            and "queue" in scope
            and "channel" in scope
            and (not self.queues or scope["queue"] in self.queues)
            and (self.since is None or self.since <= start)
            and (self.until is None or start < self.until)
        )


class Latest:
    """Keeps of each interval the record that came last.

    A key lies in one partition, so its records come in their order. Revisions are not asked: they begin again with a rebuilt state.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[bytes, Mapping[str, Any]] = {}

    def add(self, key: bytes, interval: Mapping[str, Any]) -> None:
        """Take one record as it comes."""
        self._kept[key] = interval

    def sorted(self) -> list[Mapping[str, Any]]:
        """Give the intervals by start, queue and channel."""
        return sorted(self._kept.values(), key=lambda one: (one["window"]["start"], one["scope"]["queue"], one["scope"]["channel"]))


def deserted(interval: Mapping[str, Any]) -> bool:
    """Whether an interval counts nobody: no measure of it has a number but 0, so there was no contact and no time of an agent.

    Open hours of a queue have such intervals for as long as time goes on.
    """
    return not any(map(_counts, interval["measures"].values()))


def _counts(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_counts(inner) for name, inner in value.items() if name not in OF_NOBODY)
    if isinstance(value, (list, tuple)):
        return any(map(_counts, value))
    return isinstance(value, (int, float)) and value != 0


def table(intervals: Sequence[Mapping[str, Any]], formula: str) -> tuple[list[str], list[list[Any]]]:
    """Give header and rows; service levels are those of `formula`, one column for each threshold that the records hold.

    What has no data is None (an empty cell), never 0.
    """
    thresholds = sorted({level["within_seconds"] for one in intervals for level in _levels(one, formula)})
    header = ["start", "end", "queue", "channel", *COUNTS, *(f"service_level_{within:g}s" for within in thresholds), *MEANS]
    return header, [_row(one, formula, thresholds) for one in intervals]


def _row(interval: Mapping[str, Any], formula: str, thresholds: Sequence[float]) -> list[Any]:
    window, scope, measures = interval["window"], interval["scope"], interval["measures"]
    levels = {level["within_seconds"]: level["ratio"] for level in _levels(interval, formula)}
    return [
        window["start"],
        window["end"],
        scope["queue"],
        scope["channel"],
        *(measures.get(name) for name in COUNTS),
        *(_rounded(levels.get(within), 4) for within in thresholds),
        *(_rounded(measures.get(name), 1) for name in MEANS.values()),
    ]


def _levels(interval: Mapping[str, Any], formula: str) -> Iterable[Mapping[str, Any]]:
    return (level for level in interval["measures"].get("service_level") or () if level["formula"] == formula)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
