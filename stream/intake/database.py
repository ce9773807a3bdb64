"""A running intake of a table of finished calls: asks for what is new, publishes it, and saves how far it came.

The table is read in sweeps, each by batches in the order of the key. A sweep begins below the high water at which the sweep before it
began, by the look-back: so a row that another transaction committed late, under a number or a time taken early, is found as long as it
is not later than that. What a sweep reads again is known by its key and passed over; after a restart it is published once more, under the
same ids.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from stream.config.secrets import read_secret
from stream.config.yaml import Item
from stream.errors import DataError, PartMissing, with_extra
from stream.intake.customers import refuse_without_key
from stream.intake.outlet import Outlet, pause, through_outages
from stream.intake.publish import Sending
from stream.intake.run import Run, Starting
from stream.intake.state import load_state, save_state
from stream.sources.call_log import Calls
from stream.sources.database import EVENTS_OF, DatabaseMapping, Key, TableMapping, below, key_part, place, plain, raw, read, restored, text

if TYPE_CHECKING:
    from stream.intake.tables import Rows

HELP: Final = "a table of finished calls in a database"
AGAIN: Final = "read the table from its beginning"


@dataclass(slots=True)
class Position:
    """How far the table was read. Key parts are values as the database gives them.

    base: the high water below which, by the look-back, the sweep of now began; None: it began at the first row.
    upcoming: the high water at which it began, so the base of the next one. cursor: the key of the last row that it read and that Kafka
    has; None between two sweeps.
    """

    base: Any = None
    upcoming: Any = None
    cursor: Key | None = None


def run(starting: Starting) -> None:
    """Listen until stopped. Raises DeclarationError, WrongUse, DataError, or PartMissing before it was ready once."""
    mapping = read(starting.declared)
    address = read_secret(mapping.section, "url")
    rows = rows_class(starting.source)
    run = starting.run
    refuse_without_key(run.settings.pseudonym_key, personal=mapping.calls.customer is not None)

    def connect(connected: Callable[[], None]) -> None:
        with closing(Sending(run.settings, EVENTS_OF, slow=run.waits)) as sending, closing(rows(mapping, address)) as table:
            reading = Reading(mapping, table, Outlet(sending, run.figures, run.settings), run)
            run.figures.connected = True
            connected()
            while not run.stopped():
                reading.sweep()
                run.figures.connected = True
                pause(mapping.poll / 1000, run.stopped)

    through_outages(connect, run.figures, run.stopped, run.ready, run.say)


def rows_class(source: str) -> type[Rows]:
    """What reads tables. Raises PartMissing where this installation lacks it. source: who needs it."""
    try:
        from stream.intake.tables import Rows as Found  # noqa: PLC0415 - an extra that not everybody installs
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] != "sqlalchemy":
            raise
        raise PartMissing(f"The source {source} needs SQLAlchemy: {with_extra('database')}.") from None
    return Found


def keyed(found: list[tuple[Any, ...]], at: list[tuple[int, Item]], table: TableMapping) -> list[tuple[Key, tuple[Any, ...]]]:
    """Rows with their keys, of columns that stand where `at` says.

    Raises DataError where two have one key, because one of them would never be read, DeclarationError where a key cannot be kept.
    """
    out = [(tuple(key_part(row[place], item) for place, item in at), row) for row in found]
    names = ", ".join(item.text for item in table.key())
    for (before, _), (key, _) in pairwise(out):
        if key == before:
            raise DataError(f"Two rows of {table.table.text} have the same {names}: name a tie_breaker that tells them apart.")
    if any(None in key for key, _ in out):
        raise DataError(f"A row of {table.table.text} lacks one of {names}: name a tie_breaker that is never empty.")
    return out


class Reading:
    """Sweeps over one table, from a saved position on."""

    def __init__(self, mapping: DatabaseMapping, rows: Rows, outlet: Outlet, run: Run) -> None:
        """Go on where the saved state is. Raises DataError where that is damaged or another table's."""
        self._mapping = mapping
        self._rows = rows
        self._outlet = outlet
        self._run = run
        self._calls = Calls(mapping.calls, rows.columns)
        self._key_at = [(rows.columns.index(item.text), item) for item in mapping.key()]
        named = {item.text for item in mapping.calls.contact_id}
        self._names = [column in named for column in rows.columns]
        self._identity = [mapping.schema or "", *(item.text for item in (mapping.table, *mapping.key()))]
        self._position = self._load()
        self._saved: list[Any] = []
        self._newest = self._position.upcoming if self._position.upcoming is not None else self._position.base
        self._seen: set[Key] = set()

    def sweep(self) -> None:
        """Read once from below the high water to the end. Raises BrokerMissing or PartMissing; what is saved by then holds.

        DataError or DeclarationError where rows cannot be told apart: nothing of their batch was published.
        """
        position, rows, now = self._position, self._rows, datetime.now(UTC)
        position.base, self._newest = rows.come(position.base, now), rows.come(self._newest, now)
        if position.cursor is None:
            # Of a table that was never read, the last rows may have neighbours that are still to be committed.
            position.upcoming = rows.newest(now) if self._newest is None else self._newest
        since = None if position.base is None else below(position.base, rows.look_back)
        again = None if position.upcoming is None else below(position.upcoming, rows.look_back)
        while not self._run.stopped():
            found = rows.batch(position.cursor, since, now)
            full = len(found) > self._mapping.batch
            if found:
                self._take(found, again, now)
            self._run.figures.backlog = rows.left(position.cursor, now) if full and position.cursor else 0
            if not full:
                position.base, position.cursor = position.upcoming, None
                self._seen = {key for key in self._seen if again is None or key[0] >= again}
                self._save()
                return

    def _take(self, found: list[tuple[Any, ...]], again: Any, now: datetime) -> None:
        """Publish a batch, but for rows that were read before, and save that it is there. again: from where it will be read again.

        A row of the future is published, but is no high water: all that come until then would be below it.
        """
        new = 0
        for key, row in keyed(found, self._key_at, self._mapping)[: self._mapping.batch]:
            if not self._rows.ahead(key[0], now):
                self._newest = key[0] if self._newest is None else max(self._newest, key[0])
            if key in self._seen:
                continue
            new += 1
            if again is None or key[0] >= again:
                self._seen.add(key)
            fields = [text(value, names=names) for value, names in zip(row, self._names, strict=True)]
            line = raw(self._rows.columns, fields)
            self._outlet.take(self._calls.told(fields, line, 0), line, place(key[0]))
        self._position.cursor = key
        if new:
            self._outlet.flush()
            self._save()

    def _save(self) -> None:
        position = self._position
        parts = [
            [None if one is None else plain(one) for one in marks] for marks in ((position.base, position.upcoming), position.cursor or ())
        ]
        if parts != self._saved:
            save_state(self._run.state, {"table": self._identity, "marks": parts[0], "cursor": parts[1]})
            self._saved = parts

    def _load(self) -> Position:
        path = self._run.state
        state = load_state(path, {"table": list, "marks": list, "cursor": list}, AGAIN)
        if state is None:
            return Position()
        if state["table"] != self._identity:
            raise DataError(f"{path} is the saved position of another table or other key columns: name another file with --state.")
        try:
            base, upcoming = (None if one is None else restored(one) for one in state["marks"])
            cursor = tuple(restored(one) for one in state["cursor"])
        except ValueError:
            raise DataError(f"{path} is no saved position of this version: remove it to {AGAIN}.") from None
        return Position(base, upcoming, cursor or None)
