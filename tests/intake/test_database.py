"""A table of finished calls is read into a real Kafka: what an exported file gives, once, through kills, late commits and outages."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import time
from collections import Counter
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy
from click.testing import CliRunner
from sqlalchemy import text

from stream.cli import main
from stream.config.settings import Settings
from stream.config.yaml import parse
from stream.core.events import Event
from stream.core.pseudonyms import Pseudonyms
from stream.embedded.broker import Broker
from stream.sources.call_log import translate
from stream.sources.mapping import read_mapping
from stream.sources.records import CUSTOMER
from tests.intake.listening import KEY, PATIENCE, command, installation, metrics, once, plain, published, running, until
from tests.parts.postgresql import PASSWORD, USER, Postgres
from tests.parts.topics import records_of
from tests.sources.queue_logs import figures

CALLS = """
version: 1
time_zone: Europe/Berlin
contact: { id: [id] }
times: { columns: [began, answered, ended], format: iso }
begun: began
offered: began
answered: answered
ended: ended
left_queue: ended
queue: { column: queue }
channel: { value: call }
agent: { column: agent }
customer: { column: phone }
outcome: { column: result, values: { DONE: answered, GONE: abandoned } }
database: { url_env: CALLS_URL, table: TABLE, high_water: id, poll: 200ms, MORE }
"""
COLUMNS = ("id", "began", "answered", "ended", "queue", "agent", "phone", "result")
TABLE = """create table {name} (id {id} primary key, began {time}, answered {time}, ended {time}, queue varchar(20), agent varchar(20),
    phone varchar(20), result varchar(9), note varchar(20))"""


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """An installation that nobody else uses."""
    return installation(broker)


class Calls:
    """A table of calls that the tests write to, and the mapping that names it."""

    def __init__(self, home: Path, url: str, engine: sqlalchemy.Engine, more: str = "batch: 50") -> None:
        """Make the table. `more`: further keys of the mapping's `database`."""
        self.url, self.engine, self.home = url, engine, home
        self.name = f"calls_{uuid4().hex[:8]}"
        self.mapping = home / "calls.yaml"
        self.written = CALLS.replace("TABLE", self.name).replace("MORE", more)
        self.mapping.write_text(self.written)
        postgres = engine.dialect.name == "postgresql"
        with engine.begin() as connection:
            connection.execute(text(TABLE.format(name=self.name, id="bigint", time="timestamptz" if postgres else "timestamp")))

    def insert(self, connection: sqlalchemy.Connection, *rows: tuple[Any, ...]) -> None:
        """Add rows; the connection's transaction is the caller's."""
        marks = ", ".join(f":{name}" for name in COLUMNS)
        statement = text(f"insert into {self.name} ({', '.join(COLUMNS)}, note) values ({marks}, 'private')")  # noqa: S608 - our own words
        times = [sqlalchemy.bindparam(name, type_=sqlalchemy.DateTime()) for name in COLUMNS[1:4]] if "sqlite" in self.url else []
        connection.execute(statement.bindparams(*times), [dict(zip(COLUMNS, row, strict=True)) for row in rows])

    def exported(self) -> list[Event]:
        """The events of a file into which all rows are exported, with the customers' pseudonyms."""
        with self.engine.connect() as connection:
            query = text(f"select {', '.join(COLUMNS)} from {self.name} order by id")  # noqa: S608 - our own words
            rows = [tuple(row) for row in connection.execute(query)]
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
        found = translate(out.getvalue().encode().splitlines(keepends=True), read_mapping(parse(self.written, "calls.yaml")))
        events = [one for one in found if isinstance(one, Event)]
        pseudonyms = Pseudonyms(KEY.encode())
        for event in events:
            if customer := event.data.pop(CUSTOMER, None):
                event.data["customer_ref"] = pseudonyms.of("customer", customer)
            event.id = f"call-log|{event.id}"
        return events


@pytest.fixture(params=["sqlite", "postgresql"])
def calls(request: pytest.FixtureRequest, tmp_path: Path) -> Calls:
    """An empty table, of each of both databases."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return Calls(tmp_path, server.url, server.engine())
    (tmp_path / "calls.sqlite").touch()
    url = f"sqlite:///{tmp_path / 'calls.sqlite'}"
    return Calls(tmp_path, url, sqlalchemy.create_engine(url))


def row(number: int, *, random: Random | None = None) -> tuple[Any, ...]:
    """A finished call: two in three answered."""
    began = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC) + timedelta(seconds=7 * number)
    wait = (random or Random(number)).randrange(90)
    queue = ("billing", "sales")[number % 2]
    if number % 3:
        times = (began, began + timedelta(seconds=wait), began + timedelta(seconds=wait + 200))
        return (number, *times, queue, f"a{number % 5}", f"+4930{number}", "DONE")
    return (number, began, None, began + timedelta(seconds=wait), queue, None, None, "GONE")


def local(found: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same row for a database whose times are local and say no offset."""
    return tuple(value.astimezone(ZONE).replace(tzinfo=None) if isinstance(value, datetime) else value for value in found)


ZONE = read_mapping(parse(CALLS.replace("MORE", ""), "calls.yaml")).zone


def fitting(calls: Calls, *numbers: int) -> list[tuple[Any, ...]]:
    """Rows as the table's times want them."""
    return [local(row(one)) if "sqlite" in calls.url else row(one) for one in numbers]


def called(settings: Settings, calls: Calls) -> list[str]:
    """The call of `answerable listen`."""
    return command(settings, "database", calls.home / "state.json", "--mapping", calls.mapping)


def listening(settings: Settings, calls: Calls) -> AbstractContextManager[tuple[subprocess.Popen[bytes], str]]:
    """A running `answerable listen`, ready, with the address of its pages."""
    return running(called(settings, calls), CALLS_URL=calls.url)


def read_at(address: str, lines: int) -> bool:
    """Whether so many rows were read."""
    return metrics(address)["cc_source_lines_total"] == lines


def test_rows_become_what_their_export_becomes_once(settings: Settings, calls: Calls) -> None:
    """Old rows in batches, new ones, and one committed late under an older number: each event once, the same figures, the rest told."""
    numbers = [*range(1, 160), *range(161, 180)]
    with calls.engine.begin() as connection:
        calls.insert(connection, *fitting(calls, *numbers), (500, None, None, None, "billing", None, None, "DONE"))
    with listening(settings, calls) as (process, address):
        until(lambda: metrics(address)["cc_source_lines_total"] == 179, "read what was there")
        for late in (160, 501):
            with calls.engine.begin() as connection:
                calls.insert(connection, *fitting(calls, late))
        until(lambda: metrics(address)["cc_source_lines_total"] == 181, "read what came late")
        until(lambda: metrics(address)["cc_source_backlog"] == 0, "counted that nothing is left")
        shown = metrics(address)
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    expected, found = calls.exported(), published(settings)

    assert plain(expected) == plain(found)
    assert figures(expected) == figures(found)
    assert (1, 1) == (shown["cc_source_connected"], shown["cc_source_rejected_total"])
    assert (0, f"181 lines read, {len(expected)} events published, 1 rejected (see dead-letters).\n") == (process.returncode, said.decode())
    letters = records_of(settings, ("dead-letters",))
    assert [b"private" in one.value for one in letters] == [False]


def test_a_row_of_the_future_hides_no_other(settings: Settings, tmp_path: Path) -> None:
    """One call is dated 20 hours ahead; those that follow are read one by one, as is the one ahead."""
    (tmp_path / "calls.sqlite").touch()
    url = f"sqlite:///{tmp_path / 'calls.sqlite'}"
    calls = Calls(tmp_path, url, sqlalchemy.create_engine(url), more="batch: 50")
    calls.mapping.write_text(calls.written.replace("high_water: id", "high_water: ended, tie_breaker: [id]"))
    now = datetime.now(UTC).replace(microsecond=0)

    def gone(number: int, ended: datetime) -> tuple[Any, ...]:
        return local((number, ended - timedelta(seconds=30), None, ended, "billing", None, None, "GONE"))

    with calls.engine.begin() as connection:
        calls.insert(connection, gone(1, now - timedelta(hours=9)), gone(2, now + timedelta(hours=20)))
    with listening(settings, calls) as (process, address):
        until(lambda: metrics(address)["cc_source_lines_total"] == 2, "read what was there")
        for hour in range(1, 9):
            with calls.engine.begin() as connection:
                calls.insert(connection, gone(2 + hour, now - timedelta(hours=9 - hour)))
            until(partial(read_at, address, 2 + hour), f"read the call of hour {hour}")
        process.terminate()
        assert 0 == process.wait(PATIENCE)
    assert plain(calls.exported()) == plain(published(settings))


def test_kills_and_late_commits_lose_no_row_and_double_no_contact(settings: Settings, postgres: Postgres, tmp_path: Path) -> None:
    """Kill -9 in a loop, while transactions take numbers and commit in another order: in the end the topic holds every row."""
    random = Random(11)
    calls = Calls(tmp_path, postgres.url, postgres.engine(), more="look_back: 40, batch: 7")
    number = 0

    def write(count: int) -> None:
        """Some transactions at once; one that took its numbers first commits last."""
        nonlocal number
        for _ in range(count):
            with calls.engine.connect() as early, calls.engine.connect() as later:
                calls.insert(early, row(number + 1), row(number + 2))
                calls.insert(later, *(row(number + 3 + one) for one in range(random.randrange(1, 30))))
                number += 32
                later.commit()
                time.sleep(random.uniform(0, 0.1))
                early.commit()

    write(20)
    for _ in range(5):
        with listening(settings, calls) as (process, _):
            for _ in range(random.randrange(1, 8)):
                write(1)
            process.kill()
            process.wait()
        write(random.randrange(3))
    expected = calls.exported()
    with listening(settings, calls) as (process, _):
        until(lambda: {one.id for one in expected} <= {one.id for one in published(settings)}, "read all rows")
        process.terminate()
        assert 0 == process.wait(PATIENCE)
    found = published(settings)

    assert plain(expected) == plain(once(found))
    assert figures(expected) == figures(list({one.id: one for one in found}.values()))
    assert 6 >= max(Counter(one.id for one in found).values())


def test_an_outage_of_the_database_is_waited_for(settings: Settings, postgres: Postgres, tmp_path: Path) -> None:
    """It says so once, without the password, shows it, and goes on by itself with what was written since."""
    calls = Calls(tmp_path, postgres.url, postgres.engine())
    with calls.engine.begin() as connection:
        calls.insert(connection, row(1))
    with listening(settings, calls) as (process, address):
        until(lambda: metrics(address)["cc_source_lines_total"] == 1, "read the first row")
        calls.engine.dispose()
        postgres.stop()
        until(lambda: metrics(address)["cc_source_connected"] == 0, "missed the database")
        postgres.start()
        with calls.engine.begin() as connection:
            calls.insert(connection, row(2))
        until(lambda: (shown := metrics(address))["cc_source_lines_total"] >= 2 and shown["cc_source_connected"] == 1, "went on")
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    assert {one.id for one in calls.exported()} == {one.id for one in published(settings)}
    assert "Trying again; nothing is lost." in said.decode()
    assert [] == [one for one in said.decode().splitlines() if not one.endswith((" Trying again; nothing is lost.", " published."))]
    assert PASSWORD not in said.decode()


def test_a_right_that_was_taken_away_is_asked_for_once(settings: Settings, postgres: Postgres, tmp_path: Path) -> None:
    """It is said once with the statement that gives it back, however often it is tried; then the intake goes on."""
    calls = Calls(tmp_path, postgres.url, postgres.engine())
    calls.url = calls.url.replace("answerable:", "reader:")
    with calls.engine.begin() as connection:
        calls.insert(connection, row(1))
        connection.execute(text(f"create role reader login password '{PASSWORD}'"))
        connection.execute(text(f"grant select on {calls.name} to reader"))
    with listening(settings, calls) as (process, address):
        until(lambda: metrics(address)["cc_source_lines_total"] == 1, "read the first row")
        with calls.engine.begin() as connection:
            connection.execute(text(f"revoke all on {calls.name} from reader"))
        until(lambda: metrics(address)["cc_source_connected"] == 0, "missed the right")
        time.sleep(4)  # it tries again after one second and after two
        with calls.engine.begin() as connection:
            calls.insert(connection, row(2))
            connection.execute(text(f"grant select on {calls.name} to reader"))
        until(lambda: (shown := metrics(address))["cc_source_lines_total"] >= 2 and shown["cc_source_connected"] == 1, "went on")
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    problem = f"permission denied for table {calls.name}): let one who may do so run: grant select on {calls.name} to the user in url."
    assert [f"{problem} Trying again; nothing is lost."] == [one.partition("says no (")[2] for one in said.decode().splitlines()[:-1]]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (PASSWORD, "another", f'password authentication failed for user "{USER}"): check the user and the password in what url names.\n'),
        ("/postgres", "/none", 'database "none" does not exist): check the name of the database at the end of what url names.\n'),
    ],
)
def test_what_postgresql_says_no_to_is_said_with_what_to_do(
    before: str, after: str, sentence: str, settings: Settings, postgres: Postgres, tmp_path: Path
) -> None:
    """In one sentence, at the start."""
    calls = Calls(tmp_path, postgres.url, postgres.engine())
    process = subprocess.run(
        called(settings, calls),
        env={**os.environ, "ANSWERABLE_PSEUDONYM_KEY": KEY, "CALLS_URL": calls.url.replace(before, after)},
        capture_output=True,
        check=False,
    )
    assert (3, True) == (process.returncode, sentence in process.stderr.decode()), process.stderr


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ({"CALLS_URL": ""}, 2, "The environment variable CALLS_URL is not set: database takes its url from it.\n"),
        ({"CALLS_URL": "not-for-logs"}, 2, "is no address of a database: write for example postgresql://user:password@host/name.\n"),
        ({"CALLS_URL": "postgresql://u:not-for-logs@h@b/n"}, 2, "has a second @: write it in the password as %40.\n"),
        (
            {"CALLS_URL": "oddbase://u:not-for-logs@h/n"},
            2,
            "SQLAlchemy knows no database oddbase: check the beginning of what url names.\n",
        ),
        ({"CALLS_URL": "mssql+pyodbc://u:not-for-logs@h/n"}, 3, "is not installed (pyodbc): install it with pip beside Answerable.\n"),
        ({"CALLS_URL": "postgresql://u:not-for-logs@127.0.0.1:1/n"}, 3, "Connection refused): check host and port in what url names, and"),
        ({"CALLS_URL": "sqlite:///FILE"}, 3, "file is not a database): check the file that url names: it is no database of SQLite.\n"),
        ({"CALLS_URL": "sqlite:////nowhere/calls.sqlite"}, 3, "There is no file of SQLite where url of"),
        ({"high_water: id": "high_water: ide"}, 2, "has no column ide: did you mean id?\n"),
        ({"high_water: id": "high_water: queue"}, 2, "queue is neither a number nor a date and time"),
        ({"table: calls_": "table: call_"}, 2, "the database has no table or view call_"),
        ({"batch: 50": "look_back: 10m"}, 2, "look_back cannot be 10m, because id is a number: write how many, for example 1000\n"),
        ({"high_water: id": "high_water: began"}, 1, "Two rows of calls_"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    change: dict[str, str], code: int, sentence: str, settings: Settings, tmp_path: Path
) -> None:
    """With the right exit code, no traceback, and never the password."""
    (tmp_path / "calls.sqlite").touch()
    url = f"sqlite:///{tmp_path / 'calls.sqlite'}"
    calls = Calls(tmp_path, url, sqlalchemy.create_engine(url))
    with calls.engine.begin() as connection:
        calls.insert(connection, *fitting(calls, 1), (2, *fitting(calls, 1)[0][1:]))
    written = calls.written
    for before, after in change.items():
        written = written.replace(before, after) if before != "CALLS_URL" else written
    calls.mapping.write_text(written)
    url = change.get("CALLS_URL", calls.url).replace("FILE", str(calls.mapping))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        done = CliRunner().invoke(main, called(settings, calls)[3:], env={"ANSWERABLE_PSEUDONYM_KEY": KEY, "CALLS_URL": url})
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    said = done.stderr.removeprefix("0 lines read, 0 events published.\n")
    assert (code, True, False, 1) == (done.exit_code, sentence in said, PASSWORD in done.output, len(said.splitlines())), done.output
