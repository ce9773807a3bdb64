"""`answerable verify`: a file through Kafka and live workers, held against its replay."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

import click
import orjson

from stream.cli.inputs import declarations, inputs, read_with_progress
from stream.cli.options import connection
from stream.config.settings import load
from stream.errors import DataError
from stream.verify.run import DEFAULT_STANDARDS, Outcome, Plan, Promises, verify

SHOWN = 20
STEPS: Final = 1_000
"""Of a bar."""


@click.command("verify")
@inputs
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Live workers.")
@click.option(
    "--kill", "kills", type=click.IntRange(0), default=0, metavar="N", help="Kill a worker N times at random moments, and restart it."
)
@click.option("--shuffle", type=click.FloatRange(0), default=0, metavar="SECONDS", help="Deliver each event up to so much late.")
@click.option("--duplicate-every", type=click.IntRange(0), default=0, metavar="N", help="Send every N-th event twice.")
@click.option("--seed", type=int, default=0, help="Of shuffling and killing.")
@click.option("--json", "as_json", is_flag=True, help="Write the outcome as JSON.")
@connection
@click.argument("file", type=click.Path(path_type=Path))
def command(
    *,
    file: Path,
    source: str,
    mapping: Path | None,
    standards_file: Path | None,
    centre_file: Path | None,
    workers: int,
    kills: int,
    shuffle: float,
    duplicate_every: int,
    seed: int,
    as_json: bool,
    config: Path | None,
    bootstrap_servers: str | None,
    **given: Any,
) -> None:
    """Play a file through a broker and live workers, and compare every figure with a replay of the same file.

    Without --bootstrap-servers a broker is started for it and thrown away. Ends 0 when live equals replay.

    \b
    Examples:
      answerable verify --source events day.jsonl
      answerable verify --source call-log --mapping calls.mapping.yaml calls.tsv --shuffle 30 --duplicate-every 10
      answerable verify --source events day.jsonl --workers 3 --kill 5 --seed 7
    """
    settings = load(config, bootstrap_servers=bootstrap_servers, **given) if bootstrap_servers or config else None
    plan = Plan(workers=workers, kills=kills, shuffle_ms=int(shuffle * 1000), duplicate_every=duplicate_every, seed=seed)
    with read_with_progress(source, mapping, [file], centre_file) as events:
        judged_by = DEFAULT_STANDARDS if standards_file is None else standards_file
        centre, standards = declarations(centre_file, judged_by, events)
        promises = Promises(centre=centre, standards=standards, centre_file=centre_file, standards_file=judged_by)
        with Bars(events.first_time or 0, events.last_time or 0) as bars:
            outcome = verify(events, promises, settings, plan, bars.say, bars.show)
    if as_json:
        click.echo(orjson.dumps(_summary(outcome)))
    for line in outcome.differences[:SHOWN]:
        click.echo(line, err=True)
    if outcome.differences:
        raise DataError(
            f"{len(outcome.differences):,} figures differ between live and replay (the first {min(SHOWN, len(outcome.differences))} above)."
        )
    if not as_json:
        again = f", {outcome.kills} kills" if outcome.kills else ""
        click.echo(
            f"Live equals replay: {outcome.records:,} records compared, {outcome.events:,} events ({outcome.sent:,} sent), "
            f"{workers} workers{again}, {outcome.seconds:.0f} s."
        )


class Bars:
    """On a terminal, a bar for each long part of the work: how much of the events' time it has come through."""

    def __init__(self, first: int, last: int) -> None:
        """The span of the events' time (ms)."""
        self._first = first
        self._span = max(1, last - first)
        self._shown = ""
        self._open = ExitStack()
        self._at = 0
        self._move: Callable[[int], None] = lambda _: None

    def __enter__(self) -> Self:
        """No bar is shown before there is word of a part."""
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """The last part is done; where it failed, its bar stays as it is."""
        if error is None:
            self._done()
        self._open.close()

    def say(self, line: str) -> None:
        """A line between the parts: the part before is done."""
        self._done()
        if sys.stderr.isatty():
            click.echo(f"{line} ...", err=True)

    def show(self, part: str, at: int) -> None:
        """A part has come to `at` (ms); where it is another part, the one before is done."""
        if part != self._shown:
            self._done()
            hidden = not sys.stderr.isatty()
            bar = self._open.enter_context(click.progressbar(length=STEPS, label=part, file=sys.stderr, hidden=hidden))
            self._shown, self._at, self._move = part, 0, bar.update
        self._to(min(STEPS, max(0, STEPS * (at - self._first) // self._span)))

    def _done(self) -> None:
        """End the bar of the part that is shown, whole."""
        self._to(STEPS)
        self._open.close()
        self._shown, self._at, self._move = "", STEPS, lambda _: None

    def _to(self, step: int) -> None:
        self._move(step - self._at)
        self._at = step


def _summary(outcome: Outcome) -> dict[str, Any]:
    return {
        "equal": not outcome.differences,
        "events": outcome.events,
        "sent": outcome.sent,
        "kills": outcome.kills,
        "records": outcome.records,
        "seconds": round(outcome.seconds, 1),
        "differences": outcome.differences,
    }
