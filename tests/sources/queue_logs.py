"""How the tests read queue_logs: samples in, events and figures out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from stream.config.yaml import parse
from stream.core.centre import Centre
from stream.core.events import Event, order
from stream.intake.files import read_events
from stream.replay.driver import replay
from stream.replay.report import report
from stream.sources.asterisk_queue_log import NAME, prepare
from stream.sources.records import Prepared, Rejected, Unknown
from stream.wire.codec import from_json

HERE: Final = Path(__file__).parent / "asterisk_queue_log"
COUNTS: Final = ("offered", "answered", "abandoned", "flowed_out", "callback", "lost", "waiting")


def prepared(mapping: str = "") -> Prepared:
    """The source, with a mapping of this text where there is one."""
    return prepare(parse(f"version: 1\n{mapping}", "mapping.yaml") if mapping else None, from_json)


def lines_of(text: str) -> list[bytes]:
    """The lines of a text, as a file holds them."""
    return [f"{line}\n".encode() for line in text.strip().splitlines()]


def told(lines: Iterable[bytes], mapping: str = "") -> list[Event | Rejected | Unknown]:
    """What the lines of one file become: events in their order, then what is none."""
    source = prepared(mapping)
    assert source.fold is not None
    found = list(source.translate(lines))
    events = sorted((one for one in found if isinstance(one, Event)), key=order)
    return [*source.fold(events), *(one for one in found if not isinstance(one, Event))]


def events_of(lines: Iterable[bytes], mapping: str = "") -> list[Event]:
    """The events of the lines of one file."""
    return [one for one in told(lines, mapping) if isinstance(one, Event)]


def verbs(events: Iterable[Event], base: int) -> list[tuple[int, str, dict[str, Any]]]:
    """Events as short tuples: ms since `base` (s), verb, fields without ids and channel."""
    left_out = {"contact_id", "channel", "channels"}
    return [
        (one.time - base * 1000, one.type.partition(".")[2], {name: value for name, value in one.data.items() if name not in left_out})
        for one in events
    ]


def figures(events: Iterable[Event]) -> dict[str, dict[str, Any]]:
    """The measures of a replay by queue; "" is the whole."""
    made = report(replay(sorted(events, key=order), Centre(), ()), None)
    return {scope["scope"].get("queue", ""): scope["measures"] for scope in made["scopes"] if "channel" not in scope["scope"]}


def file_figures(paths: Sequence[Path], mapping: Path | None = None) -> dict[str, dict[str, Any]]:
    """The same of files, as `answerable replay` reads them."""
    with read_events(NAME, mapping, paths) as events:
        return figures(events)


def counts(measures: dict[str, Any]) -> tuple[Any, ...]:
    """The outcomes of a scope, in the order of COUNTS."""
    return tuple(measures[name] for name in COUNTS)


def balanced(measures: dict[str, Any]) -> bool:
    """Whether whoever was offered is somewhere."""
    offered, *rest = counts(measures)
    return bool(offered == sum(rest))
