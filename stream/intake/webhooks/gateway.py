"""`answerable listen --source webhooks`: HTTP in one thread, Kafka in another, a desk between them.

A request is answered 2xx only after Kafka has all of its records. Nothing is kept between requests: what a kill cuts off was not
acknowledged, the vendor sends it again, and its ids are the same. Where a vendor does not, its API is looked at (`looking.py`).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Event as Flag
from threading import Thread
from typing import Final

from stream.core.events import Event
from stream.errors import PartMissing
from stream.intake.customers import refuse_without_key
from stream.intake.outlet import Outlet, SourceFigures, through_outages
from stream.intake.publish import Sending
from stream.intake.run import Starting
from stream.intake.silence import usual
from stream.intake.webhooks.declared import OF_API, Declared, Gateway, read_gateway
from stream.intake.webhooks.desk import Desk, Waiting, settle
from stream.intake.webhooks.looking import Looks, Watched
from stream.intake.webhooks.server import Intake, Running
from stream.sources.records import Rejected, Unknown

NAME: Final = "webhooks"
HELP: Final = "webhooks of several vendors at one HTTP address"
PATIENCE: Final = 5.0
"""How long (s) Kafka may take for a flush; after that a new connection is likelier to help, and whoever waited was told so."""
IDLE: Final = 0.2


def run(starting: Starting) -> None:
    """Take webhooks until stopped."""
    with_ = starting.run
    gateway = read_gateway(starting.declared, with_.zone)
    for one in gateway.sources:
        refuse_without_key(with_.settings.pseudonym_key, personal=one.prepared.personal, whose=one.name)
    figures = {one.name: SourceFigures(one.name, silent_after=usual(one.vendor.path.removeprefix("/"))) for one in gateway.sources}
    watched = [  # what an API makes good for is little: it may be silent
        Watched(one, one.looked, figures[one.name], SourceFigures(f"{one.name}{OF_API}", silent_after=0))
        for one in gateway.sources
        if one.looked is not None
    ]
    desk = Desk()
    looks = Looks(watched, desk, with_.state, with_.say)
    told_of = figures | {one.own.source: one.own for one in watched}
    for shown in told_of.values():
        with_.show(shown)
    http = _Http(gateway, Intake(gateway, with_.figures, figures, desk, with_.say, looks.heard), looks)

    def connect(connected: Callable[[], None]) -> None:
        with closing(Sending(with_.settings, NAME, patience=PATIENCE)) as sending:
            outlets = {name: Outlet(sending, one, with_.settings) for name, one in told_of.items()}
            http.start()
            try:
                desk.begin()
                for one in (with_.figures, *figures.values()):
                    one.connected = True
                connected()
                _serve(desk, outlets, lambda: with_.stopped() and http.stopped())
            finally:
                desk.close()
                for one in told_of.values():
                    one.connected = False

    try:
        through_outages(connect, with_.figures, with_.stopped, lambda: with_.ready(http.address), with_.say)
    finally:
        http.end()


class _Http:
    """The thread of HTTP."""

    def __init__(self, gateway: Gateway, intake: Intake, looks: Looks) -> None:
        self._gateway = gateway
        self._looks = looks
        self._running = Running(intake)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun, self._told = Flag(), asyncio.Event()
        self._refused: OSError | None = None
        self._thread: Thread | None = None
        self.address = ""

    def start(self) -> None:
        """Listen, where it does not yet. Raises PartMissing where the address is not to be had."""
        if self._thread is not None:
            return
        self._thread = Thread(target=lambda: asyncio.run(self._main()), name="http", daemon=True)
        self._thread.start()
        self._begun.wait()
        if self._refused is not None:
            at, number = f"{self._gateway.host}:{self._gateway.port}", self._refused.errno or 0
            why = os.strerror(number) if number > 0 else self._refused.strerror
            raise PartMissing(f"{at} cannot be listened on ({why}): write another address under `listen`.")

    def stopped(self) -> bool:
        """Begin to stop, where that is not begun; whether it is over. Until then Kafka goes on, for those who wait for an answer."""
        if self._loop is not None:
            with suppress(RuntimeError):  # it is over, and its loop is closed
                self._loop.call_soon_threadsafe(self._told.set)
        return self._thread is None or not self._thread.is_alive()

    def end(self) -> None:
        """Stop, and wait for it."""
        self.stopped()
        if self._thread is not None:
            self._thread.join()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            host, port = await self._running.start(self._gateway.host, self._gateway.port)
            self.address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        except OSError as refused:
            self._refused = refused
            return
        finally:
            self._begun.set()
        looking = asyncio.create_task(self._looks.run())
        await self._told.wait()
        await self._running.stop()
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


def _serve(desk: Desk, outlets: dict[str, Outlet], over: Callable[[], bool]) -> None:
    numbers = dict.fromkeys(outlets, 0)
    while not over():
        if found := desk.take(IDLE):
            done = False
            try:
                for one in found:
                    numbers[one.source.name] = _take(outlets[one.source.name], one, numbers[one.source.name])
                for name in {one.source.name for one in found}:
                    outlets[name].flush()
                done = True
            finally:
                settle(found, done=done)


def _take(outlet: Outlet, one: Waiting, number: int) -> int:
    """Hand a request's records to Kafka's producer; the number of the last one."""
    for raw in one.records:
        number += 1
        outlet.take(translated(one.source, raw), raw, number)
    return number


def translated(source: Declared, raw: bytes) -> list[Event | Rejected | Unknown]:
    """What a record becomes. A translator that fails on it has a fault, and would have it again: dead-letters keeps the record's place."""
    try:
        return list(source.prepared.translate([raw]))
    except Exception as fault:  # noqa: BLE001 - one record must not take the others down
        return [Rejected("undecodable", f"the translator of {source.name} failed with {type(fault).__name__}", raw, 0)]
