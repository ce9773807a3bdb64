"""Batches of a table by their keys, on a real SQLite: all rows once, whatever is equal, and nothing can be written."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import text

from stream.config.yaml import parse
from stream.errors import DeclarationError, PartMissing
from stream.intake.database import Reading, run
from stream.intake.outlet import SourceFigures
from stream.intake.run import Starting
from stream.intake.tables import Rows
from stream.sources.database import read
from tests.sources.test_database import MAPPING

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BEGAN = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - as the database has it


@pytest.fixture
def address(tmp_path: Path) -> str:
    """A database of SQLite with an empty table."""
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'calls.sqlite'}")
    with engine.begin() as connection:
        connection.execute(
            text("create table calls (id integer, line varchar(9), began timestamp, ended timestamp, queue text, result text)")
        )
    return f"sqlite:///{tmp_path / 'calls.sqlite'}"


def filled(address: str, rows: list[tuple[int, int, str]]) -> None:
    """Let the table hold these: seconds after the beginning, number, line."""
    engine = sqlalchemy.create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("delete from calls"))
        for seconds, number, line in rows:
            at = (BEGAN + timedelta(seconds=seconds)).isoformat(" ", "microseconds")
            connection.execute(text("insert into calls values (:id, :line, :at, :at, 'q', 'GONE')"), {"id": number, "line": line, "at": at})
    engine.dispose()


def rows_of(address: str, batch: int, zone: str = "UTC") -> Rows:
    """The table, with a time as its high water and two tie-breakers."""
    keys = f"high_water: began, tie_breaker: [id, line], batch: {batch}"
    return Rows(read(parse(MAPPING.replace("high_water: id", keys).replace("Europe/Berlin", zone), "calls.yaml")), address)


def read_through(rows: Rows, batch: int, since: Any = None) -> Iterator[tuple[Any, ...]]:
    """The keys of all batches."""
    cursor = None
    while found := rows.batch(cursor, since, NOW)[:batch]:
        keys = [one[:3] for one in found]
        cursor = keys[-1]
        yield from keys


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    rows=some.lists(some.tuples(some.integers(0, 4), some.integers(0, 3), some.sampled_from("abc")), unique=True, max_size=30),
    batch=some.integers(1, 7),
    since=some.none() | some.integers(0, 5),
)
def test_batches_are_all_rows_once_and_in_order(rows: list[tuple[int, int, str]], batch: int, since: int | None, address: str) -> None:
    """Wherever a batch ends among rows of equal times and numbers, nothing is passed over or read twice."""
    filled(address, rows)
    table = rows_of(address, batch)
    at = None if since is None else BEGAN + timedelta(seconds=since)
    expected = sorted((BEGAN + timedelta(seconds=seconds), number, line) for seconds, number, line in rows if seconds >= (since or 0))
    assert expected == list(read_through(table, batch, at))
    if expected:
        assert len(expected) - 1 == table.left(expected[0], NOW)
    table.close()


def test_a_time_far_ahead_is_not_the_high_water(address: str) -> None:
    """A row of next year would hide all that come; it is read in its time."""
    filled(address, [(0, 1, "a"), (86_400 * 365, 2, "a")])
    table = rows_of(address, 10)
    assert (BEGAN, 1) == (table.newest(NOW), len(table.batch(None, None, NOW)))
    assert 2 == len(table.batch(None, None, NOW + timedelta(days=366)))
    table.close()


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_a_row_of_the_future_is_read_and_is_no_high_water(zone: str, address: str) -> None:
    """By the clock of the column's zone: a wrong date would hide all that come until then."""
    now = BEGAN.replace(tzinfo=ZoneInfo(zone))
    filled(address, [(-1, 1, "a"), (1, 2, "a"), (20 * 3600, 3, "a"), (25 * 3600, 4, "a")])
    table = rows_of(address, 10, zone)
    assert (BEGAN - timedelta(seconds=1), [1, 2, 3]) == (table.newest(now), [one[1] for one in table.batch(None, None, now)])
    assert [False, True] == [table.ahead(BEGAN + timedelta(seconds=one), now) for one in (0, 1)]
    assert [BEGAN + timedelta(minutes=5), BEGAN] == [table.come(BEGAN + timedelta(minutes=one), now) for one in (5, 20 * 60)]
    table.close()


def test_the_session_cannot_write(address: str) -> None:
    """Not by mistake either: the database refuses."""
    table = rows_of(address, 10)
    with pytest.raises(PartMissing, match="attempt to write a readonly database"):
        table._read(sqlalchemy.text("delete from calls"))  # type: ignore[arg-type]  # what no query of ours is
    table.close()


def test_only_what_the_mapping_names_is_read(address: str) -> None:
    """The keys first, then the columns of the call; no other leaves the database."""
    table = rows_of(address, 10)
    assert ("began", "id", "line", "ended", "result", "queue") == table.columns
    table.close()


class Heard:
    """An outlet that remembers the ids of all contacts it was handed."""

    def __init__(self) -> None:
        """Nothing was."""
        self.ids: list[str] = []

    def take(self, told: Iterable[Any], raw: bytes, place: int) -> None:
        """Remember them."""
        del raw, place
        self.ids += [one.subject for one in told if one.type == "contact.offered"]

    def flush(self) -> None:
        """There is nothing to wait for."""


def swept(address: str, tie: str, batch: int, state: Path) -> list[str]:
    """The contacts of one sweep from the saved position on, by the time and one tie-breaker that names the contact, too."""
    written = MAPPING.replace("high_water: id", f"high_water: began, tie_breaker: [{tie}], batch: {batch}").replace("[id]", f"[{tie}]")
    mapping = read(parse(written, "calls.yaml"))
    run: Any = SimpleNamespace(state=state, stopped=lambda: False, figures=SourceFigures("database"))
    outlet: Any = (heard := Heard())
    with closing(Rows(mapping, address)) as rows:
        reading = Reading(mapping, rows, outlet, run)
        reading.sweep()
        reading.sweep()
    return heard.ids


@pytest.mark.parametrize("batch", [1, 10])
def test_bytes_tell_rows_apart_and_name_contacts(batch: int, address: str, tmp_path: Path) -> None:
    """Ids of sixteen bytes: each row once, also where a batch ends between rows of one time; the saved position can be read."""
    engine, state = sqlalchemy.create_engine(address), tmp_path / "state.json"
    keys = [bytes([0xFE, number] * 8) for number in range(4)]
    statement = text("insert into calls (key, began, ended, queue, result) values (:key, :at, :at, 'q', 'GONE')")
    with engine.begin() as connection:
        connection.execute(text("alter table calls add column key blob"))
    expected: list[str] = []
    for key in keys:
        with engine.begin() as connection:
            connection.execute(statement, {"key": key, "at": BEGAN.isoformat(" ", "microseconds")})
        expected.append(key.hex())
        assert expected == swept(address, "key", batch, state)  # the look-back is published once more
    engine.dispose()


@pytest.mark.parametrize("kind", ["boolean", "time", "json"])
def test_a_tie_breaker_that_cannot_be_kept_is_refused_before_a_row_is_read(kind: str, address: str, tmp_path: Path) -> None:
    """Else each start would publish the first rows, and end when it is to keep how far it came."""
    engine = sqlalchemy.create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"alter table calls add column odd {kind}"))
    engine.dispose()
    with pytest.raises(DeclarationError, match=r"calls\.yaml:11: odd holds values of the type \w+, which cannot be kept: name a column of"):
        swept(address, "odd", 10, tmp_path / "state.json")


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without SQLAlchemy."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    monkeypatch.delitem(sys.modules, "stream.intake.tables")
    monkeypatch.setenv("CALLS_URL", "postgresql://h/n")
    starting: Any = Starting(source="database", declared=parse(MAPPING, "calls.yaml"), run=None)  # type: ignore[arg-type]  # never begun
    with pytest.raises(PartMissing, match=r"^The source database needs SQLAlchemy: pip install '\.\[database\]' in the checkout\.$"):
        run(starting)
