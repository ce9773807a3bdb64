"""A vendor's report as cells: what it prints for a queue, an interval and a figure.

Read strictly: a report that is read wrongly would be explained wrongly, so one bad row refuses the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from stream.core.windows import Calendar
from stream.errors import DataError
from stream.reconcile.mapping import CLOCKS, Figure, ReportMapping
from stream.sources.local_times import LocalClock, moment
from stream.sources.records import Rejected
from stream.sources.table import Row, Table, other_columns

SIXTY: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One printed figure. value: as printed, as an exact number; None where the report has none. within: threshold, ms.

    queue: "" for all queues together. start, end: the interval in ms UTC. line: where it stands in the file.
    """

    queue: str
    start: int
    end: int
    text: str
    value: Fraction | None
    within: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """All cells of one figure. decimals: as many as its most precise cell has, because trailing zeros are often left out."""

    figure: Figure
    decimals: int
    cells: tuple[Cell, ...]


class Intervals:
    """The grid of a report: intervals of one length, counted from local midnight."""

    def __init__(self, mapping: ReportMapping) -> None:
        """Take zone and length from the mapping."""
        self._calendar = Calendar(mapping.zone)
        self._length = mapping.length

    def around(self, at: int) -> tuple[int, int]:
        """The interval [start, end) around a moment, ms."""
        begin, end = self._calendar.day(at)
        if self._length is None:
            return begin, end
        start = begin + (at - begin) // self._length * self._length
        return start, min(start + self._length, end)

    def iso(self, at: int) -> str:
        """A moment in local time, with its offset."""
        return self._calendar.iso(at)


def read_report(lines: Iterable[bytes], mapping: ReportMapping, path: str) -> tuple[Column, ...]:
    """The columns of a report. Raises DeclarationError where the mapping and the header differ, DataError for a row it cannot read."""
    table = Table(lines, mapping.layout)
    if table.refused is not None:
        raise DataError(f"{path}:{table.refused.line}: {table.refused.detail}: write its encoding and delimiter under format.")
    if not table.columns:
        raise DataError(f"{path} is empty: export the report again, with its header.")
    at = {name: index for index, name in enumerate(table.columns)}
    for item in mapping.columns():
        if item.text not in at:
            raise item.error(f"the report has no column {item.text}: {other_columns(item.text, table.columns)}")
    reader = _Rows(mapping, at, path)
    for row in table:
        if isinstance(row, Rejected):
            raise DataError(f"{path}:{row.line}: {row.detail}: mend the line, or write its delimiter and quote under format.")
        reader.take(row)
    if not reader.places:
        raise DataError(f"{path} has no rows: export the report again, or see whether leave_out leaves all of them out.")
    return tuple(
        Column(figure=figure, decimals=reader.decimals[index], cells=tuple(reader.cells[index]))
        for index, figure in enumerate(mapping.figures)
    )


class _Rows:
    """Takes row after row."""

    def __init__(self, mapping: ReportMapping, at: dict[str, int], path: str) -> None:
        self._mapping = mapping
        self._at = at
        self._path = path
        self._moment = moment(mapping.start_format, LocalClock(mapping.zone))
        self._intervals = Intervals(mapping)
        self._near: int | None = None
        self.places: dict[tuple[str, int], int] = {}
        self.cells: list[list[Cell]] = [[] for _ in mapping.figures]
        self.decimals = [0] * len(mapping.figures)

    def take(self, row: Row) -> None:
        mapping = self._mapping
        if mapping.leave_out_column is not None and row.fields[self._at[mapping.leave_out_column.text]] in mapping.leave_out:
            return
        queue, (start, end) = self._queue(row), self._interval(row)
        if (queue, start) in self.places:
            also = self.places[queue, start]
            raise self._error(row, f"queue and interval stand in line {also} too: sum the rows first, or name totals under leave_out")
        self.places[queue, start] = row.line
        for index, figure in enumerate(mapping.figures):
            text = row.fields[self._at[figure.column.text]]
            value, decimals = self._value(row, text, figure)
            self.decimals[index] = max(self.decimals[index], decimals)
            cell = Cell(queue=queue, start=start, end=end, text=text, value=value, within=self._within(row, figure), line=row.line)
            self.cells[index].append(cell)

    def _queue(self, row: Row) -> str:
        mapping = self._mapping
        if mapping.queue_column is None:
            return mapping.queue_value
        word = row.fields[self._at[mapping.queue_column.text]]
        if not word:
            raise self._error(row, f"{mapping.queue_column.text} is empty: name the queue, or the row under leave_out")
        if mapping.queues is None:
            return word
        if word not in mapping.queues:
            raise self._error(row, f"the queue {word} is not among queue.values: add it, or name it under leave_out")
        return mapping.queues[word]

    def _interval(self, row: Row) -> tuple[int, int]:
        mapping = self._mapping
        text = " ".join(row.fields[self._at[item.text]] for item in mapping.starts)
        # Rows go on in time: of an hour that the clock shows twice the second is taken after the first.
        try:
            start = self._moment(text, self._near)
        except (ValueError, OverflowError):
            raise self._error(row, f"{text or 'nothing'} is no start of the form {mapping.start_format}: mend interval.format") from None
        found = self._intervals.around(start)
        if found[0] != start:
            raise self._error(row, f"no interval of this length begins at {text}: mend interval.length or time_zone")
        self._near = found[1]
        return found

    def _within(self, row: Row, figure: Figure) -> int:
        if figure.within_column is None:
            return figure.within or 0
        value, _ = self._number(row, row.fields[self._at[figure.within_column.text]], figure.within_column.text)
        if value is None:
            raise self._error(row, f"{figure.within_column.text} is empty: write the threshold in seconds")
        return round(value * 1_000)

    def _value(self, row: Row, text: str, figure: Figure) -> tuple[Fraction | None, int]:
        name = figure.column.text
        if figure.form in CLOCKS and not self._is_absent(text):
            return self._clock(row, text, figure.form, name)
        value, decimals = self._number(row, text.removesuffix("%").rstrip() if figure.form == "percent" else text, name)
        if value is not None and figure.form == "count" and value.denominator != 1:
            raise self._error(row, f"{name} is {text}, which is no whole number: mend numbers.decimal or thousands")
        if value is not None and figure.name == "service_level" and value > figure.scale:
            raise self._error(
                row, f"{name} is {text}, more than {figure.scale} as a {figure.form}: mend service_level.as or numbers.decimal"
            )
        return value, decimals

    def _is_absent(self, text: str) -> bool:
        return not text or text in self._mapping.absent

    def _number(self, row: Row, text: str, name: str) -> tuple[Fraction | None, int]:
        if self._is_absent(text):
            return None, 0
        mapping = self._mapping
        plain = text.replace(mapping.thousands, "") if mapping.thousands else text
        whole, _, rest = plain.partition(mapping.decimal)
        if not (whole or "0").isdecimal() or not (rest or "0").isdecimal() or not (whole or rest):
            raise self._error(row, f"{name} is {text}, which is no number: mend the cell, or numbers.decimal, thousands and absent")
        return Fraction(int((whole or "0") + rest), 10 ** len(rest)), len(rest)

    def _clock(self, row: Row, text: str, form: str, name: str) -> tuple[Fraction, int]:
        *parts, last = text.split(":")
        seconds, _, rest = last.partition(self._mapping.decimal)
        fields = [*parts, seconds]
        if len(fields) != form.count(":") + 1 or not all(part.isdecimal() for part in (*fields, rest or "0")):
            raise self._error(row, f"{name} is {text}, which is no time of the form {form}: mend the cell, or its key as")
        if any(int(part) >= SIXTY for part in fields[1:]):
            raise self._error(row, f"{name} is {text}, with sixty or more in a place that ends at 59: mend the cell, or its key as")
        total = 0
        for part in fields:
            total = total * SIXTY + int(part)
        return total + Fraction(int(rest or "0"), 10 ** len(rest)), len(rest)

    def _error(self, row: Row, problem: str) -> DataError:
        return DataError(f"{self._path}:{row.line}: {problem}.")
