"""A running intake of Asterisk's manager interface: stays connected, translates what comes, publishes it, saves what it knows.

The manager interface says everything once and keeps nothing. So a thread of its own reads it, also while Kafka is away; what Kafka has
not acknowledged is kept, and is told again with the same moments, so under the same ids. What was said while nobody listened (a
kill, a cut connection) is a gap: the look at all queues that begins each connection sets right what it changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final

from stream.config.secrets import read_secret
from stream.errors import DataError, PartMissing, WrongUse
from stream.intake.ami_connection import Connection
from stream.intake.outlet import RETRY, Outlet, pause, through_outages
from stream.intake.publish import Sending
from stream.intake.run import Run, Starting
from stream.intake.state import load_state, save_state
from stream.sources.asterisk_ami.mapping import AmiMapping, read_mapping
from stream.sources.asterisk_ami.translator import Translator

MOST_KEPT: Final = 64 * 1024 * 1024
"""Bytes that wait for Kafka. Beyond it the connection is given up until there is room: that is a gap, and memory is not."""
MOST_AT_ONCE: Final = 2_000
TICK: Final = 1_000
POLL: Final = 0.25


@dataclass(slots=True)
class Item:
    """What came, and when (ms): a message, the beginning of a connection, or (neither) that time goes on."""

    now: int
    raw: bytes = b""
    begins: bool = False


def run(starting: Starting) -> None:
    """Listen until stopped. See `Intake` for what it raises."""
    mapping = read_mapping(starting.declared)
    secret = read_secret(starting.declared, "secret")
    if not secret.isprintable():
        raise WrongUse(f"The secret of {mapping.username} has a sign that cannot be written on one line: take another one.")
    listening = _Listening(mapping, secret, starting)
    try:
        through_outages(listening.connect, starting.run.figures, starting.run.stopped, starting.run.ready, starting.run.say)
    finally:
        listening.reader.close()


class _Listening:
    """From the saved state on, through outages of Kafka."""

    def __init__(self, mapping: AmiMapping, secret: str, starting: Starting) -> None:
        self._mapping = mapping
        self._source = starting.source
        self._run = starting.run
        self._state = _saved(self._run, mapping)
        self._kept: list[Item] = []
        self._count = 0
        self._noted = False
        self.reader = _Reader(mapping, secret, self._run)
        if self._state is not None:
            self._run.figures.gaps += 1  # what was said between that and now, nobody heard

    def connect(self, connected: Callable[[], None]) -> None:
        """With one connection to Kafka; `connected` is called once the PBX is there, too."""
        with closing(Sending(self._run.settings, self._source)) as sending:
            outlet = Outlet(sending, self._run.figures, self._run.settings)
            self.reader.start()
            connected()
            translator = Translator(self._mapping)
            if self._state is not None:
                translator.restore(self._state)
            self._take(translator, outlet, self._kept)
            while not self._run.stopped():
                self._run.figures.connected = self.reader.connected
                items = self.reader.next()
                self._kept += items
                self._take(translator, outlet, items)

    def _take(self, translator: Translator, outlet: Outlet, items: list[Item]) -> None:
        if not items:
            return
        events = False
        for item in items:
            if item.begins:
                translator.begin()
            elif item.raw:
                self._count += 1
                found = translator.feed(item.raw, item.now)
                outlet.take(found, item.raw, self._count)
                events = events or bool(found)
            elif concluded := translator.tick(item.now):
                outlet.take(concluded, b"", self._count)
                events = True
        outlet.flush()
        if events or len(self._kept) >= MOST_AT_ONCE:
            self._save(translator)
        if translator.unstamped and not self._noted:
            self._noted = True
            self._run.say("Asterisk's messages bear no time: write timestampevents = yes into manager.conf, so that none is the arrival's.")

    def _save(self, translator: Translator) -> None:
        state = translator.save()
        save_state(self._run.state, {"pbx": self._mapping.log.pbx, "translator": state})
        self._state = state
        self.reader.acknowledged(sum(len(item.raw) for item in self._kept))
        self._kept = []


class _Reader:
    """The thread that reads the manager interface, through outages of it."""

    def __init__(self, mapping: AmiMapping, secret: str, run: Run) -> None:
        self._mapping = mapping
        self._secret = secret
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
        self._thread = Thread(target=self._read_on, args=(first,), name="asterisk-ami", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        if self._thread is not None:
            self._thread.join()

    def next(self) -> list[Item]:
        """What came since; after a short while without news, nothing. Once a second, that time goes on."""
        items: list[Item] = []
        try:
            items.append(self._items.get(timeout=POLL))
            while len(items) < MOST_AT_ONCE:
                items.append(self._items.get_nowait())
        except Empty:
            pass
        now = _now()
        if now - self._ticked >= TICK:
            self._ticked = now
            items.append(Item(now))
        return items

    def acknowledged(self, size: int) -> None:
        """So many bytes need not be kept any more."""
        self._done += size

    def _connected(self) -> Connection:
        connection = Connection(self._mapping, self._secret, self._over)
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
                raise PartMissing(f"Kafka has not taken {MOST_KEPT} bytes of Asterisk at {self._mapping.address}: look after its brokers.")

    def _full(self) -> bool:
        return self._put - self._done > MOST_KEPT


def _saved(run: Run, mapping: AmiMapping) -> list[Any] | None:
    state = load_state(run.state, {"pbx": str, "translator": list}, "begin with what the PBX shows now")
    if state is None:
        return None
    if state["pbx"] != mapping.log.pbx:
        raise DataError(f"{run.state} is the saved state of the PBX {state['pbx']}: name another file with --state.")
    found: list[Any] = state["translator"]
    return found


def _now() -> int:
    return int(time.time() * 1000)
