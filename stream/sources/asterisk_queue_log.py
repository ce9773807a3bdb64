"""The source `asterisk-queue-log`: Asterisk's queue_log, as files, as dumped rows of its realtime table, or that table itself.

A line alone says too little (which call a restart ended, in which queues a member is), so lines are first read one by one and
brought into the order of time over all files, and then told by one `Translator`. A follower feeds it line by line, or row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, tzinfo
from typing import Any, Final

from stream.config.yaml import Section
from stream.core.events import Event
from stream.sources.logged import read_logged
from stream.sources.queue_log.calls import Calls
from stream.sources.queue_log.lines import FIELDS, Line, Reader, carried, written
from stream.sources.queue_log.mapping import NEEDED, QueueLogMapping, read_mapping
from stream.sources.queue_log.members import Members
from stream.sources.queue_log.words import CALL_WORDS, MEMBER_WORDS
from stream.sources.records import Decode, Lines, Prepared, Rejected, Unknown
from stream.wire.times import FIRST

NAME: Final = "asterisk-queue-log"
HELP: Final = "Asterisk's queue_log: its file, its table, or dumped rows of that"
LINE: Final = "queue_log.line"
"""The type under which a line travels while all lines are sorted; it never leaves the intake."""


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping is optional. `zone`: the centre's, for rows with local times."""
    del decode
    found, named, table = QueueLogMapping(zone=zone or UTC), None, None
    if mapping is not None:
        found, named = read_mapping(mapping, zone)
        more = ("data", *FIELDS)
        table = read_logged(mapping, found.zone, written, time="time", needed=NEEDED, optional=more, renamed=found.rename)
    return Prepared(
        lambda lines: read(lines, found),
        named,
        fold=lambda events: fold(events, found),
        following=lambda: Following(found),
        table=table,
    )


def read(lines: Iterable[bytes], mapping: QueueLogMapping) -> Lines:
    """The lines of one file, each under a place in the order of all files: by time, then by the file that began first."""
    first: int | None = None
    for number, found in Reader(mapping).file(lines):
        if isinstance(found, Line):
            first = found.time if first is None else first
            yield Event(found.time, LINE, "", f"{first - FIRST:016d}/{number:012d}", {"line": carried(found)})
        elif found is not None:
            yield found


def fold(lines: Iterable[Event], mapping: QueueLogMapping) -> Iterator[Event]:
    """The events of sorted lines. A line that two files have is one line."""
    translator = Translator(mapping)
    seen: set[tuple[str, str]] = set()
    now: int | None = None
    for carrier in lines:
        line = Line(*carrier.data["line"])
        if line.time != now:
            now = line.time
            seen.clear()
        if (line.call, line.key) not in seen:
            seen.add((line.call, line.key))
            yield from translator.take(line)


class Translator:
    """Lines of one PBX in their order -> events."""

    def __init__(self, mapping: QueueLogMapping) -> None:
        """Nothing is known of any call or member."""
        origin = f"asterisk/{mapping.pbx}"
        self._members = Members(mapping, origin)
        self._calls = Calls(mapping, origin, self._members)

    def take(self, line: Line) -> list[Event]:
        """The events that one line tells."""
        out = self._members.begin(line)
        if line.word in CALL_WORDS:
            out += self._calls.take(line)
        elif line.word in MEMBER_WORDS:
            out += self._members.take(line)
        else:
            out += self._calls.restart(line)
            out += self._members.restart(line)
        return out

    def save(self) -> list[Any]:
        """What has to be kept to go on, as plain values."""
        return [self._calls.save(), self._members.save()]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        calls, members = state
        self._calls.restore(calls)
        self._members.restore(members)


class Following:
    """A log that goes on: whole lines in, events out; `save` between any two lines."""

    def __init__(self, mapping: QueueLogMapping) -> None:
        """At the beginning of the first file."""
        self._reader = Reader(mapping)
        self._translator = Translator(mapping)

    def begin(self) -> None:
        """The next line is the first one of another file."""
        self._reader.begin()

    def feed(self, raw: bytes) -> list[Event | Rejected | Unknown]:
        """What one line tells."""
        found = self._reader.line(raw, 0)
        if isinstance(found, Line):
            return list(self._translator.take(found))
        return [] if found is None else [found]

    def save(self) -> list[Any]:
        """What has to be kept to go on, as plain values."""
        return [self._reader.state(), self._translator.save()]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        reader, translator = state
        self._reader.restore(reader)
        self._translator.restore(translator)
