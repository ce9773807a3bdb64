"""Ctrl-C, SIGTERM and SIGHUP end the demo at places that are safe: never between starting a process and knowing of it."""

from __future__ import annotations

import signal
from types import TracebackType
from typing import Any, Final, Self

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BY_SIGNAL: Final = 128
"""What a shell adds to a signal's number for the exit code."""


class Ended(Exception):
    """The demo was asked to end. No error: `code` is the exit code that says by which signal."""

    def __init__(self, number: int) -> None:
        """Keep the exit code of a signal."""
        super().__init__(f"ended by signal {number}")
        self.code = BY_SIGNAL + number


class Ending:
    """Notes a signal; `check`, called wherever the demo waits, raises for it. A second Ctrl-C does not wait for that."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._came: int | None = None
        self._closed = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Listen."""
        self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Listen no longer."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise Ended, once, if a signal has come; never after `close`."""
        if self._came is not None and not self._closed:
            self._closed = True
            raise Ended(self._came)

    def close(self) -> None:
        """The parts are being ended: nothing may interrupt that any more."""
        self._closed = True

    def _note(self, number: int, frame: object) -> None:
        if self._came is None:
            self._came = number
        elif number == signal.SIGINT and not self._closed:
            self._closed = True
            raise KeyboardInterrupt
