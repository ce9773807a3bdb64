"""Following a growing file by whole lines, through rotation (rename and create, copy and truncate) and restarts at a saved position.

A position names a file by what it is, not by its name: its inode and the hash of its beginning. What was rotated away while nobody
looked is found again among the files beside it (`queue_log.1`, `queue_log-20260302`, `queue_log.2.gz`) and read to its end,
then whatever was rotated after it, then the file itself. A file that was renamed is left only when a later one has a line: its writer may
hold it open for long.
"""

from __future__ import annotations

import gzip
import os
import re
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, Final, cast

ROTATED: Final = re.compile(r"[.-]\d[\d._T-]*(\.gz)?")
"""What rotation puts behind a log's name."""
HEAD: Final = 1_024
"""So much of a file's beginning tells it from others: the lines of a log begin with their time."""
CHUNK: Final = 256 * 1024
LONGEST_LINE: Final = 1024 * 1024
"""A line without an end beyond this is given as it is, so that a file without line feeds does not fill the memory."""
REMEMBERED: Final = 64


@dataclass(slots=True)
class Position:
    """Up to where a log is read: the file, and the offset in it behind the last whole line.

    length, head: how long the beginning was that was hashed, and its hash. done: beginnings of files that were read to their end.
    rotated: the newest time (ns) of a rotated file when this one was begun; what is newer was rotated since.
    """

    inode: int = 0
    offset: int = 0
    length: int = 0
    head: str = ""
    rotated: int = 0
    done: list[list[Any]] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """As values that JSON holds."""
        return asdict(self)


@dataclass(slots=True)
class Piece:
    """One whole line. offset: where it begins in its file; first: whether it is the first one read of another file."""

    raw: bytes
    offset: int
    first: bool


class Tail:
    """A log that grows. `read` gives the next lines, `position` is what to save once they are dealt with.

    gaps: how often a file was gone before it was read to its end.
    """

    def __init__(self, path: Path, position: Position | None = None) -> None:
        """Begin at the position, else at the beginning of the file as it is; nothing is opened before `read`."""
        self.path = path
        self.gaps = 0
        self.position = position or Position(rotated=max((mtime + 1 for mtime, _ in self._siblings()), default=0))
        self._file: IO[bytes] | None = None
        self._real: IO[bytes] | None = None
        self._begun = self.position.offset == 0
        self._idle = 0

    def close(self) -> None:
        """Close what is open."""
        for opened in (self._file, self._real):
            if opened is not None:
                opened.close()
        self._file = self._real = None

    def read(self, most: int = CHUNK) -> list[Piece]:
        """The next whole lines, at most about so many bytes; none when there is nothing new."""
        if self._file is None:
            if not self._open():
                return []
        elif self._real is None and self.position.offset == 0 and self._rotated():
            # Whatever it was before we read a line of it is among the rotated ones.
            self.close()
            if not self._next():
                return []
        elif not self._is_same() and not self._turn():
            return []
        pieces = self._lines(most)
        if pieces or not self._ended():
            return pieces
        pieces = self._lines(most, final=True)
        if pieces:
            return pieces
        self._leave()
        return self.read(most) if self._next() else []

    # -- one file -----------------------------------------------------------------------------------------------------

    def _lines(self, most: int, *, final: bool = False) -> list[Piece]:
        """The next lines of the open file. final: nobody writes to it any more, so that what it ends with is a line."""
        if self._file is None:
            return []
        position = self.position
        self._file.seek(position.offset)
        try:
            data = self._file.read(most)
            while data and b"\n" not in data and len(data) < LONGEST_LINE and (more := self._file.read(most)):
                data += more
        except (EOFError, OSError):
            return []
        end = data.rfind(b"\n") + 1 or (len(data) if final or len(data) >= LONGEST_LINE else 0)
        out: list[Piece] = []
        at = position.offset
        for raw in data[:end].splitlines(keepends=True) if b"\r" not in data[:end] else _lines_of(data[:end]):
            out.append(Piece(raw, at, self._begun))
            self._begun = False
            at += len(raw)
        if out:
            position.offset = at
            self._note_head()
        return out

    def _note_head(self) -> None:
        if self.position.length < HEAD:
            self.position.length = min(HEAD, self.position.offset)
            self.position.head = self._hash(self._file, self.position.length)

    @staticmethod
    def _hash(opened: IO[bytes] | None, length: int) -> str:
        if opened is None:
            return ""
        opened.seek(0)
        return blake2b(opened.read(length), digest_size=16).hexdigest()

    def _is_same(self) -> bool:
        """Whether the open file still is what was read of it: not cut off, not written anew."""
        position = self.position
        if self._real is not None or self._file is None:
            return True
        size = os.fstat(self._file.fileno()).st_size
        if size < position.offset:
            return False
        return position.length == 0 or self._hash(self._file, position.length) == position.head

    # -- from file to file --------------------------------------------------------------------------------------------

    def _siblings(self) -> list[tuple[int, Path]]:
        """The rotated files beside the log with their times (ns), the oldest first."""
        out = []
        try:
            found = list(os.scandir(self.path.parent))
        except OSError:
            return []
        for entry in found:
            if entry.name.startswith(self.path.name) and ROTATED.fullmatch(entry.name[len(self.path.name) :]):
                with suppress(OSError):
                    out.append((entry.stat().st_mtime_ns, Path(entry.path)))
        return sorted(out, key=lambda one: (one[0], _number(one[1])))

    def _rotated(self) -> bool:
        return any(mtime >= self.position.rotated and not self._was_read(path) for mtime, path in self._siblings())

    def _matches(self, path: Path, length: int, head: str, least: int = 0) -> bool:
        try:
            with path.open("rb") as real, cast("IO[bytes]", gzip.open(real)) if path.suffix == ".gz" else real as file:
                if self._hash(file, length) != head:
                    return False
                end = file.seek(least) if path.suffix == ".gz" else file.seek(0, os.SEEK_END)
                return end >= least
        except (OSError, EOFError):
            return False

    def _open(self) -> bool:
        """Open the file of the position, wherever it is by now; else the next one."""
        position = self.position
        if position.length:
            own = self._find()
            if own is not None:
                return self._begin(own, go_on=True)
            self.gaps += 1
        return self._next()

    def _find(self) -> Path | None:
        """The file of the position: by its beginning, and among equal ones by its inode."""
        position = self.position
        candidates = [self.path, *(path for _, path in reversed(self._siblings()))]
        fitting = []
        for path in candidates:
            try:
                inode = path.stat().st_ino
            except OSError:
                continue
            if self._matches(path, position.length, position.head, position.offset):
                if inode == position.inode:
                    return path
                fitting.append(path)
        return fitting[0] if fitting else None

    def _next(self) -> bool:
        """Begin the oldest rotated file that was not read, else the log itself."""
        position = self.position
        listed = self._siblings()
        for mtime, path in listed:
            if mtime >= position.rotated and not self._was_read(path) and self._begin(path, go_on=False):
                return True
        if not self._begin(self.path, go_on=False):
            return False
        position.rotated = max([position.rotated, *(mtime for mtime, _ in listed)])
        return True

    def _was_read(self, path: Path) -> bool:
        """Whether a rotated file was read to its end, is empty, or is being packed at this moment.

        Times do not tell that: two files can have been written to within one tick of the machine's clock.
        """
        with suppress(OSError):
            if path.stat().st_size == 0:
                return True
        if path.suffix == ".gz":
            try:
                with gzip.open(path) as packed:
                    if not packed.read(HEAD):
                        return True
            except (OSError, EOFError):
                return True
        return any(self._matches(path, length, head) for length, head in self.position.done)

    def _begin(self, path: Path, *, go_on: bool) -> bool:
        try:
            self._file, self._real = _opened(path)
            found = path.stat()
        except OSError:
            self.close()
            return False
        if path != self.path:
            self.position.rotated = max(self.position.rotated, found.st_mtime_ns)
        self.position.inode = os.fstat((self._real or self._file).fileno()).st_ino
        if not go_on:
            self.position.offset, self.position.length, self.position.head = 0, 0, ""
            self._begun = True
        self._idle = 0
        return True

    def _ended(self) -> bool:
        """At the end of what is there: whether the open file is not the log any more, and its writer has gone on to a later one.

        A writer holds a renamed file open until it is told to open its log anew, and that may be hours later: only a line in a later
        file says that it was.
        """
        try:
            found = self.path.stat()
        except OSError:
            return False  # renamed, and the new one is not there yet
        if self._real is None and (found.st_ino == self.position.inode or not (found.st_size or self._overtaken())):
            return False
        self._idle += 1
        return self._idle > 1  # once more, because the writer may have written between our reading and its turning to the new file

    def _overtaken(self) -> bool:
        """Whether a rotated file is there to be read that is neither the open one nor what it was packed into."""
        position = self.position
        return any(
            mtime >= position.rotated
            and not self._is_inode(path)
            and not self._was_read(path)
            and not (position.length and self._matches(path, position.length, position.head, position.offset))
            for mtime, path in self._siblings()
        )

    def _is_inode(self, path: Path) -> bool:
        try:
            return path.stat().st_ino == self.position.inode
        except OSError:
            return False

    def _leave(self) -> None:
        """The open file is read to its end."""
        self._finished()
        self.close()

    def _finished(self) -> None:
        if self.position.length:
            self.position.done = [*self.position.done[-REMEMBERED:], [self.position.length, self.position.head]]

    def _turn(self) -> bool:
        """The file was cut off or written anew: what we had not read of it is in the copy that was made before."""
        self.close()
        position = self.position
        copies = [path for _, path in self._siblings() if self._matches(path, position.length, position.head, position.offset)]
        if position.length and copies:
            return self._begin(copies[-1], go_on=True)
        if position.length:
            self.gaps += 1
            self._finished()
        return self._next()


def unread(path: Path, inode: int, offset: int) -> int:
    """How many bytes the log has behind a position; those of rotated files are not counted."""
    try:
        found = path.stat()
    except OSError:
        return 0
    begun = found.st_ino == inode and found.st_size >= offset
    return found.st_size - (offset if begun else 0)


def _number(path: Path) -> int:
    """Of rotated files of one time the one with the highest number is the oldest."""
    digits = path.name.removesuffix(".gz").rpartition(".")[2]
    return -int(digits) if digits.isdecimal() else 0


def _opened(path: Path) -> tuple[IO[bytes], IO[bytes] | None]:
    """A file for reading, and beside it the real one where it is a gzipped one.

    Unbuffered: what a buffer remembers of the beginning of a file stands there no more once it was cut off and written anew.
    """
    real = path.open("rb", buffering=0)
    if path.suffix != ".gz":
        return real, None
    return cast("IO[bytes]", gzip.open(real)), real


def _lines_of(data: bytes) -> list[bytes]:
    """Lines by line feeds alone: a carriage return ends none."""
    return [line + b"\n" for line in data.split(b"\n")[:-1]] if data.endswith(b"\n") else [data]
