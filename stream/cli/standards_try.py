"""`answerable standards try`: what a file of standards would have said of past events, against the one that holds now."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import click
import orjson

from stream.cli.inputs import folding, read_with_progress, refuse_rejects
from stream.cli.options import SourceName
from stream.cli.report_table import aligned
from stream.cli.strangers import noted, say
from stream.config import settings
from stream.config.centre import read_centre
from stream.config.people import keyed
from stream.config.quantities import say_duration
from stream.config.standards import StandardsFile, read_file
from stream.errors import WrongUse
from stream.replay.picture import picture
from stream.replay.trial import compared, tried

SHOWN_OVER: Final = 5
UNJUDGED: Final = "never judged"


@click.command("try")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--on", "files", required=True, multiple=True, type=click.Path(path_type=Path), help="Past events; may be given several times."
)
@click.option("--source", default="events", show_default=True, type=SourceName(), help="How the events are written.")
@click.option("--mapping", type=click.Path(path_type=Path), help="The YAML file that names a source's columns.")
@click.option("--against", type=click.Path(path_type=Path), help="The file to compare with; the standards that hold now by default.")
@click.option("--centre", "centre_file", type=click.Path(path_type=Path), help="The centre's file; deploy/centre.yaml by default.")
@click.option("--report", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to write it.")
@click.option("--picture", "drawn", type=click.Path(path_type=Path), help="Also draw the breaches over time, as SVG into this file.")
def command(
    *,
    file: Path,
    files: tuple[Path, ...],
    source: str,
    mapping: Path | None,
    against: Path | None,
    centre_file: Path | None,
    form: str,
    drawn: Path | None,
) -> None:
    """Say what the standards of FILE would have found on past events: how often, for how long, and whom it would have paged when.

    Beside it stands what the standards that hold now find on the same events. Above the alert budget of the file
    (alert_budget, 4 pages a shift and role) there is a warning, with the noisiest standard and scope.

    \b
    Examples:
      answerable standards try my-standards.yaml --on monday.jsonl
      answerable standards try my-standards.yaml --on calls.tsv --source call-log --mapping calls.mapping.yaml --picture try.svg
      answerable standards try my-standards.yaml --on monday.jsonl --on tuesday.jsonl --against old.yaml --report json
    """
    if drawn is not None:
        _check(drawn)
    chosen = settings.load()
    centre = keyed(read_centre(centre_file or chosen.centre_file), lambda: chosen.pseudonym_key)
    new = read_file(file, centre)
    current = against or chosen.standards_file
    old: StandardsFile | None = read_file(current, centre) if against is not None or current.exists() else None
    strangers: set[str] = set()
    with read_with_progress(source, mapping, files) as events:
        found = tried(new, noted(folding(events, f"Trying {file.name}"), centre, strangers), centre)
        before = None if old is None else tried(old, folding(events, f"Trying {current.name}"), centre)
        span = (events.first_time or 0, events.last_time or 0)
    made = {"file": str(file), "against": None if old is None else str(current), "events": events.count}
    made |= compared(found, before, new, span, centre.zone)
    if drawn is not None:
        _write(drawn, picture(found, before, span, centre.zone, f"{file.name} on {events.count:,} events of {centre.name}"))
    click.echo(orjson.dumps(made, option=orjson.OPT_INDENT_2) if form == "json" else table(made))
    say(strangers)
    for line in warnings(made):
        click.secho(line, fg="yellow", err=True)
    refuse_rejects(events, "the trial is of the others")


def table(made: dict[str, Any]) -> str:
    """The trial as lines for the eye."""
    lines = [f"{made['events']:,} events from {made['from'][:16]} to {made['to'][:16]} (UTC); current: {made['against'] or 'none'}", ""]
    head = ["standard", "breaches", "current", "scopes", "in breach", "current", "pages", "current"]
    lines += aligned([head, *map(_row, made["standards"])])
    lines += _unjudged(made["standards"])
    head = ["shift", "who", "shifts", "pages", "current", "a shift", "current", "most", "current"]
    if made["shifts"]:
        lines += ["", *aligned([head, *map(_shift, made["shifts"])])]
    else:
        lines += ["", "Nobody would have been paged."]
    return "\n".join(lines)


def _unjudged(standards: list[dict[str, Any]]) -> list[str]:
    """Say of what no breach was found because it was never judged, which is another thing than that it was kept."""
    why: dict[str, list[str]] = {}
    for entry in standards:
        unjudged = [entry[side]["why"] for side in ("tried", "current") if entry[side] and not entry[side]["judged"]]
        if unjudged:
            why.setdefault(unjudged[0], []).append(entry["standard"])
    lines = [
        f"{', '.join(names)} {'was' if len(names) == 1 else 'were'} {UNJUDGED} on these events: {reason}." for reason, names in why.items()
    ]
    return ["", *lines] if lines else []


def _row(entry: dict[str, Any]) -> list[str]:
    new, old = entry["tried"], entry["current"]

    def of(counted: dict[str, Any] | None, name: str) -> str:
        if counted is None or not (counted["judged"] or name == "breaches"):
            return "-"
        return f"{counted[name]:,}" if counted["judged"] else UNJUDGED

    def lasted(counted: dict[str, Any] | None) -> str:
        return "-" if counted is None or not counted["judged"] else say_duration(counted["seconds"] * 1000)

    return [
        entry["standard"],
        of(new, "breaches"),
        of(old, "breaches"),
        of(new, "scopes"),
        lasted(new),
        lasted(old),
        of(new, "pages"),
        of(old, "pages"),
    ]


def _shift(entry: dict[str, Any]) -> list[str]:
    figures = [None if entry[side] is None else entry[side][name] for name in ("pages", "a_shift", "most") for side in ("tried", "current")]
    return [entry["shift"], entry["role"], str(entry["shifts"]), *("-" if figure is None else f"{figure:,g}" for figure in figures)]


def warnings(made: dict[str, Any]) -> list[str]:
    """What people could not bear: shifts above the budget, and what makes most of the noise."""
    over, budget = made["over_budget"], made["alert_budget"]
    if not over:
        return []
    lines = [
        f"{one['role']} would have been paged {one['pages']} times in the shift {one['shift']} of {one['date']}; {budget} are borne."
        for one in sorted(over, key=lambda one: -one["pages"])[:SHOWN_OVER]
    ]
    if over[SHOWN_OVER:]:
        lines.append(f"{len(over) - SHOWN_OVER} more shifts are above the budget.")
    noisiest = made["noisiest"]
    lines.append(
        f"The noisiest is {noisiest['standard']} ({noisiest['scope']}) with {noisiest['pages']} pages: "
        "ask for less, hold longer, or make it a ticket."
    )
    return lines


def _check(path: Path) -> None:
    """Refuse, before the work is done, a picture that cannot be written."""
    if not path.parent.is_dir():
        raise WrongUse(f"There is no directory {path.parent}: make it, or choose another file for --picture.")
    if path.is_dir():
        raise WrongUse(f"{path} is a directory: name a file in it for --picture.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise WrongUse(f"{path} may not be written: choose another file for --picture.")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise WrongUse(f"{path} cannot be written ({problem.strerror}): choose another file.") from None
