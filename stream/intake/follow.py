"""A running intake of a log: follow it, translate it, publish it, and save how far it came.

Saved is, in one file that is replaced at once, the position and the translator's state, and only after Kafka has acknowledged
all that was made of the lines before it. So a kill at any moment loses no line; the lines since the last saving are read again and
make the same events under the same ids, which workers count once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stream.config.settings import Settings
from stream.errors import DataError, WrongUse
from stream.intake.outlet import Outlet, SourceFigures, pause, through_outages
from stream.intake.publish import Sending
from stream.intake.state import load_state, save_state
from stream.intake.tail import Piece, Position, Tail
from stream.sources.records import Following as Translator
from stream.sources.records import Prepared

POLL: Final = 0.25
"""How often (s) a log without news is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What to follow. name: of the source; state: the file that holds how far it came; say: takes a sentence for people."""

    name: str
    path: Path
    prepared: Prepared
    state: Path
    settings: Settings
    say: Callable[[str], None]


def follow(what: Following, figures: SourceFigures, stopped: Callable[[], bool], ready: Callable[[], None]) -> None:
    """Follow until `stopped`. An outage of Kafka is waited for; what was not acknowledged is read again.

    Raises WrongUse where the source cannot be followed, DataError where the saved state cannot be read, BrokerMissing or PartMissing
    where Kafka is not there at the start.
    """
    begin = what.prepared.following
    if begin is None:
        raise WrongUse(f"The source {what.name} cannot be followed: publish its files with `answerable publish`.")
    told = False
    if not what.path.exists():
        what.say(f"There is no file {what.path} yet: waiting for it. Check the name if it should be there.")

    def connect() -> None:
        nonlocal told
        with closing(Sending(what.settings, what.name)) as sending:
            figures.connected = True
            run = _Run(what, figures, begin(), Outlet(sending, figures, what.settings))
            if not told:
                told = True
                ready()
            run.run(stopped)

    through_outages(connect, figures, stopped, lambda: told, what.say)


class _Run:
    """From a saved position on, with one connection."""

    def __init__(self, what: Following, figures: SourceFigures, translator: Translator, outlet: Outlet) -> None:
        self._what = what
        self._figures = figures
        self._translator = translator
        self._outlet = outlet
        saved = saved_position(what.state, what.path)
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
                    pause(POLL, stopped)

    def _take(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            if piece.first:
                self._translator.begin()
            self._outlet.take(self._translator.feed(piece.raw), piece.raw, piece.offset)
        self._outlet.flush()
        self._save()

    def _save(self) -> None:
        position = self._tail.position.plain()
        save_state(self._what.state, {"path": str(self._what.path), "position": position, "translator": self._translator.save()})


def saved_position(path: Path, log: Path) -> dict[str, Any] | None:
    """What was saved of a log; None where nothing was. Raises DataError where it is damaged or is another log's."""
    state = load_state(path, {"path": str, "position": dict, "translator": list}, "read the log from its beginning")
    if state is not None and state["path"] != str(log):
        raise DataError(f"{path} is the saved position of {state['path']}: name another file with --state.")
    return state
