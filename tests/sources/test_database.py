"""What a table's values and keys become, and which mappings of one are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stream.config.yaml import parse
from stream.core.events import Event
from stream.errors import DeclarationError
from stream.sources.call_log import Calls
from stream.sources.database import below, key_part, look_back, place, plain, read, restored, text
from stream.sources.records import Rejected

MAPPING = """version: 1
time_zone: Europe/Berlin
contact: { id: [id] }
times: { columns: [began, ended], format: iso }
begun: began
offered: began
left_queue: ended
queue: { column: queue }
channel: { value: call }
outcome: { column: result, values: { GONE: abandoned } }
database: { url_env: CALLS_URL, table: calls, high_water: id }
"""
MINIMUM = datetime.min.replace(tzinfo=UTC)
MOMENT = datetime(2026, 3, 2, 9, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (" c7 ", "c7"),
        (7, "7"),
        (7.0, "7"),
        (7.25, "7.25"),
        (True, "true"),
        (Decimal("1E+3"), "1000"),
        (MOMENT, "2026-03-02 09:00:00.250000+00:00"),
        (date(2026, 3, 2), "2026-03-02"),
        (time(9, 0, 5), "09:00:05"),
        (timedelta(hours=30, seconds=5, milliseconds=500), "30:00:05.5"),
        (-timedelta(seconds=5), "-00:00:05"),
        (b"\xffx", "\ufffdx"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    ],
)
def test_a_value_is_written_as_an_export_has_it(value: Any, written: str) -> None:
    """Whole numbers have no point, lengths of time are a clock, nothing is an empty field."""
    assert written == text(value)


def test_bytes_that_name_a_contact_are_hexadecimal_digits() -> None:
    """Whichever way the driver gives them, and also where they could be read as text; what is no bytes is written as ever."""
    assert ["ff78", "6337", "00", "c7", ""] == [
        text(one, names=True) for one in (b"\xffx", bytearray(b"c7"), memoryview(b"\0"), "c7", None)
    ]


@given(
    some.one_of(
        some.integers(),
        some.floats(allow_nan=False),
        some.decimals(allow_nan=False),
        some.text(),
        some.uuids(),
        some.dates(),
        some.datetimes(),
        some.binary(),
    )
)
def test_a_key_is_kept_and_comes_back(value: Any) -> None:
    """Whatever a key is made of comes out of the saved state as it went in, of the same type."""
    found = restored(plain(value))
    assert (type(value), value) == (type(found), found)


def test_a_key_of_what_cannot_be_kept_is_refused() -> None:
    """Before anything is published, with what to name instead; bytes are told apart and kept, however the driver gives them."""
    (item,) = read(parse(MAPPING.replace("high_water: id", "high_water: began, tie_breaker: [line]"), "calls.yaml")).tie_breaker
    assert [b"c7", b"c7", b"c7", None, 7] == [key_part(one, item) for one in (b"c7", bytearray(b"c7"), memoryview(b"c7"), None, 7)]
    for value in (True, [1], {"a": 1}, timedelta(1), time(9)):
        with pytest.raises(DeclarationError, match=rf"calls\.yaml:11: line holds values of the type {type(value).__name__}, which cannot"):
            key_part(value, item)


@given(some.lists(some.one_of(some.text(max_size=8), some.integers(), some.none()), max_size=3))
def test_a_damaged_key_is_only_ever_a_value_error(kept: list[Any]) -> None:
    """So that the intake says in a sentence that the state is damaged."""
    try:
        restored(kept)
    except ValueError:
        return


@given(
    some.lists(
        some.one_of(some.none(), some.text(), some.integers(), some.floats(), some.datetimes(), some.binary()), min_size=5, max_size=5
    )
)
def test_no_row_whatever_raises(values: list[Any]) -> None:
    """It is events, or why it is none."""
    calls = Calls(read(parse(MAPPING, "calls.yaml")).calls, ("id", "began", "ended", "queue", "result"))
    for one in calls.told([text(value) for value in values], b"", 0):
        assert isinstance(one, Event | Rejected)


def test_the_look_back_has_the_unit_of_its_column() -> None:
    """A number of numbers, a length of time; without one 1000, ten minutes, or more where the clock goes back in autumn."""
    local, utc = (read(parse(MAPPING.replace("Europe/Berlin", zone), "calls.yaml")) for zone in ("Europe/Berlin", "UTC"))
    written = read(parse(MAPPING.replace("high_water: id", "high_water: id, look_back: 2h"), "calls.yaml"))
    minutes = [look_back(local, datetime, zoned=False), look_back(local, datetime, zoned=True), look_back(utc, datetime, zoned=False)]
    assert [timedelta(minutes=one) for one in (90, 10, 10)] == minutes
    assert (1_000, timedelta(hours=2)) == (look_back(local, int, zoned=False), look_back(written, datetime, zoned=True))
    assert (5, datetime(2026, 3, 2, 8, 50, tzinfo=UTC)) == (
        below(1_005, 1_000),
        below(datetime(2026, 3, 2, 9, tzinfo=UTC), timedelta(minutes=10)),
    )
    assert MINIMUM == below(MINIMUM, timedelta(minutes=10))
    for kind in (int, bool, str, date, type(None)):
        with pytest.raises(DeclarationError, match=r"calls\.yaml:11: "):
            look_back(written, kind, zoned=True)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("[id]", '["#"]', "the rows of a table have no line"),
        ("high_water: id", "highwater: id", "did you mean high_water?"),
        ("high_water: id", "high_water: id, batch: 0", "write a whole number of rows between 1 and 100000"),
        ("high_water: id", "high_water: id, batch: 1.5", "write a whole number of rows between 1 and 100000"),
        ("high_water: id", "high_water: id, tie_breaker: [id]", "id is the high water already"),
        ("database: {", "databases: {", "did you mean database?"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(before: str, after: str, sentence: str) -> None:
    """With what to write instead."""
    with pytest.raises(DeclarationError) as refused:
        read(parse(MAPPING.replace(before, after), "calls.yaml"))
    assert sentence in str(refused.value)


def test_a_high_water_is_a_place_for_dead_letters() -> None:
    """A number as it is, a time in milliseconds; nothing else is one."""
    assert [7, 1_772_442_000_250, 1_772_442_000_000, 0, 0] == [
        place(one)
        for one in (7, MOMENT.astimezone(timezone(timedelta(hours=2))), datetime(2026, 3, 2, 9), -1, float("nan"))  # noqa: DTZ001 - local
    ]
