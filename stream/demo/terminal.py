"""What the demo writes: lines that stay, and one line at the bottom that says what is going on."""

from __future__ import annotations

import sys
from threading import RLock

import click

CLEAR = "\r\033[K"


class Terminal:
    """Lines go to standard output; what is going on goes to standard error, as one changing line on a terminal, else once per matter."""

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self._lock = RLock()
        self._live = sys.stderr.isatty()
        self._shown = ""
        self._matter = ""

    def line(self, text: str = "", *, fg: str | None = None, bold: bool | None = None) -> None:
        """Write a line; styled on a terminal only."""
        with self._lock:
            shown = self._shown
            self.clear()
            click.echo(click.style(text, fg=fg, bold=bold) if fg or bold else text)
            self._write(shown)

    def going_on(self, matter: str, detail: str = "") -> None:
        """Say what is going on."""
        with self._lock:
            if self._live:
                self._write(f"{matter} {detail}".rstrip())
            elif matter != self._matter:
                click.echo(matter, err=True)
            self._matter = matter

    def progress(self, what: str, done: int, whole: int) -> None:
        """Say what is going on and how much of it is done, where that is known."""
        self.going_on(what, f"{done} of {whole}" if whole else "...")

    def clear(self) -> None:
        """Take the bottom line away."""
        with self._lock:
            if self._shown:
                click.echo(CLEAR, nl=False, err=True)
            self._shown = ""

    def _write(self, text: str) -> None:
        if self._live and text:
            click.echo(CLEAR + click.style(text, dim=True), nl=False, err=True)
            self._shown = text
