"""A table of Asterisk's queue_log that tests write to, and intakes of it that tell nobody but the test."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from uuid import uuid4

import sqlalchemy
from sqlalchemy import text

from stream.config.settings import Settings
from stream.config.yaml import parse
from stream.core.events import Event
from stream.intake.outlet import SourceFigures
from stream.intake.table_log import HELD, Reading
from stream.intake.tables import Rows
from stream.sources import SOURCES
from stream.sources.records import Prepared
from stream.wire.codec import from_json
from tests.intake.listening import command, running
from tests.sources.queue_logs import events_of

COLUMNS: Final = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")
KINDS: Final = {"id": "{id}", "time": "varchar(40)"}
DATABASE: Final = "database: { url_env: PBX_URL, table: TABLE, high_water: id, poll: 200ms, settle: 2s, MORE }"
BY_TIME: Final = ("high_water: id", "high_water: time, tie_breaker: [callid, event, agent, queuename]")
ROW = tuple[str, ...]


def row(second: float, call: str, event: str, *data: object, queue: str = "billing", agent: str = "NONE") -> ROW:
    """A row as Asterisk writes it: its time is a text, so many seconds after nine."""
    whole, micro = divmod(round(second * 1_000_000), 1_000_000)
    at = f"2026-03-02 {9 + whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{micro:06d}"
    return (at, call, queue, agent, event, *(str(one) for one in data), *[""] * (5 - len(data)))


def exported(rows: Iterable[ROW]) -> list[Event]:
    """The events of a dump of these rows."""
    return events_of([",".join(COLUMNS).encode() + b"\n", *(",".join(one).encode() + b"\n" for one in rows)])


class Logged:
    """A table `queue_log` that the tests write to, and the mapping that names it."""

    def __init__(self, home: Path, url: str, engine: sqlalchemy.Engine, more: str = "") -> None:
        """Make the table. more: further keys of the mapping's `database`."""
        self.url, self.engine, self.home = url, engine, home
        self.name = f"queue_log_{uuid4().hex[:8]}"
        self.mapping = home / "table.yaml"
        self.written = f"version: 1\n{DATABASE.replace('TABLE', self.name).replace('MORE', more or 'batch: 50')}\n"
        self.mapping.write_text(self.written)
        number = "bigserial" if engine.dialect.name == "postgresql" else "integer"
        rest = ", ".join(f"{name} varchar(100)" for name in COLUMNS)
        with engine.begin() as connection:
            connection.execute(text(f"create table {self.name} (id {number} primary key, {rest})"))

    def by_time(self) -> None:
        """Let its text of the time be what is followed."""
        self.mapping.write_text(self.written.replace(*BY_TIME))

    def insert(self, *rows: ROW, at: sqlalchemy.Connection | None = None, number: int | None = None) -> None:
        """Add rows, in a transaction of their own or in the caller's; number: of the one row, where it is not the next."""
        names = COLUMNS if number is None else ("id", *COLUMNS)
        statement = text(f"insert into {self.name} ({', '.join(names)}) values ({', '.join(f':{one}' for one in names)})")  # noqa: S608 - ours
        found = [dict(zip(names, one if number is None else (number, *one), strict=True)) for one in rows]
        if at is not None:
            at.execute(statement, found)
            return
        if found:
            with self.engine.begin() as connection:
                connection.execute(statement, found)

    def rows(self) -> list[ROW]:
        """All rows in the order of their times, then of their numbers."""
        with self.engine.connect() as connection:
            query = text(f"select {', '.join(COLUMNS)} from {self.name} order by time, id")  # noqa: S608 - our own words
            return [tuple(one) for one in connection.execute(query)]

    def called(self, settings: Settings) -> list[str]:
        """The call of `answerable listen`."""
        return command(settings, "asterisk-queue-log", self.home / "state.json", "--mapping", self.mapping)

    def listening(self, settings: Settings) -> AbstractContextManager[tuple[subprocess.Popen[bytes], str]]:
        """A running `answerable listen`, ready, with the address of its pages."""
        return running(self.called(settings), PBX_URL=self.url)


def call(random: Random, number: int, second: float) -> list[ROW]:
    """The rows of a call; some are left open, some have rows of one millisecond."""
    name = f"c.{number}"
    rows = [row(second, name, "ENTERQUEUE", "", "49300", 1)]
    end = random.randrange(4)
    if end == 0:
        rows.append(row(second + 1, name, "ABANDON", 1, 1, 1))
    elif end == 1:
        rows += [row(second + 1, name, "EXITEMPTY", 1, 1, 1), row(second + 1 + 1e-6, name, "ENTERQUEUE", "", "49300", 1, queue="sales")]
    elif end == 2:
        rows += [
            row(second + 1e-6, name, "CONNECT", 0, "x", 0, agent="SIP/1"),
            row(second + 9, name, "COMPLETEAGENT", 0, 9, 1, agent="SIP/1"),
        ]
    return rows


class Heard:
    """An outlet that remembers what it was handed."""

    def __init__(self) -> None:
        """Nothing was."""
        self.events: list[Event] = []
        self.lines: list[bytes] = []

    def take(self, told: Iterable[Any], raw: bytes, place: int) -> None:
        """Remember it."""
        del place
        self.events += [one for one in told if isinstance(one, Event)]
        self.lines.append(raw)

    def flush(self) -> None:
        """There is nothing to wait for."""


def ready(source: str, mapping: str, path: str = "table.yaml") -> Prepared:
    """The source with a mapping of this text."""
    return SOURCES[source].prepare(parse(mapping, path), from_json)


class Intake:
    """An intake of a table that goes on; it is killed by closing it."""

    def __init__(self, logged: Logged, settle: str, held: float = HELD) -> None:
        """Begin where the saved state is."""
        source = ready("asterisk-queue-log", logged.mapping.read_text().replace("settle: 2s", f"settle: {settle}"))
        assert source.table is not None
        assert source.following is not None
        self.heard = Heard()
        outlet: Any = self.heard
        run: Any = SimpleNamespace(state=logged.home / "state.json", stopped=lambda: False, figures=SourceFigures("asterisk-queue-log"))
        self._rows = Rows(source.table.table, logged.url)
        self.reading = Reading(source.table, self._rows, source.following(), outlet, run, held)

    def sweep(self, after: float = 0.0) -> list[str]:
        """Sweep after so many seconds; gives the calls of all that was told by then."""
        time.sleep(after)
        self.reading.sweep()
        return [one.split(b"|")[1].decode() for one in self.heard.lines]

    def close(self) -> None:
        """End it as a kill does: nothing is told or saved any more."""
        self._rows.close()


def swept(logged: Logged, *settles: str, mapping: str | None = None, heard: Heard | None = None) -> Heard:
    """What is told after a sweep for each of these times to settle, each by an intake that was started anew."""
    heard = heard or Heard()
    outlet: Any = heard
    for settle in settles:
        source = ready("asterisk-queue-log", (mapping or logged.mapping.read_text()).replace("settle: 2s", f"settle: {settle}"))
        assert source.table is not None
        assert source.following is not None
        run: Any = SimpleNamespace(state=logged.home / "state.json", stopped=lambda: False, figures=SourceFigures("asterisk-queue-log"))
        with closing(Rows(source.table.table, logged.url)) as rows:
            Reading(source.table, rows, source.following(), outlet, run).sweep()
    return heard


QUEUED: Final = (
    row(0, "c.1", "ENTERQUEUE", "", "49300", 1),
    row(4, "c.1", "CONNECT", 4, "x", 2, agent="SIP/1"),
    row(9, "c.1", "COMPLETECALLER", 4, 5, 1, agent="SIP/1"),
)
