"""A running intake of a log: follow it, translate it, publish it, and save how far it came.

Saved is, in one file that is replaced at once, the position and the translator's state, and only after Kafka has acknowledged
all that was made of the lines before it. So a kill at any moment loses no line; the lines since the last saving are read again and
make the same events under the same ids, which workers count once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from stream.config.settings import Settings
from stream.core.events import Event
from stream.errors import DataError, PartMissing, RejectedRecord, WrongUse
from stream.intake.publish import Sending
from stream.intake.tail import Piece, Position, Tail
from stream.sources.records import Following, Prepared, Rejected, Unknown
from stream.wire.dead_letters import Origin, dead_letter

POLL: Final = 0.25
"""How often (s) a log without news is looked at."""
RETRY: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
VERSION: Final = 1


@dataclass(slots=True)
class SourceFigures:
    """What a running intake tells of itself, for /metrics. Times in ms."""

    source: str
    lines: int = 0
    events: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    unknown: int = 0
    last_event: int | None = None
    lag: int = 0
    gaps: int = 0
    connected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """What to follow. name: of the source; state: the file that holds how far it came; say: takes a sentence for people."""

    name: str
    path: Path
    prepared: Prepared
    state: Path
    settings: Settings
    say: Callable[[str], None]


def listen(what: Listening, figures: SourceFigures, stopped: Callable[[], bool], ready: Callable[[], None]) -> None:
    """Follow until `stopped`. An outage of Kafka is waited for; what was not acknowledged is read again.

    Raises WrongUse where the source cannot be followed, DataError where the saved state cannot be read, BrokerMissing or PartMissing
    where Kafka is not there at the start.
    """
    if what.prepared.following is None:
        raise WrongUse(f"The source {what.name} cannot be followed: publish its files with `answerable publish`.")
    failures = 0
    told = False
    while not stopped():
        try:
            with closing(Sending(what.settings, what.name)) as sending:
                figures.connected = True
                run = _Run(what, figures, what.prepared.following(), sending)
                if not told:
                    told = True
                    ready()
                run.run(stopped)
                return
        except PartMissing as missing:
            figures.connected = False
            if not told:
                raise
            what.say(f"{missing} Trying again; nothing is lost.")
            _wait(RETRY[min(failures, len(RETRY) - 1)], stopped)
            failures += 1


class _Run:
    """From a saved position on, with one connection."""

    def __init__(self, what: Listening, figures: SourceFigures, translator: Following, sending: Sending) -> None:
        self._what = what
        self._figures = figures
        self._translator = translator
        self._sending = sending
        saved = load_state(what.state, what.path)
        self._gaps = figures.gaps
        if saved is not None:
            translator.restore(saved["translator"])
        self._tail = Tail(what.path, Position(**saved["position"]) if saved is not None else None)
        if saved is None:
            # What is rotated away before the first line is read would else be taken for older than this start.
            self._save()

    def run(self, stopped: Callable[[], bool]) -> None:
        """Follow until stopped."""
        with closing(self._tail):
            while not stopped():
                pieces = self._tail.read()
                if pieces:
                    self._take(pieces)
                self._figures.lag = self._tail.lag()
                self._figures.gaps = self._gaps + self._tail.gaps
                if not pieces:
                    _wait(POLL, stopped)

    def _take(self, pieces: list[Piece]) -> None:
        figures = self._figures
        events, unknown, last = 0, 0, figures.last_event
        rejected: dict[str, int] = {}
        for piece in pieces:
            if piece.first:
                self._translator.begin()
            for found in self._translator.feed(piece.raw):
                if isinstance(found, Event):
                    self._sending.send(found)
                    events += 1
                    last = found.time if last is None else max(last, found.time)
                elif isinstance(found, Rejected):
                    rejected[found.reason] = rejected.get(found.reason, 0) + 1
                    self._set_aside(found, piece)
                elif isinstance(found, Unknown):
                    unknown += 1
        self._sending.flush()
        self._save()
        figures.lines += len(pieces)
        figures.events += events
        figures.unknown += unknown
        figures.last_event = last
        for reason, count in rejected.items():
            figures.rejected[reason] = figures.rejected.get(reason, 0) + count

    def _save(self) -> None:
        state = {"version": VERSION, "path": str(self._what.path), "position": self._tail.position.plain()}
        save_state(self._what.state, {**state, "translator": self._translator.save()})

    def _set_aside(self, rejected: Rejected, piece: Piece) -> None:
        """A line's dead letter names the source and where in its file the line begins."""
        origin = Origin(topic=f"source/{self._what.name}", partition=0, offset=piece.offset)
        keep = self._what.settings.keep_rejected_bytes
        now = int(time.time() * 1000)
        self._sending.set_aside(*dead_letter(RejectedRecord(rejected.reason, rejected.detail), origin, now, rejected.raw, keep_bytes=keep))


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Replace the file at once, on the disk before it has its name. Raises PartMissing where it cannot be written."""
    draft = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(orjson.dumps(state))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as refused:
        raise PartMissing(f"{path} cannot be written ({refused.strerror}): make room, or name another file with --state.") from None


def load_state(path: Path, log: Path) -> dict[str, Any] | None:
    """What was saved; None where nothing was. Raises DataError where it is damaged or is another log's."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as refused:
        raise PartMissing(f"{path} cannot be read ({refused.strerror}): allow it, or name another file with --state.") from None
    try:
        state: dict[str, Any] = orjson.loads(content)
        known = state["version"] == VERSION and isinstance(state["position"], dict) and isinstance(state["translator"], list)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        known = False
        state = {}
    if not known:
        raise DataError(f"{path} is no saved position of this version: remove it to read the log from its beginning.")
    if state["path"] != str(log):
        raise DataError(f"{path} is the saved position of {state['path']}: name another file with --state.")
    return state


def _wait(seconds: float, stopped: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not stopped() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 0.1))
