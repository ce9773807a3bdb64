"""What several commands take in: files of events, the centre and the standards that they are held against."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from stream.cli.options import SourceName
from stream.config.centre import read_centre
from stream.config.people import keyed
from stream.config.settings import load
from stream.config.standards import read_standards
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import Event
from stream.errors import DataError
from stream.intake.files import STDIN, SortedEvents, read_events

Command = TypeVar("Command", bound=Callable[..., Any])

SHOWN_REJECTS: Final = 3
SHOWN_WORDS: Final = 5

OPTIONS = (
    click.option("--source", required=True, type=SourceName(), help="How the files are written."),
    click.option("--mapping", type=click.Path(path_type=Path), help="The YAML file that names a source's columns."),
    click.option("--standards", "standards_file", type=click.Path(path_type=Path), help="Standards to judge by."),
    click.option("--centre", "centre_file", type=click.Path(path_type=Path), help="The centre (else every queue is taken as it comes)."),
)


def inputs(command: Command) -> Command:
    """Give a command --source, --mapping, --standards and --centre."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def read_with_progress(
    source: str, mapping: Path | None, files: Sequence[Path], centre_file: Path | None = None, *, pseudonym_key: str | None = None
) -> SortedEvents:
    """Read and sort files with a bar on a terminal; what is no event is told on stderr. Raises DataError without any event.

    centre_file: the centre, whose time zone holds for local times. pseudonym_key: see `read_events`.
    """
    zone = None if centre_file is None else read_centre(centre_file).zone
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=1000, label="Reading", file=sys.stderr, hidden=hidden) as bar:

        def progress(done: int, total: int) -> None:
            bar.update(int(1000 * done / max(1, total)) - bar.pos)

        events = read_events(source, mapping, list(files), zone=zone, progress=progress, pseudonym_key=pseudonym_key)
    total = sum(events.rejected.values())
    for rejected in events.first_rejected[:SHOWN_REJECTS]:
        where = f"{_named(rejected.path)}, " if len(files) > 1 or Path(rejected.path) not in {*files, STDIN} else ""
        click.echo(f"{where}line {rejected.line}: {rejected.reason}: {rejected.detail}", err=True)
    if total > SHOWN_REJECTS:
        rest = total - SHOWN_REJECTS
        click.echo(f"... and {rest:,} {'line' if rest == 1 else 'lines'} more that are no event.", err=True)
    if events.unknown:
        words = ", ".join(f"{word} ({count:,})" for word, count in events.unknown.most_common(SHOWN_WORDS))
        more = ", ..." if len(events.unknown) > SHOWN_WORDS else ""
        count = sum(events.unknown.values())
        lines = "line" if count == 1 else "lines"
        click.echo(f"{count:,} {lines} of events that {source} does not know are passed over: {words}{more}.", err=True)
    if not events.count:
        events.close()
        where = ", ".join(map(_named, files))
        why = events.nothing if events.lines and not total else ""
        raise DataError(f"There are no events in {where}: {why or 'check the name, --source and --mapping'}.")
    return events


def folding(events: SortedEvents, label: str = "Folding") -> Iterator[Event]:
    """The events as they come, with a bar on a terminal that says how many of them are folded."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(events, length=events.count, label=label, file=sys.stderr, hidden=hidden, update_min_steps=2_000) as bar:
        yield from bar


def _named(file: str | Path) -> str:
    return "standard input" if str(file) in ("-", str(STDIN)) else str(file)


def refuse_rejects(events: SortedEvents, done: str) -> None:
    """Raise DataError where lines were no events; `done`: what became of the others."""
    if rejected := sum(events.rejected.values()):
        raise DataError(f"{rejected:,} of {events.lines:,} lines are no events (see above); {done}.")


def declarations(centre_file: Path | None, standards_file: Path | None, events: SortedEvents) -> tuple[Centre, tuple[Standard, ...]]:
    """The centre and the standards. Without a centre file every queue is taken as it comes, in the mapping's time zone."""
    centre = Centre() if centre_file is None else keyed(read_centre(centre_file), lambda: load().pseudonym_key)
    if centre_file is None and events.zone is not None:
        centre = replace(centre, zone=events.zone)
    return centre, () if standards_file is None else read_standards(standards_file, centre)
