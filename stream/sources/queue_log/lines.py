"""The lines of a queue_log -> records: pipe-separated files as Asterisk writes them, and dumped rows of its realtime table.

    epoch|callid|queue|agent|EVENT|data1|data2|...

Nothing is known here of what a word does; a line that cannot be read is `Rejected`, a word that nobody knows is `Unknown`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import chain
from typing import Any, Final

from stream.errors import RejectedRecord
from stream.sources.local_times import MILLISECOND, NAIVE_EPOCH, LocalClock
from stream.sources.queue_log.mapping import COLUMNS, NEEDED, QueueLogMapping
from stream.sources.queue_log.words import CALL_WORDS, MEMBER_WORDS, NO_CALLS, PASSED_TO, QUEUELESS, QUIET_WORDS, SPANS, SYSTEM_WORDS
from stream.sources.records import Rejected, Unknown
from stream.sources.table import BOM, Layout, Row, Table
from stream.wire.fields import LONGEST as LONGEST_MS
from stream.wire.times import FIRST, LAST

EPOCH: Final = re.compile(r"(\d{1,11})(?:\.(\d{1,9}))?", re.ASCII)
UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)
WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_ .-]{0,39}", re.ASCII)
FIGURE: Final = re.compile(r"\d{1,6}", re.ASCII)
SPAN: Final = re.compile(r"\d{1,12}", re.ASCII)
LONGEST_SPAN: Final = LONGEST_MS // 1_000
"""Of a wait, a talk or a ring, in the unit of its word."""
LONGEST: Final = 200
"""No name or id is longer; what is, is no name."""
DELIMITERS: Final = ",;\t|"
FIELDS: Final = ("data1", "data2", "data3", "data4", "data5")
ABSENT: Final = frozenset({"NULL", "\\N", "None"})


@dataclass(slots=True)
class Line:
    """One line that says something: time in ms UTC; queue and agent are empty where the log says NONE.

    key: what tells this line from others of its time and call; the same whenever the log is read again. It is made of nothing
    personal: no caller's number, no name of theirs.
    """

    time: int
    call: str
    queue: str
    agent: str
    word: str
    data: list[str]
    key: str


Read = Line | Rejected | Unknown | None


class Reader:
    """Reads the lines of one file after another. What it remembers is little: the newest second, to tell equal lines apart."""

    def __init__(self, mapping: QueueLogMapping) -> None:
        """Ready for the first line of a file."""
        self._mapping = mapping
        self._clock = LocalClock(mapping.zone)
        self._near: int | None = None
        self._counts: Counter[str] = Counter()

    def begin(self) -> None:
        """A new file begins: equal lines in it are counted anew, as whoever reads that file alone counts them."""
        self._near = None
        self._counts.clear()

    def state(self) -> list[Any]:
        """What has to be kept to go on in the middle of a file."""
        return [self._near, dict(self._counts)]

    def restore(self, state: list[Any]) -> None:
        """Go on where `state` was."""
        self._near, self._counts = state[0], Counter(state[1])

    def file(self, lines: Iterable[bytes]) -> Iterator[tuple[int, Read]]:
        """All lines of a file with their numbers, whichever of both forms it has. Empty lines are passed over."""
        self.begin()
        source = iter(lines)
        before: list[bytes] = []
        for line in source:
            before.append(line)
            if line.strip():
                break
        layout = self._layout(before[-1]) if before else None
        everything = chain(before, source)
        if layout is not None:
            yield from self._rows(Table(everything, layout))
            return
        for number, line in enumerate(everything, start=1):
            yield number, self.line(line, number)

    def line(self, raw: bytes, number: int) -> Read:
        """One pipe-separated line; None where it says nothing."""
        text = _text(raw.removeprefix(BOM) if number == 1 else raw).rstrip("\r\n")
        if not text.strip():
            return None
        fields = text.split("|")
        if len(fields) < len(NEEDED):
            cut = raw.endswith(b"\n")
            detail = "the line has fewer than five fields" if cut else "the last line of the file is cut off"
            return Rejected("missing_field" if cut else "undecodable", detail, raw, number)
        return self._read(fields[:5], fields[5:], raw, number)

    def _rows(self, table: Table) -> Iterator[tuple[int, Read]]:
        if table.refused is not None:
            yield table.refused.line, table.refused
            return
        rename = self._mapping.rename
        names = [rename.get(name, name.strip().strip('"').lower()) for name in table.columns]
        at = {name: index for index, name in enumerate(names) if name in COLUMNS}
        missing = [name for name in NEEDED if name not in at]
        if missing:
            yield 1, Rejected("missing_field", f"the dumped table has no column {missing[0]}: name it under rename in the mapping", b"", 1)
            return
        for row in table:
            yield row.line, row if isinstance(row, Rejected) else self._row(row, at)

    def _row(self, row: Row, at: dict[str, int]) -> Read:
        def column(name: str) -> str:
            text = row.fields[at[name]] if name in at else ""
            return "" if text in ABSENT else text

        # The table has five columns: Asterisk leaves all that is behind the fourth field in the last one.
        data = [*(_whole(column(name)) for name in FIELDS[:-1]), *column(FIELDS[-1]).split("|")]
        if not any(data):
            data = column("data").split("|")
        while data and not data[-1]:
            data.pop()
        return self._read([_whole(column(name)) for name in NEEDED], data, row.raw, row.line)

    def _layout(self, first: bytes) -> Layout | None:
        """How dumped rows are written; None for a file as Asterisk writes it."""
        given = self._mapping.layout
        if given is not None and given.columns:
            return given
        text = _text(first.removeprefix(BOM)).strip().lower()
        names = {name.lower() for name in self._mapping.rename} | set(COLUMNS)
        for delimiter in DELIMITERS if given is None else given.delimiter:
            words = {word.strip().strip('"') for word in text.split(delimiter)}
            if len(words & names) >= len(NEEDED):
                return given or Layout(delimiter=delimiter, encoding="utf-8" if _is_utf8(first) else "latin-1")
        return None

    def _read(self, fields: list[str], data: list[str], raw: bytes, number: int) -> Read:
        stamp, call, queue, agent, word = (field.strip() for field in fields)
        try:
            time = self._time(stamp)
            line = self._line(time, call, queue, agent, word, data)
        except RejectedRecord as refused:
            return Rejected(refused.reason, refused.detail, raw, number)
        return line

    def _time(self, text: str) -> int:
        seconds = EPOCH.fullmatch(text)
        if seconds is not None:
            time = int(seconds[1]) * 1000 + int(((seconds[2] or "") + "000")[:3])
        else:
            try:
                found = datetime.fromisoformat(text)
                if found.tzinfo is not None:
                    time = (found - UNIX) // MILLISECOND
                else:
                    time = self._clock.utc((found - NAIVE_EPOCH) // MILLISECOND, self._near)
            except (ValueError, OverflowError):
                detail = "the line begins with no time: write seconds since 1970, or 2026-03-02 09:00:00"
                raise RejectedRecord("bad_value", detail) from None
        if not FIRST <= time <= LAST:
            detail = "the time of the line is beyond every calendar"
            raise RejectedRecord("bad_value", detail)
        if time != self._near:
            self._near = time
            self._counts.clear()
        return time

    def _line(self, time: int, call: str, queue: str, agent: str, word: str, data: list[str]) -> Line | Unknown | None:
        if word in QUIET_WORDS:
            return None
        if word not in CALL_WORDS and word not in MEMBER_WORDS and word not in SYSTEM_WORDS:
            if WORD.fullmatch(word):
                return Unknown(word)
            detail = "the fifth field of the line is no event"
            raise RejectedRecord("unknown_type", detail)
        queue, agent = (("" if name == "NONE" else name) for name in (queue, agent))
        if max(len(call), len(queue), len(agent)) > LONGEST:
            detail = f"a name or an id of the line is longer than {LONGEST} signs"
            raise RejectedRecord("bad_value", detail)
        if word in CALL_WORDS and (call in NO_CALLS or not queue):
            detail = f"{word} needs the id of a call and a queue"
            raise RejectedRecord("missing_field", detail)
        for at in SPANS.get(word, ()):
            place = at if at >= 0 else max(at + len(data), PASSED_TO)
            if place < len(data) and (span := data[place].strip()) and not (SPAN.fullmatch(span) and int(span) <= LONGEST_SPAN):
                detail = f"the data field {place + 1} of {word} is no length of time: write a whole number from 0 on, or nothing"
                raise RejectedRecord("bad_value", detail)
        if word in MEMBER_WORDS and (not agent or (not queue and word not in QUEUELESS)):
            detail = f"{word} needs a member, and a queue where it is about one"
            raise RejectedRecord("missing_field", detail)
        figures = [field for field in data if FIGURE.fullmatch(field)]
        told = blake2b("\0".join((call, queue, agent, word, *figures)).encode("utf-8", "replace"), digest_size=8).hexdigest()
        self._counts[told] += 1
        count = self._counts[told]
        mapped = self._mapping.queues.get(queue, queue)
        return Line(time, call, mapped, agent, word, data, told if count == 1 else f"{told}-{count}")


def written(row: Mapping[str, str]) -> bytes:
    """A row of the realtime table as the line that a file has for it."""
    data = [row.get(name, "") for name in FIELDS]
    while data and not data[-1]:
        data.pop()  # what counts from the end counts from the last field that says something
    # Only the last field may hold what Asterisk itself put together.
    last = data[len(FIELDS) - 1 :] or ([] if data else [row.get("data", "")])
    fields = [_whole(field) for field in (*(row[name] for name in NEEDED), *data[: len(FIELDS) - 1])]
    return "|".join([*fields, *last]).replace("\r", " ").replace("\n", " ").encode()


def _whole(field: str) -> str:
    """A field without pipes, which would make two of it in a line."""
    return field.replace("|", " ")


def carried(line: Line) -> list[Any]:
    """A line as plain values, for sorting and for the disk; `Line(*values)` is the line again."""
    return [line.time, line.call, line.queue, line.agent, line.word, line.data, line.key]


def _text(raw: bytes) -> str:
    """UTF-8, else Latin-1: a name in an old encoding spoils no figure."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
