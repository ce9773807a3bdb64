"""`answerable bridge`: chosen breaches of single contacts to Alertmanager, in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stream.cli.options import connection
from stream.cli.stopping import stopping
from stream.config.centre import read_centre
from stream.config.quantities import read_duration
from stream.config.settings import Settings, load
from stream.config.standards import read_standards
from stream.config.yaml import suggestion
from stream.core.pseudonyms import Pseudonyms
from stream.errors import WrongUse
from stream.intake.bridging import Bridging, follow
from stream.sinks.bridge import Bridge


@click.command("bridge")
@click.option("--alertmanager", "url", required=True, metavar="URL", help="Its base, for example http://127.0.0.1:9093.")
@click.option("--standard", "standards", required=True, multiple=True, metavar="NAME", help="A standard of the form clock; again for more.")
@click.option("--most", type=click.IntRange(1, 1_000), default=50, show_default=True, help="So many contacts at once; more are one alert.")
@click.option("--since", default="7d", show_default=True, metavar="TIME", help="How far back to look for what still goes on.")
@connection
def command(config: Path | None, *, url: str, standards: tuple[str, ...], most: int, since: str, **given: Any) -> None:
    """Post breaches of single contacts to Alertmanager, one alert a contact, under keyed pseudonyms.

    Prometheus sends one alert per standard and queue; this is for those who want some contacts one by one. The label `contact` is a
    pseudonym under ANSWERABLE_PSEUDONYM_KEY. Run one of it per installation. Ends cleanly on Ctrl-C and SIGTERM.

    \b
    Examples:
      answerable bridge --alertmanager http://127.0.0.1:9093 --standard first-response
      answerable bridge --alertmanager http://127.0.0.1:9093 --standard first-response --standard email-response --most 20
    """
    if not url.startswith(("http://", "https://")):
        raise WrongUse(f"--alertmanager cannot be {url}: write for example http://127.0.0.1:9093.")
    try:
        back = read_duration(since)
    except ValueError as refused:
        raise WrongUse(f"--since cannot be {since}: {refused}.") from None
    settings = load(config, **given)
    _known(standards, settings)
    if not settings.pseudonym_key:
        raise WrongUse("The contacts need pseudonyms: set ANSWERABLE_PSEUDONYM_KEY, or pseudonym_key_file in the settings.")
    stop = stopping()
    bridge = Bridge(standards, most, Pseudonyms(settings.pseudonym_key.encode()))
    click.echo(f"Posting breaches of {', '.join(standards)} to {url}. Ctrl-C ends it.")
    bridging = Bridging(settings=settings, url=url, since=back, say=lambda sentence: click.echo(sentence, err=True))
    follow(bridging, bridge, stop.is_set)


def _known(names: tuple[str, ...], settings: Settings) -> None:
    """Refuse a name that no standard of single contacts has: nothing would ever be posted."""
    declared = read_standards(settings.standards_file, read_centre(settings.centre_file))
    clocks = sorted({standard.name for standard in declared if standard.form == "clock"})
    for name in names:
        if name not in clocks:
            raise WrongUse(f"{settings.standards_file} has no standard {name} of the form clock: {suggestion(name, clocks)}.")
