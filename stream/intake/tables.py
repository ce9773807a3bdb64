"""Reads a table of a database by SQLAlchemy: a batch of rows above a key, in a transaction that can change nothing.

Only the columns that the mapping names are selected. All that the database says no to is `PartMissing`, without its password.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, MetaData, Select, Table, and_, create_engine, event, func, or_, select
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from stream.config.yaml import suggestion
from stream.errors import PartMissing, WrongUse
from stream.sources.database import Key, TableMapping, as_text, below, look_back, refuse_unkept

DRIVERS: Final = {"postgresql": "postgresql+pg8000", "postgres": "postgresql+pg8000"}
"""What is meant where the address names no driver."""
READ_ONLY: Final = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
"""How a session is made one that cannot write; elsewhere that is the user's rights alone."""
MOST_COUNTED: Final = 100_000
"""Rows that are counted at most to say how many are left: counting all of a large table would take longer than reading."""
AHEAD: Final = timedelta(days=1)
"""A row whose time is further in the future is not read before its time: until then each sweep would read it again."""


DENIED: Final = "let one who may do so run: grant select on {} to the user in url"
SIGN_IN: Final = "check the user and the password in what url names"
UNKNOWN: Final = "check the name of the database at the end of what url names"
AWAY: Final = "check host and port in what url names, and that the database runs there and lets this machine in"
NO_FILE: Final = "check the file that url names: it is no database of SQLite"
ANY: Final = "check that it runs, what url names, and the rights of its user"
CODES: Final = {
    DENIED: ("42501", "1142", "1143"),
    SIGN_IN: ("28000", "28P01", "1045"),
    UNKNOWN: ("3D000", "1044", "1049"),
    AWAY: ("2002", "2003"),
    NO_FILE: ("SQLITE_NOTADB",),
}
"""What to do about what a database says no to, and its own codes for it: SQLSTATE of PostgreSQL, numbers of MySQL, names of SQLite."""
ADVICE: Final = {code: advice for advice, codes in CODES.items() for code in codes}
# What a broken connection says while it is thrown away, with a traceback, the intake says in one sentence.
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)


class Rows:
    """The rows of the table, in the order of their keys."""

    def __init__(self, mapping: TableMapping, address: str) -> None:
        """Connect and look at the table. Raises DeclarationError, WrongUse, or PartMissing where the database does not answer."""
        url = _url(mapping, address)
        self._secrets = [one for one in (url.password, address) if one]
        self._mapping = mapping
        self._engine = _engine(mapping, url)
        try:
            self._look(mapping)
        except BaseException:
            self.close()
            raise

    def _look(self, mapping: TableMapping) -> None:
        """What there is to be read."""
        table = self._reflected()
        known = [column.name for column in table.columns]
        for item in mapping.columns():
            if item.text not in known:
                raise item.error(f"the table {table.name} has no column {item.text}: {suggestion(item.text, known)}")
        needed = tuple(item.text for item in mapping.columns())
        self.columns = (*needed, *(name for name in mapping.optional if name in known and name not in needed))
        self._selected = [table.columns[name] for name in self.columns]
        self._keys: list[Column[Any]] = [table.columns[item.text] for item in mapping.key()]
        mark, *ties = self._keys
        self._zoned = bool(getattr(mark.type, "timezone", False))
        kind = _kind(mark) or type(None)
        self.look_back = look_back(mapping, kind, zoned=self._zoned)
        for item, tie in zip(mapping.tie_breaker, ties, strict=True):
            if (held := _kind(tie)) is not None:
                refuse_unkept(held, item)
        self._text = mapping.text_times and issubclass(kind, str)
        self._timed = self._text or issubclass(kind, datetime)
        self._read(select(*self._selected).limit(1))  # a table is seen without the right to read it

    def close(self) -> None:
        """Disconnect."""
        self._engine.dispose()

    def newest(self, now: datetime) -> Any:
        """The high water of the table; None where it has no row. One of the future is none: it would hide all that come until then."""
        mark = self._keys[0]
        return self._read(select(func.max(mark)).where(*self._upto(now)))[0][0]

    def ahead(self, mark: Any, now: datetime) -> bool:
        """Whether a value of the high-water column is a time that has not come."""
        return self._timed and bool(mark > self._local(now, zoned=_zoned(mark)))

    def come(self, mark: Any, now: datetime) -> Any:
        """A saved high water, or now where rows of now would be below its look-back."""
        if not self._timed or mark is None:
            return mark
        local = self._local(now, zoned=_zoned(mark))
        return local if below(mark, self.look_back) > local else mark

    def batch(self, after: Key | None, since: Any, now: datetime) -> list[tuple[Any, ...]]:
        """The next rows: above the key `after`, or else from the high water `since` on, or else from the first row on.

        One more than a batch is given where there are more, so that two of one key are seen wherever a batch ends.
        """
        query = select(*self._selected).where(*self._above(after, since), *self._upto(now + AHEAD))
        return self._read(query.order_by(*self._keys).limit(self._mapping.batch + 1))

    def left(self, after: Key, now: datetime) -> int:
        """How many rows are above a key, as far as they are counted."""
        some = select(self._keys[0]).where(*self._above(after, None), *self._upto(now + AHEAD)).limit(MOST_COUNTED).subquery()
        return int(self._read(select(func.count()).select_from(some))[0][0])

    def _above(self, after: Key | None, since: Any) -> list[Any]:
        if after is None:
            return [] if since is None else [self._keys[0] >= since]
        if len(after) == 1:
            return [self._keys[0] > after[0]]
        # Written out, because not every database compares rows of values; the first condition lets an index be used.
        ways = [and_(*(self._keys[i] == after[i] for i in range(depth)), self._keys[depth] > after[depth]) for depth in range(len(after))]
        return [self._keys[0] >= after[0], or_(*ways)]

    def _upto(self, limit: datetime) -> list[Any]:
        if not self._timed:
            return [self._keys[0].is_not(None)]
        return [self._keys[0] <= self._local(limit, zoned=self._zoned)]

    def _local(self, moment: datetime, *, zoned: bool) -> Any:
        """A moment as the high-water column has it: where its times say no offset, by the clock of the mapping's zone."""
        found = moment.astimezone(UTC) if zoned else moment.astimezone(self._mapping.zone).replace(tzinfo=None)
        return as_text(found) if self._text else found

    def _reflected(self) -> Table:
        name = self._mapping.table
        with self._answering():
            try:
                return Table(name.text, MetaData(), schema=self._mapping.schema, autoload_with=self._engine)
            except NoSuchTableError:
                problem = (
                    f"the database has no table or view {name.text} that its user may see: check table and schema, and the user's rights"
                )
                raise name.error(problem) from None

    def _read(self, query: Select[Any]) -> list[tuple[Any, ...]]:
        """The result of a query; its transaction ends at once."""
        with self._answering(), self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as refused:
            self._engine.dispose()  # whoever tries again connects anew
            raise PartMissing(
                f"The database of {self._mapping.section.path} says no ({self._said(refused)}): {self._advice(refused)}."
            ) from None

    def _advice(self, error: Exception) -> str:
        """What to do about it."""
        cause = _cause(error)
        told = cause.args[0] if cause.args else ""
        code = told.get("C", "") if isinstance(told, dict) else getattr(cause, "sqlite_errorname", told)
        schema, table = self._mapping.schema, self._mapping.table.text
        away = isinstance(cause, OSError) or isinstance(cause.__cause__, OSError)
        return ADVICE.get(str(code), AWAY if away else ANY).format(table if schema is None else f"{schema}.{table}")

    def _said(self, error: Exception) -> str:
        """What the database said, in one line, without a password."""
        cause = _cause(error)
        told = cause.args[0] if cause.args else ""
        words = told.get("M", "") if isinstance(told, dict) else str(cause.__cause__ or cause)
        for secret in self._secrets:
            words = words.replace(secret, "***")
        line = words.strip().splitlines()[0] if words.strip() else type(cause).__name__
        return line.rstrip(".")


def _kind(column: Column[Any]) -> type | None:
    """What a column holds; None where only its values tell."""
    try:
        return column.type.python_type
    except NotImplementedError:  # how SQLAlchemy says that a type of the database has none in Python
        return None


def _zoned(mark: Any) -> bool:
    """Whether a time says its offset. A text never does: it is compared as it is written."""
    return isinstance(mark, datetime) and mark.tzinfo is not None


def _cause(error: Exception) -> Any:
    """What the driver raised."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _url(mapping: TableMapping, address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError:
        raise WrongUse(
            f"What url names in {mapping.section.path} is no address of a database: write for example postgresql://user:password@host/name."
        ) from None
    if "@" in (url.host or "") or "@" in (url.database or ""):
        raise WrongUse(f"The address that url names in {mapping.section.path} has a second @: write it in the password as %40.")
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise PartMissing(f"There is no file of SQLite where url of {mapping.section.path} says: check its name, three slashes before it.")
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def _engine(mapping: TableMapping, url: URL) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, pool_size=1, max_overflow=0)
    except NoSuchModuleError:
        raise WrongUse(f"SQLAlchemy knows no database {url.drivername}: check the beginning of what url names.") from None
    except ModuleNotFoundError as missing:
        raise PartMissing(
            f"The driver of this database is not installed ({missing.name}): install it with pip beside Answerable."
        ) from None
    except (ArgumentError, TypeError, ValueError):
        raise WrongUse(f"What url names in {mapping.section.path} is no address that {url.drivername} takes: check its options.") from None
    dialect = engine.dialect.name

    @event.listens_for(engine, "connect")
    def begin(connection: Any, _record: Any) -> None:
        if dialect == "sqlite":
            connection.text_factory = lambda found: found.decode("utf-8", "replace")  # one spoilt text must not end the reading of all
        if dialect in READ_ONLY:
            cursor = connection.cursor()
            cursor.execute(READ_ONLY[dialect])
            cursor.close()
            if dialect != "sqlite":
                connection.commit()

    return engine
