"""Stored state of each format that a release has written: tests/core/state/v<number>.json.

    python -m tests.core.golden 3         writes what the present code writes as v3.json; the entries of older files are never written again
    python -m tests.core.golden figures   after a decision that changes figures: writes into each file those that its entries now lead to

A file holds the changelog entries of one partition in the middle of a morning, and the figures at its end. Whoever changes what an
entry holds gives it a new version, keeps reading the old one, and adds a file.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from stream.core.centre import Centre, Queue
from stream.core.declared import Standard
from stream.core.events import CLOCK_MARKED, Event
from stream.core.wanted import Kept
from tests.core.pipeline import Pipeline

FILES: Final = Path(__file__).parent / "state"
BEGIN: Final = 1_772_436_590_000
"""Monday 2026-03-02 08:29:50 in Berlin: ten seconds before a half-hour begins."""

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HALFWAY: Final = BEGIN + 4 * MINUTE
END: Final = BEGIN + 90 * MINUTE

MEASURES: Final = (
    "abandoned",
    "abandoned_before_queue",
    "abandoned_within",
    "abandonment",
    "answered",
    "callback",
    "closed",
    "excluded",
    "first_response_mean_seconds",
    "first_response_since_handoff_mean_seconds",
    "first_responses",
    "first_responses_waived",
    "flowed_out",
    "handle_mean_seconds",
    "hold_mean_seconds",
    "longest_wait_seconds",
    "lost",
    "max_waiting",
    "offered",
    "records",
    "reopened",
    "requeued",
    "response_mean_seconds",
    "responses",
    "responses_waived",
    "ring_mean_seconds",
    "ring_missed",
    "service_level",
    "short_abandoned",
    "staffed",
    "talk_mean_seconds",
    "transferred",
    "wait_abandoned_mean_seconds",
    "wait_answered_mean_seconds",
    "wait_max_seconds",
    "waiting",
    "waiting_per_agent",
)
"""The measures of the release that wrote the first file: what comes later must not change the entries."""

CENTRE: Final = Centre(
    zone=ZoneInfo("Europe/Berlin"),
    queues={"billing": Queue("billing", ("call", "email")), "sales": Queue("sales", ("call",))},
    lateness=MINUTE,
    kept=Kept(MEASURES, frozenset({"30m", "day", "5m", "15m", "60m"})),
)
STANDARDS: Final = tuple(
    Standard(name=name, title=name, form=form, measure=measure, grace=0, **fields)
    for name, form, measure, fields in (
        ("waiting", "level", "waiting", {"limit": 1, "hold": 10 * SECOND, "per": ("queue",)}),
        ("per-agent", "level", "waiting_per_agent", {"limit": 1, "per": ()}),
        ("answered", "percentage", "service_level", {"objective": 0.8, "within": 20 * SECOND, "window": 5 * MINUTE}),
        ("wait", "mean", "answer_wait", {"limit": 20, "window": 15 * MINUTE, "per": ("queue",)}),
        ("first", "clock", "first_response", {"within": MINUTE, "per": ("channel",)}),
    )
)

LIVES: Final[tuple[tuple[str, str, str, tuple[tuple[int, str], ...]], ...]] = (
    ("c1", "billing", "call", ((0, "offered"), (15, "answered"), (200, "ended"), (230, "wrapped_up"))),
    ("c2", "billing", "call", ((5, "begun"), (8, "offered"), (90, "abandoned"))),
    ("c3", "billing", "call", ((20, "offered"), (30, "ringing"), (45, "ring_missed"), (50, "requeued"), (400, "answered"), (700, "ended"))),
    ("c4", "sales", "call", ((25, "offered"), (235, "flowed_out"))),
    ("c5", "sales", "call", ((30, "offered"), (60, "callback_requested"), (900, "offered"), (910, "answered"), (950, "ended"))),
    ("c6", "billing", "email", ((40, "customer"), (1_000, "agent"), (1_300, "customer"), (1_900, "no_reply_needed"))),
    ("c7", "billing", "call", ((100, "offered"), (110, "answered"), (150, "held"), (260, "resumed"), (300, "transferred"), (330, "ended"))),
    ("c8", "billing", "call", ((210, "offered"), (239, "answered"), (1_999, "ended"))),
    ("c9", "sales", "call", ((238, "offered"), (2_000, "lost"))),
    ("c10", "sales", "call", ((600, "offered"), (604, "answered"), (800, "ended"))),
    ("c11", "billing", "email", ((2_100, "customer"),)),
)
"""Contacts: id, queue, channel, and what happened so many seconds after BEGIN."""

SHIFTS: Final = (
    ("a1", "billing", ((1, "available"), (15, "on_contact"), (230, "available"), (2_500, "offline"))),
    ("a2", "sales", ((2, "available"), (180, "paused"), (500, "available"))),
    ("a3", "billing", ((239, "available"), (1_500, "offline"))),
)


def events() -> list[Event]:
    """The whole morning, in order."""
    out = []
    for subject, queue, channel, life in LIVES:
        for number, (seconds, what) in enumerate(life):
            kind = "message.posted" if what in {"customer", "agent"} else f"contact.{what}"
            data: dict[str, Any] = {"contact_id": subject, "queue": queue, "channel": channel}
            if kind == "message.posted":
                data |= {"author": what, "public": True}
            if what == "transferred":
                data["to_queue"] = "sales"
            out.append(Event(BEGIN + seconds * SECOND, kind, subject, f"{subject}-{number}", data))
    for agent, queue, changes in SHIFTS:
        for number, (seconds, state) in enumerate(changes):
            data = {"agent_id": agent, "state": state, "queues": [queue]}
            out.append(Event(BEGIN + seconds * SECOND, "agent.state_changed", agent, f"{agent}-{number}", data))
    return sorted(out, key=lambda event: (event.time, event.id))


def mark(time: int, *, final: bool = False) -> Event:
    """A mark: all up to `time` is sent."""
    return Event(time, CLOCK_MARKED, "clock", f"mark-{time}", {"final": final})


def first_half() -> Pipeline:
    """The morning up to HALFWAY, with its last 40 seconds not settled yet."""
    pipeline = Pipeline(CENTRE, STANDARDS)
    for event in events():
        if event.time <= HALFWAY:
            pipeline.events([event])
            pipeline.events([mark(event.time - 40 * SECOND)])
            pipeline.drain()
    pipeline.tick("scopes", 0, HALFWAY)
    return pipeline


def second_half(tables: dict[tuple[str, int], dict[bytes, bytes]], offsets: dict[tuple[str, int], int]) -> Pipeline:
    """The rest, on stages that are made of stored entries."""
    pipeline = Pipeline(CENTRE, STANDARDS)
    pipeline.tables |= tables
    pipeline.offsets = offsets
    pipeline.restart_all()
    for event in events():
        if event.time > HALFWAY:
            pipeline.events([event])
            pipeline.events([mark(event.time - 1)])
            pipeline.drain()
    pipeline.events([mark(END, final=True)])
    pipeline.drain()
    return pipeline


def read(path: Path) -> tuple[dict[tuple[str, int], dict[bytes, bytes]], dict[tuple[str, int], int], dict[str, Any]]:
    """The entries, the offsets and the figures of a file."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    tables = {(name, 0): {b64decode(key): b64decode(value) for key, value in found.items()} for name, found in stored["entries"].items()}
    return tables, {(name, 0): offset for name, offset in stored["offsets"].items()}, stored["figures"]


def write(path: Path) -> None:
    """Write a file."""
    half = first_half()
    stored = {
        "entries": {
            name: {b64encode(key).decode(): b64encode(value).decode() for key, value in sorted(table.items())}
            for (name, _), table in half.tables.items()
            if table
        },
        "offsets": {name: offset for (name, _), offset in half.offsets.items()},
        "figures": second_half({at: dict(table) for at, table in half.tables.items()}, dict(half.offsets)).figures(),
    }
    path.write_text(json.dumps(stored, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


def decided_anew(path: Path) -> None:
    """Write the figures that the entries of a file lead to now; the entries stay."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    tables, offsets, _ = read(path)
    stored["figures"] = second_half(tables, offsets).figures()
    path.write_text(json.dumps(stored, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "figures":
        for one in FILES.glob("v*.json"):
            decided_anew(one)
        sys.exit()
    target = FILES / f"v{int(sys.argv[1])}.json"
    if target.exists():
        sys.exit(f"{target} is there: a stored format is never written again, take the next number.")
    write(target)
