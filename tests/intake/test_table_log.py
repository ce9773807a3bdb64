"""Asterisk's logs in tables: what their files give, each row once, through late commits, equal times, restarts and kills."""

from __future__ import annotations

import csv
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from uuid import uuid4

import pytest
import sqlalchemy
from click.testing import CliRunner
from sqlalchemy import text

from stream.cli import main
from stream.config.settings import Settings
from stream.config.yaml import parse
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.errors import DataError, DeclarationError
from stream.intake.outlet import SourceFigures
from stream.intake.state import load_state
from stream.intake.table_log import HELD, Reading
from stream.intake.tables import Rows
from stream.sources import SOURCES
from stream.sources.asterisk_cel import COLUMNS as CEL_COLUMNS
from stream.sources.queue_log.lines import written
from stream.sources.records import Prepared
from stream.wire.codec import from_json
from tests.conftest import part
from tests.intake.listening import PATIENCE, command, installation, metrics, once, plain, published, running, until
from tests.parts.postgresql import Postgres
from tests.sources import test_asterisk_cel
from tests.sources.queue_logs import counts, events_of, figures

COLUMNS: Final = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")
KINDS: Final = {"id": "{id}", "time": "varchar(40)"}
DATABASE: Final = "database: { url_env: PBX_URL, table: TABLE, high_water: id, poll: 200ms, settle: 2s, MORE }"
BY_TIME: Final = ("high_water: id", "high_water: time, tie_breaker: [callid, event, agent, queuename]")
ROW = tuple[str, ...]


def row(second: float, call: str, event: str, *data: object, queue: str = "billing", agent: str = "NONE") -> ROW:
    """A row as Asterisk writes it: its time is a text, so many seconds after nine."""
    whole, micro = divmod(round(second * 1_000_000), 1_000_000)
    at = f"2026-03-02 {9 + whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{micro:06d}"
    return (at, call, queue, agent, event, *(str(one) for one in data), *[""] * (5 - len(data)))


def exported(rows: Iterable[ROW]) -> list[Event]:
    """The events of a dump of these rows."""
    return events_of([",".join(COLUMNS).encode() + b"\n", *(",".join(one).encode() + b"\n" for one in rows)])


class Logged:
    """A table `queue_log` that the tests write to, and the mapping that names it."""

    def __init__(self, home: Path, url: str, engine: sqlalchemy.Engine, more: str = "") -> None:
        """Make the table. more: further keys of the mapping's `database`."""
        self.url, self.engine, self.home = url, engine, home
        self.name = f"queue_log_{uuid4().hex[:8]}"
        self.mapping = home / "table.yaml"
        self.written = f"version: 1\n{DATABASE.replace('TABLE', self.name).replace('MORE', more or 'batch: 50')}\n"
        self.mapping.write_text(self.written)
        number = "bigserial" if engine.dialect.name == "postgresql" else "integer"
        rest = ", ".join(f"{name} varchar(100)" for name in COLUMNS)
        with engine.begin() as connection:
            connection.execute(text(f"create table {self.name} (id {number} primary key, {rest})"))

    def by_time(self) -> None:
        """Let its text of the time be what is followed."""
        self.mapping.write_text(self.written.replace(*BY_TIME))

    def insert(self, *rows: ROW, at: sqlalchemy.Connection | None = None, number: int | None = None) -> None:
        """Add rows, in a transaction of their own or in the caller's; number: of the one row, where it is not the next."""
        names = COLUMNS if number is None else ("id", *COLUMNS)
        statement = text(f"insert into {self.name} ({', '.join(names)}) values ({', '.join(f':{one}' for one in names)})")  # noqa: S608 - ours
        found = [dict(zip(names, one if number is None else (number, *one), strict=True)) for one in rows]
        if at is not None:
            at.execute(statement, found)
            return
        if found:
            with self.engine.begin() as connection:
                connection.execute(statement, found)

    def rows(self) -> list[ROW]:
        """All rows in the order of their times, then of their numbers."""
        with self.engine.connect() as connection:
            query = text(f"select {', '.join(COLUMNS)} from {self.name} order by time, id")  # noqa: S608 - our own words
            return [tuple(one) for one in connection.execute(query)]

    def called(self, settings: Settings) -> list[str]:
        """The call of `answerable listen`."""
        return command(settings, "asterisk-queue-log", self.home / "state.json", "--mapping", self.mapping)

    def listening(self, settings: Settings) -> AbstractContextManager[tuple[subprocess.Popen[bytes], str]]:
        """A running `answerable listen`, ready, with the address of its pages."""
        return running(self.called(settings), PBX_URL=self.url)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL for these tests."""
    server = Postgres(part("initdb"), part("postgres"), tmp_path_factory.mktemp("postgres"))
    yield server
    server.stop()


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


def call(random: Random, number: int, second: float) -> list[ROW]:
    """The rows of a call; some are left open, some have rows of one millisecond."""
    name = f"c.{number}"
    rows = [row(second, name, "ENTERQUEUE", "", "49300", 1)]
    end = random.randrange(4)
    if end == 0:
        rows.append(row(second + 1, name, "ABANDON", 1, 1, 1))
    elif end == 1:
        rows += [row(second + 1, name, "EXITEMPTY", 1, 1, 1), row(second + 1 + 1e-6, name, "ENTERQUEUE", "", "49300", 1, queue="sales")]
    elif end == 2:
        rows += [
            row(second + 1e-6, name, "CONNECT", 0, "x", 0, agent="SIP/1"),
            row(second + 9, name, "COMPLETEAGENT", 0, 9, 1, agent="SIP/1"),
        ]
    return rows


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


# -- the order of rows, without a broker --------------------------------------------------------------------------------


class Heard:
    """An outlet that remembers what it was handed."""

    def __init__(self) -> None:
        """Nothing was."""
        self.events: list[Event] = []
        self.lines: list[bytes] = []

    def take(self, told: Iterable[Any], raw: bytes, place: int) -> None:
        """Remember it."""
        del place
        self.events += [one for one in told if isinstance(one, Event)]
        self.lines.append(raw)

    def flush(self) -> None:
        """There is nothing to wait for."""


def ready(source: str, mapping: str, path: str = "table.yaml") -> Prepared:
    """The source with a mapping of this text."""
    return SOURCES[source].prepare(parse(mapping, path), from_json)


class Intake:
    """An intake of a table that goes on; it is killed by closing it."""

    def __init__(self, logged: Logged, settle: str, held: float = HELD) -> None:
        """Begin where the saved state is."""
        source = ready("asterisk-queue-log", logged.mapping.read_text().replace("settle: 2s", f"settle: {settle}"))
        assert source.table is not None
        assert source.following is not None
        self.heard = Heard()
        outlet: Any = self.heard
        run: Any = SimpleNamespace(state=logged.home / "state.json", stopped=lambda: False, figures=SourceFigures("asterisk-queue-log"))
        self._rows = Rows(source.table.table, logged.url)
        self.reading = Reading(source.table, self._rows, source.following(), outlet, run, held)

    def sweep(self, after: float = 0.0) -> list[str]:
        """Sweep after so many seconds; gives the calls of all that was told by then."""
        time.sleep(after)
        self.reading.sweep()
        return [one.split(b"|")[1].decode() for one in self.heard.lines]

    def close(self) -> None:
        """End it as a kill does: nothing is told or saved any more."""
        self._rows.close()


def swept(logged: Logged, *settles: str, mapping: str | None = None, heard: Heard | None = None) -> Heard:
    """What is told after a sweep for each of these times to settle, each by an intake that was started anew."""
    heard = heard or Heard()
    outlet: Any = heard
    for settle in settles:
        source = ready("asterisk-queue-log", (mapping or logged.mapping.read_text()).replace("settle: 2s", f"settle: {settle}"))
        assert source.table is not None
        assert source.following is not None
        run: Any = SimpleNamespace(state=logged.home / "state.json", stopped=lambda: False, figures=SourceFigures("asterisk-queue-log"))
        with closing(Rows(source.table.table, logged.url)) as rows:
            Reading(source.table, rows, source.following(), outlet, run).sweep()
    return heard


QUEUED: Final = (
    row(0, "c.1", "ENTERQUEUE", "", "49300", 1),
    row(4, "c.1", "CONNECT", 4, "x", 2, agent="SIP/1"),
    row(9, "c.1", "COMPLETECALLER", 4, 5, 1, agent="SIP/1"),
)


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


CALL: Final = (("CONNECT", 4, "x", 2), ("COMPLETECALLER", 4, 5, 1))


def test_a_row_of_the_future_hides_no_other(sqlite: Logged) -> None:
    """The text of its time is not the high water."""
    sqlite.by_time()
    ahead = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 3600))
    sqlite.insert(QUEUED[0], (ahead, "c.9", *row(0, "", "ENTERQUEUE")[2:]))
    heard = swept(sqlite, "0s")
    sqlite.insert(*QUEUED[1:])
    assert ["c.1", "c.9", "c.1", "c.1"] == [one.split(b"|")[1].decode() for one in swept(sqlite, "0s", "0s", heard=heard).lines]


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
