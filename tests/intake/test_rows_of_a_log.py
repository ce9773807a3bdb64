"""The order in which rows of a log are told, and what becomes of those that wait, or that are spoilt."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Final

import pytest
import sqlalchemy

from stream.intake.outlet import SourceFigures
from stream.intake.table_log import Reading
from stream.intake.tables import Rows
from stream.sources.queue_log.lines import written
from tests.intake.listening import plain
from tests.intake.logged_rows import COLUMNS, QUEUED, Heard, Intake, Logged, call, exported, ready, row, swept


@pytest.fixture
def sqlite(tmp_path: Path) -> Logged:
    """An empty table of SQLite."""
    (tmp_path / "pbx.sqlite").touch()
    url = f"sqlite:///{tmp_path / 'pbx.sqlite'}"
    return Logged(tmp_path, url, sqlalchemy.create_engine(url))


CALL: Final = (("CONNECT", 4, "x", 2), ("COMPLETECALLER", 4, 5, 1))


@pytest.mark.parametrize("batch", [1, 2, 50])
def test_rows_wait_for_those_before_them(batch: int, sqlite: Logged) -> None:
    """A CONNECT is there before its ENTERQUEUE: it is told after it; a kill between loses none, and nothing is told twice."""
    sqlite.mapping.write_text(sqlite.written.replace("batch: 50", f"batch: {batch}"))
    sqlite.insert(QUEUED[1], number=2)
    assert [] == swept(sqlite, "1h").events
    sqlite.insert(QUEUED[0], number=1)
    heard = swept(sqlite, "1h", "0s", "0s")
    sqlite.insert(QUEUED[2], number=3)
    assert plain(exported(QUEUED)) == plain(swept(sqlite, "0s", "0s", heard=heard).events)


def test_a_long_table_is_told_without_waiting_but_for_its_end(sqlite: Logged) -> None:
    """What is further below the newest row than the look-back can have no row before it that is still to come."""
    sqlite.mapping.write_text(sqlite.written.replace("batch: 50", "batch: 7, look_back: 10"))
    rows = [one for number in range(40) for one in call(Random(number), number, number)]
    sqlite.insert(*rows)
    heard = swept(sqlite, "1h")
    assert len(rows) - 20 < len(heard.lines) < len(rows)
    assert plain(exported(sqlite.rows())) == plain(swept(sqlite, "0s", heard=heard).events)


def test_what_is_told_while_a_sweep_goes_on_is_not_told_again_by_it(sqlite: Logged) -> None:
    """Rows that waited raise the high water in the middle of a sweep that began far below it, by the look-back."""
    sqlite.mapping.write_text(sqlite.written.replace("batch: 50", "batch: 5, look_back: 20"))
    rows = [row(number, f"c.{number}", "ENTERQUEUE") for number in range(60)]
    sqlite.insert(*rows[:30])
    source = ready("asterisk-queue-log", sqlite.mapping.read_text().replace("settle: 2s", "settle: 300ms"))
    assert source.table is not None
    assert source.following is not None
    outlet: Any = (heard := Heard())
    run: Any = SimpleNamespace(state=sqlite.home / "state.json", stopped=lambda: False, figures=SourceFigures("asterisk-queue-log"))
    with closing(Rows(source.table.table, sqlite.url)) as table:
        reading = Reading(source.table, table, source.following(), outlet, run)
        for more in (rows[30:45], rows[45:], []):
            reading.sweep()
            time.sleep(0.4)
            sqlite.insert(*more)
        reading.sweep()
    assert [60, 60] == [len(heard.lines), len(set(heard.lines))]


def test_what_waits_below_the_high_water_is_read_again_after_a_kill(sqlite: Logged) -> None:
    """Rows with lesser numbers and later times, of a system whose clock is ahead, are further below it than the look-back."""
    sqlite.mapping.write_text(sqlite.written.replace("batch: 50", "batch: 50, look_back: 10"))
    for number in range(21, 41):
        sqlite.insert(row(number, f"b.{number}", "ENTERQUEUE"), number=number)
    with closing(Intake(sqlite, "300ms")) as intake:
        assert [] == intake.sweep()
        for number in range(1, 21):
            sqlite.insert(row(100 + number, f"a.{number}", "ENTERQUEUE"), number=number)
        before = intake.sweep(0.4)
    assert [f"b.{number}" for number in range(21, 41)] == before
    with closing(Intake(sqlite, "0s")) as intake:
        assert [f"a.{number}" for number in range(1, 21)] == intake.sweep()


def test_a_row_of_a_clock_that_is_ahead_takes_none_along(sqlite: Logged) -> None:
    """It has waited long enough, a CONNECT that is before it has not: its ENTERQUEUE is still told first."""
    with closing(Intake(sqlite, "400ms")) as intake:
        sqlite.insert(row(30, "c.9", "DID"), number=1)
        intake.sweep()
        time.sleep(0.5)
        sqlite.insert(QUEUED[1], number=3)
        assert [] == intake.sweep()
        sqlite.insert(QUEUED[0], number=2)
        assert [] == intake.sweep()
        assert 0.1 < intake.reading.rest() <= 0.2
        assert ["c.1", "c.1", "c.9"] == intake.sweep(0.5)
    assert plain(exported(QUEUED[:2])) == plain(intake.heard.events)


def test_a_clock_that_is_behind_holds_no_row_for_ever(sqlite: Logged) -> None:
    """New rows keep coming that are before it: it waits a while for them, and is told without them."""
    with closing(Intake(sqlite, "300ms", held=0.5)) as intake:
        sqlite.insert(QUEUED[0], row(3600, "c.9", "ENTERQUEUE"))
        told = intake.sweep()
        for number in range(6):
            sqlite.insert(row(10 + number, f"b.{number}", "ENTERQUEUE"))
            told = intake.sweep(0.2)
            assert told[:1] == (["c.1"] if number else [])
            assert ("c.9" in told) == (number >= 3), (number, told)
        assert "b.5" not in told


@pytest.mark.parametrize("spoilt", ["2026-03-02 09:00:60.000000", "2026-03-02 09:00:0x", ""])
def test_a_spoilt_time_is_no_high_water(spoilt: str, sqlite: Logged) -> None:
    """Its row is told, to be refused by the translator, and those after it are."""
    sqlite.by_time()
    sqlite.insert(QUEUED[0], (spoilt, "c.9", "billing", "NONE", "ENTERQUEUE", "", "", "", "", ""))
    heard = swept(sqlite, "0s", "0s")
    sqlite.insert(*QUEUED[1:])
    swept(sqlite, "0s", heard=heard)
    assert ["c.1", "c.1", "c.1", "c.9"] == sorted(one.split(b"|")[1].decode() for one in heard.lines)
    assert plain(exported(QUEUED)) == plain(heard.events)


def test_blanks_around_a_time_say_nothing(sqlite: Logged) -> None:
    """A `CHAR(26)` whose times have no fraction is filled up with them."""
    sqlite.by_time()
    sqlite.insert(*((one[0][:19].ljust(26), *one[1:]) for one in QUEUED))
    assert plain(exported([(one[0][:19], *one[1:]) for one in QUEUED])) == plain(swept(sqlite, "0s", "0s").events)


def test_a_pause_in_two_queues_is_two_rows(sqlite: Logged) -> None:
    """Where times are whole seconds and there is no number, what tells rows apart names the queue, too."""
    sqlite.by_time()
    rows = [row(second, "NONE", "PAUSE", queue=queue, agent="SIP/1") for second in (0, 60) for queue in ("billing", "sales")]
    rows = [(one[0][:19], *one[1:]) for one in rows]
    sqlite.insert(*rows)
    assert plain(exported(rows)) == plain(swept(sqlite, "0s").events)


def test_rows_of_one_time_keep_the_order_of_their_numbers(sqlite: Logged) -> None:
    """Where the table keeps whole seconds, a call that enters, leaves and enters again within one is told as it went."""
    rows = [
        row(1, "c.1", "ENTERQUEUE", "", "49300", 1),
        row(1, "c.1", "EXITEMPTY", 1, 1, 0),
        row(1, "c.1", "ENTERQUEUE", "", "49300", 1, queue="sales"),
        row(1, "c.1", "ABANDON", 1, 1, 0, queue="sales"),
    ]
    sqlite.insert(*rows)
    events = swept(sqlite, "0s").events
    assert ["offered", "flowed_out", "offered", "abandoned"] == [one.type.partition(".")[2] for one in events]
    assert plain(exported(rows)) == plain(events)


def test_what_a_row_has_of_more_than_five_fields_is_read(sqlite: Logged) -> None:
    """Asterisk leaves the rest in the last column, with pipes; an old table has all of them in one column."""
    link = ("LINK", "PJSIP/a-1", "PJSIP/b-2", 4, "300|1")
    rows = [*QUEUED[:2], row(304, "c.1", "ATTENDEDTRANSFER", *link, agent="SIP/1")]
    sqlite.insert(*rows)
    assert plain(exported(rows)) == plain(swept(sqlite, "0s").events)


def test_a_pipe_or_the_end_of_a_line_in_a_column_makes_no_other_field(sqlite: Logged) -> None:
    """In any column but the last one, and as the dump of the table has it; nor does the end of a line begin one."""
    rows = [
        row(0, "c.1", "ENTERQUEUE", "a|b", "49|300", 1),
        *(row(4 + at, "c.1", *rest, agent="front|desk") for at, rest in enumerate(CALL)),
    ]
    sqlite.insert(*rows)
    events = swept(sqlite, "0s").events
    assert ["offered", "answered", "ended"] == [one.type.partition(".")[2] for one in events]
    assert plain(exported(rows)) == plain(events)
    spoilt = dict(zip(COLUMNS, row(0, "c.1\r\n", "ENTERQUEUE", "", "49\r300", 1), strict=True))
    assert 1 == len(written(spoilt).splitlines())


def test_a_row_of_the_future_hides_no_other(sqlite: Logged) -> None:
    """The text of its time is not the high water."""
    sqlite.by_time()
    ahead = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 3600))
    sqlite.insert(QUEUED[0], (ahead, "c.9", *row(0, "", "ENTERQUEUE")[2:]))
    heard = swept(sqlite, "0s")
    sqlite.insert(*QUEUED[1:])
    assert ["c.1", "c.9", "c.1", "c.1"] == [one.split(b"|")[1].decode() for one in swept(sqlite, "0s", "0s", heard=heard).lines]
