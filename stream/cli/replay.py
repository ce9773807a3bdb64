"""`answerable replay`: the report of files of events, by the same core as live, without a broker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Final

import click
import orjson

from stream.cli.inputs import declarations, folding, inputs, read_with_progress, refuse_rejects
from stream.cli.moments import moment as read_moment
from stream.cli.report_table import table
from stream.cli.strangers import noted, say
from stream.core.centre import Centre
from stream.core.windows import DAY, DAYS_28, NAMES
from stream.errors import DataError, WrongUse
from stream.replay.driver import replay
from stream.replay.report import report

NO_CENTRE: Final = "No --centre was given: queues are taken as they come, always open (--centre deploy/centre.yaml holds them to yours)."


@click.command("replay")
@inputs
@click.option(
    "--window",
    type=click.Choice(NAMES),
    help="Figures by window; else of the whole. 30m and day: each that has figures. 28d: the last 28 closed days. 5m, 15m and 60m: "
    "the one window that ends "
    "at the last event, or at --until.",
)
@click.option("--until", metavar="TIME", help="As of this time (ISO 8601; local where it names no zone), else as of the last event.")
@click.option(
    "--report", "form", type=click.Choice(["table", "json", "jsonl"]), default="table", show_default=True, help="How to write it."
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(
    *,
    files: tuple[Path, ...],
    source: str,
    mapping: Path | None,
    standards_file: Path | None,
    centre_file: Path | None,
    window: str | None,
    until: str | None,
    form: str,
) -> None:
    """Report what files of events say: contacts, waits, service levels under every formula, verdicts.

    The files may be in any order of time; - is stdin. Ends 1 where lines were no events; the report is of the others.

    \b
    Examples:
      answerable replay --source events day.jsonl
      answerable replay --source call-log --mapping calls.mapping.yaml calls.tsv --report json
      answerable replay --source events day.jsonl --centre deploy/centre.yaml --standards deploy/standards.yaml --window day
    """
    if until is not None:
        read_moment(until, UTC, "--until")  # before the work of reading; its zone is known only after it
    with read_with_progress(source, mapping, files, centre_file) as events:
        centre, standards = declarations(centre_file, standards_file, events)
        if window is not None and window not in centre.kept.windows:
            raise WrongUse(f"The centre does not keep the window {window}: add it to kept.windows of {centre_file}.")
        as_of = None if until is None else read_moment(until, centre.zone, "--until")
        strangers: set[str] = set()
        figures = replay(noted(folding(events), centre, strangers), _reported(centre, window), standards, until=as_of)
    if not figures.events:
        raise DataError(f"There are no events up to {until} in {', '.join(map(str, files))}: write a later --until.")
    made = report(figures, window)
    if form == "json":
        click.echo(orjson.dumps(made))
    elif form == "jsonl":
        for entry in (*made["scopes"], *made["verdicts"]):
            click.echo(orjson.dumps(entry))
    else:
        click.echo(table(made))
    if window is not None and not made["scopes"]:
        click.echo(_nothing(window, until), err=True)
    if centre_file is None and any("queue" in entry["scope"] for entry in made["scopes"]):
        click.echo(NO_CENTRE, err=True)
    say(strangers)
    refuse_rejects(events, "the report is of the others")


def _nothing(window: str, until: str | None) -> str:
    """Why a window of the report is empty, and what to do."""
    at = "the last event" if until is None else until
    if window in DAYS:
        return f"No day is over at {at}: leave --window out for the figures so far, or write a later --until."
    return f"Nothing was counted in the {window} up to {at}: write another --until, or leave --window out."


DAYS: Final = (DAY, DAYS_28)
"""Each needs the other: what a day says of its patience is counted for the 28 of them."""


def _reported(centre: Centre, window: str | None) -> Centre:
    """The centre with no windows but the one that the report shows: standards keep their own, and the whole is always there."""
    shown = frozenset(() if window is None else (DAY, DAYS_28) if window in DAYS else (window,))
    windows = centre.kept.windows & shown
    return replace(centre, kept=replace(centre.kept, windows=windows))
