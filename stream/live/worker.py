"""One worker process: checks, pages, the Faust app, and a clean stop on SIGTERM and SIGINT.

Faust's own command line and worker are not used: they take over stdout, the logging and the signals, and end with a traceback.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Sequence
from typing import Any, Final

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.errors import AnswerableError
from stream.live.app import CentreApp, build_app
from stream.live.board_pages import board_pages
from stream.live.changelogs import look_up
from stream.live.follower import Follower
from stream.live.garbage import tidy
from stream.live.preflight import check
from stream.live.rebuild import begin_rebuild, refuse_foreign_facts
from stream.live.section import Processor
from stream.live.web import Pages

log = logging.getLogger(__name__)

FINISH_SECONDS: Final = 5.0
"""How long a stop waits for the transactions under way."""

Make = Callable[[Settings, int], Sequence[Processor]]
"""Makes the processors, once the count of partitions is known."""


class CrashedError(AnswerableError):
    """The worker met an error that nobody expected; the log holds its traceback."""


async def run(
    settings: Settings,
    make: Make,
    ready: Callable[[CentreApp, str], None],
    *,
    centre: Centre | None = None,
    standards: Sequence[Standard] = (),
    rebuild: bool = False,
) -> None:
    """Run one worker until it is told to stop. `ready` is called with the address of its pages when it processes.

    `centre` and `standards` are what its board speaks of.

    Raises what ended it: the project's own errors as they are, any other as CrashedError.
    """
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told_to_stop.set)
    stopping = asyncio.ensure_future(told_to_stop.wait())
    preparing = asyncio.ensure_future(_prepare(settings, make, centre or Centre(), standards, rebuild=rebuild))
    await asyncio.wait({preparing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not preparing.done():
        preparing.cancel()
        await asyncio.wait({preparing})
        return
    app, pages = preparing.result()
    telling = asyncio.ensure_future(_tell(app, lambda: ready(app, pages.address)))
    try:
        await _serve(app, stopping)
    finally:
        telling.cancel()
        await pages.stop()


async def _prepare(
    settings: Settings, make: Make, centre: Centre, standards: Sequence[Standard], *, rebuild: bool
) -> tuple[CentreApp, Pages]:
    """Check what must be there, and listen."""
    partitions = await check(settings)
    await (begin_rebuild if rebuild else refuse_foreign_facts)(settings, partitions)
    changelogs = await asyncio.to_thread(look_up, settings)
    app = build_app(settings, make(settings, partitions), partitions, changelogs)
    follower = Follower(settings, {"clock": settings.clock, "centre": {"name": centre.name, "zone": str(centre.zone)}})
    pages = Pages(
        app,
        follower,
        board_pages(settings, follower, centre, lambda: app.standards(standards), app.now),
        settings.web_host,
        settings.web_port,
    )
    await pages.start()
    tidy()
    return app, pages


async def _serve(app: CentreApp, stopping: asyncio.Future[Any]) -> None:
    """Run the app until it is told to stop or has failed."""
    starting = asyncio.ensure_future(app.start())
    endings = {
        stopping,
        asyncio.ensure_future(app.ended.wait()),
        asyncio.ensure_future(app._crashed.wait()),  # noqa: SLF001 - mode offers a crash's reason, but no way to wait for one
        asyncio.ensure_future(_failure(starting)),
    }
    try:
        await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for ending in endings:
            ending.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(app.holding.suspend(), FINISH_SECONDS)
        await app.stop()
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await starting
    error = app.failed or app.crash_reason or (starting.exception() if starting.done() and not starting.cancelled() else None)
    if error is None:
        return
    if isinstance(error, AnswerableError):
        raise error
    log.error("the worker ends because of an error that nobody expected", exc_info=error)
    problem = f"The worker met an error that nobody expected ({type(error).__name__}: {error}): the log holds its traceback."
    raise CrashedError(problem) from error


async def _failure(starting: asyncio.Future[Any]) -> None:
    """End when starting has failed; wait on when it went well."""
    await asyncio.wait({starting})
    if starting.cancelled() or starting.exception() is not None:
        return
    await asyncio.Event().wait()


async def _tell(app: CentreApp, ready: Callable[[], None]) -> None:
    await app.opened.wait()
    ready()
