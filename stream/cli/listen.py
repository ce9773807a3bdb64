"""`answerable listen`: a running intake. It follows a log that grows, or asks another system, and publishes what it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import click
import orjson

from stream.cli.options import SourceName, connection
from stream.cli.stopping import stopping
from stream.config.centre import read_centre
from stream.config.settings import load
from stream.config.yaml import load as load_yaml
from stream.errors import WrongUse
from stream.intake.files import prepare
from stream.intake.follow import follow
from stream.intake.outlet import SourceFigures
from stream.intake.run import Run, Starting
from stream.intake.running import INTAKES
from stream.intake.silence import Silence
from stream.intake.table_log import follow_table
from stream.intake.webhooks.gateway import NAME as WEBHOOKS
from stream.intake.webhooks.vendors import VENDORS
from stream.sinks.source_page import SourcePage
from stream.sources import SOURCES, asterisk_cel, asterisk_queue_log

WEB_PORT: Final = 6067
TABLED: Final = frozenset({asterisk_cel.NAME, asterisk_queue_log.NAME})
"""Logs that their system may also write into a table."""
LISTENED: Final = sorted({*(name for name, source in SOURCES.items() if source.grows), *INTAKES})
"""Other sources are refused with what to do with their files instead."""


@click.command("listen")
@click.option("--source", required=True, type=SourceName(INTAKES), metavar=f"[{'|'.join(LISTENED)}]", help="What is listened to.")
@click.option("--follow", "log", type=click.Path(path_type=Path), help="The file that grows, where the source is a log.")
@click.option("--mapping", type=click.Path(path_type=Path), help="The YAML file that says what the source does not, or where it is.")
@click.option("--centre", "centre_file", type=click.Path(path_type=Path), help="The centre, whose time zone holds for local times.")
@click.option("--state", type=click.Path(path_type=Path), help="Where it is kept how far the source was read (else below data_dir).")
@click.option("--web-port", type=click.IntRange(0, 65_535), default=WEB_PORT, show_default=True, help="Port of /metrics; 0: a free one.")
@click.option(
    "--silent-after",
    "silent",
    multiple=True,
    metavar="[SOURCE=]TIME",
    help="How long it may be silent while queues are open before an alert says so (else 30m; 4h for what is written); 0s: for ever.",
)
@connection
@click.option("--json", "as_json", is_flag=True, help="Write the line of readiness as JSON.")
def command(
    config: Path | None,
    *,
    source: str,
    log: Path | None,
    mapping: Path | None,
    centre_file: Path | None,
    state: Path | None,
    web_port: int,
    silent: tuple[str, ...],
    as_json: bool,
    **given: Any,
) -> None:
    """Follow a log through rotation and restarts, or listen to another system, and publish its events.

    It goes on where it was, also after a kill: nothing is lost, nothing counts twice. At the first start it reads a log as it is
    from the beginning. Lines that cannot be read go to dead-letters. Ends cleanly on Ctrl-C and SIGTERM.

    \b
    Examples:
      answerable listen --source asterisk-queue-log --follow /var/log/asterisk/queue_log
      answerable listen --source asterisk-queue-log --follow /var/log/asterisk/queue_log --mapping pbx.yaml --web-port 0
      answerable listen --source asterisk-queue-log --mapping table.yaml
      answerable listen --source database --mapping calls.yaml
      answerable listen --source asterisk-ami --mapping ami.yaml
      answerable listen --source freeswitch-event-socket --mapping switch.yaml
      answerable listen --source kafka --mapping theirs.yaml
      answerable listen --source imap --mapping email.yaml --silent-after 8h
      answerable listen --source webhooks --mapping gateway.yaml
    """
    silence = Silence(silent)
    run = _following(source, log, mapping) if source not in INTAKES else _connecting(source, log, mapping)
    settings = load(config, **given)
    zone = None if centre_file is None else read_centre(centre_file).zone
    stop = stopping()
    shown = [SourceFigures(source)]
    figures = shown[0]
    silence.settle(figures)
    ending = INTAKES[source].state if source in INTAKES else "json"
    state = state or settings.data_dir / "listen" / (f"{source}.{ending}" if log is None else f"{source}-{log.name}.{ending}")
    with closing(SourcePage(lambda: shown, "127.0.0.1", web_port)) as page:

        def show(more: SourceFigures) -> None:
            silence.settle(more)
            shown.append(more)

        def ready(address: str | None = None) -> None:
            silence.known(shown)
            if as_json:
                told = {"ready": True, "web": page.address, "state": str(state)}
                click.echo(orjson.dumps(told if address is None else {**told, "address": address}))
            else:
                what = str(log or source) if address is None else f"{source} on {address}"
                click.echo(f"Following {what}: {page.address}/metrics shows how far it is. Ctrl-C ends it.")

        run(
            Run(
                settings=settings,
                state=state,
                zone=zone,
                figures=figures,
                show=show,
                say=lambda sentence: click.echo(sentence, err=True),
                stopped=stop.is_set,
                ready=ready,
            )
        )
    click.echo(_done(shown), err=True)


def _done(shown: Sequence[SourceFigures]) -> str:
    """What was read, and what became of all of it."""
    lines, events, unknown = (sum(getattr(one, what) for one in shown) for what in ("lines", "events", "unknown"))
    rejected = sum(sum(one.rejected.values()) for one in shown)
    found = [f"{lines:,} lines read", f"{events:,} events published"]
    if rejected:
        found.append(f"{rejected:,} rejected (see dead-letters)")
    if unknown:
        found.append(f"{unknown:,} unknown and passed over")
    return f"{', '.join(found)}."


def _following(source: str, log: Path | None, mapping: Path | None) -> Callable[[Run], None]:
    if log is None and mapping is None:
        raise WrongUse(_what_to_name(source))

    def run(with_: Run) -> None:
        prepared = prepare(source, mapping, with_.zone)
        if log is None and prepared.table is None:
            raise WrongUse(_what_to_name(source))
        if log is None:
            follow_table(source, prepared, with_)
        elif prepared.table is not None:
            raise WrongUse(f"{mapping} names a table and --follow a file: leave one of them out, or {source} would be read only half.")
        else:
            follow(source, log.absolute(), prepared, with_)

    return run


def _what_to_name(source: str) -> str:
    """What to do where nothing says where a log is."""
    if source in VENDORS:
        return (
            f"{source} posts to the gateway: name it under sources in the mapping of --source {WEBHOOKS}. "
            f"A file to which something writes its lines is named with --follow FILE."
        )
    table = ", or its table under database in the mapping" if source in TABLED else ""
    return f"{source} is a log: name the file that grows with --follow FILE{table}."


def _connecting(source: str, log: Path | None, mapping: Path | None) -> Callable[[Run], None]:
    if log is not None:
        raise WrongUse(f"{source} is no log: leave --follow out.")
    if mapping is None:
        raise WrongUse(f"{source} needs a mapping file that says where it is: write one and name it with --mapping FILE.")
    declared = load_yaml(mapping)
    return lambda with_: INTAKES[source].run(Starting(source=source, declared=declared, run=with_))
