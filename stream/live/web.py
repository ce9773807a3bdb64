"""The worker's pages: metrics, health, the readings of the whole centre, and the wallboard.

A small aiohttp application of its own rather than Faust's: it must answer before the first recovery is over (/healthz, /readyz),
which Faust's pages do not, and it shows nothing of Faust's tables to whoever asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
from typing import TYPE_CHECKING, Final

from aiohttp import web

from stream.errors import PartMissing
from stream.sinks.prometheus import CONTENT_TYPE, Collector

if TYPE_CHECKING:
    from stream.live.app import CentreApp
    from stream.live.board_pages import BoardPages
    from stream.live.follower import Follower

HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
STOP_SECONDS: Final = 2.0
PORTS: Final = (errno.EADDRINUSE, errno.EACCES)
"""The errors of listening that another port mends."""


class Pages:
    """The worker's web server."""

    def __init__(self, app: CentreApp, follower: Follower, board: BoardPages, host: str, port: int) -> None:
        """Nothing listens before `start`."""
        self._app = app
        self._follower = follower
        self._board = board
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self._following: asyncio.Task[None] | None = None
        self.address = ""

    async def start(self) -> None:
        """Listen; `address` says where. Raises PartMissing where the port is taken or the address is not ours."""
        application = web.Application()
        self._board.add_to(application)
        application.router.add_get("/metrics", self._metrics)
        application.router.add_get("/healthz", self._health)
        application.router.add_get("/readyz", self._readiness)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=STOP_SECONDS)
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as refused:
            await runner.cleanup()
            raise PartMissing(self._refusal(refused)) from None
        host, port = runner.addresses[0][:2]
        self.address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self._following = asyncio.ensure_future(self._follower.follow())

    def _refusal(self, refused: OSError) -> str:
        """What to do where it cannot be listened: the port or the address is wrong."""
        if refused.errno in PORTS:
            why = "is taken" if refused.errno == errno.EADDRINUSE else "needs a privilege that the worker does not have"
            return f"The address {self._host}:{self._port} {why}: set ANSWERABLE_WEB_PORT to another port, or to 0 for a free one."
        return f"{self._host} is no address of this machine: set ANSWERABLE_WEB_HOST to one that is, such as 127.0.0.1."

    async def stop(self) -> None:
        """Stop listening."""
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following
        if self._runner is not None:
            await self._runner.cleanup()

    async def _metrics(self, request: web.Request) -> web.Response:
        refused = self._board.guard(request) if self._board.names_people else None
        if refused is not None:
            return refused
        snapshots = await self._app.snapshots()
        page = Collector(lambda: snapshots, self._app.figures, by_queue=self._app.histograms_by_queue).render()
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE, **HEADERS})

    async def _health(self, _: web.Request) -> web.Response:
        """The event loop answers: that is what is asked."""
        return web.json_response({"status": "ok"}, headers=HEADERS)

    async def _readiness(self, _: web.Request) -> web.Response:
        """503 until partitions are assigned and recovered, and while the session may be lost."""
        ready = self._app.figures.ready and self._app.in_session()
        body = {"ready": ready, "partitions": sorted(self._app.holding.partitions)}
        return web.json_response(body, status=200 if ready else 503, headers=HEADERS)
