"""Delimited text (CSV, TSV) as rows of fields, so that no line is lost: what cannot be read comes out as `Rejected`."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from stream.config.yaml import suggestion
from stream.sources.records import Rejected

NO_NAME = re.compile(r"@|[0-9]{3}|^[0-9+.:-]+$|.{60}")
"""In what is no name of a column: an address, a number, a moment, a text."""

BOM = b"\xef\xbb\xbf"
LONGEST_ROW = 100
"""Lines that one quoted row may span; beyond it the quote is taken for a stray one and only its first line is rejected."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the fields of a file are written; `columns` is None where its first line names them."""

    delimiter: str = ","
    quote: str | None = '"'
    encoding: str = "utf-8"
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one row, as text without surrounding blanks, and where the row began."""

    fields: list[str]
    raw: bytes
    line: int


def other_columns(word: str, columns: Sequence[str]) -> str:
    """What to write in the place of a column that is not there: what `suggestion` says, unless the columns are no names but a row.

    A file without its header shows a caller's name and number as its columns.
    """
    if any(not name or NO_NAME.search(name) for name in columns):
        return "its first line is not the names of its columns: give it one, or name them under format: columns"
    return suggestion(word, columns)


class Table:
    """The rows of one file."""

    def __init__(self, lines: Iterable[bytes], layout: Layout) -> None:
        """Begin to read: the header is taken here; one that cannot be read stands in `refused`, and then there are no columns."""
        self._layout = layout
        self._lines = iter(lines)
        self._waiting: deque[bytes] = deque()
        self._line = 0
        self.refused: Rejected | None = None
        self._quote = layout.quote.encode(layout.encoding) if layout.quote else b""
        self.columns: tuple[str, ...] = layout.columns or self._header()

    def __iter__(self) -> Iterator[Row | Rejected]:
        """All rows below the header; empty lines are skipped."""
        width = len(self.columns)
        while (line := self._next()) is not None:
            if not line.strip():
                continue
            number = self._line
            row = self._parsed(line, number, width)
            if isinstance(row, Rejected) and self._quote and line.count(self._quote) % 2:
                row = self._spanning(line, number, width)
            yield row

    def _header(self) -> tuple[str, ...]:
        while (line := self._next()) is not None:
            if line.strip():
                parsed = self._parsed(line.removeprefix(BOM), self._line, 0)
                if isinstance(parsed, Rejected):
                    self.refused = parsed
                    break
                return tuple(parsed.fields)
        return ()

    def _next(self) -> bytes | None:
        line = self._waiting.popleft() if self._waiting else next(self._lines, None)
        self._line += line is not None
        return line

    def _spanning(self, first: bytes, number: int, width: int) -> Row | Rejected:
        """A row whose quotes are open at the end of its line: taken together with the lines up to the closing quote."""
        taken = [first]
        quotes = first.count(self._quote)
        while quotes % 2 and len(taken) < LONGEST_ROW and (line := self._next()) is not None:
            taken.append(line)
            quotes += line.count(self._quote)
        if quotes % 2 == 0:
            row = self._parsed(b"".join(taken), number, width)
            if isinstance(row, Row):
                return row
        self._waiting.extendleft(reversed(taken[1:]))
        self._line = number
        return Rejected("undecodable", "a quote is opened in this line and never closed", first, number)

    def _parsed(self, raw: bytes, number: int, width: int) -> Row | Rejected:
        try:
            text = raw.decode(self._layout.encoding)
        except UnicodeDecodeError:
            return Rejected("undecodable", f"the line is not {self._layout.encoding} text", raw, number)
        quote = self._layout.quote
        if quote is None or quote not in text:
            fields = text.rstrip("\r\n").split(self._layout.delimiter)
        else:
            try:
                fields = next(csv.reader([text], delimiter=self._layout.delimiter, quotechar=quote, strict=True))
            except csv.Error:
                return Rejected("undecodable", "the quotes of the line cannot be read", raw, number)
        if width and len(fields) != width:
            reason = "missing_field" if len(fields) < width else "bad_value"
            detail = f"the line has {len(fields)} fields where the header has {width}"
            if len(fields) == 1:
                at = self._layout.delimiter
                detail = f"the line has 1 field where {width} are expected (split at {at!r}; name another delimiter under format)"
            return Rejected(reason, detail, raw, number)
        return Row([field.strip() for field in fields], raw, number)
