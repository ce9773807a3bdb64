"""`answerable worker`: the live worker, in the foreground."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from stream.cli.options import connection
from stream.config.centre import read_centre
from stream.config.people import keyed
from stream.config.settings import CLOCKS, Settings, load
from stream.config.standards import read_standards
from stream.live.outage import Beginning, OncePerMatter

if TYPE_CHECKING:
    from stream.live.app import CentreApp
    from stream.live.section import Processor

LEVELS = ("debug", "info", "warning", "error")


@click.command("worker")
@connection
@click.option("--centre", "centre_file", type=click.Path(path_type=Path), help="The centre (else deploy/centre.yaml).")
@click.option("--standards", "standards_file", type=click.Path(path_type=Path), help="The standards (else deploy/standards.yaml).")
@click.option("--application-id", metavar="NAME", help="Consumer group and name of the state; one per installation.")
@click.option("--clock", type=click.Choice(CLOCKS), help="wall: the time of day; played: the marks that publish writes.")
@click.option("--web-host", metavar="ADDRESS", help="Where the pages listen (else 127.0.0.1).")
@click.option("--web-port", type=click.IntRange(0, 65_535), help="Their port; 0 takes a free one.")
@click.option(
    "--rebuild",
    is_flag=True,
    help="Begin state anew from the input topics, under a new --application-id.",
)
@click.option("--log-level", type=click.Choice(LEVELS), default="warning", show_default=True, help="What is logged to stderr.")
@click.option("--json", "as_json", is_flag=True, help="Write the line of readiness as JSON.")
def command(config: Path | None, *, rebuild: bool, log_level: str, as_json: bool, **given: Any) -> None:
    """Run a worker: contact and agent events in; measures, metrics, the wallboard and breaches out.

    Several workers share the partitions. A worker writes one line when it is ready, and ends cleanly on Ctrl-C and SIGTERM.

    \b
    Examples:
      answerable worker
      answerable worker --web-port 0 --json            a second one on the same machine
      answerable worker --standards my-standards.yaml
      answerable worker --rebuild --application-id answerable-2    after a change of what is measured
    """
    settings = load(config, **given)
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if log_level != "debug":
        # It says that a topic "is not found" whenever a client asks for its first time.
        logging.getLogger("aiokafka.cluster").setLevel(logging.ERROR)
        for handler in logging.getLogger().handlers:
            handler.addFilter(Beginning())
            handler.addFilter(OncePerMatter())
    asyncio.run(_run(settings, rebuild=rebuild, as_json=as_json))


async def _run(settings: Settings, *, rebuild: bool, as_json: bool) -> None:
    centre = keyed(read_centre(settings.centre_file), lambda: settings.pseudonym_key)
    standards = read_standards(settings.standards_file, centre)
    # Faust is imported here, so that a wrong file is told at once.
    from stream.live.access import Access  # noqa: PLC0415 - it takes a second
    from stream.live.stages import processors  # noqa: PLC0415 - it takes a second
    from stream.live.worker import run  # noqa: PLC0415 - as above

    def ready(app: CentreApp, address: str) -> None:
        numbers = sorted(app.holding.partitions)
        shown = not Access(settings).closed
        if as_json:
            click.echo(orjson.dumps({"ready": True, "web": address, "partitions": numbers}))
        else:
            board = f"{address}/ shows the wallboard" if shown else "no wallboard (set ANSWERABLE_BOARD_TOKEN)"
            click.echo(f"Ready: {board}, {address}/metrics shows the metrics ({len(numbers)} partitions). Ctrl-C ends it.")

    def make(settings: Settings, count: int) -> Sequence[Processor]:
        return processors(settings, centre, standards, count)

    await run(settings, make, ready, centre=centre, standards=standards, rebuild=rebuild)
