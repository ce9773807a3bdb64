"""A running intake of a log that its system writes into a table: new rows are fed to the log's translator in the order of their times.

A translator of a log needs its lines in their order, each once, and a row can be committed after a later one. So a row that is new waits
a little (`settle`) for those before it, and what waits is told in the order of time, up to the first row that still waits. A row is read
again for as long as another one may appear below it (`look_back`), and is known by its key. Saved is, at once and after Kafka has
acknowledged: the high water of what was told, or the least that waits where that is below; the keys of what was told within the look-back;
the translator's state. What waited is read again after a kill.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from stream.config.secrets import read_secret
from stream.errors import DataError, WrongUse
from stream.intake.customers import refuse_without_key
from stream.intake.database import keyed, rows_class
from stream.intake.outlet import Outlet, pause, through_outages
from stream.intake.publish import Sending
from stream.intake.run import Run
from stream.intake.state import load_state, save_state
from stream.sources.database import Key, below, place, plain, restored, text
from stream.sources.local_times import LocalClock
from stream.sources.logged import LoggedTable, moment_of
from stream.sources.records import Following, Prepared

if TYPE_CHECKING:
    from stream.intake.tables import Rows

AGAIN: Final = "read the table from its beginning"
HELD: Final = 10.0
"""s. So much longer than it settles a row is held at most, where new ones before it keep coming: one of two systems has a wrong clock."""


def follow_table(source: str, prepared: Prepared, run: Run) -> None:
    """Follow the table that the mapping names until stopped; outages of it and of Kafka are waited for.

    Raises WrongUse where it names none, DeclarationError, DataError, or PartMissing before it was ready once.
    """
    logged, begin = prepared.table, prepared.following
    if logged is None or begin is None:
        raise WrongUse(f"{source} is a log: name the file that grows with --follow FILE.")
    address = read_secret(logged.table.section, "url")
    rows = rows_class(source)
    refuse_without_key(run.settings.pseudonym_key, personal=prepared.personal)

    def connect(connected: Callable[[], None]) -> None:
        with closing(Sending(run.settings, source, slow=run.waits)) as sending, closing(rows(logged.table, address)) as table:
            reading = Reading(logged, table, begin(), Outlet(sending, run.figures, run.settings), run)
            run.figures.connected = True
            connected()
            while not run.stopped():
                reading.sweep()
                run.figures.connected = True
                pause(reading.rest(), run.stopped)

    through_outages(connect, run.figures, run.stopped, run.ready, run.say)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that was read and not told yet. time: its own, ms; line: as the translator takes it; until: on the monotonic clock, s."""

    time: int
    key: Key
    line: bytes
    until: float


class Reading:
    """Sweeps over one table, from a saved position on."""

    def __init__(self, logged: LoggedTable, rows: Rows, translator: Following, outlet: Outlet, run: Run, held: float = HELD) -> None:
        """Go on where the saved state is. held: see HELD. Raises DataError where that is damaged or another table's."""
        self._logged = logged
        self._rows = rows
        self._translator = translator
        self._outlet = outlet
        self._run = run
        self._held = held
        table = logged.table
        self._key_at = [(rows.columns.index(item.text), item) for item in table.key()]
        self._time_at = rows.columns.index(logged.time)
        self._columns = [(at, logged.names[name]) for at, name in enumerate(rows.columns) if name in logged.names]
        self._clock = LocalClock(table.zone)
        self._identity = [table.schema or "", *(item.text for item in (table.table, *table.key()))]
        self._near: int | None = None
        self._high: Any = None
        self._told: set[Key] = set()
        self._waiting: dict[Key, Waiting] = {}
        self._load()

    def sweep(self) -> None:
        """Read once from below the high water to the end, and tell what has waited long enough.

        Raises BrokerMissing or PartMissing; what is saved by then holds. DataError or DeclarationError where rows cannot be told apart.
        """
        rows, table, now = self._rows, self._logged.table, datetime.now(UTC)
        since = self._below(self._mark())
        cursor: Key | None = None
        while not self._run.stopped():
            found = rows.batch(cursor, since, now)
            full = len(found) > table.batch
            for key, row in keyed(found, self._key_at, table)[: table.batch]:
                cursor = key
                if key not in self._told and key not in self._waiting:
                    self._read(key, row)
            if not full:
                break
            if cursor is not None and (self._high is None or cursor[0] > self._high):
                self._tell(cursor, now, settled=self._below(cursor[0]))
                self._run.figures.backlog = rows.left(cursor, now)
        self._tell(cursor, now)
        self._run.figures.backlog = len(self._waiting)

    def rest(self) -> float:
        """How long (s) to wait for the next sweep: until a row has waited long enough, where one does."""
        clock = time.monotonic()
        ends = (one.until if one.until > clock else one.until + self._held for one in self._waiting.values())
        soonest = min(ends, default=float("inf")) - clock
        return min(self._logged.table.poll / 1000, max(0.05, soonest))

    def _read(self, key: Key, row: tuple[Any, ...]) -> None:
        moment = moment_of(text(row[self._time_at]), self._clock, self._near)
        if moment is not None:
            self._near = moment
        line = self._logged.line({name: text(row[at]) for at, name in self._columns})
        # Without a time it is told where it stands; the translator says what is wrong with it.
        self._waiting[key] = Waiting(self._near or 0, key, line, time.monotonic() + self._logged.settle / 1000)

    def _tell(self, cursor: Key | None, now: datetime, settled: Any = None) -> None:
        """Publish, in the order of time, what has waited long enough or is below `settled`; then save that it is there.

        cursor: up to where the sweep has come; it may begin below what the next one will, so what is above is still to be known by its key.
        """
        if self._high is None:
            self._refuse_what_is_no_time()
        ripe = self._ripe(settled)
        if not ripe:
            return
        for one in ripe:
            self._outlet.take(self._translator.feed(one.line), one.line, place(one.key[0]))
            self._told.add(one.key)
            del self._waiting[one.key]
            # A row of the future is told, but is no high water: all that come until then would be below it. Nor is a spoilt time one.
            if self._below(one.key[0]) is not None and not self._rows.ahead(one.key[0], now):
                self._high = one.key[0] if self._high is None else max(self._high, one.key[0])
        self._outlet.flush()
        since = self._below(self._mark())
        self._told = {key for key in self._told if since is None or key[0] >= since or cursor is None or key > cursor}
        self._save()

    def _ripe(self, settled: Any) -> list[Waiting]:
        """What may be told, in the order of time: up to the first row that still waits, and beyond it what was held for too long.

        A row from a clock that is ahead comes last, so it takes no other along; one from a clock that is behind holds no other for ever.
        """
        clock = time.monotonic()
        order = sorted(self._waiting.values(), key=lambda one: (one.time, one.key))
        done = [one.until <= clock or (settled is not None and one.key[0] < settled) for one in order]
        first = done.index(False) if False in done else len(order)
        last = max((at for at, one in enumerate(order) if one.until + self._held <= clock), default=-1)
        return [one for at, one in enumerate(order) if at < first or (at <= last and done[at])]

    def _mark(self) -> Any:
        """What the next sweep begins below: the high water of what was told, or the least that waits; whatever is below is told."""
        if self._high is None:
            return None
        return min([self._high, *(key[0] for key in self._waiting if self._below(key[0]) is not None)])

    def _below(self, mark: Any) -> Any:
        """From where rows are read again with this high water; None where it is none: a text that is no date and time."""
        try:
            return None if mark is None else below(mark, self._rows.look_back)
        except ValueError:
            return None

    def _refuse_what_is_no_time(self) -> None:
        """Raise DeclarationError where no row has a high water that can be one: not one is spoilt, but the column is another."""
        if self._waiting and all(self._below(key[0]) is None for key in (*self._told, *self._waiting)):
            item = self._logged.table.high_water
            raise item.error(f"{item.text} is a text and no date and time such as 2026-03-02 09:00:00: name a column that is one")

    def _save(self) -> None:
        mark = self._mark()
        state = {
            "table": self._identity,
            "high": [] if mark is None else plain(mark),
            "told": [[plain(part) for part in key] for key in sorted(self._told)],
            "near": [self._near],
            "translator": self._translator.save(),
        }
        save_state(self._run.state, state)

    def _load(self) -> None:
        path = self._run.state
        state = load_state(path, {"table": list, "high": list, "told": list, "near": list, "translator": list}, AGAIN)
        if state is None:
            return
        if state["table"] != self._identity:
            raise DataError(f"{path} is the saved position of another table or other key columns: name another file with --state.")
        try:
            self._high = restored(state["high"]) if state["high"] else None
            self._told = {tuple(restored(part) for part in key) for key in state["told"]}
            self._near = state["near"][0]
        except (ValueError, IndexError):
            raise DataError(f"{path} is no saved position of this version: remove it to {AGAIN}.") from None
        self._translator.restore(state["translator"])
