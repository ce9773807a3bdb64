"""How the tests read samples: a mapping and lines in, what a source makes of them out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from stream.config.yaml import load, parse
from stream.core.events import Event
from stream.sources.call_log import translate
from stream.sources.mapping import CallLogMapping, read_mapping
from stream.sources.records import Rejected

HERE = Path(__file__).parent / "call_log"


def mapping(name: str) -> CallLogMapping:
    """A mapping that stands beside its sample."""
    return read_mapping(load(HERE / f"{name}.mapping.yaml"))


def sample(name: str) -> list[Event | Rejected]:
    """What a sample becomes with its mapping."""
    return list(translate((HERE / f"{name}.csv").read_bytes().splitlines(keepends=True), mapping(name)))


def translated(lines: Iterable[str], text: str) -> list[Event | Rejected]:
    """What lines become with the mapping of this text."""
    return list(translate([f"{line}\n".encode() for line in lines], read_mapping(parse(text, "mapping.yaml"))))


def told(found: Iterable[Event | Rejected]) -> list[tuple[object, ...]]:
    """Events and rejects as short tuples: seconds of the day (UTC), verb, data without the contact's id; or line and reason."""
    return [
        (one.line, one.reason, one.detail)
        if isinstance(one, Rejected)
        else (
            one.time % 86_400_000 / 1000,
            one.type.partition(".")[2],
            {key: value for key, value in one.data.items() if key != "contact_id"},
        )
        for one in found
    ]
