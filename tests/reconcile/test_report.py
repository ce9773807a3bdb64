"""Reports and their mappings are read strictly: a refusal is one sentence with the place and what to write."""

from __future__ import annotations

from fractions import Fraction

import pytest

from stream.config.yaml import parse
from stream.errors import AnswerableError, DataError, DeclarationError
from stream.reconcile.mapping import read_report_mapping
from stream.reconcile.report import Column, read_report
from tests.reconcile.vendors import MAPPING

FIGURES = (
    'offered: {column: In}\nservice_level: {column: SL, as: percent, within_column: T}\nwait: {column: ASA, as: "hh:mm:ss"}\n'
    "leave_out: {column: Queue, values: [Total]}\n"
)
HEADER = "Queue;Date;Start;In;SL;T;ASA\n"
GOOD = "billing;02.03.2026;08:30;7;85,7%;20;00:01:05\n"


def read(text: str, mapping: str = MAPPING + FIGURES) -> tuple[Column, ...]:
    """The columns of a report."""
    return read_report(text.encode().splitlines(keepends=True), read_report_mapping(parse(mapping, "m.yaml")), "r.csv")


def test_a_report_is_cells_with_exact_values() -> None:
    """Local time, decimal comma, per cent sign and clock time are understood; totals are left out; no figure is None."""
    columns = read(HEADER + GOOD + "billing;02.03.2026;09:00;0;-;20;\n" + "Total;;;7;85,7%;;\n")
    start = 1_772_436_600_000
    assert [[Fraction(7), Fraction(0)], [Fraction(857, 10), None], [Fraction(65), None]] == [
        [c.value for c in column.cells] for column in columns
    ]
    assert ([0, 1, 0], [start, start + 1_800_000]) == ([column.decimals for column in columns], [cell.start for cell in columns[0].cells])
    assert 20_000 == columns[1].cells[0].within


@pytest.mark.parametrize(
    ("rows", "refusal"),
    [
        (GOOD + GOOD, "r.csv:3: queue and interval stand in line 2 too: sum the rows first, or name totals under leave_out."),
        ("", "r.csv has no rows: export the report again, or see whether leave_out leaves all of them out."),
        (
            GOOD.replace(";7;", ";seven;"),
            "r.csv:2: In is seven, which is no number: mend the cell, or numbers.decimal, thousands and absent.",
        ),
        (GOOD.replace(";7;", ";7,5;"), "r.csv:2: In is 7,5, which is no whole number: mend numbers.decimal or thousands."),
        (GOOD.replace("85,7%", "185,7%"), "r.csv:2: SL is 185,7%, more than 100 as a percent: mend service_level.as or numbers.decimal."),
        (
            GOOD.replace("08:30", "08:40"),
            "r.csv:2: no interval of this length begins at 02.03.2026 08:40: mend interval.length or time_zone.",
        ),
        (GOOD.replace("02.03.", "2 March "), "r.csv:2: 2 March 2026 08:30 is no start of the form %d.%m.%Y %H:%M: mend interval.format."),
        (GOOD.replace("00:01:05", "1:05"), "r.csv:2: ASA is 1:05, which is no time of the form hh:mm:ss: mend the cell, or its key as."),
        (
            GOOD.replace("01:05", "01:75"),
            "r.csv:2: ASA is 00:01:75, with sixty or more in a place that ends at 59: mend the cell, or its key as.",
        ),
        (GOOD.replace(";20;", ";;"), "r.csv:2: T is empty: write the threshold in seconds."),
        (GOOD.replace("billing", ""), "r.csv:2: Queue is empty: name the queue, or the row under leave_out."),
        (
            "billing;7\n",
            "r.csv:2: the line has 2 fields where the header has 7: mend the line, or write its delimiter and quote under format.",
        ),
    ],
)
def test_a_row_that_cannot_be_read_refuses_the_report(rows: str, refusal: str) -> None:
    """With the line and what to mend; it ends 1, because the data are at fault."""
    with pytest.raises(DataError) as found:
        read(HEADER + rows)
    assert refusal == str(found.value)


def test_an_empty_report_is_said_to_be_empty() -> None:
    """Not that one of its columns is missing."""
    for nothing in ("", "\n\n"):
        with pytest.raises(DataError) as found:
            read(nothing)
        assert "r.csv is empty: export the report again, with its header." == str(found.value)


@pytest.mark.parametrize(
    ("mapping", "refusal"),
    [
        (MAPPING, "m.yaml:1: the file names no figure: add one of offered, answered, abandoned, service_level, wait, handle"),
        (MAPPING + "offred: {column: In}\n", "m.yaml:8: the file has no key offred: did you mean offered?"),
        (MAPPING + "offered: {column: Inn}\n", "m.yaml:8: the report has no column Inn: did you mean In?"),
        (MAPPING + "wait: {column: ASA, as: hours}\n", "m.yaml:8: as cannot be hours: write one of ms, s, min, hh:mm:ss, mm:ss"),
        (
            MAPPING + "service_level: {column: SL}\n",
            "m.yaml:8: service_level takes either within or within_column: write the threshold, for example within: 20s",
        ),
        (MAPPING.replace("length: 30m", "length: 20m"), "m.yaml:4: length cannot be 20m: write one of 15m, 30m, 60m, day"),
        (
            MAPPING.replace("decimal: comma", "decimal: comma, thousands: comma"),
            "m.yaml:7: thousands cannot be the sign of decimal: write the other one, or none",
        ),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(mapping: str, refusal: str) -> None:
    """With its line and what to write; it ends 2, because the call is at fault."""
    with pytest.raises(DeclarationError) as found:
        read(HEADER + GOOD, mapping)
    assert refusal == str(found.value)
    assert isinstance(found.value, AnswerableError)
    assert 2 == found.value.exit_code
