"""What the race needs of an engine: to be there, to be started on a topic that is full, to be watched, and to be ended."""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import psutil

from benchmarks.expected import FIELDS, Figures
from benchmarks.filling import Filled
from stream.errors import PartMissing
from stream.guard import Guard

Value = bytes
Outputs = Mapping[tuple[str, bytes], Value]
"""By topic and key the last value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of one engine. name: is new for each run, so that nothing of another one is found."""

    bootstrap: str
    filled: Filled
    partitions: int
    name: str
    place: Path
    warm_up: int
    seconds: float

    @property
    def output(self) -> str:
        """The topic that a peer writes to; it is there already."""
        return f"{self.name}-figures"


class Run(ABC):
    """An engine that works."""

    topics: tuple[str, ...] = ()
    """The topics of its figures."""

    group: str | None = None
    """The consumer group whose committed offsets say how far it has come."""

    @abstractmethod
    def processes(self) -> Iterable[int]:
        """The process ids whose time it is."""

    def progress(self) -> int:
        """How many records of the input it has finished, of an engine that commits to no group."""
        return 0

    @abstractmethod
    def check(self) -> None:
        """Raise PartMissing where it has ended by itself."""

    @abstractmethod
    def end(self) -> None:
        """End it at once: what it has committed is all that counts."""

    def wants(self, topic: str, key: bytes) -> bool:
        """Whether that record of its outputs is one of the figures."""
        return True

    def figures(self, outputs: Outputs) -> Figures:
        """The figures that its outputs hold."""
        return peers_figures(outputs)

    def cpu_seconds(self) -> float:
        """The time on a processor, user and system, of all its processes so far."""
        return sum(_cpu(pid) for pid in self.processes())

    def memory(self) -> int:
        """The bytes that are resident."""
        return sum(_memory(pid) for pid in self.processes())


class Engine(ABC):
    """Something that can do the job. title: for people; share: of all events that it is given, for slow ones less."""

    name: str
    title: str
    share: float = 1.0
    exchange: str | None = None
    """What its topic between the stages is called behind the run's name, where it does not make that by itself before it reads."""

    @abstractmethod
    def prepare(self) -> dict[str, str]:
        """Build or install it where that was not done; give the versions that count. Raises Absent."""

    @abstractmethod
    def start(self, job: Job) -> Run:
        """Start it on a topic that is full."""


class Absent(Exception):
    """It cannot be had on this machine; the text says why."""


class Child(Run):
    """One or several processes with a log, which do not outlive ours."""

    def __init__(self, job: Job, commands: Sequence[Sequence[str | Path]], group: str | None, environment: Mapping[str, str]) -> None:
        """Start them."""
        self.topics = (job.output,)
        self.group = group
        self.log = job.place / "peer.log"
        self._children: list[subprocess.Popen[bytes]] = []
        self._guards: list[Guard] = []
        for command in commands:
            with self.log.open("ab") as log:
                child = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=job.place,
                    env=dict(environment),
                    start_new_session=True,
                )
            self._children.append(child)
            self._guards.append(Guard(child.pid))

    def processes(self) -> Iterable[int]:
        """All that were started."""
        return [child.pid for child in self._children]

    def check(self) -> None:
        """See `Run`."""
        for child in self._children:
            if child.poll() is not None:
                raise PartMissing(f"It ended by itself with {child.returncode}: {self.last_words()}")

    def end(self) -> None:
        """See `Run`."""
        for child in self._children:
            child.kill()
        for child, guard in zip(self._children, self._guards, strict=True):
            child.wait()
            guard.release()
        self._children.clear()

    def last_words(self) -> str:
        """The end of its log."""
        return " / ".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])


LAST_LINES: Final = 6


def peers_figures(outputs: Outputs) -> Figures:
    """The figures of a peer: "queue|channel|start" with the fields of FIELDS, "queue|channel" with how many wait now."""
    figures = Figures()
    for (_, key), value in outputs.items():
        record: dict[str, Any] = orjson.loads(value)
        name = key.decode()
        if "waiting" in record:
            figures.waiting[name] = record["waiting"]
        else:
            figures.windows[name] = [record[field] for field in FIELDS]
    return figures


def _cpu(pid: int) -> float:
    spent = 0.0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                times = each.cpu_times()
                spent += times.user + times.system
    return spent


def _memory(pid: int) -> int:
    held = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                held += each.memory_info().rss
    return held
