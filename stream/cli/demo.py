"""`answerable demo`: a whole contact centre on this machine."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from stream.config.settings import load
from stream.demo.run import Demo, Ended, play_on, play_once
from stream.demo.terminal import Terminal

ONCE_SPEED = 900.0
SPEED = 60.0


@click.command()
@click.option("--once", is_flag=True, help="Play one compressed day, print a JSON summary as the last line, and end.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The wallboard's port; 0 for a free one.  [default: 6066, or a free one]")
@click.option(
    "--speed", type=click.FloatRange(0), help="How many times faster than real time; 0: as fast as it goes.  [default: 60; 900 with --once]"
)
@click.option("--workers", type=click.IntRange(1, 4), default=1, show_default=True, help="How many workers share the partitions.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed plays the same day.")
@click.option("--scale", type=click.FloatRange(0, 20, min_open=True), default=1.0, show_default=True, help="How big the centre is.")
@click.option("--centre", type=click.Path(path_type=Path), help="The centre's declaration.  [default: deploy/centre.yaml]")
@click.option("--standards", type=click.Path(path_type=Path), help="The standards' declaration.  [default: deploy/standards.yaml]")
@click.option(
    "--alerts/--no-alerts",
    default=None,
    help="Run Prometheus and Alertmanager beside it, installed ones or Debian's.  [default: --alerts; --no-alerts with --once]",
)
@click.pass_context
def command(
    context: click.Context,
    *,
    once: bool,
    port: int | None,
    speed: float | None,
    workers: int,
    seed: int,
    scale: float,
    centre: Path | None,
    standards: Path | None,
    alerts: bool | None,
) -> None:
    """See a contact centre live: Kafka, a worker, simulated contacts and a wallboard, all on this machine.

    At lunch far too few agents are there, so standards are broken and kept again; each is a line here and red on the wallboard.
    Nothing is installed. Ctrl-C ends all parts and removes their data; only what was downloaded (Kafka; on Debian Prometheus and
    Alertmanager where they are not installed) stays for the next time, in ~/.cache/answerable (or ANSWERABLE_CACHE).

    \b
    Examples:
      answerable demo                 day after day, an hour a minute, from shortly before lunch
      answerable demo --speed 10      slower, to watch single contacts
      answerable demo --once          one compressed day; ends 0 when a breach has fired and cleared
    """
    settings = load(centre_file=centre, standards_file=standards)
    usual = ONCE_SPEED if once else SPEED
    demo = Demo(
        port=port,
        speed=usual if speed is None else speed,
        workers=workers,
        seed=seed,
        scale=scale,
        alerts=not once if alerts is None else alerts,
        settings=settings,
    )
    terminal = Terminal()
    try:
        if not once:
            play_on(demo, terminal)
            return
        summary = play_once(demo, terminal)
    except Ended as ended:
        context.exit(ended.code)
    click.echo(orjson.dumps(summary).decode())
    context.exit(0 if summary["fired"] and summary["resolved"] else 1)
