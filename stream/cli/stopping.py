"""How a command that goes on until it is told ends."""

from __future__ import annotations

import signal
from threading import Event


def stopping() -> Event:
    """Set by Ctrl-C and SIGTERM, which from now on end nothing by themselves."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
