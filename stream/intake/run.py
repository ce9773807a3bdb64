"""What a running intake is handed, whatever it listens to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from stream.config.settings import Settings
from stream.config.yaml import Section
from stream.intake.outlet import SourceFigures
from stream.intake.publish import SLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every intake is handed, a log's too.

    state: the file that holds how far it came. zone: the centre's, for local times. figures: its own, shown on /metrics; `show` adds those
    of further sources. say: takes a sentence for people. stopped: whether it is time to end. ready: to be called once, when the source and
    Kafka are there; it may be told an address of the intake's own.
    """

    settings: Settings
    state: Path
    zone: tzinfo | None
    figures: SourceFigures
    show: Callable[[SourceFigures], None]
    say: Callable[[str], None]
    stopped: Callable[[], bool]
    ready: Callable[..., None]

    def waits(self) -> None:
        """Kafka has not taken what it was sent for a while: say so and show it. Nothing is given up yet."""
        self.figures.connected = False
        self.say(f"Kafka has taken nothing for {SLOW:g} s: waiting for it. Nothing is lost.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """What an intake of another system than a log is handed besides: its name, and the mapping file that says where the system is."""

    source: str
    declared: Section
    run: Run
