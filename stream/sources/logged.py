"""A log that its system writes into a table: the key `database` in the mapping of a log, and how a row becomes the line of a file.

database:
  url_env: PBX_URL               # or url_file; it holds a password, so it is not written here
  table: queue_log               # or a view; schema: asterisk, where it is not in the default one
  high_water: id                 # a column that grows with every new row: a number, a time, or a time as a text
  tie_breaker: [callid, event, agent, queuename]  # what tells rows of one high water apart; not needed where it is unique
  look_back: 1000                # numbers, or a length of time: how late a row may appear below the high water
  settle: 2s                     # so long a new row waits for those of before it that are committed after it
  poll: 2s
  batch: 1000
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from stream.config.yaml import Item, Section
from stream.sources.database import KEYS, TableMapping, table_of
from stream.sources.local_times import MILLISECOND, NAIVE_EPOCH, SECOND, LocalClock
from stream.sources.mapping import DATABASE

UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)
SETTLE: Final = 2_000
POLL: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedTable:
    """A table whose rows are the lines of a log.

    names: our names of its columns, by those of the table. time: the table's name of the column with the time of a row. settle: in ms.
    line: a row, by our names, as the line of a file.
    """

    table: TableMapping
    names: dict[str, str]
    time: str
    settle: int
    line: Callable[[Mapping[str, str]], bytes]


def read_logged(
    file: Section,
    zone: tzinfo,
    line: Callable[[Mapping[str, str]], bytes],
    *,
    time: str,
    needed: Sequence[str],
    optional: Sequence[str],
    renamed: Mapping[str, str] | None = None,
) -> LoggedTable | None:
    """The table that the mapping of a log names; None where it names none.

    time, needed, optional: our names of the columns that must be there and of those that may. renamed: our names, by those of the table.
    """
    if DATABASE not in file:
        return None
    section = file.section(DATABASE)
    section.only(*KEYS, "settle")
    theirs = {ours: name for name, ours in (renamed or {}).items()}
    names = {theirs.get(name, name): name for name in (*needed, *optional)}
    place = section.item("table")
    mapping = TableMapping(
        **table_of(section, zone, POLL),
        needed=tuple(Item(place.path, place.line, theirs.get(name, name)) for name in needed),
        optional=tuple(theirs.get(name, name) for name in optional),
        text_times=True,
    )
    return LoggedTable(table=mapping, names=names, time=theirs.get(time, time), settle=section.duration("settle", SETTLE), line=line)


def moment_of(text: str, clock: LocalClock, near: int | None) -> int | None:
    """The time of a row in ms: seconds since 1970, or a date and time, local where it says no offset; None where it is neither."""
    try:
        if text.partition(".")[0].isdecimal():
            return round(float(text) * SECOND)
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return (found - UNIX) // MILLISECOND
        return clock.utc((found - NAIVE_EPOCH) // MILLISECOND, near)
    except (ValueError, OverflowError):
        return None
