"""`answerable reconcile`: which definitions give the figures of a vendor's own report, and which contacts still differ."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click
import orjson

from stream.cli.inputs import read_with_progress, refuse_rejects
from stream.cli.options import SourceName
from stream.cli.report_table import aligned
from stream.config.centre import read_centre
from stream.config.quantities import read_duration
from stream.config.yaml import load, suggestion
from stream.core.centre import Centre
from stream.errors import DataError, WrongUse
from stream.reconcile.differences import Difference, differences, unreported
from stream.reconcile.mapping import ReportMapping, read_report_mapping
from stream.reconcile.outcomes import Outcome, segments
from stream.reconcile.report import Column, Intervals, read_report
from stream.reconcile.search import Floor, search
from stream.reconcile.wording import HEADER, TITLES, as_json, doubt, others, place, printed_as, row, sentence

SHOWN_CONTACTS: Final = 10


@click.command("reconcile")
@click.option("--report", "report_file", required=True, type=click.Path(path_type=Path), help="The vendor's report, CSV or TSV.")
@click.option("--mapping", required=True, type=click.Path(path_type=Path), help="The YAML file that names the report's columns.")
@click.option(
    "--on", "events_files", required=True, multiple=True, type=click.Path(path_type=Path), help="Events of the same time; may be repeated."
)
@click.option("--source", default="events", show_default=True, type=SourceName(), help="How the events are written.")
@click.option("--source-mapping", type=click.Path(path_type=Path), help="The YAML file that names the columns of a source of events.")
@click.option("--centre", "centre_file", type=click.Path(path_type=Path), help="The centre (else every queue is taken as it comes).")
@click.option("--near", default="10s", show_default=True, help="How close to an interval's or a threshold's boundary contacts are listed.")
@click.option("--json", "as_object", is_flag=True, help="Write one JSON object instead of text.")
def command(
    *,
    report_file: Path,
    mapping: Path,
    events_files: tuple[Path, ...],
    source: str,
    source_mapping: Path | None,
    centre_file: Path | None,
    near: str,
    as_object: bool,
) -> None:
    """Name the formula and attribution that give a vendor's own figures, and list the contacts that still differ.

    The mapping says which column is what: docs/reconcile.md shows one. Ends 0 where every cell is explained, 1 where some
    differ, 2 where the call or a mapping is wrong.

    \b
    Examples:
      answerable reconcile --report monday.csv --mapping report.yaml --on monday.jsonl
      answerable reconcile --report week.tsv --mapping report.yaml --source call-log --source-mapping calls.yaml --on calls.tsv
      answerable reconcile --report monday.csv --mapping report.yaml --on monday.jsonl --near 2s --json
    """
    try:
        close = read_duration(near)
    except ValueError as refused:
        raise click.BadParameter(f"{near!r} is no length of time: {refused}", param_hint="--near") from None
    named = read_report_mapping(load(mapping))
    columns = _columns(report_file, named)
    centre = Centre() if centre_file is None else read_centre(centre_file)
    with read_with_progress(source, source_mapping, events_files) as events:
        found = segments(events, centre, named.channels)
    intervals = Intervals(named)
    _check_overlap(columns, found, named, intervals)
    floor = Floor(found, columns, intervals)
    answers = search(floor, columns, centre.short_abandon)
    differing, missing = differences(floor, answers, close), unreported(floor)
    if as_object:
        click.echo(orjson.dumps(as_json(answers, differing, missing, intervals)))
    else:
        for answer in answers:
            click.echo("\n".join([sentence(answer), *doubt(answer), *others(answer, intervals)]))
            if answer.own != answer.agree:
                click.echo(f"  by the definition that Answerable itself begins with, {answer.own} would agree")
        for difference in differing:
            click.echo("\n" + "\n".join(_told(difference, intervals)))
        _tell_missing(missing, intervals)
    refuse_rejects(events, "the report was held against the others")
    if differing:
        cells = sum(len(column.cells) for column in columns)
        raise DataError(f"{len(differing):,} of {cells:,} cells still differ: look at the contacts above in both systems.")


def _columns(report_file: Path, mapping: ReportMapping) -> tuple[Column, ...]:
    try:
        with report_file.open("rb") as lines:
            return read_report(lines, mapping, str(report_file))
    except FileNotFoundError:
        raise WrongUse(f"There is no file {report_file}: check the name of --report.") from None
    except OSError as refused:
        raise WrongUse(f"{report_file} cannot be read: {refused.strerror}.") from None


def _check_overlap(columns: tuple[Column, ...], found: list[Outcome], mapping: ReportMapping, intervals: Intervals) -> None:
    """Refuse a report of other queues or of another time; tell of queues that the events do not have."""
    cells = [cell for column in columns for cell in column.cells]
    known = {one.queue for one in found} | {""}
    strange = sorted({cell.queue for cell in cells} - known)
    if len(strange) == len({cell.queue for cell in cells}):
        raise DataError(
            f"The events have no queue {strange[0]} of the report: under queue.values, {suggestion(strange[0], sorted(known - {''}))}."
        )
    if strange:
        click.echo(f"The events have no contact in {', '.join(strange)}: name such queues under queue.values.", err=True)
    first, last = min(cell.start for cell in cells), max(cell.end for cell in cells)
    if not any(first <= one.at < last for one in found):
        span = f"{intervals.iso(first)} to {intervals.iso(last)}"
        raise DataError(f"No contact of the events was offered in the report's time, {span}: mend interval.format and time_zone, or --on.")


def _told(difference: Difference, intervals: Intervals) -> list[str]:
    column, cell = difference.column, difference.cell
    title, ours = TITLES[column.figure.name], printed_as(column, difference.computed)
    lines = [f"{place(cell, intervals)}, {title}: the report says {cell.text or 'nothing'}, the events {ours}"]
    if not difference.suspects:
        return [*lines, "  no single contact explains it: contacts may be missing in the events, or several in the report"]
    shown = [row(suspect, intervals) for suspect in difference.suspects[:SHOWN_CONTACTS]]
    lines += ["  " + line for line in aligned([HEADER, *shown])]
    if len(difference.suspects) > SHOWN_CONTACTS:
        lines.append(f"  and {len(difference.suspects) - SHOWN_CONTACTS} more (--json lists all)")
    if not any(suspect.explains for suspect in difference.suspects):
        lines.append("  none of them alone explains it: contacts may be missing in the events, or several in the report")
    return lines


def _tell_missing(missing: tuple[Outcome, ...], intervals: Intervals) -> None:
    if missing:
        named = ", ".join(f"{one.contact} ({intervals.iso(one.offered)[:16]})" for one in missing[:SHOWN_CONTACTS])
        more = ", ..." if len(missing) > SHOWN_CONTACTS else ""
        click.echo(f"The report has no row for the interval of {len(missing):,} contacts: {named}{more}", file=sys.stdout)
