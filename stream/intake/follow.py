"""A running intake of a log: follow it, translate it, publish it, and save how far it came.

Saved is, in one file that is replaced at once, the position and the translator's state, and only after Kafka has acknowledged
all that was made of the lines before it. So a kill at any moment loses no line; the lines since the last saving are read again and
make the same events under the same ids, which workers count once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from stream.errors import DataError, WrongUse
from stream.intake.customers import refuse_without_key
from stream.intake.outlet import Outlet, pause, through_outages
from stream.intake.publish import Sending
from stream.intake.run import Run
from stream.intake.state import load_state, save_state
from stream.intake.tail import Piece, Position, Tail, unread
from stream.sources.records import Following, Prepared

POLL: Final = 0.25
"""How often (s) a log without news is looked at."""


def follow(name: str, path: Path, prepared: Prepared, run: Run) -> None:
    """Follow the log at `path` until stopped. An outage of Kafka is waited for; what was not acknowledged is read again.

    name: of the source. Raises WrongUse where it cannot be followed, DataError where the saved state cannot be read, BrokerMissing or
    PartMissing where Kafka is not there at the start.
    """
    begin = prepared.following
    if begin is None:
        raise WrongUse(f"The source {name} cannot be followed: publish its files with `answerable publish`.")
    refuse_without_key(run.settings.pseudonym_key, personal=prepared.personal)
    if path.is_dir():
        raise WrongUse(f"{path} is a directory: name the file in it that grows.")
    if not path.exists():
        run.say(f"There is no file {path} yet: waiting for it. Check the name if it should be there.")

    def connect(connected: Callable[[], None]) -> None:
        with closing(Sending(run.settings, name, slow=run.waits)) as sending:
            run.figures.connected = True
            following = _Following(path, run, begin(), Outlet(sending, run.figures, run.settings))
            connected()
            following.run(run.stopped)

    through_outages(connect, run.figures, run.stopped, run.ready, run.say)


class _Following:
    """From a saved position on, with one connection."""

    def __init__(self, path: Path, run: Run, translator: Following, outlet: Outlet) -> None:
        self._path = path
        self._state = run.state
        self._figures = run.figures
        self._translator = translator
        self._outlet = outlet
        saved = saved_position(run.state, path)
        self._gaps = run.figures.gaps
        if saved is not None:
            translator.restore(saved["translator"])
        self._tail = Tail(path, Position(**saved["position"]) if saved is not None else None)
        if saved is None:
            # What is rotated away before the first line is read would else be taken for older than this start.
            self._save()
        self._note_lag()

    def run(self, stopped: Callable[[], bool]) -> None:
        """Follow until stopped."""
        with closing(self._tail):
            while not stopped():
                pieces = self._tail.read()
                if pieces:
                    self._take(pieces)
                self._figures.gaps = self._gaps + self._tail.gaps
                if not pieces:
                    pause(POLL, stopped)

    def _take(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            if piece.first:
                self._translator.begin()
            self._outlet.take(self._translator.feed(piece.raw), piece.raw, piece.offset)
        self._outlet.flush()
        self._figures.connected = True
        self._save()
        self._note_lag()

    def _note_lag(self) -> None:
        """From now on what lies behind the saved position is the lag, whenever it is asked for: also while Kafka is waited for."""
        path, inode, offset = self._path, self._tail.position.inode, self._tail.position.offset
        self._figures.unread = lambda: unread(path, inode, offset)

    def _save(self) -> None:
        position = self._tail.position.plain()
        save_state(self._state, {"path": str(self._path), "position": position, "translator": self._translator.save()})


def saved_position(path: Path, log: Path) -> dict[str, Any] | None:
    """What was saved of a log; None where nothing was. Raises DataError where it is damaged or is another log's."""
    state = load_state(path, {"path": str, "position": dict, "translator": list}, "read the log from its beginning")
    if state is not None and state["path"] != str(log):
        raise DataError(f"{path} is the saved position of {state['path']}: name another file with --state.")
    return state
