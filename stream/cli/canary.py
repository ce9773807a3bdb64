"""`answerable canary`: a synthetic contact every minute, in the foreground."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from stream.cli.options import connection
from stream.cli.stopping import stopping
from stream.config.quantities import read_duration
from stream.config.settings import load
from stream.errors import WrongUse
from stream.intake.canary import keep_sending, send


@click.command("canary")
@click.option("--every", default="1m", show_default=True, metavar="TIME", help="How often, 10s to 1m: later than that, the alert fires.")
@click.option("--once", is_flag=True, help="Send one and end; 3 where Kafka does not take it.")
@connection
def command(config: Path | None, *, every: str, once: bool, **given: Any) -> None:
    """Send a synthetic contact every minute, which travels the whole way a customer's does.

    It counts in no figure of the centre. Workers show when the newest one came through in cc_canary_timestamp_seconds; the alert
    AnswerableCanaryLate fires when none has for five minutes. Run one of it per installation. Ends cleanly on Ctrl-C and SIGTERM.

    \b
    Examples:
      answerable canary
      answerable canary --once            for cron, every minute
    """
    settings = load(config, **given)
    if settings.clock != "wall":
        raise WrongUse("On the clock played only marks move time, so a contact of now never comes through: set clock to wall.")
    try:
        pause = read_duration(every)
    except ValueError as refused:
        raise WrongUse(f"--every cannot be {every}: {refused}.") from None
    if not 10_000 <= pause <= 60_000:  # noqa: PLR2004 - as the help says
        raise WrongUse(f"--every cannot be {every}: write 10s to 1m.")

    def now() -> int:
        return time.time_ns() // 1_000_000

    if once:
        send(settings, now())
        return
    stop = stopping()
    click.echo(f"A synthetic contact every {every}. Ctrl-C ends it.")
    sent = keep_sending(settings, now, lambda: stop.wait(pause / 1000), lambda sentence: click.echo(sentence, err=True))
    click.echo(f"{sent:,} synthetic contacts sent.", err=True)
