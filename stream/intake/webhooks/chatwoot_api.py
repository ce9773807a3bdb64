"""Chatwoot's API over HTTP: conversations, their messages, agents and what they are members of. It is only read.

Whatever goes wrong is `Away`, with one sentence that says what to do; neither the token nor what was answered is in it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
import orjson

from stream.config.yaml import Section
from stream.errors import WrongUse
from stream.sources.vendor.document import Document

KEYS: Final = ("url", "account", "token_env", "token_file", "every", "agents_every", "look_back")
SHORTEST: Final = 5_000
TIMEOUT: Final = aiohttp.ClientTimeout(total=30, connect=10)
LARGEST: Final = 32 * 2**20
"""Bytes of an answer."""
TRIES: Final = 3
"""Of a request that Chatwoot asks to put off."""
LONGEST_WAIT: Final = 120.0
SERVER_FAULT: Final = 500


class Away(Exception):
    """Chatwoot did not answer as it should; the sentence says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Where the API of an account is, and how often (ms) it is asked for what. look_back: how far (ms) the first look goes."""

    url: str
    account: int
    token: str = field(repr=False)
    every: int
    agents_every: int
    look_back: int


class Client:
    """One account's API. `now` is Chatwoot's own time (ms), as of its last answer."""

    def __init__(self, api: Api, timeout: aiohttp.ClientTimeout = TIMEOUT) -> None:
        """In an event loop; close it at the end."""
        self._base = f"{api.url}/api/v1/accounts/{api.account}"
        self._name = f"{api.url} (account {api.account})"
        self._session = aiohttp.ClientSession(
            timeout=timeout, headers={"api_access_token": api.token, "Accept": "application/json"}, cookie_jar=aiohttp.DummyCookieJar()
        )
        self.now = 0

    async def close(self) -> None:
        """Ask no more."""
        await self._session.close()

    async def conversations(self, page: int) -> list[Document]:
        """A page of all of them, the last active ones first; an empty one is behind the last."""
        where = {"status": "all", "assignee_type": "all", "sort_by": "last_activity_at_desc", "page": str(page)}
        return self._list(Document(await self._get("/conversations", where)).part("data"), "payload")

    async def messages(self, conversation: int, before: int | None) -> list[Document]:
        """The last messages, or the last ones before a message; none are left before the first."""
        where = {} if before is None else {"before": str(before)}
        return self._list(Document(await self._get(f"/conversations/{conversation}/messages", where)), "payload")

    async def agents(self) -> list[Document]:
        """All agents."""
        return self._list(Document({"agents": await self._get("/agents")}), "agents")

    async def inboxes(self) -> list[Document]:
        """All inboxes."""
        return self._list(Document(await self._get("/inboxes")), "payload")

    async def members(self, inbox: int) -> list[int]:
        """Numbers of the agents of an inbox."""
        found = self._list(Document(await self._get(f"/inbox_members/{inbox}")), "payload")
        return [number for one in found if (number := one.number("user_id") or one.number("id"))]

    async def team(self, team: int) -> list[int]:
        """Numbers of the agents of a team."""
        found = self._list(Document({"members": await self._get(f"/teams/{team}/team_members")}), "members")
        return [number for one in found if (number := one.number("id"))]

    def _list(self, found: Document, name: str) -> list[Document]:
        if name not in found:
            raise Away(f"{self._name} answered something else than Chatwoot's API: see whether url is right.")
        return list(found.parts(name))

    async def _get(self, path: str, where: dict[str, str] | None = None) -> Any:
        for left in reversed(range(TRIES)):
            try:
                async with self._session.get(self._base + path, params=where, allow_redirects=False) as answer:
                    body = await self._read(answer)
                    self._told_time(answer.headers.get("Date", ""))
                    status, wait = answer.status, _seconds(answer.headers.get("Retry-After", ""))
            except TimeoutError:
                raise Away(f"{self._name} did not answer in time.") from None
            except (aiohttp.ClientError, OSError, ValueError) as refused:
                raise Away(f"{self._name} cannot be reached ({type(refused).__name__}): see whether url is right and it runs.") from None
            if status != 429 or not left:  # noqa: PLR2004 - too many requests
                break
            await asyncio.sleep(wait)
        if (problem := _problem(status)) is not None:
            raise Away(f"{self._name} {problem}")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Away(f"{self._name} answered no JSON: see whether url is that of Chatwoot itself.") from None

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        parts, size = [], 0
        async for part in answer.content.iter_any():
            size += len(part)
            if size > LARGEST:
                raise Away(f"{self._name} answered more than {LARGEST:,} bytes: see whether url is that of Chatwoot itself.")
            parts.append(part)
        return b"".join(parts)

    def _told_time(self, date: str) -> None:
        try:
            self.now = int(parsedate_to_datetime(date).timestamp() * 1000)
        except (ValueError, OverflowError):
            self.now = int(time.time() * 1000)


def _seconds(text: str) -> float:
    """What Retry-After says, at least a second and within reason."""
    return min(LONGEST_WAIT, float(text)) if text.isascii() and text.isdecimal() and int(text) else 1.0


def _problem(status: int) -> str | None:
    if status == 200:  # noqa: PLR2004 - a status
        return None
    if status in (401, 403):
        return "does not let the token in: write the access token of an administrator's profile."
    if status == 404:  # noqa: PLR2004 - a status
        return "is not there (404): see whether url and account are right."
    if status == 429:  # noqa: PLR2004 - a status
        return "is asked too often (429): let every and agents_every be longer."
    return f"has a fault ({status})." if status >= SERVER_FAULT else f"answered {status}: see whether url is right."


def read_api(section: Section, token: str) -> Api:
    """The section `api` of a source; its keys are checked, the token is handed in."""
    if not token.isascii() or not token.isprintable():
        raise WrongUse(f"The token of {section.name} cannot be sent in a header: copy it once more.")
    url = section.text("url").rstrip("/")
    account = section.number("account")
    if account < 1 or account != int(account):
        raise section.error("account is the number in Chatwoot's addresses: /app/accounts/1", "account")
    found = Api(
        url=url,
        account=int(account),
        token=token,
        every=section.duration("every", 300_000),
        agents_every=section.duration("agents_every", 60_000),
        look_back=section.duration("look_back", 86_400_000),
    )
    for key, value in (("every", found.every), ("agents_every", found.agents_every)):
        if value < SHORTEST:
            raise section.error(f"{key} cannot be below 5s: each look costs Chatwoot work", key)
    return found
