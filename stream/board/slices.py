"""Of a reading what the board shows. A reading holds a hundred figures; of hundreds of queues only these few are kept decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

KEPT: Final = (
    "waiting",
    "longest_wait_seconds",
    "agents_by_state",
    "staffed",
    "offered",
    "answered",
    "abandoned",
    "callback",
    "handle_mean_seconds",
    "first_responses",
    "first_response_mean_seconds",
    "service_level",
)
WINDOWS: Final = frozenset({"all", "30m", "60m", "day", "28d"})
"""The windows, as they end a reading's key, that the board reads; "all" is what is so now."""


@dataclass(slots=True)
class Slice:
    """What is known of one scope.

    by_window: the kept measures by the window's name. standards: the verdicts as they stand. clocks: how promises to single contacts
    stand. longest: the contacts that wait longest, where something is red, as [contact, since when (ms)]. misses: for each share that
    is red the last contacts that missed, see the schema of readings. as_of: of "all" (ms).
    at: of a played day the board's moment (ms), from which waits are counted back; None: waits go on from `as_of`.
    """

    scope: dict[str, str]
    by_window: dict[str, dict[str, Any]] = field(default_factory=dict)
    standards: list[dict[str, Any]] = field(default_factory=list)
    clocks: list[dict[str, Any]] = field(default_factory=list)
    longest: list[list[Any]] = field(default_factory=list)
    misses: list[dict[str, Any]] = field(default_factory=list)
    as_of: int = 0
    at: int | None = None

    def take(self, window: str, reading: dict[str, Any]) -> None:
        """Take the latest reading of a window."""
        measures = reading["measures"]
        self.by_window[window] = {name: measures[name] for name in KEPT if name in measures}
        if window == "all":
            self.standards = reading["standards"]
            self.clocks, self.longest = reading.get("clocks", []), reading.get("longest", [])
            self.misses = reading.get("misses", [])
            self.as_of = reading["as_of"]

    def get(self, window: str, measure: str) -> Any:
        """One figure; None where it is not kept or has no data."""
        return self.by_window.get(window, {}).get(measure)

    def level(self, window: str, formula: str, within_seconds: float) -> tuple[int, int] | None:
        """Numerator and denominator of a service level; None where it is not kept."""
        for row in self.get(window, "service_level") or ():
            if row["formula"] == formula and row["within_seconds"] == within_seconds:
                return row["numerator"], row["denominator"]
        return None

    @property
    def oldest_since(self) -> int | None:
        """Since when (ms) the longest of those who wait now waits."""
        longest = self.get("all", "longest_wait_seconds")
        return None if longest is None else self.counted_back(self.as_of - round(longest * 1000))

    def counted_back(self, since: int) -> int:
        """Since when (ms) somebody waits, by the board's clock.

        The partitions of a played day are minutes apart: what one of them counted up to its own time is as long on the board.
        """
        return since if self.at is None else since + self.at - self.as_of
