"""The demo's result as one JSON object: only what was read back from Kafka."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

SHOWN_LEVELS: Final = {"call": ("strict", 120), "chat": ("no_short", 60)}
"""The service levels of the summary by channel: the formula and the seconds that the shipped standards ask for."""


def summarise(
    breaches: Mapping[str, Mapping[str, Any]], fired: Iterable[str], readings: Mapping[str, Mapping[str, Any]], events: int, seconds: float
) -> dict[str, Any]:
    """Make the summary: breaches by id, the ids that fired, the last readings, how many events Kafka holds, how long it took."""
    resolved = [breach for breach in breaches.values() if breach["status"] == "resolved"]
    return {
        "breaches": len(breaches),
        "fired": dict(sorted(Counter(breaches[identity]["standard"] for identity in fired).items())),
        "resolved": dict(sorted(Counter(breach["standard"] for breach in resolved).items())),
        "firing": sum(breach["status"] == "firing" for breach in breaches.values()),
        "events": events,
        "seconds": round(seconds, 1),
        "service_level": {channel: level for channel in SHOWN_LEVELS if (level := _level(readings, channel)) is not None},
    }


def _level(readings: Mapping[str, Mapping[str, Any]], channel: str) -> dict[str, Any] | None:
    """The service level of a channel over everything, None where there is no reading."""
    formula, seconds = SHOWN_LEVELS[channel]
    for reading in readings.values():
        if reading.get("scope") == {"channel": channel} and reading["window"] is None:
            for level in reading["measures"]["service_level"]:
                if (level["formula"], level["within_seconds"]) == (formula, seconds):
                    return dict(level)
    return None
