"""`answerable intervals`: the closed half-hours and days of queue-intervals, for workforce management and spreadsheets."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import orjson
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.cli.options import connection
from stream.config.settings import Settings, load
from stream.core.declared import FORMULAS
from stream.core.stage import QUEUE_INTERVALS
from stream.errors import PartMissing
from stream.intake.kafka import BOOTSTRAP_TIMEOUT, READ_TO_THE_END, explain
from stream.sinks.intervals import Latest, Selection, deserted, table

QUIET_POLLS: Final = 20
"""Polls of a second without a record after which the rest of a partition is taken for an open transaction, and left out."""


@click.command("intervals")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, as spreadsheets read them; else columns for the eye.")
@click.option("--from", "since", type=click.DateTime(), metavar="TIME", help="Only intervals that begin at or after this local time.")
@click.option("--to", "until", type=click.DateTime(), metavar="TIME", help="Only intervals that begin before this local time.")
@click.option("--queue", "queues", multiple=True, metavar="NAME", help="Only this queue; may be given several times.")
@click.option("--window", type=click.Choice(["30m", "day"]), default="30m", show_default=True, help="Half-hours or days.")
@click.option("--formula", type=click.Choice(FORMULAS), default="strict", show_default=True, help="The formula of the service level.")
@click.option("--all", "everything", is_flag=True, help="Also those in which there was nobody: no contact, and no time of an agent.")
@connection
def command(
    *,
    as_csv: bool,
    everything: bool,
    since: datetime | None,
    until: datetime | None,
    queues: tuple[str, ...],
    window: str,
    formula: str,
    config: Path | None,
    **given: Any,
) -> None:
    """Print the closed half-hours or days of each queue and channel, as last corrected.

    Those in which there was no contact and no agent are left out, unless --all is given.
    Cells without data are empty, never 0. Service levels are shares between 0 and 1. Times are
    those of the centre's time zone.

    \b
    Examples:
      answerable intervals --csv > week.csv
      answerable intervals --csv --queue billing --from 2026-11-02 --to 2026-11-09
      answerable intervals --window day
    """
    wanted = Selection(window, since, until, frozenset(queues))
    latest = Latest()
    for key, value in records(load(config, **given)):
        interval = orjson.loads(value)
        if wanted.takes(interval):
            latest.add(key, interval)
    found = latest.sorted()
    shown = found if everything else [interval for interval in found if not deserted(interval)]
    header, rows = table(shown, formula)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    else:
        _columns(header, rows)
    if left := len(found) - len(shown):
        click.echo(f"{left:,} of {len(found):,} without a contact and without an agent are left out: --all prints them, too.", err=True)


def records(settings: Settings, declared: str = QUEUE_INTERVALS) -> Iterator[tuple[bytes, bytes]]:
    """Read a topic from its beginning to its present end, committed records only; without a group, so nothing is left behind."""
    topic = settings.topic(declared)
    consumer = None
    try:
        consumer = KafkaConsumer(
            **settings.for_kafka_python(),
            bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT,
            isolation_level="read_committed",
            enable_auto_commit=False,
            **READ_TO_THE_END,
        )
        numbers = consumer.partitions_for_topic(topic)
        if not numbers:
            raise PartMissing(f"The topic {topic} is not there: create it with `answerable topics apply`.")
        yield from _to_the_end(consumer, [TopicPartition(topic, number) for number in sorted(numbers)])
    except KafkaError as error:
        raise explain(error, settings) from error
    finally:
        if consumer is not None:
            consumer.close()


def _to_the_end(consumer: Any, partitions: list[Any]) -> Iterator[tuple[bytes, bytes]]:
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends: dict[Any, int] = consumer.end_offsets(partitions)
    begins: dict[Any, int] = consumer.beginning_offsets(partitions)
    length = sum(ends.values()) - sum(begins.values())
    quiet = 0
    with click.progressbar(length=max(length, 1), label="Reading", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        done = 0
        while quiet < QUIET_POLLS and any(consumer.position(one) < ends[one] for one in partitions):
            found = consumer.poll(timeout_ms=1_000)
            for batch in found.values():
                yield from ((record.key, record.value) for record in batch if record.value is not None)
            read = sum(consumer.position(one) - begins[one] for one in partitions)
            quiet = 0 if read > done else quiet + 1
            bar.update(read - done)
            done = read


def _columns(header: list[str], rows: list[list[Any]]) -> None:
    cells = [header, *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
