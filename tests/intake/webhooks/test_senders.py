"""Senders that nobody knows yet, by real HTTP: what is read of them in vain is theirs to pay, and nobody else's."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import pytest

from stream.config.yaml import parse
from stream.intake.outlet import SourceFigures
from stream.intake.webhooks.declared import Declared, read_gateway
from stream.intake.webhooks.desk import Desk
from stream.intake.webhooks.limits import IN_VAIN, SMALL
from stream.intake.webhooks.server import Intake, Running
from tests.intake.listening import PATIENCE
from tests.intake.webhooks.gateways import SECRET, hmac_of, signed_by_chatwoot

MIB: Final = 2**20
LARGEST: Final = 2 * IN_VAIN
"""A body of this size in vain is a debt of eight seconds, in which a loaded machine can ask what it has to."""
TWO: Final = f"  chatwoot: {{ secret_env: SECRET, largest_body: {LARGEST} }}\n  zammad: {{ secret_env: SECRET }}\n"
WRONG: Final = {"X-Chatwoot-Timestamp": "1", "X-Chatwoot-Signature": f"sha256={'0' * 64}"}
GOOD: Final = b'{"event": "contact_updated"}'
LARGE: Final = GOOD + b" " * SMALL
PACKED: Final = {"Content-Encoding": "gzip"}


class Taking(Desk):
    """Kafka has everything at once."""

    async def acknowledged(self, source: Declared, records: list[bytes]) -> bool:
        """It has."""
        return True


@dataclass
class Served:
    """A gateway in this event loop. refused: by source, how many by their reason."""

    address: tuple[str, int]
    refused: Mapping[str, dict[str, int]]

    async def send(self, sender: str, path: str, headers: Mapping[str, str], body: bytes, length: int | None = None) -> int:
        """The status of the answer to a request for which a proxy names its sender; 0 where the connection ended without one.

        length: what the head says of the body's; -1: that it comes in chunks.
        """
        size = len(body) if length is None else length
        said = {"Transfer-Encoding": "chunked"} if size < 0 else {"Content-Length": str(size)}
        lines = "".join(f"{name}: {value}\r\n" for name, value in {**said, **headers}.items())
        told = f"X-Forwarded-For: {sender}\r\n" if sender else ""
        reader, writer = await asyncio.open_connection(*self.address)
        try:
            writer.write(f"POST /{path} HTTP/1.1\r\nHost: a\r\n{told}{lines}\r\n".encode() + body)
            return int((await reader.readline()).split()[1])
        except (ConnectionError, IndexError):
            return 0
        finally:
            writer.close()

    async def hang_up(self, sender: str, headers: Mapping[str, str], body: bytes) -> None:
        """Post to chatwoot's path, and be gone before the last byte."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        _, writer = await asyncio.open_connection(*self.address)
        head = f"POST /chatwoot HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {sender}\r\n{lines}Content-Length: {len(body) + 1}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    async def good(self, sender: str, body: bytes) -> int:
        """The status of the answer to a request that Chatwoot signed."""
        return await self.send(sender, "chatwoot", signed_by_chatwoot(body), body)

    async def until_refused(self, many: int, reason: str) -> None:
        """Wait until so many of Chatwoot's are, for that reason."""
        async with asyncio.timeout(PATIENCE):
            while self.refused["chatwoot"].get(reason, 0) < many:  # noqa: ASYNC110 - the gateway sets no event for us
                await asyncio.sleep(0.001)

    async def in_debt(self, sender: str) -> None:
        """Let a sender sign wrongly until it is refused."""
        assert 401 == await self.send(sender, "chatwoot", WRONG, b" " * LARGEST)


@asynccontextmanager
async def serving(sources: str = TWO, top: str = "sender_header: X-Forwarded-For") -> AsyncIterator[Served]:
    """A gateway behind a proxy that says whose request it is."""
    declared = read_gateway(parse(f"version: 1\n{top}\nsources:\n{sources}", "gateway.yaml"), environ={"SECRET": SECRET})
    figures = {one.name: SourceFigures(one.name) for one in declared.sources}
    running = Running(Intake(declared, SourceFigures("webhooks"), figures, Taking(), pytest.fail, heard))
    try:
        yield Served(await running.start("127.0.0.1", 0), {name: one.refused for name, one in figures.items()})
    finally:
        await running.stop()


async def heard(_source: str, _records: object) -> None:
    """Nobody listens."""


def test_debt_is_of_large_bodies_of_one_sender_at_one_source() -> None:
    """A good body that is small is read, however many wrong ones came from the same address; so are those of all others."""

    async def answers() -> list[int]:
        async with serving() as gateway:
            await gateway.in_debt("192.0.2.7")
            hub = {"X-Hub-Signature": f"sha1={hmac_of(LARGE, 'sha1').hex()}"}
            return [
                await gateway.good("192.0.2.7", LARGE),
                await gateway.send("192.0.2.7", "chatwoot", signed_by_chatwoot(LARGE) | PACKED, gzip.compress(LARGE)),
                await gateway.good("192.0.2.7", GOOD),
                await gateway.send("192.0.2.7", "chatwoot", signed_by_chatwoot(GOOD) | PACKED, gzip.compress(GOOD)),
                await gateway.good("192.0.2.8", LARGE),
                await gateway.good("", LARGE),
                await gateway.send("192.0.2.7", "zammad", hub, LARGE),
            ]

    assert [429, 429, 200, 200, 200, 200, 200] == asyncio.run(answers())


def test_what_is_small_costs_little_also_when_it_is_compressed() -> None:
    """Three hundred bodies of a few bytes, all at once."""
    tiny = gzip.compress(b"{}")

    async def answers() -> tuple[set[int], int]:
        async with serving() as gateway:
            some = [gateway.send("192.0.2.7", "chatwoot", WRONG | PACKED, tiny) for _ in range(300)]
            return set(await asyncio.gather(*some)), await gateway.good("192.0.2.7", LARGE)

    assert ({401}, 200) == asyncio.run(answers())


def test_without_a_header_of_the_proxy_nobody_is_the_sender() -> None:
    """Whoever is connected may be the proxy, and its limit would be everybody's; a header that nobody asked for says nothing."""

    async def answers() -> tuple[set[int], int]:
        async with serving(top="") as gateway:
            wrong = {await gateway.send("192.0.2.7", "chatwoot", WRONG, b" " * 1_000_000) for _ in range(20)}
            return wrong, await gateway.good("192.0.2.7", LARGE)

    assert ({401}, 200) == asyncio.run(answers())


def test_what_the_sender_writes_into_the_header_is_not_believed() -> None:
    """The proxy's line is the last one, and its address the last one there."""

    async def answers() -> tuple[int, int]:
        async with serving() as gateway:
            await gateway.in_debt("203.0.113.1\r\nX-Forwarded-For: 203.0.113.2, 192.0.2.7")
            return await gateway.good("192.0.2.7", LARGE), await gateway.good("203.0.113.1", LARGE)

    assert (429, 200) == asyncio.run(answers())


@pytest.mark.parametrize(
    ("headers", "body", "length", "status"),
    [
        (PACKED, b"\1" * LARGEST, None, 400),
        ({}, b"%x\r\n" % (LARGEST + 1) + b" " * (LARGEST + 1) + b"\r\n0\r\n\r\n", -1, 413),
        (PACKED, gzip.compress(bytes(3 * LARGEST)), None, 413),
        (PACKED, gzip.compress(bytes(LARGEST - 9))[:-1], None, 400),
        ({}, b" " * (LARGEST - 1), LARGEST, 408),
    ],
    ids=["no gzip", "too large in chunks", "a bomb", "a bomb that is cut", "slow"],
)
def test_all_that_is_read_in_vain_is_charged(headers: Mapping[str, str], body: bytes, length: int | None, status: int) -> None:
    """In whichever way it fails."""

    async def answers() -> list[int]:
        async with serving() as gateway:
            wrong = await gateway.send("192.0.2.7", "chatwoot", {**WRONG, **headers}, body, length)
            return [wrong, await gateway.good("192.0.2.7", LARGE), await gateway.good("192.0.2.8", LARGE)]

    assert [status, 429, 200] == asyncio.run(answers())


def test_who_hangs_up_is_charged() -> None:
    """Nobody hears the answer, and the bytes were read."""

    async def answers() -> list[int]:
        async with serving() as gateway:
            await gateway.hang_up("192.0.2.7", WRONG, b" " * (LARGEST - 1))
            await gateway.until_refused(1, "cut_off")
            return [await gateway.good("192.0.2.7", LARGE), await gateway.good("192.0.2.8", LARGE)]

    assert [429, 200] == asyncio.run(answers())


def test_slow_senders_leave_room_for_others() -> None:
    """Three that send as much as they can, and never the last byte."""

    async def answers() -> list[int]:
        async with serving("  chatwoot: { secret_env: SECRET }") as gateway:
            slow = [
                asyncio.create_task(gateway.send(f"192.0.2.{number % 3}", "chatwoot", WRONG, b" " * (MIB - 1), MIB))
                for number in range(150)
            ]
            await gateway.until_refused(len(slow) - 3 * IN_VAIN // MIB, "unavailable")
            found = [await gateway.good("192.0.2.9", LARGE)]
            await asyncio.gather(*slow)
            return found

    assert [200] == asyncio.run(answers())


@pytest.mark.parametrize("sender", ["", "192.0.2.7"])
def test_the_largest_body_that_may_be_declared_is_taken_compressed(sender: str) -> None:
    """Of who shows a key and of who signs."""
    sources = "".join(f"  {name}: {{ secret_env: SECRET, largest_body: {64 * MIB} }}\n" for name in ("genesys-cloud", "chatwoot"))
    content = GOOD + b" " * (64 * MIB - len(GOOD))
    packed = gzip.compress(content, 1)

    async def answers() -> list[int]:
        async with serving(sources) as gateway:
            return [
                await gateway.send(sender, "genesys-cloud", {"X-Api-Key": SECRET} | PACKED, packed),
                await gateway.send(sender, "chatwoot", signed_by_chatwoot(content) | PACKED, packed),
                await gateway.send(sender, "chatwoot", signed_by_chatwoot(content), content),
            ]

    assert [200, 200, 200] == asyncio.run(answers())
