"""What a running mailbox source keeps between two starts: how far each folder was read, and what earlier mails decided.

One file of SQLite, because a year of mails is more than a file that is replaced at each step. It holds hashes of mails' ids, names of
queues and persons as the mapping has them, and times; no address, no subject. It is written twice for each step: what was decided before
Kafka hears of it, so that who reads the same mails again after a kill tells the same; how far it came after Kafka has it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stream.core.events import Event
from stream.errors import DataError, PartMissing
from stream.sources.email import MAIL
from stream.sources.mail.conversations import Known

VERSION: Final = 1
AGAIN: Final = "read the mailboxes from their beginning"
REMEMBERED: Final = 400 * 86_400_000
"""How long (ms) a conversation is known after its last mail."""
AT_ONCE: Final = 500
"""Values asked for at once, below the limit of every SQLite."""

TABLES: Final = """
create table if not exists about (version integer not null, origin text not null);
create table if not exists folders (
    place text primary key, validity integer not null, uid integer not null
) without rowid;
create table if not exists ids (id text primary key, thread text not null, seen integer not null) without rowid;
create table if not exists threads (thread text primary key, queue text not null, first integer not null, seen integer not null)
    without rowid;
create table if not exists mails (key text primary key, seen integer not null) without rowid;
create table if not exists answers (key text primary key, thread text not null, time integer not null, agent text not null) without rowid;
create index if not exists answers_of on answers (thread);
"""
KEEP_ID: Final = "insert into ids values (?, ?, ?) on conflict (id) do update set seen = excluded.seen"
KEEP_THREAD: Final = """insert into threads values (?, ?, ?, ?)
    on conflict (thread) do update set first = min(first, excluded.first), seen = excluded.seen"""
FORGET: Final = ("ids", "threads", "mails")


@dataclass(slots=True)
class Position:
    """How far a folder was read. validity: its UIDVALIDITY, 0 where it was never read; uid: the last one that Kafka has."""

    validity: int = 0
    uid: int = 0


class Memory:
    """The open file. Raises PartMissing where it cannot be written or another intake has it, DataError where it is another's."""

    def __init__(self, path: Path, origin: str) -> None:
        """Open the file, or begin a new one. `origin`: the mapping's, since ids are made with it."""
        self._path = path
        with self._usable():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._file = sqlite3.connect(path, isolation_level=None, timeout=0.0)
        try:
            with self._usable():
                self._begin(origin)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        with suppress(sqlite3.Error):
            self._file.close()

    def empty(self) -> bool:
        """Whether no folder was ever read."""
        with self._usable():
            return self._file.execute("select 1 from folders").fetchone() is None

    def position(self, place: str) -> Position:
        """How far a folder was read."""
        with self._usable():
            row = self._file.execute("select validity, uid from folders where place = ?", (place,)).fetchone()
        return Position() if row is None else Position(*row)

    def unread(self, keys: Sequence[str]) -> set[str]:
        """Those of the mails that Kafka does not have."""
        with self._usable():
            return set(keys) - {key for (key,) in self._rows("select key from mails where key in ({})", keys)}

    def known(self, found: Sequence[Event]) -> Known:
        """What was decided of the conversations that these mails touch."""
        ids = {one for mail in found for one in (mail.data["own"], *mail.data["references"])}
        mine = {one.id for one in found}
        known = Known()
        with self._usable():
            known.threads.update(self._rows("select id, thread from ids where id in ({})", ids))
            threads = set(known.threads.values())
            for thread, queue, first in self._rows("select thread, queue, first from threads where thread in ({})", threads):
                known.queues[thread] = queue, first
            rows = self._rows("select key, thread, time, agent from answers where thread in ({}) order by time, key", threads)
            for key, thread, time, agent in rows:
                if key not in mine:
                    known.answers.setdefault(thread, []).append(Event(time, MAIL, "", key, {"agent": agent} if agent else {}))
        return known

    def decide(self, known: Known, now: int) -> None:
        """Keep which mail belongs to which conversation, and its queue, before anything is told of it. now: this machine's time (ms)."""
        queues = ((thread, queue, first, now) for thread, (queue, first) in known.queues.items())
        with self._usable(), self._transaction():
            self._file.executemany(KEEP_ID, ((one, thread, now) for one, thread in known.threads.items()))
            self._file.executemany(KEEP_THREAD, queues)

    def settle(self, known: Known, told: Iterable[str], mails: Iterable[str], positions: dict[str, Position], now: int) -> None:
        """Keep that Kafka has all that was made of some mails, and how far the folders were read.

        told: the mails whose messages were sent. mails: all that were read, each by its key.
        """
        answers = ((thread, one) for thread, found in known.answers.items() for one in found)
        waiting = {one.id: (one.id, thread, one.time, one.data.get("agent", "")) for thread, one in answers}
        done = {*told, *mails} - waiting.keys()
        places = ((place, one.validity, one.uid) for place, one in positions.items())
        with self._usable(), self._transaction():
            self._file.executemany("delete from answers where key = ?", ((key,) for key in done))
            self._file.executemany("insert or replace into answers values (?, ?, ?, ?)", waiting.values())
            self._file.executemany("insert or replace into mails values (?, ?)", ((key, now) for key in done))
            self._file.executemany("insert or replace into folders values (?, ?, ?)", places)

    def forget(self, now: int) -> None:
        """Leave out what was seen last long before `now` (ms)."""
        with self._usable(), self._transaction():
            for table in FORGET:
                self._file.execute(f"delete from {table} where seen < ?", (now - REMEMBERED,))  # noqa: S608 - our own words
            self._file.execute("delete from answers where time < ?", (now - REMEMBERED,))

    def _begin(self, origin: str) -> None:
        self._file.execute("pragma locking_mode = exclusive")
        self._file.execute("pragma synchronous = full")
        self._file.execute("begin exclusive")
        for statement in TABLES.split(";"):
            self._file.execute(statement)
        row = self._file.execute("select version, origin from about").fetchone()
        if row is None:
            self._file.execute("insert into about values (?, ?)", (VERSION, origin))
        self._file.execute("commit")
        if row is not None and row[0] != VERSION:
            raise DataError(f"{self._path} is no saved position of this version: remove it to {AGAIN}.")
        if row is not None and row[1] != origin:
            raise DataError(f"{self._path} is the saved position of the origin {row[1]}: name another file with --state.")

    def _rows(self, statement: str, values: Iterable[str]) -> Iterator[Any]:
        found = list(values)
        for begin in range(0, len(found), AT_ONCE):
            some = found[begin : begin + AT_ONCE]
            yield from self._file.execute(statement.format(", ".join("?" * len(some))), some)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._file.execute("begin")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self._file.execute("rollback")
            raise
        self._file.execute("commit")

    @contextmanager
    def _usable(self) -> Iterator[None]:
        path = self._path
        try:
            yield
        except sqlite3.OperationalError as refused:
            if "locked" in str(refused):
                raise PartMissing(f"Another intake uses {path}: stop it, or name another file with --state.") from None
            raise PartMissing(f"{path} cannot be written ({refused}): make room, or name another file with --state.") from None
        except sqlite3.DatabaseError:
            raise DataError(f"{path} is no saved position of this version: remove it to {AGAIN}.") from None
        except OSError as refused:
            raise PartMissing(f"{path} cannot be written ({refused.strerror}): make room, or name another file with --state.") from None
