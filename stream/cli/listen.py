"""`answerable listen`: a running intake. It follows a log that grows, and publishes what it says."""

from __future__ import annotations

import signal
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any, Final

import click
import orjson

from stream.cli.options import connection
from stream.config.centre import read_centre
from stream.config.settings import load
from stream.intake.files import prepare
from stream.intake.listen import Listening, SourceFigures, listen
from stream.sinks.source_page import SourcePage
from stream.sources import SOURCES

WEB_PORT: Final = 6067


@click.command("listen")
@click.option("--source", required=True, type=click.Choice(sorted(SOURCES)), help="How the log is written.")
@click.option("--follow", "log", required=True, type=click.Path(path_type=Path), help="The file that grows.")
@click.option("--mapping", type=click.Path(path_type=Path), help="The YAML file that says what the log does not.")
@click.option("--centre", "centre_file", type=click.Path(path_type=Path), help="The centre, whose time zone holds for local times.")
@click.option("--state", type=click.Path(path_type=Path), help="Where it is kept how far the log was read (else below data_dir).")
@click.option("--web-port", type=click.IntRange(0, 65_535), default=WEB_PORT, show_default=True, help="Port of /metrics; 0: a free one.")
@connection
@click.option("--json", "as_json", is_flag=True, help="Write the line of readiness as JSON.")
def command(
    config: Path | None,
    *,
    source: str,
    log: Path,
    mapping: Path | None,
    centre_file: Path | None,
    state: Path | None,
    web_port: int,
    as_json: bool,
    **given: Any,
) -> None:
    """Follow a log through rotation and restarts, and publish its events to contact-events and agent-events.

    It goes on where it was, also after a kill: nothing is lost, nothing counts twice. At the first start it reads the file as it is
    from the beginning. Lines that cannot be read go to dead-letters. Ends cleanly on Ctrl-C and SIGTERM.

    \b
    Examples:
      answerable listen --source asterisk-queue-log --follow /var/log/asterisk/queue_log
      answerable listen --source asterisk-queue-log --follow /var/log/asterisk/queue_log --mapping pbx.yaml --web-port 0
    """
    settings = load(config, **given)
    zone = None if centre_file is None else read_centre(centre_file).zone
    what = Listening(
        name=source,
        path=log.absolute(),
        prepared=prepare(source, mapping, zone),
        state=state or settings.data_dir / "listen" / f"{source}-{log.name}.json",
        settings=settings,
        say=lambda sentence: click.echo(sentence, err=True),
    )
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    figures = SourceFigures(source)
    with closing(SourcePage(lambda: figures, "127.0.0.1", web_port)) as page:

        def ready() -> None:
            if as_json:
                click.echo(orjson.dumps({"ready": True, "web": page.address, "state": str(what.state)}))
            else:
                click.echo(f"Following {log}: {page.address}/metrics shows how far it is. Ctrl-C ends it.")

        listen(what, figures, stop.is_set, ready)
    click.echo(f"{figures.lines:,} lines read, {figures.events:,} events published.", err=True)
