"""`answerable standards apply` and `history`: other standards for running workers, and what was changed when and by whom."""

from __future__ import annotations

import getpass
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import click
import orjson

from stream.cli.intervals import records
from stream.cli.moments import moment as read_moment
from stream.cli.options import connection
from stream.config.centre import read_centre
from stream.config.quantities import say_duration, say_number, write_duration
from stream.config.settings import Settings, load
from stream.config.standards import read_standards
from stream.core.changes import Change, audit, version_of
from stream.core.needs import lacking
from stream.core.scope_stage import CHANGED
from stream.core.stage import QUEUE_READINGS
from stream.errors import WrongUse
from stream.intake.publish import Sending
from stream.wire.codec import to_json_line

SOURCE: Final = "answerable"
LENGTHS: Final = frozenset({"within", "window", "hold", "clear_hold", "grace"})
"""What of a standard is a length of time (ms)."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "moment", metavar="TIME", help="From when on it holds (ISO 8601; local where it names no zone); now by default.")
@click.option("--by", default=None, metavar="NAME", help="Who decided it; the account that calls this by default.")
@click.option("--against", type=click.Path(path_type=Path), help="What the workers began with; the standards' file of the settings.")
@click.option("--centre", "centre_file", type=click.Path(path_type=Path), help="The centre's file; that of the settings by default.")
@click.option("--print", "only_print", is_flag=True, help="Send nothing: print the event, to be put into a file for replays.")
@connection
def apply(
    *,
    file: Path,
    moment: str | None,
    by: str | None,
    against: Path | None,
    centre_file: Path | None,
    only_print: bool,
    config: Path | None,
    **given: Any,
) -> None:
    """Let the standards of FILE hold from a moment on, without a restart: checked first, and told to every partition.

    What was promised before and still is goes on: its state, running pauses and breaches. What is promised no more ends, what
    is new begins. A replay of the same events changes at the same moment. Write FILE to the place of the standards' file, too:
    a worker that starts anew reads it there.

    \b
    Examples:
      answerable standards apply my-standards.yaml
      answerable standards apply my-standards.yaml --from 2026-11-30T08:00 --by operations
      answerable standards apply my-standards.yaml --from 2026-03-02T12:00 --print >> day.jsonl
    """
    settings = load(config, **given)
    centre = read_centre(centre_file or settings.centre_file)
    new = read_standards(file, centre)
    compared = against or settings.standards_file
    running = read_standards(compared, centre)
    if missing := lacking(centre, running, new):
        raise WrongUse(f"{file} needs {', '.join(missing)}, which the workers do not count: restart them with this file instead.")
    now = int(time.time() * 1000)
    played = only_print or settings.clock == "played"
    if moment is None and played:
        raise WrongUse("On the played clock only the events say what time it is: add --from with the moment from which it holds.")
    holds_from = now if moment is None else read_moment(moment, centre.zone, "--from")
    if not played and holds_from < now:
        raise WrongUse(f"--from cannot be {moment}: what was judged is judged; write a moment to come, or leave it out for now.")
    change = Change(holds_from, holds_from if played else now, version_of(new), by or getpass.getuser(), new)
    event = change.event(SOURCE)
    if only_print:
        click.echo(to_json_line(event, SOURCE), nl=False)
        return
    taken = _taken(settings)
    with closing(Sending(settings, SOURCE)) as sending:
        sending.send(event)
        sending.flush()
    if taken and taken[-1]["version"] != version_of(running):
        click.echo(
            f"What follows is against {compared}, but the workers go by version {taken[-1]['version']} since {taken[-1]['holds_from']}: "
            "name the file of that version with --against to see what is different from it.",
            err=True,
        )
    click.echo(_told(audit(running, change, holds_from)))
    later = "the events have come that far" if played else f"that moment is settled, {say_duration(centre.lateness)} after it"
    click.echo(f"Workers take it when {later}; then `answerable standards history` tells of it.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@connection
def history(*, as_json: bool, config: Path | None, **given: Any) -> None:
    """Say what was changed in the standards, when and by whom, as the workers took it, the oldest first.

    \b
    Examples:
      answerable standards history
      answerable standards history --json
    """
    found = _taken(load(config, **given))
    for one in found:
        click.echo(orjson.dumps(one) if as_json else _told(one))
    if not found and not as_json:
        click.echo("The workers have taken no change of the standards since they began with their file.")


def _taken(settings: Settings) -> list[dict[str, Any]]:
    """The changes that workers have taken, the oldest first."""
    told = records(settings, QUEUE_READINGS)
    latest = {key: value for key, value in told if key.startswith(CHANGED.encode())}
    return sorted((orjson.loads(value) for value in latest.values()), key=lambda one: (one["holds_from"], one["written_at"]))


def _told(change: dict[str, Any]) -> str:
    """A change as lines for the eye."""
    lines = [f"{change['holds_from']} version {change['version']}, decided by {change['by'] or 'somebody'} at {change['written_at']}"]
    lines += [f"  + {_place(one)}" for one in change["added"]]
    lines += [f"  - {_place(one)}" for one in change["removed"]]
    for one in change["changed"]:
        said = ", ".join(f"{name} {_said(name, one['before'][name])} -> {_said(name, one['after'][name])}" for name in one["after"])
        lines.append(f"  ~ {_place(one['standard'])}: {said}")
    return "\n".join(lines if len(lines) > 1 else [*lines, "  nothing is different"])


def _place(place: str) -> str:
    key, per, where = place.split("|")
    return f"{key} (per {per or 'the whole centre'}{f', {where}' if where else ''})"


def _said(name: str, value: Any) -> str:
    """What a standard says under a name, as a file would say it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return write_duration(int(value)) if name in LENGTHS else say_number(value)
