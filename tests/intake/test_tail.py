"""A log is followed by whole lines, whatever its rotation does and wherever the follower is stopped."""

from __future__ import annotations

import gzip
import shutil
from contextlib import nullcontext
from pathlib import Path
from random import Random
from typing import IO

import pytest

from stream.intake.tail import Position, Tail


class Writer:
    """Writes numbered lines, and rotates as logrotate does."""

    def __init__(self, path: Path) -> None:
        """Begin with nothing written."""
        self.path = path
        self.written: list[bytes] = []
        self.rest = b""
        self.held: IO[bytes] | None = None
        path.write_bytes(b"")

    def write(self, count: int) -> None:
        """So many lines at the end, of the renamed file where that is still held open."""
        with self.path.open("ab") if self.held is None else nullcontext(self.held) as file:
            for _ in range(count):
                line = b"%d|line\n" % (1772438400 + len(self.written))
                file.write(line)
                self.written.append(line)
            file.flush()

    def reload(self) -> None:
        """Let go of a renamed file."""
        if self.held is not None:
            self.held.close()
            self.held = None

    def rename(self, *, packed: bool = False, held: bool = False) -> None:
        """Move what there is one further, and begin a new file. held: the writer is not told, and goes on in what it has open."""
        if not held:
            self.reload()
        elif self.held is None:
            self.held = self.path.open("ab")
        self._shift()
        first = self.path.with_name("log.1")
        self.path.rename(first)
        if packed:
            with gzip.open(self.path.with_name("log.1.gz"), "wb") as file:
                file.write(first.read_bytes())
            first.unlink()
        self.path.write_bytes(b"")

    def copytruncate(self) -> None:
        """Copy, then cut off."""
        self._shift()
        shutil.copyfile(self.path, self.path.with_name("log.1"))
        with self.path.open("r+b") as file:
            file.truncate(0)

    def _shift(self) -> None:
        for number in range(20, 0, -1):
            for end in ("", ".gz"):
                old = self.path.with_name(f"log.{number}{end}")
                if old.exists():
                    old.rename(self.path.with_name(f"log.{number + 1}{end}"))


def drained(tail: Tail) -> list[bytes]:
    """All lines that are there; three looks without news are the end."""
    out: list[bytes] = []
    quiet = 0
    while quiet < 3:
        pieces = tail.read(64)
        out += [piece.raw for piece in pieces]
        quiet = 0 if pieces else quiet + 1
    return out


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_or_read_twice_through_rotations_and_restarts(tmp_path: Path, seed: int) -> None:
    """Renamed, packed, copied and cut off, several times between two looks, with the follower begun anew at its saved position.

    Of some renamings the writer hears later, and goes on in the renamed file until then.
    """
    random = Random(seed)
    writer = Writer(tmp_path / "log")
    tail = Tail(writer.path)
    found: list[bytes] = drained(tail)
    for _ in range(40):
        writer.write(random.randrange(1, 8))
        what = random.randrange(12)
        if what == 0:
            writer.rename()
        elif what == 1:
            writer.copytruncate()
        elif what == 2:
            writer.rename(packed=True)
        elif what in {3, 4}:
            position = tail.position.plain()
            tail.close()
            tail = Tail(writer.path, Position(**position))
        elif what in {5, 6}:
            found += [piece.raw for piece in tail.read(30)]
        elif what in {7, 8}:
            found += drained(tail)
        elif what in {9, 10}:
            writer.rename(held=True)
        elif what == 11:
            writer.reload()
    found += drained(tail)
    tail.close()
    writer.reload()

    assert writer.written == found
    assert 0 == tail.gaps


@pytest.mark.parametrize("begun_anew", [False, True])
@pytest.mark.parametrize("looks", [0, 1, 2, 5, 240])
def test_a_renamed_file_is_read_for_as_long_as_its_writer_holds_it(tmp_path: Path, looks: int, *, begun_anew: bool) -> None:
    """However often it was looked at in vain before: it is left when the new file has a line, and nothing of it is read twice."""
    writer = Writer(tmp_path / "log")
    writer.write(2)
    tail = Tail(writer.path)
    found = drained(tail)
    for _ in range(2):
        writer.rename(held=True)
        for _ in range(looks):
            found += [piece.raw for piece in tail.read()]
        writer.write(1)
        if begun_anew:
            position = tail.position.plain()
            tail.close()
            tail = Tail(writer.path, Position(**position))
    for _ in range(looks):
        found += [piece.raw for piece in tail.read()]
    writer.write(1)
    writer.reload()
    writer.write(2)
    found += drained(tail)
    writer.rename()
    writer.write(1)
    found += drained(tail)
    tail.close()

    assert (writer.written, 0) == (found, tail.gaps)


def test_a_file_that_was_cut_off_and_grew_beyond_what_was_read_is_another_one(tmp_path: Path) -> None:
    """Within one look: what follows in the copy is read first, then the file from its beginning."""
    writer = Writer(tmp_path / "log")
    writer.write(2)
    tail = Tail(writer.path)
    found = [piece.raw for piece in tail.read(30)]
    writer.write(1)
    writer.copytruncate()
    writer.write(7)
    found += drained(tail)
    tail.close()

    assert (writer.written, 0) == (found, tail.gaps)


def test_a_half_line_waits_for_its_end(tmp_path: Path) -> None:
    """Bytes that come one by one make the same lines, at every cut."""
    path = tmp_path / "log"
    path.write_bytes(b"")
    tail = Tail(path)
    out: list[bytes] = []
    text = b"1|first\r\n\n2|second \xff\n3|third\n"
    for byte in text:
        with path.open("ab") as file:
            file.write(bytes([byte]))
        out += [piece.raw for piece in tail.read()]
    tail.close()

    assert [b"1|first\r\n", b"\n", b"2|second \xff\n", b"3|third\n"] == out


def test_a_file_that_is_gone_unread_is_a_gap(tmp_path: Path) -> None:
    """What was cut off without a copy cannot be read any more: it is counted, and the rest goes on."""
    writer = Writer(tmp_path / "log")
    writer.write(3)
    tail = Tail(writer.path)
    first = drained(tail)
    with writer.path.open("r+b") as file:
        file.truncate(0)
    writer.write(1)
    rest = drained(tail)
    tail.close()

    assert (writer.written[:3], writer.written[3:], 1) == (first, rest, tail.gaps)
