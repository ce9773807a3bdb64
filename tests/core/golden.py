"""Stored state of each format that a release has written: tests/core/state/<course><number>.json.

    python -m tests.core.golden desk 2    writes what the present code writes as desk2.json; old entries are never written again
    python -m tests.core.golden figures   after a decision that changes figures: writes into each file those that its entries now lead to

A file holds the changelog entries of one partition in the middle of a course of events (`tests.core.golden_courses`), and the figures
at its end. Whoever changes what an entry holds gives it a new version, keeps reading the old one, and adds a file.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stream.core.events import CLOCK_MARKED, Event
from tests.core.golden_courses import COURSES, Course
from tests.core.pipeline import Pipeline

FILES: Final = Path(__file__).parent / "state"
UNSETTLED: Final = 40_000
"""So many ms before HALFWAY are not settled yet."""

Tables = dict[tuple[str, int], dict[bytes, bytes]]
Offsets = dict[tuple[str, int], int]


@dataclass(frozen=True)
class Stored:
    """What a file holds; `kept`: the measures of the release that wrote it."""

    tables: Tables
    offsets: Offsets
    figures: dict[str, Any]
    kept: tuple[str, ...]


def stored_of(course: Course) -> list[Path]:
    """The files of a course, the newest last."""
    return sorted(FILES.glob(f"{course.name}[0-9]*.json"), key=number)


def number(path: Path) -> int:
    """The number in a file's name."""
    return int(path.stem.lstrip("abcdefghijklmnopqrstuvwxyz"))


def course_of(path: Path) -> Course:
    """The course of a file."""
    return COURSES[path.stem.rstrip("0123456789")]


def mark(time: int, *, final: bool = False) -> Event:
    """A mark: all up to `time` is sent."""
    return Event(time, CLOCK_MARKED, "clock", f"mark-{time}", {"final": final})


def first_half(course: Course, kept: tuple[str, ...]) -> Pipeline:
    """A course up to its middle, with the last of it not settled yet."""
    pipeline = Pipeline(course.centre(kept), course.standards)
    for event in course.events():
        if event.time <= course.halfway:
            pipeline.events([event])
            pipeline.events([mark(event.time - UNSETTLED)])
            pipeline.drain()
    pipeline.tick("scopes", 0, course.halfway)
    return pipeline


def second_half(course: Course, stored: Stored) -> Pipeline:
    """The rest, on stages that are made of stored entries."""
    pipeline = Pipeline(course.centre(stored.kept), course.standards)
    pipeline.tables |= {at: dict(table) for at, table in stored.tables.items()}
    pipeline.offsets = dict(stored.offsets)
    pipeline.restart_all()
    for event in course.events():
        if event.time > course.halfway:
            pipeline.events([event])
            pipeline.events([mark(event.time - 1)])
            pipeline.drain()
    pipeline.events([mark(course.end, final=True)])
    pipeline.drain()
    return pipeline


def written(course: Course, kept: tuple[str, ...]) -> Stored:
    """What the present code writes of a course."""
    half = first_half(course, kept)
    stored = Stored({at: table for at, table in half.tables.items() if table}, half.offsets, {}, kept)
    return Stored(stored.tables, stored.offsets, second_half(course, stored).figures(), kept)


def read(path: Path) -> Stored:
    """What a file holds."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return Stored(
        {(name, 0): {b64decode(key): b64decode(value) for key, value in table.items()} for name, table in found["entries"].items()},
        {(name, 0): offset for name, offset in found["offsets"].items()},
        found["figures"],
        tuple(found.get("kept", course_of(path).measures)),
    )


def said(figures: dict[str, Any]) -> dict[str, Any]:
    """Figures without what is unknown: of all measures that is most."""
    return {topic: {key: _said(record) for key, record in records.items()} for topic, records in figures.items()}


def _said(record: dict[str, Any]) -> dict[str, Any]:
    if "measures" not in record:
        return record
    return record | {"measures": {name: value for name, value in record["measures"].items() if value is not None}}


def write(path: Path, stored: Stored) -> None:
    """Write a file."""
    found = {
        "entries": {
            name: {b64encode(key).decode(): b64encode(value).decode() for key, value in sorted(table.items())}
            for (name, _), table in stored.tables.items()
        },
        "offsets": {name: offset for (name, _), offset in stored.offsets.items()},
        "figures": said(stored.figures),
        "kept": stored.kept,
    }
    path.write_text(json.dumps(found, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


def decided_anew(path: Path) -> None:
    """Write the figures that the entries of a file lead to now; the entries stay."""
    found = json.loads(path.read_text(encoding="utf-8"))
    found["figures"] = said(second_half(course_of(path), read(path)).figures())
    path.write_text(json.dumps(found, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "figures":
        for one in FILES.glob("*.json"):
            decided_anew(one)
        sys.exit()
    target = FILES / f"{sys.argv[1]}{int(sys.argv[2])}.json"
    if target.exists():
        sys.exit(f"{target} is there: a stored format is never written again, take the next number.")
    write(target, written(COURSES[sys.argv[1]], COURSES[sys.argv[1]].measures))
