"""The pages of the board: the page and its parts, the stream of changes, one row's contacts, the agents, and signing in."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiohttp import web

from stream.board.roster import Roster
from stream.board.table import shown_at
from stream.core.centre import Centre
from stream.live.access import FORM_BYTES, SUPERVISOR, Access
from stream.live.board import Board
from stream.live.roster import RosterReader
from stream.live.usual import UsualReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stream.config.settings import Settings
    from stream.core.declared import Standard
    from stream.live.follower import Follower

audit = logging.getLogger("answerable.audit")
audit.setLevel(logging.INFO)

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "no-referrer",
}
PARTS: Final = {
    "board.css": "text/css",
    "main.js": "text/javascript",
    "draw.js": "text/javascript",
    "keep.js": "text/javascript",
    "words.js": "text/javascript",
    "detail.js": "text/javascript",
    "mark.svg": "image/svg+xml",
}
COMPRESSED_APART: Final = 64 * 1024
"""From so many bytes on an answer is compressed in a thread, so that the event loop goes on."""
NOT_OURS: Final = "That is not the token of this board: ask whoever runs it."
"""What whoever shows another token is told, here and at the form."""
EVERY: Final = 1.0
"""Seconds between two events of the stream."""


class BoardPages:
    """The board's routes."""

    def __init__(
        self,
        board: Board,
        access: Access,
        now: Callable[[], int],
        *,
        usual: UsualReader | None = None,
        roster: RosterReader | None = None,
        names_people: bool = False,
    ) -> None:
        """`now`: the worker's clock (ms). usual: reads what is usual while somebody looks. roster: reads agents' states for supervisors.

        names_people: whether metrics have agents by their names, so that only who may see the board sees them.
        """
        self.names_people = names_people
        self._board = board
        self._access = access
        self._now = now
        self._usual = usual
        self._roster = roster
        self._closing = asyncio.Event()

    def add_to(self, application: web.Application) -> None:
        """Add the routes."""
        router = application.router
        router.add_get("/", self._guarded(self._page, sign_in=True))
        for name in PARTS:
            router.add_get(f"/board/{name}", self._part)
        router.add_get("/sign-in", self._form)
        router.add_post("/sign-in", self._sign_in)
        router.add_get("/api/readings", self._guarded(self._readings))
        router.add_get("/api/board", self._guarded(self._whole))
        router.add_get("/api/board/events", self._guarded(self._events))
        router.add_get("/api/board/row", self._guarded(self._row))
        router.add_get("/api/board/agents", self._guarded(self._agents))
        application.on_shutdown.append(self._close)

    async def _close(self, _: web.Application) -> None:
        self._closing.set()
        for reader in (self._usual, self._roster):
            if reader is not None:
                await reader.stop()

    def guard(self, request: web.Request) -> web.Response | None:
        """The refusal, where whoever asks may not see the board."""
        return None if self._access.role(request) is not None else self._refusal(request)

    def _refusal(self, request: web.Request) -> web.Response:
        problem = "Show the board's token: `Authorization: Bearer ...`, or sign in at /sign-in."
        if self._access.shows_token(request):
            problem = NOT_OURS
        if self._access.closed:
            problem = "This address is not loopback and no token is set: set ANSWERABLE_BOARD_TOKEN (or board_token_file) for the worker."
        return web.json_response({"problem": problem}, status=401, headers={**HEADERS, "WWW-Authenticate": "Bearer"})

    def _guarded(self, handler: Any, *, sign_in: bool = False) -> Any:
        async def guarded(request: web.Request) -> web.StreamResponse:
            role = self._access.role(request)
            if role is None:
                return web.HTTPSeeOther("sign-in", headers=HEADERS) if sign_in else self._refusal(request)
            answer: web.StreamResponse = await handler(request, role)
            return answer

        return guarded

    async def _page(self, _: web.Request, __: str) -> web.Response:
        return _file("index.html", "text/html")

    async def _part(self, request: web.Request) -> web.Response:
        """The page's looks and scripts say nothing of the centre: whoever signs in needs them before."""
        name = request.path.rpartition("/")[2]
        return _file(name, PARTS[name])

    async def _form(self, request: web.Request) -> web.Response:
        text = _text("sign-in.html")
        said = ""
        if self._access.closed:
            said = "This worker has no token: whoever runs it sets ANSWERABLE_BOARD_TOKEN, and then it can be shown here."
        elif "wrong" in request.query:
            said = NOT_OURS
        return web.Response(text=text.replace("<!-- said -->", said), content_type="text/html", headers=HEADERS)

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        if (request.content_length or FORM_BYTES + 1) > FORM_BYTES:
            return web.HTTPRequestEntityTooLarge(FORM_BYTES, request.content_length or 0, headers=HEADERS)
        try:
            role = self._access.of_token(str((await request.post()).get("token", "")))
        except UnicodeDecodeError:
            role = None
        if role is None:
            await asyncio.sleep(1)  # who guesses has to wait
            return web.HTTPSeeOther("sign-in?wrong", headers=HEADERS)
        answer = web.HTTPSeeOther(".", headers=HEADERS)
        self._access.remember(answer, role, secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https")
        self._note("signed_in", role)
        return answer

    def _look(self) -> dict[str, Any]:
        now = self._now()
        if self._usual is not None:
            self._usual.ask(now)
        return self._board.look(now)

    async def _whole(self, _: web.Request, role: str) -> web.Response:
        answer = _json({**self._look(), "role": role, "agents": self._sees_agents(role)})
        answer.enable_compression()
        return answer

    async def _readings(self, _: web.Request, role: str) -> web.Response:
        """All that the follower has; what is of single agents for supervisors alone, which is noted where there is some."""
        follower = self._board.follower
        if follower.of_agents:
            self._note("agents_read", role, shown=follower.of_agents)
        body = follower.answer(self._now(), agents=role == SUPERVISOR)
        answer = web.Response(body=body, content_type="application/json", headers=HEADERS, zlib_executor_size=COMPRESSED_APART)
        answer.enable_compression()
        return answer

    def _sees_agents(self, role: str) -> bool:
        return role == SUPERVISOR and self._roster is not None

    async def _row(self, request: web.Request, role: str) -> web.Response:
        found = self._board.detail(request.query.get("key", ""), self._now(), role)
        if found is None:
            return _json({"problem": "There is no such row on the board now."}, 404)
        if role == SUPERVISOR and found["groups"]:
            self._note("contacts_shown", role, scope=found["row"]["key"], shown=sum(len(group["contacts"]) for group in found["groups"]))
        return _json(found)

    async def _agents(self, _: web.Request, role: str) -> web.Response:
        if role != SUPERVISOR or self._roster is None:
            return _json({"problem": "Agents are shown to whoever shows the supervisor's token."}, 403)
        at = shown_at(self._look())
        rows = await self._roster.rows(at)
        self._note("agents_shown", role, shown=len(rows))
        return _json({"at": at, "agents": rows})

    def _note(self, what: str, role: str, **more: Any) -> None:
        """What supervisors looked at: when, with which token, and how much; never whom, or what of them."""
        if role == SUPERVISOR:
            record = {"audit": what, "at": self._now(), "role": role, "token": self._access.fingerprint(role), **more}
            audit.info("%s", orjson.dumps(record).decode())

    async def _events(self, request: web.Request, role: str) -> web.StreamResponse:
        """Server-sent events: `board`, the whole, and then each second `change`: the head, and the rows that are other than they were."""
        answer = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        await answer.prepare(request)
        sent: dict[str, Any] = {}
        with contextlib.suppress(ConnectionResetError):
            while not self._closing.is_set():
                board = self._look()
                rows = board["rows"]
                told = {**board, "role": role, "agents": self._sees_agents(role)}
                told["rows"] = {key: row for key, row in rows.items() if sent.get(key) != row}
                await answer.write(b"event: %s\ndata: %s\n\n" % (b"change" if sent else b"board", orjson.dumps(told)))
                sent = dict(rows)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), EVERY)
        return answer


def board_pages(
    settings: Settings, follower: Follower, centre: Centre, standards: Callable[[], Sequence[Standard]], now: Callable[[], int]
) -> BoardPages:
    """The board of a worker. What needs Kafka beside the follower is read once somebody looks."""
    board = Board(follower, standards, centre, settings.pseudonym_key)
    access = Access(settings)
    usual = None if board.played else UsualReader(settings, board.usual)
    roster = RosterReader(settings, Roster(centre, _shown_agent(centre))) if access.supervised else None
    return BoardPages(board, access, now, usual=usual, roster=roster, names_people=centre.agent_figures == "id")


def _shown_agent(centre: Centre) -> Callable[[str], str]:
    """Agents by pseudonym where the centre shows them so, else as it calls them: whom a supervisor sees is known to the supervisor."""
    return centre.shown_agent if centre.agent_figures == "pseudonym" else lambda name: name


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", headers=HEADERS)


def _text(name: str) -> str:
    return files("stream.live").joinpath("wallboard", name).read_text(encoding="utf-8")


def _file(name: str, kind: str) -> web.Response:
    return web.Response(text=_text(name), content_type=kind, charset="utf-8", headers=HEADERS)
