"""The HTTP side of the gateway: who may post, how much, and what they are answered.

An answer has a status and at most a fixed sentence: nothing of the request, of a failure or of a version comes back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from aiohttp import ClientError, web
from aiohttp.web_protocol import RequestHandler

from stream.intake.outlet import SourceFigures
from stream.intake.webhooks.checks import may_pass, needs_body, passes
from stream.intake.webhooks.declared import Declared, Gateway
from stream.intake.webhooks.desk import Desk
from stream.intake.webhooks.limits import Allowance, Held, Room, Senders, sender
from stream.intake.webhooks.posts import Malformed, Post
from stream.intake.webhooks.unpacking import MOST_OF_A_BYTE, unpacked

ANSWER_WITHIN: Final = 4.5
"""Seconds from a request's headers to its answer; vendors give up after 5."""
HEAD_WITHIN: Final = 5.0
"""Seconds from a connection to the head of its first request."""
HELD: Final = 128 * 2**20
"""Bytes of bodies that are held at once; one that is being unpacked comes on top."""
HELD_UNPROVED: Final = HELD // 2
"""The same of those whose signature is not checked yet: the rest is for senders that are known."""
KEEP_ALIVE: Final = 75.0

SENTENCES: Final = {
    400: b"The body is not what this source sends.\n",
    401: b"The signature or key is missing or wrong.\n",
    404: b"Nothing is here.\n",
    405: b"POST is the only method.\n",
    408: b"The body did not come in time.\n",
    413: b"The body is too large.\n",
    429: b"Too many requests: send it again later.\n",
    500: b"This did not work: send it again later.\n",
    503: b"Not now: send it again later.\n",
}


class Refused(Exception):
    """A request that is not taken: the status of its answer, and the reason under which it is counted."""

    def __init__(self, status: int, reason: str, *, close: bool = False) -> None:
        """close: whether the connection ends, because not all of the body was read."""
        super().__init__(reason)
        self.status, self.reason, self.close = status, reason, close


@dataclass(slots=True)
class Counter:
    """A source at its path: what it may, and what is told of it. senders: None where no body is read before it is known who posts."""

    source: Declared
    figures: SourceFigures
    allowance: Allowance
    senders: Senders | None


class _Server(web.Server):
    """aiohttp's server, with our protocol; `no_request` hears of what is no HTTP."""

    def __init__(self, intake: Intake, **options: Any) -> None:
        super().__init__(intake.handle, **options)
        self._intake = intake

    def no_request(self, reason: str = "malformed") -> None:
        """Count what was no request."""
        self._intake.refuse(reason)

    def __call__(self) -> RequestHandler:
        return _Quiet(self, loop=self._loop, **self._kwargs)


class _Quiet(RequestHandler):
    """aiohttp's protocol, without its words: what is no HTTP is answered as everything else.

    And with a limit that aiohttp lacks: whoever connects and does not send a whole head is let go.
    """

    __slots__ = ("_late", "begun")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected."""
        self.begun = False
        self._late = asyncio.get_running_loop().call_later(HEAD_WITHIN, self._head_is_late)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """They are gone."""
        self._late.cancel()
        super().connection_lost(exc)

    def _head_is_late(self) -> None:
        if not self.begun:
            if isinstance(self._manager, _Server):
                self._manager.no_request("slow")
            self.force_close()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """The answer to what could not be read as a request."""
        del exc, message
        if isinstance(self._manager, _Server):
            self._manager.no_request()
        self.begun = True
        if request.writer.output_size > 0:
            raise ConnectionError("The answer is under way already.")
        answer = answered(status if status in SENTENCES else 400)
        answer.force_close()
        return answer


def answered(status: int, body: bytes | None = None, kind: str = "text/plain") -> web.Response:
    """An answer without anything of this machine in it."""
    headers = {"Server": "answerable"}
    if status in (429, 503):
        headers["Retry-After"] = "1" if status == 429 else "5"  # noqa: PLR2004 - a status
    if status == 405:  # noqa: PLR2004 - a status
        headers["Allow"] = "POST"
    return web.Response(status=status, body=SENTENCES.get(status, b"") if body is None else body, content_type=kind, headers=headers)


def _too_large(held: Held) -> Refused:
    """What a body that is larger than it may be is refused as: for good, or while too much of the sender was in vain."""
    return Refused(429, "rate", close=True) if held.short else Refused(413, "too_large", close=True)


class Intake:
    """Answers requests. figures: of the gateway itself, for requests that are at no source's path; say: takes a sentence for people."""

    def __init__(
        self,
        gateway: Gateway,
        figures: SourceFigures,
        of_sources: Mapping[str, SourceFigures],
        desk: Desk,
        say: Callable[[str], None],
        taken: Callable[[str, Sequence[bytes]], Awaitable[None]],
    ) -> None:
        """`of_sources`: by the name of a source; `taken` hears of its records that Kafka has."""
        self._say, self._heard = say, taken
        now = time.monotonic()
        self._room, unproved = Room(HELD), Room(HELD_UNPROVED)
        self._counters = {
            one.path: Counter(
                one,
                of_sources[one.name],
                Allowance(one.rate, now),
                Senders(one.largest, unproved) if one.secrets and needs_body(one.vendor.check) else None,
            )
            for one in gateway.sources
        }
        self._public = gateway.public_url
        self._figures = figures
        self._desk = desk
        self._sender_header = gateway.sender_header

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to one request; it never raises but to be cancelled."""
        if isinstance(request.protocol, _Quiet):
            request.protocol.begun = True
        counter = self._counters.get(request.rel_url.raw_path)
        figures = self._figures if counter is None else counter.figures
        try:
            return await self._answer(request, counter)
        except Refused as refused:
            self.refuse(refused.reason, figures)
            answer = answered(refused.status)
            if refused.close:
                answer.force_close()
            return answer
        except Exception as fault:  # noqa: BLE001 - whatever it is, the vendor is to send it again, and learns nothing of it
            self._say(f"A request failed with {type(fault).__name__}, which is a fault of Answerable: please report it.")
            self.refuse("failed", figures)
            return answered(500)

    def refuse(self, reason: str, figures: SourceFigures | None = None) -> None:
        """Count a request that was not taken; without figures it is the gateway's own."""
        counts = (figures or self._figures).refused
        counts[reason] = counts.get(reason, 0) + 1

    async def _answer(self, request: web.BaseRequest, counter: Counter | None) -> web.Response:
        if counter is None:
            raise Refused(404, "unknown_path", close=request.can_read_body)
        if request.method == "HEAD":  # how some vendors look whether an address is there
            return answered(200, b"")
        if request.method != "POST":
            raise Refused(405, "method", close=request.can_read_body)
        return await self._taken(request, counter)

    async def _taken(self, request: web.BaseRequest, counter: Counter) -> web.Response:
        until, source, head = asyncio.get_running_loop().time() + ANSWER_WITHIN, counter.source, self._head(request)
        if source.secrets and not may_pass(source.vendor.check, source.secrets, head):
            raise Refused(401, "signature", close=True)
        held = self._held(request, counter)
        try:
            post = replace(head, body=self._unpacked(await self._read(request, until, held), request, held))
            if source.secrets and not passes(source.vendor.check, source.secrets, post):
                raise Refused(401, "signature", close=True)  # who signs wrongly connects anew for each try
            held.prove()
            if len(post.body) > held.size and not held.take(len(post.body) - held.size):
                raise Refused(503, "unavailable")
            if not counter.allowance.take(time.monotonic()):
                raise Refused(429, "rate")
            try:
                delivery = source.vendor.split(post)
            except Malformed:
                raise Refused(400, "malformed") from None
            await self._acknowledged(source, delivery.records, until)
            with suppress(TimeoutError):  # Kafka has it, and that is what is answered
                async with asyncio.timeout_at(until):
                    await self._heard(source.name, delivery.records)
            if not delivery.request:
                return answered(200, b"")
            told = {"requestId": delivery.request, "timestamp": int(time.time() * 1000)}
            return answered(200, orjson.dumps(told), "application/json")
        finally:
            held.end(time.monotonic())

    def _held(self, request: web.BaseRequest, counter: Counter) -> Held:
        """Nothing yet, of whoever it is."""
        if counter.senders is None:
            return Held(self._room, counter.source.largest)
        whose = sender(request.headers.getall(self._sender_header, ())) if self._sender_header else ""
        return Held(self._room, counter.source.largest, counter.senders, whose, time.monotonic())

    def _head(self, request: web.BaseRequest) -> Post:
        """The request without its body."""
        url = self._public + request.raw_path if self._public else ""
        return Post(request.headers, request.rel_url.raw_query_string, url, b"")

    def _unpacked(self, body: bytes, request: web.BaseRequest, held: Held) -> bytes:
        """The body as it was before it was compressed for the way. Nothing waits from here to the check, so one is made at a time."""
        encoding = request.headers.get("Content-Encoding", "")
        if not encoding:
            return body
        held.spent = max(len(body), min(held.limit, MOST_OF_A_BYTE * len(body)))  # where it breaks off nobody knows how much was made
        try:
            found = unpacked(body, encoding, held.limit)
        except Malformed:
            raise Refused(400, "malformed", close=True) from None
        if found is None:
            raise _too_large(held)
        held.spent = max(len(body), len(found))
        return found

    async def _acknowledged(self, source: Declared, records: list[bytes], until: float) -> None:
        if not records:
            return
        try:
            async with asyncio.timeout_at(until):
                if await self._desk.acknowledged(source, records):
                    return
        except TimeoutError:
            pass
        raise Refused(503, "unavailable")

    async def _read(self, request: web.BaseRequest, until: float, held: Held) -> bytes:
        """The body, of which no more is read than it may have."""
        if (request.content_length or 0) > held.limit:
            raise _too_large(held)
        if request.headers.get("Expect", "").casefold() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # as aiohttp's own handler does: the answer is still to come
        parts: list[bytes] = []
        try:
            async with asyncio.timeout_at(until):
                while part := await request.content.readany():
                    held.spent += len(part)
                    if held.spent > held.limit:
                        raise _too_large(held)
                    if not held.take(len(part)):
                        raise Refused(503, "unavailable", close=True)
                    parts.append(part)
        except TimeoutError:
            raise Refused(408, "slow", close=True) from None
        except (web.RequestPayloadError, ValueError):  # chunks that are none
            raise Refused(400, "malformed", close=True) from None
        except (ConnectionError, ClientError):  # nobody hears the answer
            raise Refused(400, "cut_off", close=True) from None
        return b"".join(parts)


def _silent() -> logging.Logger:
    """What aiohttp writes of broken requests: nothing, as they are counted, and a trace may hold what was posted."""
    found = logging.getLogger("stream.intake.webhooks.http")
    found.propagate = False
    found.handlers = [logging.NullHandler()]
    return found


class Running:
    """The server on its address, in the event loop that calls `start`."""

    def __init__(self, intake: Intake) -> None:
        """Not started."""
        self._intake = intake
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; where. Raises OSError."""
        options: dict[str, Any] = {"keepalive_timeout": KEEP_ALIVE, "access_log": None, "logger": _silent(), "lingering_time": 2.0}
        options["auto_decompress"] = False  # see `stream.intake.webhooks.unpacking`
        self._runner = web.ServerRunner(_Server(self._intake, **options), shutdown_timeout=ANSWER_WITHIN + 1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=1024).start()
        address = self._runner.addresses[0]
        return address[0], address[1]

    async def stop(self) -> None:
        """Take no more, and answer whoever waits."""
        if self._runner is not None:
            await self._runner.cleanup()
