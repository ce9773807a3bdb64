"""Putting the demo together: broker, topics, workers, a simulated centre; and taking all of it down again, whatever happens."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final

from stream.config.centre import read_centre
from stream.config.people import keyed
from stream.config.quantities import say_duration
from stream.config.settings import Settings
from stream.config.shipped import or_shipped
from stream.config.standards import read_standards
from stream.core.centre import Centre
from stream.core.events import Event
from stream.demo.ending import Ended, Ending
from stream.demo.monitoring import monitoring
from stream.demo.player import Player
from stream.demo.reading import Breaches, count_events, last_readings, wait_until_settled
from stream.demo.summary import summarise
from stream.demo.terminal import Terminal
from stream.embedded import ports
from stream.embedded.broker import Broker
from stream.errors import PartMissing
from stream.intake.kafka import apply_topics
from stream.simulator.day import MONDAY, Simulation, days, simulate
from stream.simulator.plan import MINUTE
from stream.sinks import breaches as words
from stream.worker_process import WorkerProcess

USUAL_PORT: Final = 6066
BEFORE_LUNCH: Final = 20 * MINUTE
"""How long before lunch the watched part of the first day begins; what is earlier is sent at once."""

SETTLE_SECONDS: Final = 90.0
COLOURS: Final = {"firing": "red", "resolved": "green", "withdrawn": "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What is asked for. port: of the wallboard, None for the usual one or a free one. speed: event time over time.

    alerts: whether Prometheus and Alertmanager run beside it, where this machine has them or can fetch them.
    """

    port: int | None = None
    speed: float = 60.0
    workers: int = 1
    seed: int = 7
    scale: float = 1.0
    alerts: bool = False
    settings: Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """The running parts."""

    settings: Settings
    centre: Centre
    workers: list[WorkerProcess]
    terminal: Terminal
    breaches: Breaches
    ending: Ending

    def check(self) -> None:
        """Raise Ended where the demo was asked to end, PartMissing where a worker has ended."""
        self.ending.check()
        for worker in self.workers:
            worker.check()

    def watch(self, at: int, count: int) -> None:
        """Say how far the day is, and that everybody is there."""
        self.check()
        local = datetime.fromtimestamp(at / 1000, UTC).astimezone(self.centre.zone)
        self.terminal.going_on("Playing", f"{local:%a %d %b %H:%M:%S}, {count:,} events sent")


def play_once(demo: Demo, terminal: Terminal) -> dict[str, Any]:
    """Play one day, wait until all of it is settled, and give the summary of what Kafka then holds."""
    begun = time.monotonic()
    with running(demo, terminal) as parts, player(parts) as playing:
        day = simulate(parts.centre, seed=demo.seed, scale=demo.scale)
        last = play(playing, day.events, demo.speed)
        playing.finish(last)
        terminal.going_on("Settling the day ...")
        if not wait_until_settled(parts.settings, SETTLE_SECONDS, parts.check):
            raise PartMissing(
                f"The workers have not come any further for {SETTLE_SECONDS:.0f} s: this machine is too busy; use a lower --speed."
            )
        parts.breaches.catch_up(SETTLE_SECONDS)
        terminal.going_on("Reading the results ...")
        readings, events = last_readings(parts.settings), count_events(parts.settings)
        return summarise(parts.breaches.latest, parts.breaches.fired, readings, events, time.monotonic() - begun)


def play_on(demo: Demo, terminal: Terminal) -> None:
    """Play day after day until somebody ends it. The first one begins shortly before lunch."""
    with running(demo, terminal) as parts, player(parts) as playing:
        for number, day in enumerate(days(parts.centre, first=MONDAY, seed=demo.seed, scale=demo.scale)):
            events = day.events if number else skip_to_lunch(day, playing)
            play(playing, events, demo.speed)


def skip_to_lunch(day: Simulation, playing: Player) -> Iterator[Event]:
    """Send the morning at once; give the rest."""
    begin = day.plan.lunch - BEFORE_LUNCH
    first: list[Event] = []

    def morning() -> Iterator[Event]:
        for event in day.events:
            if event.time >= begin:
                first.append(event)
                return
            yield event

    playing.play(morning(), 0)
    return chain(first, day.events)


def play(playing: Player, events: Iterator[Event], speed: float) -> int:
    """Play events; give the time of the last one."""
    last = 0

    def noted() -> Iterator[Event]:
        nonlocal last
        for event in events:
            last = event.time
            yield event

    playing.play(noted(), speed)
    return last


@contextmanager
def player(parts: Parts) -> Iterator[Player]:
    """A player that is closed at the end."""
    playing = Player(parts.settings, parts.watch)
    try:
        yield playing
    finally:
        playing.close()


@contextmanager
def running(demo: Demo, terminal: Terminal) -> Iterator[Parts]:
    """All parts, up and ready; ended in the opposite order, whatever happens. Raises Ended where a signal asks for it."""
    centre = keyed(read_centre(or_shipped(demo.settings.centre_file)), lambda: demo.settings.pseudonym_key)
    # The workers read them too, but a wrong file is told before anything starts.
    standards = read_standards(or_shipped(demo.settings.standards_file), centre)
    port = wallboard_port(demo.port)
    with ExitStack() as stack:
        ending = stack.enter_context(Ending())

        def starting(what: str, done: int = 0, whole: int = 0) -> None:
            terminal.progress(what, done, whole)
            ending.check()

        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="answerable-demo-", ignore_cleanup_errors=True)))
        stack.callback(terminal.clear)
        broker = stack.enter_context(Broker(directory / "kafka", progress=starting))
        stack.callback(ending.close)
        starting("Making the topics")
        settings = of_demo(demo.settings, broker.bootstrap)
        apply_topics(settings)
        workers = stack.enter_context(working(settings, [port, *ports.free_ports(demo.workers - 1)], directory, starting))
        stack.callback(ending.close)
        watching: dict[str, str] = {}
        if demo.alerts:
            addresses = [worker.address.removeprefix("http://") for worker in workers]
            try:
                watching = stack.enter_context(monitoring(addresses, centre, standards, directory / "monitoring", starting))
                stack.callback(ending.close)
            except PartMissing as missing:
                watching = {"Alerts": f"are not shown: {missing}"}
            ending.check()
        following = Breaches(settings, lambda breach: tell(breach, centre, terminal))
        following.start()
        stack.callback(following.end)
        stack.callback(terminal.progress, "Ending all parts", 0, 0)
        terminal.clear()
        terminal.line(f"Wallboard  {workers[0].address}/", bold=True)
        terminal.line(f"Metrics    {workers[0].address}/metrics")
        for name, where in watching.items():
            terminal.line(f"{name:<10} {where}")
        terminal.line(f"Kafka      {broker.bootstrap}")
        terminal.line("Ctrl-C     ends all parts and removes their data")
        terminal.line()
        yield Parts(settings, centre, workers, terminal, following, ending)


@contextmanager
def working(settings: Settings, wanted: list[int], directory: Path, starting: Callable[[str], None]) -> Iterator[list[WorkerProcess]]:
    """Workers, one per port, that all process."""
    named = {
        "bootstrap_servers": settings.bootstrap_servers,
        "clock": settings.clock,
        "partitions": str(settings.partitions),
        "centre_file": str(settings.centre_file),
        "standards_file": str(settings.standards_file),
    }
    workers = [WorkerProcess(number, directory, named, port=port) for number, port in enumerate(wanted, 1)]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.wait(lambda: starting("Starting the workers" if len(workers) > 1 else "Starting the worker"))
        yield workers
    finally:
        for worker in workers:
            worker.signal_end()
        for worker in workers:
            worker.end()


def of_demo(given: Settings, bootstrap: str) -> Settings:
    """The settings of the demo's own broker: of what was given, only the declarations stay."""
    return Settings(
        bootstrap_servers=bootstrap,
        clock="played",
        centre_file=or_shipped(given.centre_file).absolute(),
        standards_file=or_shipped(given.standards_file).absolute(),
    )


def wallboard_port(asked: int | None) -> int:
    """The port that was asked for, which must be free; else the usual one, or where that is taken a free one."""
    if asked:
        ports.require_free(asked)
        return asked
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if asked is None and probe.connect_ex((ports.HOST, USUAL_PORT)) != 0:
            return USUAL_PORT
    return ports.free_ports(1)[0]


def tell(breach: dict[str, Any], centre: Centre, terminal: Terminal) -> None:
    """Write a breach as a line; one that is over with the value at its end and how long it lasted."""
    if breach["ended_at"] is None:
        terminal.line(words.line(breach, centre.zone), fg=COLOURS[breach["status"]])
        return
    lasted = datetime.fromisoformat(breach["ended_at"]) - datetime.fromisoformat(breach["started_at"])
    text = words.line({**breach, "value": breach.get("value_at_end", breach["value"])}, centre.zone)
    terminal.line(f"{text}, after {say_duration(round(lasted.total_seconds()) * 1000)}", fg=COLOURS[breach["status"]])


__all__ = ["Demo", "Ended", "play_on", "play_once"]
