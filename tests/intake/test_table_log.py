"""Asterisk's logs in tables: what their files give, each row once, through late commits, equal times, restarts and kills."""

from __future__ import annotations

import csv
import signal
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy
from click.testing import CliRunner
from sqlalchemy import text

from stream.cli import main
from stream.config.settings import Settings
from stream.embedded.broker import Broker
from stream.errors import DataError, DeclarationError
from stream.intake.outlet import SourceFigures
from stream.intake.state import load_state
from stream.intake.table_log import Reading
from stream.intake.tables import Rows
from stream.sources.asterisk_cel import COLUMNS as CEL_COLUMNS
from tests.intake.listening import PATIENCE, installation, metrics, once, plain, published, until
from tests.intake.logged_rows import COLUMNS, DATABASE, QUEUED, Heard, Logged, call, exported, ready, row, swept
from tests.parts.postgresql import Postgres
from tests.sources import test_asterisk_cel
from tests.sources.queue_logs import counts, figures


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """An installation that nobody else uses."""
    return installation(broker)


@pytest.fixture
def sqlite(tmp_path: Path) -> Logged:
    """An empty table of SQLite."""
    (tmp_path / "pbx.sqlite").touch()
    url = f"sqlite:///{tmp_path / 'pbx.sqlite'}"
    return Logged(tmp_path, url, sqlalchemy.create_engine(url))


@pytest.mark.parametrize("high_water", ["id", "time"])
def test_kills_and_late_commits_lose_no_row_and_double_no_contact(
    high_water: str, settings: Settings, postgres: Postgres, tmp_path: Path
) -> None:
    """Kill -9 in a loop, while transactions take their numbers in one order and commit in another: the topic holds what the table says."""
    random = Random(5)
    logged = Logged(tmp_path, postgres.url, postgres.engine())
    if high_water == "time":
        logged.by_time()
    number = 0

    def write(count: int) -> None:
        """Pairs of calls; of each pair the one that came first is committed last."""
        nonlocal number
        for _ in range(count):
            with logged.engine.connect() as early, logged.engine.connect() as later:
                logged.insert(*call(random, number, number / 2), at=early)
                logged.insert(*call(random, number + 1, number / 2), at=later)
                number += 2
                later.commit()
                time.sleep(random.uniform(0, 0.05))
                early.commit()

    write(120)
    for _ in range(4):
        with logged.listening(settings) as (process, _):
            deadline = time.monotonic() + random.uniform(0.5, 3.0)
            while time.monotonic() < deadline:
                write(2)
            process.send_signal(signal.SIGKILL)
            process.wait()
        write(random.randrange(9))
    logged.insert(row(number, "", "", queue="", agent=""))  # a row that says nothing can be read
    expected = exported(logged.rows())
    with logged.listening(settings) as (process, address):
        until(lambda: {one.id for one in expected} <= {one.id for one in published(settings)}, "read all rows")
        until(
            lambda: (shown := metrics(address)).get("cc_source_rejected_total") == 1 and shown["cc_source_backlog"] == 0,
            "told the last row",
        )
        process.terminate()
        assert 0 == process.wait(PATIENCE)
    found = once(published(settings))

    assert plain(expected) == plain(found)
    assert {queue: counts(all_of) for queue, all_of in figures(expected).items()} == {
        queue: counts(all_of) for queue, all_of in figures(found).items()
    }


# -- the table as it may be, without a broker --------------------------------------------------------------------------------


def test_renamed_columns_and_those_of_a_plain_dialplan(sqlite: Logged) -> None:
    """The mapping of dumps holds for the table, too; columns of data may be missing."""
    with sqlite.engine.begin() as connection:
        connection.execute(text(f"alter table {sqlite.name} rename column time to eventdate"))
        connection.execute(text(f"alter table {sqlite.name} drop column data5"))
        names = ", ".join(("eventdate", *COLUMNS[1:-1]))
        for one in QUEUED:
            values = ", ".join(f"'{value}'" for value in one[:-1])
            connection.execute(text(f"insert into {sqlite.name} ({names}) values ({values})"))  # noqa: S608 - our own words
    mapping = f"{sqlite.written}rename: {{ time: eventdate }}\n"
    assert plain(exported(QUEUED)) == plain(swept(sqlite, "0s", mapping=mapping).events)


def test_times_that_are_no_dates_are_refused_as_a_high_water(sqlite: Logged) -> None:
    """Seconds since 1970 as a text cannot be looked back from; under a number they are read."""
    rows = [(str(1_772_438_400 + at), *one[1:]) for at, one in enumerate(QUEUED)]
    sqlite.insert(*rows)
    assert ["offered", "answered", "ended"] == [one.type.partition(".")[2] for one in swept(sqlite, "0s").events]
    (sqlite.home / "state.json").unlink()
    sqlite.by_time()
    with pytest.raises(DeclarationError, match=r"table\.yaml:2: time is a text and no date and time such as 2026-03-02 09:00:00"):
        swept(sqlite, "0s")


def test_two_rows_of_one_key_are_told_apart_by_a_tie_breaker(sqlite: Logged) -> None:
    """Else one of them would be taken for the other."""
    sqlite.mapping.write_text(sqlite.written.replace("high_water: id", "high_water: time"))
    sqlite.insert(QUEUED[0], row(0, "c.2", "ENTERQUEUE"))
    with pytest.raises(DataError, match=r"have the same time: name a tie_breaker that tells them apart\.$"):
        swept(sqlite, "0s")


def test_a_saved_position_is_that_of_its_table(sqlite: Logged) -> None:
    """Another table's is refused, a damaged one, too."""
    sqlite.insert(*QUEUED)
    swept(sqlite, "0s")
    path = sqlite.home / "state.json"
    assert {"table", "high", "told", "near", "translator", "version"} == set(load_state(path, {}) or {})
    path.write_bytes(path.read_bytes().replace(b'["whole","3"]', b'["odd","3"]'))
    with pytest.raises(DataError, match="is no saved position of this version"):
        swept(sqlite, "0s")
    path.write_bytes(path.read_bytes().replace(sqlite.name.encode(), b"another"))
    with pytest.raises(DataError, match="is the saved position of another table"):
        swept(sqlite, "0s")


def cel_rows(lines: Sequence[bytes]) -> list[dict[str, str]]:
    """Lines of Master.csv by the names of its columns."""
    return [dict(zip(CEL_COLUMNS, one, strict=False)) for one in csv.reader(line.decode() for line in lines)]


def test_channel_events_in_a_table_are_those_of_the_file(tmp_path: Path) -> None:
    """What an Asterisk wrote to Master.csv, as rows of `cel`, read in two parts."""
    (tmp_path / "pbx.sqlite").touch()
    url = f"sqlite:///{tmp_path / 'pbx.sqlite'}"
    engine = sqlalchemy.create_engine(url)
    lines = test_asterisk_cel.recorded()
    with engine.begin() as connection:
        connection.execute(text(f"create table cel (id integer primary key, {', '.join(f'{one} text' for one in CEL_COLUMNS)})"))
    mapping = f"{test_asterisk_cel.MAPPING}database: {{ url_env: PBX_URL, table: cel, high_water: id, settle: 0s, batch: 9 }}\n"
    source = ready("asterisk-cel", mapping)
    assert source.table is not None
    assert source.following is not None
    outlet: Any = (heard := Heard())
    run: Any = SimpleNamespace(state=tmp_path / "state.json", stopped=lambda: False, figures=SourceFigures("asterisk-cel"))
    for part_of in (lines[:50], lines[50:]):
        with engine.begin() as connection:
            for one in cel_rows(part_of):
                names = f"{', '.join(one)}) values ({', '.join(f':{name}' for name in one)}"
                connection.execute(text(f"insert into cel ({names})"), one)
        with closing(Rows(source.table.table, url)) as rows:
            Reading(source.table, rows, source.following(), outlet, run).sweep()
    engine.dispose()
    assert plain(test_asterisk_cel.events(lines)) == plain(heard.events)


@pytest.mark.parametrize(
    ("source", "mapping", "more", "sentence"),
    [
        (
            "asterisk-queue-log",
            "",
            (),
            "is a log: name the file that grows with --follow FILE, or its table under database in the mapping.\n",
        ),
        ("asterisk-queue-log", "version: 1", (), "with --follow FILE, or its table under database in the mapping.\n"),
        ("asterisk-cel", test_asterisk_cel.MAPPING, (), "with --follow FILE, or its table under database in the mapping.\n"),
        ("freeswitch", "version: 1", (), "freeswitch is a log: name the file that grows with --follow FILE.\n"),
        ("zammad", "", (), "zammad posts to the gateway: name it under sources in the mapping of --source webhooks."),
        ("asterisk-queue-log", f"version: 1\n{DATABASE.replace(', MORE', '')}", ("--follow", "log"), "names a table and --follow a file"),
    ],
)
def test_where_a_log_is_has_to_be_said(source: str, mapping: str, more: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    """In one sentence, for each kind of source."""
    (tmp_path / "mapping.yaml").write_text(mapping)
    words = ["--mapping", str(tmp_path / "mapping.yaml")] if mapping else []
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        done = CliRunner().invoke(main, ["listen", "--source", source, *words, *more, "--web-port", "0"])
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert (2, True) == (done.exit_code, sentence in done.stderr), done.output


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (("high_water: id", "high_water: ide"), 2, "has no column ide: did you mean id?\n"),
        (("table: queue_log_", "table: queue_lag_"), 2, "the database has no table or view queue_lag_"),
        (("settle: 2s", "settle: 2"), 2, "settle"),
        (("poll: 200ms", "pole: 200ms"), 2, "database has no key pole: did you mean poll?\n"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    change: tuple[str, str], code: int, sentence: str, settings: Settings, sqlite: Logged
) -> None:
    """With the line of the mapping."""
    sqlite.mapping.write_text(sqlite.written.replace(*change))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        done = CliRunner().invoke(main, sqlite.called(settings)[3:], env={"PBX_URL": sqlite.url})
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert (code, True) == (done.exit_code, sentence in done.stderr), done.output
