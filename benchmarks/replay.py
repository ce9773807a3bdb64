"""How long a file of events takes to replay, beside merely reading its JSON.

Both are timed as whole commands, as a person would, and once more without the start of the interpreter. The ratio says more than either
number on a machine that others share.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

ANSWERABLE: Final = Path(sys.executable).with_name("answerable")
RUNS: Final = 5
SCALE: Final = 20
"""A day of some 100 000 contacts."""

READING: Final = "import orjson, sys\nwith open(sys.argv[1], 'rb') as lines:\n    for line in lines:\n        orjson.loads(line)\n"
NOTHING: Final = "import orjson, sys"

Call = list[str | Path]


def seconds(calls: list[Call], runs: int) -> list[float]:
    """The median time of each call; they take turns, so that a busy moment meets all of them."""
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(runs):
        for times, call in zip(took, calls, strict=True):
            started = time.perf_counter()
            subprocess.run(call, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            times.append(time.perf_counter() - started)
    return [median(times) for times in took]


def measure(*, short: bool = False) -> dict[str, Any]:
    """Make a day of contacts, replay it, and read it."""
    with tempfile.TemporaryDirectory() as scratch:
        day = Path(scratch) / "day.jsonl"
        subprocess.run([ANSWERABLE, "simulate", "--scale", "0.2" if short else str(SCALE), "--events", day], check=True)
        with day.open("rb") as lines:
            events = sum(1 for _ in lines)
        calls: list[Call] = [
            [ANSWERABLE, "replay", "--source", "events", day, "--report", "json"],
            [sys.executable, "-c", READING, day],
            [ANSWERABLE, "replay", "--help"],
            [sys.executable, "-c", NOTHING],
        ]
        replayed, read, start, bare = seconds(calls, 1 if short else RUNS)
    found = {
        "events": events,
        "replay_seconds": replayed,
        "reading_seconds": read,
        "ratio": replayed / read,
        "start_of_replay_seconds": start,
        "start_of_reading_seconds": bare,
        "ratio_without_starts": (replayed - start) / (read - bare),
        "replay_events_per_second": events / replayed,
    }
    print(f"replay of {events:,} events: {replayed:.2f} s, reading them {read:.2f} s, ratio {replayed / read:.1f}", flush=True)
    return {"about": "`answerable replay` of a simulated day, beside reading the same lines with `orjson.loads`; median of each.", **found}
