"""One worker process, from its checks to its clean stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stream.live.app import CentreApp


async def run(app: CentreApp, ready: Callable[[], None]) -> None:
    """Run the app until SIGTERM, SIGINT or an error; raises that error. `ready` is called when it processes."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, app.ended.set)
    starting = asyncio.ensure_future(app.start())
    ended = asyncio.ensure_future(app.ended.wait())
    crashed = asyncio.ensure_future(app._crashed.wait())
    told = asyncio.ensure_future(_tell(app, ready))
    try:
        await asyncio.wait({ended, crashed}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (ended, crashed, told):
            task.cancel()
        await app.stop()
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting
    if app.failed is not None:
        raise app.failed
    if app.crash_reason is not None:
        raise app.crash_reason


async def _tell(app: CentreApp, ready: Callable[[], None]) -> None:
    while not app.figures.ready:
        await asyncio.sleep(0.02)
    ready()
