"""The source `database`: finished calls in a table or a view, one a row, read with the mapping of `call-log`.

    database:
      url_env: CALLS_URL             # or url_file; it holds a password, so it is not written here
      table: finished_calls          # or a view; schema: reporting, where it is not in the default one
      high_water: id                 # a column that grows with every new row: a number, or a date and time
      tie_breaker: [call_id]         # what tells rows of one high water apart; not needed where it is unique
      look_back: 1000                # numbers, or a length of time such as 10m: how late a row may appear below the high water
      poll: 10s
      batch: 1000

What is not in `database` is the mapping of the call log. A row becomes what the same row in an exported file becomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson

from stream.config.quantities import read_duration
from stream.config.yaml import Item, Section
from stream.sources.call_log import NAME as CALL_LOG
from stream.sources.mapping import DATABASE, LINE, CallLogMapping, read_mapping

NAME: Final = "database"
HELP: Final = "a table of finished calls in a database, read again and again"
EVENTS_OF: Final = CALL_LOG
"""Events are named as those of a file are, so that an export published before and the table afterwards count once."""

KEYS: Final = ("url_env", "url_file", "schema", "table", "high_water", "tie_breaker", "look_back", "poll", "batch")
NUMBERS_BACK: Final = 1_000
TIME_BACK: Final = timedelta(minutes=10)
LOCAL_BACK: Final = timedelta(minutes=90)
"""Where times are local the clock goes back an hour in autumn, and so does the high water of new rows."""
LARGEST_BATCH: Final = 100_000
POLL: Final = 10_000
"""In ms."""

Mark = int | Decimal | float | datetime | str
"""A value of the high-water column."""
Key = tuple[Any, ...]
"""What a row is found by: its high water, then its tie-breakers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """A table that is followed. look_back: as written, None where nothing was; poll in ms; batch in rows; zone: of times without offset.

    needed: the columns that are read besides those of the key. optional: further ones, read where the table has them.
    text_times: whether the high water may be a text that holds a date and time.
    """

    section: Section
    schema: str | None
    table: Item
    high_water: Item
    tie_breaker: tuple[Item, ...]
    look_back: Item | None
    poll: int
    batch: int
    zone: tzinfo
    needed: tuple[Item, ...]
    optional: tuple[str, ...] = ()
    text_times: bool = False

    def key(self) -> tuple[Item, ...]:
        """The columns that a row is found by."""
        return (self.high_water, *self.tie_breaker)

    def columns(self) -> tuple[Item, ...]:
        """Every column that must be there, each once; with the optional ones nothing else leaves the database."""
        return tuple({item.text: item for item in (*self.key(), *self.needed)}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseMapping(TableMapping):
    """The mapping of a table of finished calls as it was read."""

    calls: CallLogMapping


def read(file: Section) -> DatabaseMapping:
    """Read the mapping, refusing what cannot be meant."""
    calls = read_mapping(file)
    for item in calls.contact_id:
        if item.text == LINE:
            raise item.error(f"the rows of a table have no line, so {LINE} is no part of an id: name the columns that together name a call")
    section = file.section(DATABASE)
    section.only(*KEYS)
    return DatabaseMapping(calls=calls, **table_of(section, calls.zone), needed=calls.columns())


def table_of(section: Section, zone: tzinfo, poll: int = POLL) -> dict[str, Any]:
    """What `database` says of any table, as arguments of `TableMapping`. poll: in ms, where the section has none."""
    batch = section.number("batch", 1_000)
    if batch != int(batch) or not 1 <= batch <= LARGEST_BATCH:
        raise section.error(f"batch cannot be {batch:g}: write a whole number of rows between 1 and {LARGEST_BATCH}", "batch")
    high_water, ties = section.item("high_water"), section.items("tie_breaker")
    section.words("tie_breaker")
    for item in ties:
        if item.text == high_water.text:
            raise item.error(f"{item.text} is the high water already: leave tie_breaker out, or name another column")
    return {
        "section": section,
        "schema": section.text("schema") if "schema" in section else None,
        "table": section.item("table"),
        "high_water": high_water,
        "tie_breaker": ties,
        "look_back": section.item("look_back") if "look_back" in section else None,
        "poll": section.duration("poll", poll),
        "batch": int(batch),
        "zone": zone,
    }


def look_back(mapping: TableMapping, kind: type, *, zoned: bool) -> int | timedelta:
    """How far below the high water rows are read again, in the unit of its column.

    kind: what the column holds. zoned: whether its times say their offset. Raises DeclarationError where the column cannot be a high
    water, or the look-back has another unit.
    """
    written = mapping.look_back
    if issubclass(kind, datetime) or (mapping.text_times and issubclass(kind, str)):
        if written is None:
            return TIME_BACK if zoned or same_all_year(mapping.zone) else LOCAL_BACK
        try:
            return timedelta(milliseconds=read_duration(written.text))
        except ValueError as refused:
            raise written.error(f"look_back cannot be {written.text}, because {mapping.high_water.text} is a time: {refused}") from None
    if issubclass(kind, int | Decimal | float) and not issubclass(kind, bool):
        if written is None:
            return NUMBERS_BACK
        if not (written.text.isascii() and written.text.isdecimal()):
            problem = f"look_back cannot be {written.text}, because {mapping.high_water.text} is a number: write how many, for example 1000"
            raise written.error(problem)
        return int(written.text)
    problem = f"{mapping.high_water.text} is neither a number nor a date and time: name a column that grows with every new row"
    raise mapping.high_water.error(problem)


def same_all_year(zone: tzinfo) -> bool:
    """Whether the clock of a zone is never changed, as far as one can see: UTC, or the same in both halves of several years."""
    offsets = {zone.utcoffset(datetime(year, month, 1)) for year in range(2015, 2036) for month in (1, 4, 7, 10)}  # noqa: DTZ001 - local
    return len(offsets) == 1


def below(mark: Mark, back: int | timedelta) -> Any:
    """The value from which rows are read again where the high water was `mark`. Raises ValueError for a text that is no date and time."""
    if isinstance(mark, str):
        return as_text(below(datetime.fromisoformat(mark.strip()), back))
    try:
        return mark - back  # type: ignore[operator]  # numbers go with numbers and times with lengths: `look_back` sees to that
    except OverflowError:
        return datetime.min.replace(tzinfo=mark.tzinfo) if isinstance(mark, datetime) else mark


def as_text(moment: datetime) -> str:
    """A date and time as tables have it that keep it as a text: texts of one form are in the order of their times."""
    return moment.isoformat(" ", "microseconds")


def text(value: Any, *, names: bool = False) -> str:
    """A value as an exported file would have it, without surrounding blanks; nothing where it is NULL.

    names: whether it names a contact. Bytes are then hexadecimal digits: as text two ids that are none would be one.
    """
    if value is None:
        return ""
    if names and isinstance(value, BYTES):
        return bytes(value).hex()
    written = next((write for kind, write in WRITTEN if isinstance(value, kind)), str)
    return written(value).strip()


def raw(columns: Sequence[str], fields: Sequence[str]) -> bytes:
    """A row as dead-letters keep it."""
    return orjson.dumps(dict(zip(columns, fields, strict=True)))


def place(value: Any) -> int:
    """A high water as a number for dead-letters: itself, or the milliseconds of its time."""
    if isinstance(value, datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 1000)
    try:
        return max(0, int(value))
    except (ValueError, OverflowError):
        return 0


def key_part(value: Any, item: Item) -> Any:
    """A value of a key column as it is compared and kept; None where it is NULL. Raises DeclarationError for what cannot be kept."""
    if value is None:
        return None
    if isinstance(value, BYTES):
        return bytes(value)
    refuse_unkept(type(value), item)
    return value


def refuse_unkept(kind: type, item: Item) -> None:
    """Raise DeclarationError where what a key column holds cannot be kept in the saved position."""
    if not any(issubclass(kind, one) for one, _ in KEPT.values()) or issubclass(kind, bool):
        problem = f"{item.text} holds values of the type {kind.__name__}, which cannot be kept"
        raise item.error(f"{problem}: name a column of numbers, texts, bytes, UUIDs, or dates, or let a view write it as a text")


def plain(value: Any) -> list[str]:
    """A part of a key as values that JSON holds: what it is, then its text. Raises ValueError for what cannot be kept."""
    for name, (kind, _) in KEPT.items():
        if isinstance(value, kind) and not isinstance(value, bool):
            return [name, value.isoformat() if isinstance(value, date) else value.hex() if isinstance(value, bytes) else str(value)]
    raise ValueError(type(value).__name__)


def restored(kept: Sequence[str]) -> Any:
    """The reverse of `plain`. Raises ValueError where it is damaged."""
    try:
        name, written = kept
        return KEPT[name][1](written)
    except (KeyError, TypeError, ArithmeticError):
        raise ValueError(str(kept)) from None


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)


def _length(value: timedelta) -> str:
    whole, sign = abs(value), "-" if value < timedelta() else ""
    seconds = whole.days * 86_400 + whole.seconds
    fraction = f".{whole.microseconds:06d}".rstrip("0") if whole.microseconds else ""
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"


EXACT: Final = 2**53
"""Below it a float that is whole is written as a whole number, as databases do."""
BYTES: Final = (bytes, bytearray, memoryview)
"""How drivers give columns of bytes (`bytea`, `BINARY(16)`, `BLOB`)."""
WRITTEN: Final[tuple[tuple[Any, Any], ...]] = (
    (str, str),
    (bool, lambda value: "true" if value else "false"),
    (Decimal, lambda value: format(value, "f")),
    (float, _number),
    (timedelta, _length),
    (BYTES, lambda value: bytes(value).decode("utf-8", "replace")),
)
"""How values are written whose `str` is not what an exported file has."""
KEPT: Final[dict[str, tuple[type, Any]]] = {
    "time": (datetime, datetime.fromisoformat),
    "day": (date, date.fromisoformat),
    "whole": (int, int),
    "decimal": (Decimal, Decimal),
    "number": (float, float),
    "text": (str, str),
    "uuid": (UUID, UUID),
    "bytes": (bytes, bytes.fromhex),
}
"""What a key can be made of, with how it is read back."""
