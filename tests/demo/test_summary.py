"""The demo's summary says what Kafka holds, and nothing else."""

from __future__ import annotations

from typing import Any

from stream.demo.summary import summarise


def test_breaches_are_counted_by_standard_and_levels_by_channel() -> None:
    """A breach counts as fired when it ever was, as resolved when its last record says so; a channel without reading is left out."""
    level = {"formula": "strict", "within_seconds": 120, "numerator": 8, "denominator": 10, "ratio": 0.8}
    readings: dict[str, dict[str, Any]] = {
        "channel=call|all": {
            "scope": {"channel": "call"},
            "window": None,
            "measures": {"service_level": [{**level, "formula": "live"}, level]},
        },
        "channel=call|day": {"scope": {"channel": "call"}, "window": {"name": "day"}, "measures": {"service_level": []}},
        "!watermark/0": {"settled": 1, "final": True},
    }
    breaches = {
        "a": {"standard": "queue-length", "status": "resolved"},
        "b": {"standard": "queue-length", "status": "firing"},
        "c": {"standard": "abandonment", "status": "withdrawn"},
    }
    assert summarise(breaches, {"a", "b", "c"}, readings, 12, 3.14159) == {
        "breaches": 3,
        "fired": {"abandonment": 1, "queue-length": 2},
        "resolved": {"queue-length": 1},
        "firing": 1,
        "events": 12,
        "seconds": 3.1,
        "service_level": {"call": level},
    }
