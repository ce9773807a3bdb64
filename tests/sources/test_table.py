"""Delimited text is read row by row, and no line of it is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stream.sources.records import Rejected
from stream.sources.table import Layout, Row, Table


def read(text: bytes, layout: Layout | None = None) -> list[tuple[int, list[str] | str]]:
    """Line and fields of each row, line and detail of each reject."""
    table = Table(text.splitlines(keepends=True), layout or Layout())
    return [(row.line, row.detail if isinstance(row, Rejected) else row.fields) for row in table]


@pytest.mark.parametrize(
    ("text", "layout", "expected"),
    [
        (b"a,b\n1,2\r\n\n 3 , 4\n", Layout(), [(2, ["1", "2"]), (4, ["3", "4"])]),
        (b"\xef\xbb\xbfa;b\n1;2\n", Layout(";"), [(2, ["1", "2"])]),
        (b"1\t2\n", Layout("\t", None, columns=("a", "b")), [(1, ["1", "2"])]),
        (b'a,b\n"x, y","say ""hi"""\n', Layout(), [(2, ["x, y", 'say "hi"'])]),
        (b'a,b\n"two\nlines",2\n3,4\n', Layout(), [(2, ["two\nlines", "2"]), (4, ["3", "4"])]),
        (b'a\tb\n"1\t2\n', Layout("\t", None), [(2, ['"1', "2"])]),
        (b"a,b\ncaf\xe9,2\n", Layout(encoding="iso8859-1"), [(2, ["caf\xe9", "2"])]),
        (b"a,b\ncaf\xe9,2\n3,4\n", Layout(), [(2, "the line is not utf-8 text"), (3, ["3", "4"])]),
        (
            b"a,b\n1\n1,2,3\n",
            Layout(),
            [
                (2, "the line has 1 field where 2 are expected (split at ','; name another delimiter under format)"),
                (3, "the line has 3 fields where the header has 2"),
            ],
        ),
        (b'a,b\n1,"2\n3,4\n5,6\n', Layout(), [(2, "a quote is opened in this line and never closed"), (3, ["3", "4"]), (4, ["5", "6"])]),
        (b'a,b\n5" pipe,2\n3,4\n', Layout(), [(2, ['5" pipe', "2"]), (3, ["3", "4"])]),
        (b'a,b\n"1"x,2\n3,4\n', Layout(), [(2, "the quotes of the line cannot be read"), (3, ["3", "4"])]),
        (b"", Layout(), []),
        (b"a,b\n", Layout(), []),
    ],
)
def test_rows(text: bytes, layout: Layout, expected: list[tuple[int, list[str] | str]]) -> None:
    """Headers, quotes, empty lines, encodings and broken lines."""
    assert expected == read(text, layout)


def test_a_stray_quote_does_not_swallow_the_rows_below_it() -> None:
    """Two stray quotes far apart cost two lines, and not all those between them."""
    lines = [b"a,b\n", b'1,"2\n', *(b"%d,0\n" % number for number in range(150)), b'3,"4\n', b"5,6\n"]
    table = list(Table(lines, Layout()))
    rejected = [row.line for row in table if isinstance(row, Rejected)]
    assert ([2, 153], 151) == (rejected, sum(isinstance(row, Row) for row in table))


@given(some.binary(max_size=200))
def test_whatever_comes_is_a_row_or_a_reject(text: bytes) -> None:
    """Noise raises nothing, and each line that is not empty is in exactly one row or reject."""
    lines = text.splitlines(keepends=True)
    table = list(Table(lines, Layout(columns=("a", "b"))))
    assert [line for line in lines if line.strip()] == [line for row in table for line in row.raw.splitlines(keepends=True) if line.strip()]
