"""Both stores: what is written is there, and what RocksDB holds outlives its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import rocksdict

from stream.config.settings import Settings
from stream.errors import PartMissing, StoreUnusable
from stream.live.stores.choose import choose
from stream.live.stores.entries import Store
from stream.live.stores.memory import MemoryStore
from stream.live.stores.position import DELETE_RETENTION, Position
from stream.live.stores.rocks import RocksStore

ROOT = Path(__file__).parents[3]
HERE = Position("one", 7, 1_000)
SAY = "import sys\nprint('written', flush=True)\nsys.stdin.read()\n"


def rocks(place: Path) -> RocksStore:
    """A store on disk."""
    return RocksStore(place, DELETE_RETENTION)


@pytest.fixture(params=["memory", "rocksdb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store."""
    made = choose(Settings(store=request.param, data_dir=tmp_path), DELETE_RETENTION)
    yield made
    made.close()


def test_entries_are_what_was_applied(store: Store) -> None:
    """Set, set again, deleted; with the position, which is no entry; another partition has its own."""
    entries, other = store.open("contacts", 0), store.open("contacts", 1)
    assert (None, {}) == (entries.position, dict(entries.items()))
    entries.apply([(b"a", b"1"), (b"b", b"2"), (b"\0h\0", b"3"), (b"a", b"4"), (b"b", None), (b"c", None)], HERE)
    assert ({b"a": b"4", b"\0h\0": b"3"}, HERE) == (dict(entries.items()), entries.position)
    assert (b"4", None, None) == (entries.get(b"a"), entries.get(b"b"), other.get(b"a"))
    entries.apply([(b"d", b"")], None)
    assert (b"", HERE) == (entries.get(b"d"), entries.position)
    entries.clear()
    assert ({}, None) == (dict(entries.items()), entries.position)
    entries.close()
    other.close()


def test_a_stage_can_read_while_entries_change(store: Store) -> None:
    """What is read lazily is the newest commit."""
    entries = store.open("contacts", 0)
    entries.apply([(b"a", b"1")], HERE)
    read = entries.get
    entries.apply([(b"a", b"2")], HERE)
    assert b"2" == read(b"a")
    entries.close()


def test_rocksdb_outlives_its_process(tmp_path: Path) -> None:
    """Closed and opened again, entries and position are there; the slot is free again."""
    first = rocks(tmp_path)
    entries = first.open("scopes", 3)
    entries.apply([(b"k%d" % number, b"v") for number in range(10_000)], HERE)
    entries.close()
    first.close()
    second = rocks(tmp_path)
    assert first.place == second.place
    again = second.open("scopes", 3)
    assert (10_000, HERE, b"v") == (len(again), again.position, again[b"k9999"])
    with pytest.raises(KeyError):
        again[b"\0"]
    again.close()
    second.close()


def test_what_was_deleted_is_in_no_file_once_rocksdb_has_compacted(tmp_path: Path) -> None:
    """Raw bytes of the directory, after the next start; keys and values unlike each other, so that lz4 leaves them whole."""
    ours = rocks(tmp_path)
    entries = ours.open("customers", 0)
    entries.apply([(b"aqx-5d1c-jv", b"71fjwqn13"), (b"kzw+90gp+m", b"5dbmtyr88")], HERE)
    entries.close()

    def found() -> list[bytes]:
        held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        return [text for text in (b"aqx-5d1c-jv", b"71fjwqn13", b"kzw+90gp+m", b"5dbmtyr88") if text in held]

    assert [b"aqx-5d1c-jv", b"71fjwqn13", b"kzw+90gp+m", b"5dbmtyr88"] == found()
    entries = ours.open("customers", 0)
    entries.apply([(b"aqx-5d1c-jv", None)], HERE)
    entries.close()
    database = rocksdict.Rdict(str(ours.place / "customers-0"), rocksdict.Options(raw_mode=True))
    database.compact_range(None, None)
    database.close()
    ours.open("customers", 0).close()  # its list of files, with the first and last key of each, is written anew when it is opened
    assert [b"kzw+90gp+m", b"5dbmtyr88"] == found()
    ours.close()


def test_a_killed_process_leaves_a_beginning_and_its_position(tmp_path: Path) -> None:
    """After SIGKILL all entries up to the position are there, and none behind it, however many were in memory."""
    write = f"""
        from pathlib import Path
        from stream.live.stores.rocks import RocksStore
        from stream.live.stores.position import Position
        entries = RocksStore(Path({str(tmp_path)!r}), 86_400_000).open("contacts", 0)
        for number in range(60):
            entries.apply([(b"%d-%d" % (number, key), b"v" * 400) for key in range(500)], Position("one", number, 0))
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(write) + SAY], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert "written\n" == child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    store = rocks(tmp_path)
    entries = store.open("contacts", 0)
    assert entries.position is not None
    assert 0 < entries.position.offset < 59
    expected = {b"%d-%d" % (number, key) for number in range(entries.position.offset + 1) for key in range(500)}
    assert expected == set(entries)
    entries.close()
    store.close()


def test_workers_on_one_machine_share_a_directory(tmp_path: Path) -> None:
    """Each has a slot of its own, and who comes next has the slot of one that is gone."""
    stores = [rocks(tmp_path) for _ in range(3)]
    assert [tmp_path / "0", tmp_path / "1", tmp_path / "2"] == [store.place for store in stores]
    stores[1].close()
    again = rocks(tmp_path)
    assert tmp_path / "1" == again.place
    for store in (stores[0], stores[2], again):
        store.close()


def test_a_database_that_cannot_be_read_is_made_anew(tmp_path: Path) -> None:
    """The changelog has all of it."""
    store = rocks(tmp_path)
    entries = store.open("contacts", 0)
    entries.apply([(b"a", b"1")], HERE)
    entries.close()
    place = store.place / "contacts-0"
    next(place.glob("MANIFEST-*")).write_bytes(b"garbage")
    again = store.open("contacts", 0)
    assert ({}, None) == (dict(again.items()), again.position)
    again.close()
    store.close()


def test_a_database_of_which_a_part_is_damaged_is_made_anew(tmp_path: Path) -> None:
    """Reading it never ends early without a word: the worker ends, and whoever opens it next begins with nothing."""
    store = rocks(tmp_path)
    entries = store.open("contacts", 0)
    entries.apply([(b"=%06d" % number, os.urandom(300)) for number in range(2_000)], HERE)
    entries.close()
    (table,) = (store.place / "contacts-0").glob("*.sst")
    content = bytearray(table.read_bytes())
    content[len(content) // 3] ^= 0xFF
    table.write_bytes(content)
    damaged = store.open("contacts", 0)
    with pytest.raises(StoreUnusable, match="block checksum mismatch"):
        list(damaged.items())
    damaged.close()
    again = store.open("contacts", 0)
    assert ({}, None) == (dict(again.items()), again.position)
    again.close()
    store.close()


def test_nobody_else_reads_what_is_on_disk(tmp_path: Path) -> None:
    """It names contacts and agents."""
    store = rocks(tmp_path / "state")
    assert 0o700 == store.place.stat().st_mode & 0o777
    store.close()


def test_old_databases_are_deleted(tmp_path: Path) -> None:
    """A database that nobody has written to for longer than deletions stay in the changelog can never be read on."""
    store = rocks(tmp_path)
    for number in (0, 1):
        store.open("contacts", number).close()
    for file in (store.place / "contacts-0").iterdir():
        os.utime(file, (0, 0))
    store.close()
    again = rocks(tmp_path)
    assert ["contacts-1"] == [place.name for place in again.place.iterdir() if place.is_dir()]
    again.close()


def _file_in_the_way(place: Path) -> Path:
    """A path below something that is no directory."""
    place.write_text("")
    return place / "state"


@pytest.mark.parametrize("make", [_file_in_the_way, lambda _: Path("/proc/no-such-place")])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """One sentence with the place, the reason and what to do; exit code 3."""
    place = make(tmp_path / "here")
    with pytest.raises(StoreUnusable, match=rf"The state cannot be kept in {place} \(.*\): make room .* ANSWERABLE_DATA_DIR") as told:
        rocks(place)
    assert 3 == told.value.exit_code


FULL = """
    import resource
    from pathlib import Path
    from stream.errors import StoreUnusable
    from stream.live.stores.rocks import RocksStore
    from stream.live.stores.position import Position
    store = RocksStore(Path({place!r}), 86_400_000)
    entries = store.open("contacts", 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        for number in range(1_000):
            entries.apply([(b"%d-%d" % (number, key), b"%d" % key * 100) for key in range(500)], Position("one", number, 0))
    except StoreUnusable as told:
        print(type(told).__name__, told.place == store.place / "contacts-0", number > 0, flush=True)
    entries.close()
    print("closed")
"""


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """Where RocksDB can write no more, the next change says so; closing says no more than a warning. What was flushed before stays."""
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL.format(place=str(tmp_path)))], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "StoreUnusable True True\nclosed\n" == found.stdout
    store = rocks(tmp_path)
    entries = store.open("contacts", 0)
    assert all(entries.position is not None and int(key.partition(b"-")[0]) <= entries.position.offset for key in entries)
    entries.close()
    store.close()


def test_a_missing_package_is_told(tmp_path: Path) -> None:
    """Without rocksdict the worker says how to get it, and ends with 3."""
    ask = f"""
        import sys
        sys.modules["rocksdict"] = None
        from pathlib import Path
        from stream.config.settings import Settings
        from stream.live.stores.choose import choose
        choose(Settings(store="rocksdb", data_dir=Path({str(tmp_path)!r})), 1)
    """
    found = subprocess.run([sys.executable, "-c", textwrap.dedent(ask)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert f"{PartMissing.__module__}.PartMissing: The store rocksdb needs a package" in found.stderr
    assert "pip install '.[rocksdb]' in the checkout, or" in found.stderr


def test_memory_is_the_default(tmp_path: Path) -> None:
    """Nothing is written where nothing was asked for."""
    assert isinstance(choose(Settings(data_dir=tmp_path), DELETE_RETENTION), MemoryStore)
    assert [] == list(tmp_path.iterdir())
