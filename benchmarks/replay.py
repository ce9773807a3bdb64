"""How fast a simulated day is replayed, beside merely reading its JSON: `make bench`.

The whole command is timed, its start included, as a person would: best of three. The figure beside it is what any Python program pays for
reading the same lines with orjson, so the ratio says more than either number on a machine that others share.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

ANSWERABLE = Path(sys.executable).with_name("answerable")
RUNS = 3


def best(*calls: list[str | Path]) -> float:
    """The shortest of some runs of each call, in seconds."""
    took = []
    for call in calls * RUNS:
        started = time.perf_counter()
        subprocess.run(call, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        took.append(time.perf_counter() - started)
    return min(took)


def reading(path: Path) -> float:
    """The shortest of some readings of the file's JSON in this process, in seconds."""
    took = []
    for _ in range(RUNS):
        started = time.perf_counter()
        with path.open("rb") as lines:
            for line in lines:
                orjson.loads(line)
        took.append(time.perf_counter() - started)
    return min(took)


def main() -> None:
    """Make a day of some 50 000 contacts, replay it, and print the comparison."""
    with tempfile.TemporaryDirectory() as scratch:
        day = Path(scratch) / "day.jsonl"
        subprocess.run([ANSWERABLE, "simulate", "--scale", "10", "--events", day], check=True)
        with day.open("rb") as lines:
            events = sum(1 for _ in lines)
        start = best([ANSWERABLE, "replay", "--help"])
        replayed = best([ANSWERABLE, "replay", "--source", "events", day, "--report", "json"])
        read = reading(day)
    rows = [
        ("the command's start alone", start, None),
        ("replay: read, sort, fold, report", replayed, events / replayed),
        ("orjson alone, in process", read, events / read),
    ]
    print(f"{events} events of a simulated day, best of {RUNS}")
    for what, seconds, rate in rows:
        print(f"  {what:<34} {seconds:8.2f} s  {f'{rate:10,.0f} events/s' if rate else ''}")


if __name__ == "__main__":
    main()
