"""One number of a measure by name: `csat.ratio`, `service_level[strict,120]`, `handle_mean_seconds`.

In brackets stand the first values of a row of a table, in the order of its columns; behind a dot the column or the field that
counts, `ratio` where none is named. A table without brackets means its row with the largest number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

SHAPE: Final = re.compile(r"([a-z][a-z0-9_]*)(?:\[([^\[\]]+)\])?(?:\.([a-z][a-z0-9_]*))?")
DEFAULT: Final = "ratio"
LOW: Final = "low"
"""The lower bound of a survey's figure, in the same unit."""
RATE: Final = "response_rate"
"""Of a survey, the share of those asked who answered."""
WORDS: Final = frozenset({"question"})
"""Fields that name what a number is of, also where nothing was counted."""


@dataclass(frozen=True, slots=True)
class Path:
    """measure: its name. keys: the first values of the row, none for no row in particular. part: the field, "" where none is named."""

    measure: str
    keys: tuple[str, ...] = ()
    part: str = ""

    @property
    def field(self) -> str:
        """The field that counts."""
        return self.part or DEFAULT


@dataclass(frozen=True, slots=True)
class Number:
    """What a path leads to: the number (None: no data), the parts where it is a share of them, and the row that it is of."""

    value: float | None
    numerator: int | None = None
    denominator: int | None = None
    row: str = ""


NO_DATA: Final = Number(None)


def parsed(text: str) -> Path | None:
    """The path that is written so; None where it is none.

    >>> parsed("service_level[strict, 120]")
    Path(measure='service_level', keys=('strict', '120'), part='')
    """
    match = SHAPE.fullmatch(text.strip())
    if match is None:
        return None
    name, keys, part = match.groups()
    return Path(name, tuple(key.strip() for key in keys.split(",")) if keys else (), part or "")


def number(found: Any, path: Path) -> Number:
    """The number in what a measure gave (see `Measure.read`)."""
    if isinstance(found, list):
        rows = [row for row in found if _is(row, path.keys)]
        numbers = [one for row in rows if (one := _of(row, path)).value is not None]
        return max(numbers, key=lambda one: (one.value, one.row), default=NO_DATA)
    if isinstance(found, Mapping):
        return _of(found, path)
    return NO_DATA if found is None else Number(float(found))


def rows(found: Any) -> list[str]:
    """The rows of a table as they are written in brackets."""
    return [_named(row) for row in found] if isinstance(found, list) else []


def leads(found: Any, path: Path) -> bool:
    """Whether the path leads anywhere in what a measure gave without data. A table without rows may have any."""
    if isinstance(found, list):
        matching = [row for row in found if _is(row, path.keys)]
        return not found or any(_counts(row, path.field) for row in matching)
    if isinstance(found, Mapping):
        return not path.keys and _counts(found, path.field)
    return not path.keys and not path.part


def _counts(row: Mapping[str, Any], field: str) -> bool:
    """Whether a field holds a number, and no name."""
    return field in row and field not in WORDS and not isinstance(row[field], str)


def thresholds(paths: Iterable[Path]) -> set[int]:
    """The times (ms) that paths name in brackets: readings must have them."""
    return {round(float(key) * 1000) for key in chain.from_iterable(path.keys for path in paths) if re.fullmatch(r"\d+(\.\d+)?", key)}


def _is(row: Mapping[str, Any], keys: tuple[str, ...]) -> bool:
    values = list(row.values())
    return len(keys) <= len(values) and all(key == str(value) for key, value in zip(keys, values, strict=False))


def _of(row: Mapping[str, Any], path: Path) -> Number:
    value = row.get(path.field)
    parts = (row.get("numerator"), row.get("denominator")) if path.field == DEFAULT else (None, None)
    return Number(None if value is None else float(value), *parts, row=_named(row))


def _named(row: Mapping[str, Any]) -> str:
    """A row by what stands before its numbers: names, and the thresholds that tell rows apart."""
    return ",".join(str(value) for name, value in row.items() if isinstance(value, str) or name == "within_seconds")
