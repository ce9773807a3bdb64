"""A mapping that cannot be meant is refused with its line and what to write."""

from __future__ import annotations

import pytest

from stream.config.yaml import parse
from stream.errors import DeclarationError
from stream.sources.mapping import read_mapping
from stream.sources.table import Layout
from tests.sources.samples import mapping

GOOD = """version: 1
format: {delimiter: tab}
time_zone: Europe/Berlin
contact: {id: [id]}
date: {column: day}
times: {columns: [in, out, end]}
begun: in
offered: in
answered: out
ended: end
left_queue: out
left_menu: out
in_queue: {column: waited}
queue: {column: queue}
channel: {column: media, values: {v: call}}
agent: {column: agent}
outcome: {column: outcome, values: {yes: answered, no: abandoned}}
wait: {column: waited}
handle: {column: talked, unit: min}
"""


def test_a_whole_mapping_is_read() -> None:
    """Words stand for signs, columns keep their lines, and one column alone is a list of one."""
    found = read_mapping(parse(GOOD, "m.yaml"))
    columns = sorted({(item.text, item.line) for item in found.columns()})
    expected = [
        ("agent", 16),
        ("day", 5),
        ("end", 6),
        ("id", 4),
        ("in", 6),
        ("media", 15),
        ("out", 6),
        ("outcome", 17),
        ("queue", 14),
        ("talked", 19),
        ("waited", 13),
        ("waited", 18),
    ]
    assert (Layout("\t"), expected, ("in",), 60_000) == (
        found.layout,
        columns,
        found.moments["begun"],
        found.handle.unit if found.handle else 0,
    )


@pytest.mark.parametrize("name", ["bank-1999", "pbx", "durations"])
def test_the_samples_mappings_can_be_read(name: str) -> None:
    """Three systems, the same keys."""
    assert {"answered", "abandoned"} <= set(mapping(name).outcomes.values())


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("version: 1\n", "", "1: the file needs version: add it"),
        ("time_zone:", "timezone:", "3: the file has no key timezone: did you mean time_zone?"),
        ("Europe/Berlin", "Berlin", "3: time_zone cannot be Berlin: did you mean Europe/Berlin?"),
        ("delimiter: tab", "delimiter: blank", "2: delimiter cannot be blank: write one of tab, comma, semicolon, pipe, or one sign"),
        ("delimiter: tab", "quote: double", "2: quote cannot be double: write one sign, or none"),
        ("delimiter: tab", "encoding: utf8x", "2: encoding cannot be utf8x: write utf-8, iso-8859-1 or windows-1252"),
        ("delimiter: tab", "encoding: utf-16", "2: encoding cannot be utf-16: save the log in utf-8 first"),
        ("delimiter: tab", "encoding: utf-7", "2: encoding cannot be utf-7: save the log in utf-8 first"),
        ("{id: [id]}", "{join: x}", "4: contact needs id: write the columns that together name a call, for example id: [call_id]"),
        ("{column: day}", "{column: day, format: yymmdd}", '5: format cannot be yymmdd: write iso, or a strptime format such as "%y%m%d"'),
        ("[in, out, end]", "[]", "6: times needs columns: write the columns with times in the order in which they happen"),
        ("[in, out, end]", "[in, out, in]", "6: columns names in twice: leave one out"),
        (
            "[in, out, end]",
            "[in, out, end], format: iso",
            "6: format cannot be iso beside a date column: leave date out, or write the format of a time of day",
        ),
        (
            "date: {column: day}\ntimes: {columns: [in, out, end]}",
            "times: {columns: [in, out, end], format: '%H:%M'}",
            "5: format %H:%M has no date: add the key date with the column that holds it, or write iso, epoch or epoch_ms",
        ),
        ("answered: out", "answered: ot", "9: answered names ot, which is no column of times: did you mean out?"),
        ("begun: in\n", "", "1: the file needs begun: write the column with that time"),
        ("{column: queue}", "{}", "14: queue takes either column or value: write one of them"),
        ("{column: queue}", "{column: q, value: x}", "14: queue takes either column or value: write one of them"),
        (", values: {v: call}", "", "15: channel needs values: write what each word of the column means, one of call, chat, email, social"),
        ("{v: call}", "{v: voice}", "15: v cannot be voice: write one of call, chat, email, social"),
        ("yes: answered", "yes: anwered", "17: yes cannot be anwered: did you mean answered?"),
        (
            "{yes: answered, no: abandoned}",
            "{}",
            "17: values is empty: write what each word of the column means, for example ANSWERED: answered",
        ),
        ("unit: min", "unit: hours", "19: unit cannot be hours: write one of ms, s, min"),
        (
            "left_menu: out\n",
            "",
            "12: calls abandoned before the queue need a time: write left_menu with its column",
        ),
    ],
)
def test_nonsense_is_refused(old: str, new: str, refusal: str) -> None:
    """One sentence with the line, for every part of the mapping."""
    text = GOOD.replace(old, new)
    with pytest.raises(DeclarationError) as refused:
        read_mapping(parse(text, "m.yaml"))
    assert f"m.yaml:{refusal}" == str(refused.value)


@pytest.mark.parametrize(
    ("moment", "problem"),
    [
        ("answered", "answered calls need a time: write answered with its column, or wait with that of the waiting time"),
        ("left_queue", "calls without an answer need a time: write left_queue with its column, or wait with that of the waiting time"),
    ],
)
def test_leaving_the_queue_needs_a_time(moment: str, problem: str) -> None:
    """A mapping says when calls left the queue, or how long they waited in it."""
    text = GOOD.replace(f"{moment}: out\n", "")
    assert () == read_mapping(parse(text, "m.yaml")).moments[moment]
    with pytest.raises(DeclarationError) as refused:
        read_mapping(parse(text.replace("wait: {column: waited}\n", ""), "m.yaml"))
    assert f"m.yaml:1: {problem}" == str(refused.value)
