"""What the tests of systems that say everything once share: an intake is killed and cut off again and again while it goes on there."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from random import Random
from typing import Protocol

from stream.config.settings import Settings
from stream.core.events import Event
from tests.intake.listening import PATIENCE, page, published

Listening = Callable[[], AbstractContextManager[tuple[subprocess.Popen[bytes], str]]]
"""A running `answerable listen`, ready, with the address of its pages."""


class System(Protocol):
    """A made-up system. logins: of each who came; cut_after: so many bytes on it hangs up on who listens."""

    random: Random
    logins: list[str]
    cut_after: int | None

    def step(self) -> None:
        """Something happens there."""


def events(settings: Settings) -> dict[str, Event]:
    """All events of the topics by their id."""
    return {event.id: event for event in published(settings)}


def told(settings: Settings, agrees: Callable[[dict[str, Event]], bool]) -> dict[str, Event]:
    """Wait until the topics agree with the system, and give what they hold."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = events(settings)
        if agrees(found):
            return found
        time.sleep(0.5)
    return events(settings)


def through_kills_and_cuts(
    system: System, settings: Settings, listening: Listening, agrees: Callable[[dict[str, Event]], bool]
) -> tuple[dict[str, Event], list[str]]:
    """Four times kill -9, three cuts at any byte: what the topics hold in the end, and the lines of the page of the source."""

    def go_on(steps: int) -> None:
        for _ in range(steps):
            system.step()
            time.sleep(0.02)

    for _ in range(4):
        with listening() as (process, _):
            go_on(system.random.randrange(40))
            process.send_signal(signal.SIGKILL)
            process.wait()
        go_on(system.random.randrange(20))
    with listening() as (process, address):
        for _ in range(3):
            logins = len(system.logins)
            system.cut_after = system.random.randrange(2_000)
            while len(system.logins) == logins:
                go_on(2)
            go_on(15)
        found = told(settings, agrees)
        lines = page(address)
        process.terminate()
        assert 0 == process.wait(PATIENCE)
    return found, lines
