"""A vendor's own report, made from raw events by a few lines that share nothing with the product: plain loops over plain calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from stream.core.events import Event

ZONE = ZoneInfo("Europe/Berlin")
HALF_HOUR = 1_800_000


@dataclass
class Call:
    """What one contact's raw events say, ms."""

    id: str
    queue: str = ""
    offered: int = 0
    answered: int | None = None
    abandoned: int | None = None
    ended: int = 0

    @property
    def left(self) -> int:
        """When it left the queue."""
        return self.answered or self.abandoned or 0

    @property
    def wait(self) -> int:
        """How long it waited."""
        return self.left - self.offered


def calls(events: Iterable[Event]) -> list[Call]:
    """The calls (no chats, no e-mails) that were offered, each from its own events."""
    found: dict[str, Call] = {}
    for event in events:
        if event.type == "contact.offered" and event.data.get("channel") == "call":
            found[event.subject] = Call(event.subject, event.data["queue"], event.time)
        call = found.get(event.subject)
        if call is None:
            continue
        if event.type == "contact.answered":
            call.answered = event.time
        elif event.type == "contact.abandoned":
            call.abandoned = call.ended = event.time
        elif event.type == "contact.ended":
            call.ended = event.time
    return list(found.values())


Rows = dict[tuple[str, int], list[Call]]


def by_interval(found: Iterable[Call], when: Callable[[Call], int]) -> Rows:
    """The calls by queue and half-hour of one of their moments."""
    rows: Rows = {}
    for call in found:
        rows.setdefault((call.queue, when(call) // HALF_HOUR * HALF_HOUR), []).append(call)
    return dict(sorted(rows.items()))


def csv(rows: Rows, columns: dict[str, Callable[[list[Call]], str]]) -> str:
    """The report: a German one, with semicolons and two columns for the time."""
    lines = [";".join(("Queue", "Date", "Start", *columns))]
    for (queue, start), members in rows.items():
        local = datetime.fromtimestamp(start / 1000, ZONE)
        lines.append(";".join((queue, f"{local:%d.%m.%Y}", f"{local:%H:%M}", *(make(members) for make in columns.values()))))
    return "\n".join(lines) + "\n"


def percent(number: int, of: int) -> str:
    """As a percentage with one decimal and a comma."""
    return f"{100 * number / of:.1f}%".replace(".", ",") if of else "-"


MAPPING = """\
version: 1
format: {delimiter: semicolon}
time_zone: Europe/Berlin
interval: {columns: [Date, Start], format: "%d.%m.%Y %H:%M", length: 30m}
queue: {column: Queue}
channels: [call]
numbers: {decimal: comma, absent: ["-"]}
"""
