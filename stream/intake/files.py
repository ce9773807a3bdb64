"""Files of events -> all their events in order of time, also where they do not fit in memory.

A file of a real system is in no order of time. Up to `memory_events` are sorted in memory; beyond it, sorted runs are written to a
temporary directory and merged on reading, so that memory stays bounded. While each event comes after the one before it, as in a file
that we wrote, there is nothing to sort and nothing to merge.
"""

from __future__ import annotations

import gzip
import heapq
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import tzinfo
from itertools import chain, islice
from os import urandom
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

import orjson

from stream.config.yaml import load
from stream.core.events import Event, order
from stream.core.pseudonyms import Pseudonyms
from stream.errors import WrongUse
from stream.intake.collector import uncollected
from stream.intake.customers import concealed, refuse_without_key
from stream.intake.plugins import find
from stream.sources.records import Prepared, Rejected, Unknown
from stream.wire.codec import from_json

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""

MEMORY_EVENTS: Final = 200_000
KEPT_REJECTS: Final = 20
KEPT_WORDS: Final = 50
OTHER_WORDS: Final = "others"
MOST_OPEN: Final = 64
"""Runs that are merged at once; more are first merged into longer ones, so that the limit of open files is never met."""
BYTES_AT_ONCE: Final = 256 * 1024
"""Lines are read, and progress is told, by so much."""
EVENTS_A_LINE: Final = 200
"""Of a run: enough that the way of each to the disk is short, few enough that the runs merged at once stay small in memory."""
STDIN: Final = Path("/dev/stdin")
MAILDIR: Final = ("cur", "new")
"""The folders of a maildir whose files are mails; what is in tmp is not delivered yet."""


class SortedEvents:
    """The events of some files in their total order; iterate as often as needed, and close at the end (or use `with`).

    count: events. lines: all that the files have, but for those that name columns. rejected: those that are no event, by reason.
    first_rejected: the first of them.
    unknown: lines about something that the source need not know, by their word.
    nothing: see `Prepared`. first_time, last_time: the span of event time (ms), None without events. zone: the mapping's time zone.
    """

    def __init__(self, zone: tzinfo | None, memory_events: int) -> None:
        """Begin without any event."""
        self.zone = zone
        self.nothing = ""
        self.count = 0
        self.lines = 0
        self.rejected: Counter[str] = Counter()
        self.first_rejected: list[Rejected] = []
        self.unknown: Counter[str] = Counter()
        self.first_time: int | None = None
        self.last_time: int | None = None
        self._memory_events = memory_events
        self._held: list[Event] = []
        self._ordered = True
        self._newest = Event(-sys.maxsize, "", "", "", {})
        self._runs: list[Path] = []
        self._spill: tempfile.TemporaryDirectory[str] | None = None
        self._written = 0

    def __iter__(self) -> Iterator[Event]:
        """All events, in order."""
        return self._read_back() if self._runs else iter(self._held)

    def _read_back(self) -> Iterator[Event]:
        if self._ordered:
            for path in self._runs:
                with path.open("rb") as run:
                    yield from _read_run(run)
            yield from self._held
            return
        with ExitStack() as files:
            runs: list[Iterable[Event]] = [_read_run(files.enter_context(path.open("rb"))) for path in self._runs]
            yield from heapq.merge(*runs, self._held, key=order)

    def __len__(self) -> int:
        """How many events there are."""
        return self.count

    def __enter__(self) -> Self:
        """Keep the temporary files until the block ends."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Remove the temporary files."""
        self.close()

    def close(self) -> None:
        """Remove the temporary files; nothing can be read any more."""
        self._held, self._runs = [], []
        if self._spill is not None:
            self._spill.cleanup()
            self._spill = None

    def take(self, found: Iterable[Event | Rejected | Unknown], path: Path) -> None:
        """Take in what was found in a file."""
        held, newest, ordered = self._held, self._newest, self._ordered
        for event in found:
            if isinstance(event, Rejected):
                self._reject(replace(event, path=str(path)))
                continue
            if isinstance(event, Unknown):
                self.unknown[event.word if event.word in self.unknown or len(self.unknown) < KEPT_WORDS else OTHER_WORDS] += 1
                continue
            # Most events are later than the one before; only the others are worth a look at the whole order.
            if ordered and event.time <= newest.time and order(event) < order(newest):
                ordered = self._ordered = False
            newest = event
            if len(held) >= self._memory_events:
                self._runs.append(self._write(self._sorted()))
                held.clear()
            held.append(event)
        self._newest = newest

    def _reject(self, rejected: Rejected) -> None:
        self.rejected[rejected.reason] += 1
        if len(self.first_rejected) < KEPT_REJECTS:
            self.first_rejected.append(rejected)

    def settle(self) -> None:
        """Sort what is held, and merge runs where they are too many to be open at once."""
        self._sorted()
        while len(self._runs) > MOST_OPEN and not self._ordered:
            taken, self._runs = self._runs[:MOST_OPEN], self._runs[MOST_OPEN:]
            with ExitStack() as files:
                merged = heapq.merge(*(_read_run(files.enter_context(path.open("rb"))) for path in taken), key=order)
                self._runs.append(self._write(merged))
            for path in taken:
                path.unlink()

    def _sorted(self) -> list[Event]:
        """What is held, in order, and counted."""
        held = self._held
        if not self._ordered:
            held.sort(key=order)
        if held:
            self.count += len(held)
            self.first_time = held[0].time if self.first_time is None else min(self.first_time, held[0].time)
            self.last_time = held[-1].time if self.last_time is None else max(self.last_time, held[-1].time)
        return held

    def _write(self, events: Iterable[Event]) -> Path:
        if self._spill is None:
            self._spill = tempfile.TemporaryDirectory(prefix="answerable-sort-")
        self._written += 1
        path = Path(self._spill.name) / f"{self._written}.jsonl"
        with path.open("wb") as run:
            source = iter(events)
            while some := [(one.time, one.type, one.subject, one.id, one.data) for one in islice(source, EVENTS_A_LINE)]:
                run.write(orjson.dumps(some, option=orjson.OPT_APPEND_NEWLINE))
        return path


def read_events(
    source: str,
    mapping_path: Path | None,
    paths: Sequence[Path],
    *,
    zone: tzinfo | None = None,
    memory_events: int = MEMORY_EVENTS,
    progress: Progress | None = None,
    pseudonym_key: str | None = None,
) -> SortedEvents:
    """Read the files of one source (also gzipped ones, by their name; - is stdin) and sort their events by `stream.core.events.order`.

    A directory stands for the mails in it where the source reads maildirs and it is one.
    zone: the centre's, for sources whose times are local.
    pseudonym_key: of the customers' pseudonyms. None: any key will do, because nobody else will see them, so one is drawn.
    """
    prepared = prepare(source, mapping_path, zone)
    if prepared.personal:
        prepared = _private(prepared, pseudonym_key)
    paths = [file for path in paths for file in _files(STDIN if path == Path("-") else path, maildirs=prepared.maildirs)]
    events = SortedEvents(prepared.zone, memory_events)
    events.nothing = prepared.nothing
    total = sum(map(_size, paths))
    done = 0
    try:
        with uncollected():
            for path in paths:
                _read_file(path, prepared, events, _Report(progress, done, total))
                done += _size(path)
            events.settle()
            if prepared.fold is not None:
                events = _folded(events, prepared.fold, memory_events)
    except BaseException:
        events.close()
        raise
    if progress is not None:
        progress(total, total)
    return events


def _files(path: Path, *, maildirs: bool) -> list[Path]:
    """The files that a name stands for."""
    if not path.is_dir():
        if not path.exists():
            raise WrongUse(f"There is no file {path}: check the name.")
        return [path]
    if not maildirs:
        raise WrongUse(f"{path} is a directory: name the files in it.")
    folders = [path / name for name in MAILDIR]
    if not all(folder.is_dir() for folder in folders):
        raise WrongUse(f"{path} is a directory without {' and '.join(MAILDIR)}, so no maildir: name one, or files of mails.")
    try:
        return sorted(file for folder in folders for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    except PermissionError:
        raise WrongUse(f"{path} may not be read: allow it, or choose another maildir.") from None


def _size(path: Path) -> int:
    """In bytes; of a mail that its reader has just moved nothing."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _folded(lines: SortedEvents, fold: Callable[[Iterable[Event]], Iterable[Event]], memory_events: int) -> SortedEvents:
    """The events that are made of the lines of all files, once those are in order."""
    events = SortedEvents(lines.zone, memory_events)
    events.lines, events.rejected, events.first_rejected, events.unknown = lines.lines, lines.rejected, lines.first_rejected, lines.unknown
    events.nothing = lines.nothing
    try:
        events.take(fold(lines), STDIN)
        events.settle()
    except BaseException:
        events.close()
        raise
    lines.close()
    return events


def prepare(source: str, mapping_path: Path | None, zone: tzinfo | None = None) -> Prepared:
    """The translator of a source with its mapping read; refused where there is no such source, or its mapping is missing."""
    return find(source).prepare(load(mapping_path) if mapping_path is not None else None, from_json, zone)


def _private(prepared: Prepared, key: str | None) -> Prepared:
    """The translator with pseudonyms for its customers."""
    if key is not None:
        refuse_without_key(key, personal=True)
    pseudonyms = Pseudonyms(urandom(32) if key is None else key.encode())
    return replace(prepared, translate=lambda lines: concealed(prepared.translate(lines), pseudonyms))


class _Report:
    """Progress over several files."""

    def __init__(self, progress: Progress | None, before: int, total: int) -> None:
        self._progress = progress
        self._before = before
        self._total = total

    def at(self, position: int) -> None:
        """Report the position within the file that is being read."""
        if self._progress is not None:
            self._progress(self._before + position, self._total)


def _read_file(path: Path, prepared: Prepared, events: SortedEvents, report: _Report) -> None:
    try:
        with ExitStack() as files:
            raw = files.enter_context(path.open("rb"))
            lines = cast("IO[bytes]", files.enter_context(gzip.open(raw))) if path.suffix == ".gz" else raw
            before = events.lines
            events.take(prepared.translate(chain.from_iterable(_chunks(lines, raw, events, report))), path)
            events.lines -= prepared.header and events.lines > before
    except (gzip.BadGzipFile, EOFError):
        raise WrongUse(f"{path} is no whole gzip file: unpack it, or fetch it again.") from None
    except PermissionError:
        raise WrongUse(f"{path} may not be read: allow it, or choose another file.") from None
    except FileNotFoundError:
        raise WrongUse(f"{path} was there and is gone, as a mail is that somebody reads or moves: call it again.") from None


def _chunks(lines: IO[bytes], raw: IO[bytes], events: SortedEvents, report: _Report) -> Iterator[list[bytes]]:
    is_file = raw.seekable()  # a pipe has no position and no end that could be told
    while chunk := lines.readlines(BYTES_AT_ONCE):
        if is_file:
            report.at(raw.tell())
        events.lines += len(chunk)
        yield chunk


def _read_run(run: IO[bytes]) -> Iterator[Event]:
    for line in run:
        for fields in orjson.loads(line):
            yield Event(*fields)
