"""Asks a worker for its board."""

from __future__ import annotations

from typing import Any, Final

import aiohttp

from stream.errors import PartMissing, WrongUse

SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 5.0
"""A connection that takes longer leads nowhere."""
DENIED: Final = 401


class Asked:
    """A worker at an address."""

    def __init__(self, url: str, token: str = "", seconds: float = SECONDS) -> None:
        """`token`: the board's, where it asks for one; an answer may take so many `seconds`. Raises WrongUse where the address is none."""
        if not url.startswith(("http://", "https://")):
            raise WrongUse(f"{url} is no address of a worker: write for example http://127.0.0.1:6066.")
        self._url = url.rstrip("/")
        self._seconds = seconds
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def board(self) -> dict[str, Any]:
        """The board as it is now. Raises PartMissing where there is none to be had."""
        whole = CONNECT_SECONDS + self._seconds
        timeout = aiohttp.ClientTimeout(total=whole, sock_connect=CONNECT_SECONDS, sock_read=self._seconds)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=self._headers) as session,
                session.get(f"{self._url}/api/board") as answer,
            ):
                if answer.status == DENIED:
                    raise PartMissing(self._denied())
                answer.raise_for_status()
                found: dict[str, Any] = await answer.json()
                return found
        except aiohttp.SocketTimeoutError:
            problem = (
                f"The worker at {self._url} took the connection and did not answer within {self._seconds:g} s: it is busy, "
                "with a backlog for example. Ask again, or name another worker with --url."
            )
            raise PartMissing(problem) from None
        except (aiohttp.ClientError, TimeoutError, ValueError) as refused:
            problem = (
                f"No worker answers at {self._url} ({type(refused).__name__}): start one with `answerable worker`, or name it with --url."
            )
            raise PartMissing(problem) from None

    def _denied(self) -> str:
        """What to do where the board is not shown: no token was sent, or one that is not the board's."""
        if not self._headers:
            return f"{self._url} wants the board's token: set ANSWERABLE_BOARD_TOKEN or name --token-file."
        return f"The token is not that of the board at {self._url}: ask whoever runs it which one to set or to name with --token-file."
