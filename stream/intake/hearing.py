"""A running intake of a system that says everything once and keeps nothing: stays connected, publishes what it hears, saves what it knows.

A thread of its own reads the system, also while Kafka is away; what Kafka has not acknowledged is kept, and is told again with the same
moments, so under the same ids. What is about to be published is saved first, with what is known after it: after a kill in between it is
published then, so nothing is in Kafka that is not known here. What was said while nobody listened (a kill, a cut connection) is a gap: the
look at everything that begins each connection sets right what it changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, Protocol

from stream.core.events import Event
from stream.errors import DataError, PartMissing
from stream.intake.outlet import RETRY, Outlet, pause, through_outages
from stream.intake.publish import Sending
from stream.intake.run import Run, Starting
from stream.intake.state import load_state, save_state
from stream.sources.records import Rejected, Unknown

MOST_KEPT: Final = 64 * 1024 * 1024
"""Bytes that wait for Kafka. Beyond it the connection is given up until there is room: that is a gap, and memory is not."""
MOST_AT_ONCE: Final = 2_000
TICK: Final = 1_000
POLL: Final = 0.25


class Connection(Protocol):
    """One connection, logged in from the beginning. Both methods raise PartMissing where the system is not there (any more)."""

    def read(self) -> list[bytes]:
        """What has come, a message each; nothing after a short while without news."""

    def close(self) -> None:
        """Hang up."""


class Teller(Protocol):
    """A pure translator of what one system says, over its connections."""

    def begin(self) -> None:
        """A connection begins."""

    def feed(self, raw: bytes, now: int) -> list[Event | Rejected | Unknown]:
        """What one message tells; `now` is when it arrived (ms). Never raises."""

    def tick(self, now: int) -> list[Event | Rejected | Unknown]:
        """Time has come to `now` by our clock."""

    def save(self) -> list[Any]:
        """What has to be kept to go on with another connection, as plain values."""

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What is listened to.

    what: for people, with its address. kind, name: what it is, and which one, as its saved state says it, too. remark: a sentence that is
    said once, as soon as it is one.
    """

    what: str
    kind: str
    name: str
    connect: Callable[[Callable[[], bool]], Connection]
    teller: Callable[[], Teller]
    remark: Callable[[Any], str] = lambda _: ""

    @property
    def key(self) -> str:
        """Where its name stands in the saved state."""
        return self.kind.lower()


@dataclass(slots=True)
class Item:
    """What came, and when (ms): a message, the beginning of a connection, or (neither) that time goes on."""

    now: int
    raw: bytes = b""
    begins: bool = False


def hear(system: System, starting: Starting) -> None:
    """Listen until stopped. Raises DataError where the saved state is of another one, PartMissing before it was ready once."""
    listening = _Listening(system, starting)
    try:
        through_outages(listening.connect, starting.run.figures, starting.run.stopped, starting.run.ready, starting.run.say)
    finally:
        listening.reader.close()


class _Listening:
    """From the saved state on, through outages of Kafka."""

    def __init__(self, system: System, starting: Starting) -> None:
        self._system = system
        self._source = starting.source
        self._run = starting.run
        self._state, self._unsure = _saved(self._run, system)
        self._kept: list[Item] = []
        self._count = 0
        self._noted = False
        self.reader = _Reader(system, starting.source, self._run)
        if self._state is not None:
            self._run.figures.gaps += 1  # what was said between that and now, nobody heard

    def connect(self, connected: Callable[[], None]) -> None:
        """With one connection to Kafka; `connected` is called once the system is there, too."""
        with closing(Sending(self._run.settings, self._source, slow=self._run.waits)) as sending:
            outlet = Outlet(sending, self._run.figures, self._run.settings)
            self.reader.start()
            connected()
            teller = self._system.teller()
            if self._state is not None:
                teller.restore(self._state)
            if self._unsure:
                outlet.take(self._unsure, b"", self._count)
            self._take(teller, outlet, self._kept)
            while not self._run.stopped():
                self._run.figures.connected = self.reader.connected
                items = self.reader.next()
                self._kept += items
                self._take(teller, outlet, items)

    def _take(self, teller: Teller, outlet: Outlet, items: list[Item]) -> None:
        if not items:
            return
        events: list[Event] = []
        for item in items:
            if item.begins:
                teller.begin()
            elif item.raw:
                self._count += 1
                found = teller.feed(item.raw, item.now)
                outlet.take(found, item.raw, self._count)
                events += (one for one in found if isinstance(one, Event))
            elif concluded := teller.tick(item.now):
                outlet.take(concluded, b"", self._count)
                events += (one for one in concluded if isinstance(one, Event))
        if not events and len(self._kept) < MOST_AT_ONCE:
            outlet.flush()
        else:
            self._publish(teller, outlet, events)
        if not self._noted and (remark := self._system.remark(teller)):
            self._noted = True
            self._run.say(remark)

    def _publish(self, teller: Teller, outlet: Outlet, events: list[Event]) -> None:
        """Save what is known and what is about to be said of it, then say it."""
        state = teller.save()
        unsure = [[one.time, one.type, one.subject, one.id, one.data] for one in [*self._unsure, *events]]
        save_state(self._run.state, {self._system.key: self._system.name, "translator": state, "unsure": unsure})
        outlet.flush()
        self._state, self._unsure = state, []
        self.reader.acknowledged(sum(len(item.raw) for item in self._kept))
        self._kept = []


class _Reader:
    """The thread that reads the system, through outages of it."""

    def __init__(self, system: System, source: str, run: Run) -> None:
        self._system = system
        self._source = source
        self._run = run
        self._items: SimpleQueue[Item] = SimpleQueue()
        self._put = self._done = 0
        self._closed = False
        self._ticked = 0
        self._thread: Thread | None = None
        self.connected = False

    def start(self) -> None:
        """Where it has not begun, connect for the first time: raises PartMissing where that fails. Then read on."""
        if self._thread is not None:
            return
        first = self._connected()
        self._thread = Thread(target=self._read_on, args=(first,), name=self._source, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        if self._thread is not None:
            self._thread.join()

    def next(self) -> list[Item]:
        """What came since; after a short while without news, nothing. Once a second, that time goes on: after all that came by then."""
        items: list[Item] = []
        try:
            items.append(self._items.get(timeout=POLL))
            while len(items) < MOST_AT_ONCE:
                items.append(self._items.get_nowait())
        except Empty:
            pass
        else:
            return items
        now = _now()
        if now - self._ticked >= TICK:
            self._ticked = now
            items.append(Item(now))
        return items

    def acknowledged(self, size: int) -> None:
        """So many bytes need not be kept any more."""
        self._done += size

    def _connected(self) -> Connection:
        connection = self._system.connect(self._over)
        self.connected = True
        self._items.put(Item(_now(), begins=True))
        return connection

    def _over(self) -> bool:
        return self._closed or self._run.stopped()

    def _read_on(self, connection: Connection | None) -> None:
        failures = 0
        while not self._over():
            try:
                if connection is None:
                    connection = self._connected()
                    failures = 0
                with closing(connection):
                    self._read(connection)
            except PartMissing as missing:
                if self._over():
                    return
                if self.connected:
                    self._run.figures.gaps += 1
                self.connected, connection = False, None
                self._run.say(f"{missing} Trying again; what is missed is set right then.")
                pause(RETRY[min(failures, len(RETRY) - 1)], self._over)
                failures += 1
                while not self._over() and self._full():
                    pause(POLL, self._over)

    def _read(self, connection: Connection) -> None:
        while not self._over():
            for raw in connection.read():
                self._put += len(raw)
                self._items.put(Item(_now(), raw))
            if self._full():
                raise PartMissing(f"Kafka has not taken {MOST_KEPT} bytes of {self._system.what}: look after its brokers.")

    def _full(self) -> bool:
        return self._put - self._done > MOST_KEPT


def _saved(run: Run, system: System) -> tuple[list[Any] | None, list[Event]]:
    """What was known, and which events of it Kafka may not have."""
    state = load_state(run.state, {system.key: str, "translator": list}, f"begin with what the {system.kind} shows now")
    if state is None:
        return None, []
    if state[system.key] != system.name:
        raise DataError(f"{run.state} is the saved state of the {system.kind} {state[system.key]}: name another file with --state.")
    return state["translator"], [Event(*fields) for fields in state.get("unsure", [])]


def _now() -> int:
    return int(time.time() * 1000)
