"""Where a value stands in a record, and what it is for us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from stream.errors import RejectedRecord
from stream.sources.local_times import MILLISECOND, NAIVE_EPOCH, LocalClock
from stream.wire.fields import CLASSES, MOMENTS
from stream.wire.times import FIRST, LAST

LONGEST_TEXT: Final = 500
EPOCHS: Final = {"epoch": Decimal(1_000_000), "epoch_ms": Decimal(1_000), "epoch_us": Decimal(1), "epoch_ns": Decimal("0.001")}
"""Forms of a time that is a number, with how many microseconds one is."""
FORMS: Final = ("iso", *EPOCHS)
UNITS: Final = {"ms": Decimal(1), "s": Decimal(1_000), "min": Decimal(60_000), "us": Decimal("0.001")}
KINDS: Final[dict[type, str]] = {int: "number that is not negative", bool: "true or false"}
LARGEST: Final = Decimal(10) ** 20
UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)
WORDS: Final = {"true": True, "false": False}
MISSING: Final = object()
TIMESTAMP: Final = "@timestamp"
LONGEST_INDEX: Final = 7


def found(record: Any, path: str) -> Any:
    """What stands at a dotted path; None where nothing does. A name that has dots itself is found too, and a number leads into a list."""
    names = path.split(".")
    if path.startswith("@"):
        names = ["@", names[0][1:], *names[1:]]
    at = _at(record, names)
    return None if at is MISSING else at


def _at(value: Any, names: list[str]) -> Any:
    if not names:
        return value
    if isinstance(value, list):
        inside = names[0].isascii() and names[0].isdecimal() and len(names[0]) < LONGEST_INDEX and int(names[0]) < len(value)
        return _at(value[int(names[0])], names[1:]) if inside else MISSING
    if not isinstance(value, dict):
        return MISSING
    for taken in range(len(names), 0, -1):
        name = ".".join(names[:taken])
        if name in value and (deeper := _at(value[name], names[taken:])) is not MISSING:
            return deeper
    return MISSING


def text(value: Any) -> str | None:
    """A value as one word; None for what is none, such as an object."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, int | Decimal | UUID) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """How one of our fields is made. name: ours. paths: where it stands, the first one that has it; with `join`, all of them together.

    constant: the same for every record. values: their words -> ours. absent: words that mean nothing. unit: of a length of time, in ms.
    form: of a time.
    """

    name: str
    paths: tuple[str, ...] = ()
    constant: str | None = None
    join: str | None = None
    values: dict[str, str] | None = None
    absent: frozenset[str] = frozenset()
    unit: Decimal = UNITS["ms"]
    form: str = "iso"

    def of(self, record: dict[str, Any], clock: LocalClock) -> Any:
        """The field's value, None where the record has none. Raises RejectedRecord(bad_value) where it has another kind of value."""
        if self.constant is not None:
            return _word(self.name, self.constant)
        taken = self._joined(record) if self.join is not None else self._first(record)
        if taken is None:
            return None
        if isinstance(taken, list) and CLASSES.get(self.name) is list:
            return [self._made(one, clock) for one in taken]
        made = self._made(taken, clock)
        return [made] if made is not None and CLASSES.get(self.name) is list else made

    def of_time(self, record: dict[str, Any], clock: LocalClock) -> int:
        """The moment (ms) that stands there. Raises RejectedRecord where there is none."""
        taken = self._first(record)
        if taken is None:
            raise RejectedRecord("missing_field", f"{self._where()}, which is the time, is missing")
        try:
            return moment(taken, "epoch_ms" if self.paths == (TIMESTAMP,) else self.form, clock)
        except (ValueError, ArithmeticError):
            raise RejectedRecord("bad_value", f"{self._where()} is no time of the form {self.form}") from None

    def _first(self, record: dict[str, Any]) -> Any:
        for path in self.paths:
            taken = found(record, path)
            if taken is not None and taken != "" and text(taken) not in self.absent:
                return taken
        return None

    def _joined(self, record: dict[str, Any]) -> str | None:
        parts = [text(found(record, path)) for path in self.paths]
        if any(one is None or one == "" for one in parts):
            return None
        return str(self.join).join(one for one in parts if one is not None)

    def _made(self, taken: Any, clock: LocalClock) -> Any:
        if self.values is not None:
            word = text(taken)
            if word is None or word not in self.values:
                raise RejectedRecord("bad_value", f"{self._where()} has a value that the mapping does not name")
            return _word(self.name, self.values[word])
        wanted = CLASSES.get(self.name, str)
        try:
            if self.name in MOMENTS:
                return moment(taken, self.form, clock)
            if wanted is int:
                return _whole(taken, self.unit)
            if wanted is bool:
                return taken if isinstance(taken, bool) else WORDS[str(text(taken)).lower()]
        except (ValueError, ArithmeticError, KeyError):
            raise RejectedRecord("bad_value", f"{self._where()} is no {'time' if self.name in MOMENTS else KINDS[wanted]}") from None
        if wanted is dict:
            return taken
        word = text(taken)
        if word is None or len(word) > LONGEST_TEXT:
            raise RejectedRecord("bad_value", f"{self._where()} is no text of up to {LONGEST_TEXT} signs")
        return word

    def _where(self) -> str:
        return " or ".join(self.paths)


def moment(taken: Any, form: str, clock: LocalClock) -> int:
    """A time in ms. Raises ValueError or ArithmeticError for what is none, or beyond every calendar."""
    if isinstance(taken, datetime):
        at = _of(taken, clock)
    elif form == "iso":
        if not isinstance(taken, str):
            raise ValueError(form)  # noqa: TRY004 - it is the record that is wrong
        at = _of(datetime.fromisoformat(taken.strip()), clock)
    else:
        at = int(_decimal(taken) * EPOCHS[form] // 1_000)
    if not FIRST <= at <= LAST:
        raise ValueError(form)
    return at


def _of(at: datetime, clock: LocalClock) -> int:
    if at.tzinfo is not None:
        return (at - UNIX) // MILLISECOND
    return clock.utc((at - NAIVE_EPOCH) // MILLISECOND)


def _whole(taken: Any, unit: Decimal) -> int:
    if isinstance(taken, timedelta):
        return _not_negative(taken // MILLISECOND)
    return _not_negative(round(_decimal(taken) * unit))


def _not_negative(number: int) -> int:
    if number < 0:
        raise ValueError(number)
    return number


def _decimal(taken: Any) -> Decimal:
    if isinstance(taken, bool) or not isinstance(taken, int | float | Decimal | str):
        raise ValueError(type(taken).__name__)  # noqa: TRY004 - as above
    number = Decimal(str(taken).strip())
    if not abs(number) < LARGEST:
        raise ValueError(LARGEST)
    return number


def _word(name: str, word: str) -> Any:
    """A word of the mapping as the field's kind of value; the mapping's reader has seen to it that it is one."""
    wanted = CLASSES.get(name, str)
    if wanted is bool:
        return WORDS[word]
    return int(word) if wanted is int else word


def clock_of(zone: tzinfo) -> LocalClock:
    """The clock for times that say no offset."""
    return LocalClock(zone)
