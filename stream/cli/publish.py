"""`answerable publish`: a file's events into Kafka, at their own pace or faster."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
import orjson

from stream.cli.inputs import read_with_progress, refuse_rejects
from stream.cli.options import SourceName, connection
from stream.config.settings import Settings, load
from stream.intake.files import SortedEvents
from stream.intake.publish import Published
from stream.intake.publish import publish as send


@click.command("publish")
@click.option("--source", required=True, type=SourceName(), help="How the files are written.")
@click.option("--mapping", type=click.Path(path_type=Path), help="The YAML file that names a source's columns.")
@click.option("--speed", type=click.FloatRange(0), default=0, metavar="N", help="N times their own pace; 0: as fast as it goes.")
@click.option("--shuffle", type=click.FloatRange(0), default=0, metavar="SECONDS", help="Deliver each event up to so much late.")
@click.option("--duplicate-every", type=click.IntRange(0), default=0, metavar="N", help="Send every N-th event twice.")
@click.option("--seed", type=int, default=0, help="Of the shuffling.")
@click.option("--marks/--no-marks", default=True, help="Whether to say until when all is sent (for workers on the played clock).")
@click.option("--json", "as_json", is_flag=True, help="Write what was sent as JSON.")
@connection
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(files: tuple[Path, ...], source: str, mapping: Path | None, config: Path | None, *, as_json: bool, **given: Any) -> None:
    """Send the events of files to the topics of events, in order of time and each under its key.

    FILE - is stdin. Ends 1 where lines were no events; the others are sent.

    \b
    Examples:
      answerable publish --source events day.jsonl
      answerable publish --source call-log --mapping calls.mapping.yaml calls.tsv --speed 60
    """
    ways = {"speed": given.pop("speed"), "shuffle_ms": int(given.pop("shuffle") * 1000)}
    ways |= {name: given.pop(name) for name in ("duplicate_every", "seed", "marks")}
    settings = load(config, **given)
    with read_with_progress(source, mapping, files, pseudonym_key=settings.pseudonym_key) as events:
        published = _send(events, settings, source, ways)
    if as_json:
        click.echo(orjson.dumps(_summary(published, events.rejected)))
    else:
        pace = f" ({published.count / published.seconds:,.0f}/s)" if published.seconds > 0 else ""
        click.echo(f"{published.count:,} events sent in {published.seconds:.1f} s{pace}, {published.duplicates:,} of them twice.")
    refuse_rejects(events, "the others are sent")


def _send(events: SortedEvents, settings: Settings, source: str, ways: dict[str, Any]) -> Published:
    copies = events.count // ways["duplicate_every"] if ways["duplicate_every"] else 0
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=events.count + copies, label="Sending", file=sys.stderr, hidden=hidden) as bar:

        def progress(count: int) -> None:
            bar.update(count - bar.pos)

        return send(events, settings, source=source, progress=progress, **ways)


def _summary(published: Published, rejected: Counter[str]) -> dict[str, Any]:
    return {
        "count": published.count,
        "duplicates": published.duplicates,
        "marks": published.marks,
        "first_time": published.first_time,
        "last_time": published.last_time,
        "seconds": round(published.seconds, 3),
        "rejected": dict(rejected),
    }
