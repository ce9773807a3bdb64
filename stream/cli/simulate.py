"""`answerable simulate`: a day of a synthetic centre as JSON lines, and the truth about it."""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import click
from click.core import ParameterSource

from stream.cli.options import connection
from stream.cli.stopping import stopping
from stream.config.centre import read_centre
from stream.config.settings import Settings, load
from stream.config.shipped import or_shipped
from stream.core.centre import Centre
from stream.demo.living import from_now, keep_living
from stream.errors import WrongUse
from stream.simulator.day import MONDAY, Simulation, simulate
from stream.simulator.features import NAMES, Features, named
from stream.wire.codec import to_json_line

SOURCE = "simulator"
PROGRESS_EVERY = 500
OF_FILES = ("day", "days", "features", "events", "truth")
"""Options that have no meaning where a centre lives on."""


@click.command()
@click.option(
    "--seed", type=int, default=7, show_default=True, help="The same seed, day, scale and centre give the same events, to the byte."
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), default=MONDAY.isoformat(), show_default=True, help="The day to simulate.")
@click.option(
    "--scale",
    type=click.FloatRange(0, 1000, min_open=True),
    default=1.0,
    show_default=True,
    help="Multiplies the contacts, and the people with them; 1 is about 5 000 contacts a day.",
)
@click.option("--days", type=click.IntRange(1, 366), default=1, show_default=True, help="So many days in a row.")
@click.option(
    "--features", default="none", show_default=True, help=f"What happens besides: all, none, or some of {', '.join(NAMES)}, with commas."
)
@click.option("--centre", type=click.Path(path_type=Path), help="The centre's declaration.  [default: deploy/centre.yaml]")
@click.option(
    "--events", type=click.Path(path_type=Path, allow_dash=True), default=Path("-"), help="Where the events go.  [default: standard output]"
)
@click.option("--truth", type=click.Path(path_type=Path), help="Where the truth goes: exact counts per queue and channel, as JSON.")
@click.option("--live", is_flag=True, help="No file: today and each day after it into Kafka, as it happens, until Ctrl-C.")
@connection
def command(
    seed: int,
    day: datetime,
    scale: float,
    days: int,
    features: str,
    centre: Path | None,
    events: Path,
    truth: Path | None,
    config: Path | None,
    *,
    live: bool,
    **given: Any,
) -> None:
    """Simulate a day of a contact centre, with known truth.

    Calls, chats, letters and the people who answer them, in the queues of the centre's declaration; at lunch far too few are
    there. Nothing is drawn but arrivals, patience and handling times: the waits follow. The events are CloudEvents as JSON
    lines, ready for `answerable replay --source events` and `answerable publish --source events`.

    --live needs workers on the clock wall. It begins with who is on duty and what is under way, sleeps while the centre is closed,
    and may be stopped and begun again.

    \b
    Examples:
      answerable simulate --events day.jsonl --truth truth.json
      answerable simulate --seed 8 --day 2026-03-03 --scale 0.1 | head
      answerable simulate --features all --days 2 --scale 0.1 --events days.jsonl --truth truth.json
      answerable simulate --features transfers,callbacks,outages --events day.jsonl
      answerable simulate --live --bootstrap-servers localhost:9092
    """
    settings = load(config, **given)
    declared = read_centre(centre or or_shipped(settings.centre_file))
    if live:
        refused = [name for name in OF_FILES if click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE]
        if refused:
            raise WrongUse(f"--{refused[0]} is about files, and --live writes none: leave one of them out.")
        live_on(settings, declared, seed, scale)
        return
    simulation = simulate(declared, day=day.date(), seed=seed, scale=scale, features=chosen(features), number=days)
    if not simulation.plan.lines:
        raise WrongUse(f"No queue of {declared.name} is open on {day:%A, %Y-%m-%d}: choose another --day.")
    with ExitStack() as files:
        target = sys.stdout.buffer if str(events) == "-" else files.enter_context(opened(events))
        count = write(simulation, target)
    if truth is not None:
        report = {"day": f"{day:%Y-%m-%d}", "seed": seed, "scale": scale, "days": days, "features": features, **simulation.truth.report()}
        with opened(truth) as file:
            file.write(json.dumps(report, indent=1).encode() + b"\n")
    if target is not sys.stdout.buffer:
        click.echo(f"{count:,} events are in {events}{'' if truth is None else f', the truth is in {truth}'}.", err=True)


def live_on(settings: Settings, declared: Centre, seed: int, scale: float) -> None:
    """Let the centre live until a signal ends it."""
    if settings.clock != "wall":
        raise WrongUse("On the clock played only marks move time, and a centre that lives sends none: set clock to wall.")
    stop = stopping()

    def now() -> int:
        return time.time_ns() // 1_000_000

    def ready() -> None:
        click.echo(f"{declared.name} lives, from now on. Ctrl-C ends it.")

    def quiet(until: int) -> None:
        click.echo(f"Nothing happens until {datetime.fromtimestamp(until / 1000, declared.zone):%A, %Y-%m-%d %H:%M} there: waiting for it.")

    try:
        sent = keep_living(settings, from_now(declared, now(), seed=seed, scale=scale), now, stop.wait, ready=ready, quiet=quiet)
    except ValueError:
        raise WrongUse(f"No queue of {declared.name} is open on any day of the week: declare opening hours.") from None
    click.echo(f"{sent:,} events sent.", err=True)


def chosen(features: str) -> Features:
    """The features of these names."""
    try:
        return named(features)
    except ValueError as unknown:
        raise WrongUse(f"--features has no {unknown}: write all, none, or some of {', '.join(NAMES)}.") from None


def opened(path: Path) -> IO[bytes]:
    """The file, open for writing."""
    try:
        return path.open("wb")
    except OSError as problem:
        raise WrongUse(f"{path} cannot be written ({problem.strerror}): choose another file.") from None


def write(simulation: Simulation, target: IO[bytes]) -> int:
    """Write the events line by line, with a bar that follows the simulated day where a person watches. Gives how many they are."""
    begin = min(line.opens for line in simulation.plan.lines)
    length = max(line.closes for line in simulation.plan.lines) - begin
    shown = number = 0
    with click.progressbar(length=length, label="Simulating", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for number, event in enumerate(simulation.events, start=1):
            target.write(to_json_line(event, SOURCE))
            if number % PROGRESS_EVERY == 0:
                now = min(max(event.time - begin, 0), length)
                bar.update(now - shown)
                shown = now
        target.flush()
        bar.update(length - shown)
    return number
