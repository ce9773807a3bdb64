"""What every engine must come to, counted from the file of events alone. It shares no line with the product's core: it is the judge.

python -m benchmarks.expected events.jsonl
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

import orjson

HALF_HOUR: Final = 30 * 60_000
WITHIN: Final = 20_000
FIELDS: Final = ("offered", "answered", "abandoned", "wait_ms", "in_time", "out_of")
"""The figures of a window: the waits (ms) of the answered summed up, and the service level's numerator and denominator."""

OFFERED, ANSWERED, ABANDONED, WAIT, IN_TIME, OUT_OF = range(len(FIELDS))


@dataclass(slots=True)
class Figures:
    """windows: by "queue|channel|start of the half-hour in ms" the numbers that FIELDS names; waiting: by "queue|channel"."""

    windows: dict[str, list[int]] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)


def expected(path: Path, count: int | None = None) -> Figures:
    """The figures of a file of CloudEvents, or of the first `count` of them."""
    with path.open("rb") as lines:
        return count_up(islice(lines, count))


def count_up(lines: Iterable[bytes]) -> Figures:
    """The figures of CloudEvents as JSON lines, in order of time and each there once."""
    figures = Figures()
    waits: dict[str, tuple[str, int]] = {}
    for line in lines:
        event = orjson.loads(line)
        kind, data = event["type"], event["data"]
        if kind == "cc.contact.offered.v1":
            at = milliseconds(event["time"])
            place = f"{data['queue']}|{data['channel']}"
            waits[data["contact_id"]] = place, at
            _window(figures, place, at)[OFFERED] += 1
            figures.waiting[place] = figures.waiting.get(place, 0) + 1
        elif kind in ("cc.contact.answered.v1", "cc.contact.abandoned.v1"):
            place, since = waits.pop(data["contact_id"])
            waited = milliseconds(event["time"]) - since
            window = _window(figures, place, since)
            window[OUT_OF] += 1
            figures.waiting[place] -= 1
            if kind == "cc.contact.abandoned.v1":
                window[ABANDONED] += 1
            else:
                window[ANSWERED] += 1
                window[WAIT] += waited
                window[IN_TIME] += waited <= WITHIN
    return figures


def differences(found: Figures, wanted: Figures) -> Iterator[str]:
    """Each figure that is not as it must be, as a line."""
    for what, ours, theirs in (("window", found.windows, wanted.windows), ("waiting in", found.waiting, wanted.waiting)):
        for key in sorted(ours.keys() | theirs.keys()):
            if ours.get(key) != theirs.get(key):
                yield f"{what} {key}: {ours.get(key)}, expected {theirs.get(key)}"


def milliseconds(text: str) -> int:
    """A time of RFC 3339 as milliseconds since the epoch."""
    moment = datetime.fromisoformat(text)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def _window(figures: Figures, place: str, at: int) -> list[int]:
    return figures.windows.setdefault(f"{place}|{at // HALF_HOUR * HALF_HOUR}", [0] * len(FIELDS))


if __name__ == "__main__":
    counted = expected(Path(sys.argv[1]))
    print(orjson.dumps({"windows": counted.windows, "waiting": counted.waiting}, option=orjson.OPT_INDENT_2).decode())
