"""Access tokens of OAuth 2.0, by a refresh token or by client credentials (RFC 6749): asked for, kept, and asked for anew in time.

Nothing of a token, a secret or an answer gets into messages, but for the error's own word.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request

import orjson

from stream.config.secrets import read_secret
from stream.config.yaml import Section
from stream.errors import PartMissing
from stream.intake.state import replace
from stream.intake.straight import STRAIGHT
from stream.sources.imap import REFRESH, OAuth

SECONDS: Final = 20.0
EARLY: Final = 300.0
"""A token is asked for anew so long (s) before it runs out; where it lives shortly, after four fifths of its life."""
LIFE: Final = 300.0
"""How long (s) a token is taken to live where nothing says so."""
LONGEST_LIFE: Final = 30 * 86_400.0
LONGEST: Final = 64 * 1024
WORD: Final = re.compile(r"[a-z_]{1,60}")


class Tokens:
    """The access tokens of one sign-in, which may open several mailboxes."""

    def __init__(self, oauth: OAuth, owner: Section, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """`owner`: the section that names the refresh token. Raises DeclarationError or WrongUse where a secret is not there."""
        self._oauth = oauth
        self._say = say
        self._clock = clock
        has_secret = "client_secret_env" in oauth.section or "client_secret_file" in oauth.section
        # A client that is registered as public has none.
        self._secret = read_secret(oauth.section, "client_secret") if has_secret or oauth.grant != REFRESH else ""
        self._refresh = read_secret(owner, "refresh_token") if oauth.grant == REFRESH else ""
        self._file = Path(owner.text("refresh_token_file")) if oauth.grant == REFRESH and "refresh_token_file" in owner else None
        self._token = ""
        self._until = 0.0

    def token(self) -> str:
        """A token that lives for a while. Raises PartMissing where none is to be had."""
        if not self._token or self._clock() >= self._until:
            self._ask()
        return self._token

    def refused(self) -> None:
        """The mail server does not take it: the next one is a new one."""
        self._token = ""

    def _ask(self) -> None:
        oauth = self._oauth
        asked = {"grant_type": oauth.grant, "client_id": oauth.client_id, "client_secret": self._secret}
        asked |= {"scope": oauth.scope, "refresh_token": self._refresh}
        answer = self._answer({name: value for name, value in asked.items() if value})
        token = answer.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise PartMissing(f"{self._host} gave no token: check token_url and scope of oauth.")
        seconds = _seconds(answer.get("expires_in"))
        self._token = token
        self._until = self._clock() + max(seconds - EARLY, seconds * 0.8)
        fresh = answer.get("refresh_token")
        if self._refresh and isinstance(fresh, str) and fresh and fresh != self._refresh:
            self._refresh = fresh
            self._keep()

    @property
    def _host(self) -> str:
        return f"The token endpoint at {urlsplit(self._oauth.token_url).hostname}"

    def _answer(self, asked: dict[str, str]) -> dict[str, Any]:
        request = Request(  # noqa: S310 - the mapping allows https only, and http to this machine
            self._oauth.token_url,
            data=urlencode(asked).encode(),
            headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
        )
        try:
            with STRAIGHT.open(request, timeout=SECONDS) as response:
                found = response.read(LONGEST)
        except HTTPError as refused:
            with refused:
                found = b""
                with suppress(OSError, HTTPException):
                    found = refused.read(LONGEST)
            raise PartMissing(f"{self._host} says no ({_why(found, refused.code)}): check oauth in the mapping, and its secrets.") from None
        except (OSError, HTTPException) as broken:
            reason = getattr(broken, "reason", broken)
            said = getattr(reason, "strerror", None) or type(reason).__name__
            raise PartMissing(f"{self._host} cannot be reached ({said}): check token_url and the network.") from None
        return _read(found)

    def _keep(self) -> None:
        """A refresh token that replaces the one before it takes its place in the file: the old one will end."""
        if self._file is None:
            return
        try:
            replace(self._file, self._refresh.encode())
        except OSError as refused:
            self._say(
                f"{self._file} cannot be replaced ({refused.strerror}), so a restart will begin with an older refresh token: "
                "allow writing beside it."
            )


def _seconds(life: Any) -> float:
    """How long a token lives; some servers write the number as a text."""
    try:
        seconds = float(life)
    except (TypeError, ValueError):
        return LIFE
    return seconds if 0 < seconds <= LONGEST_LIFE else LIFE


def _read(found: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(found)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _why(found: bytes, status: int) -> str:
    """The word of an error (RFC 6749, 5.2), and Microsoft's number beside it; both are about the sign-in, not about a person."""
    answer = _read(found)
    word, codes = answer.get("error"), answer.get("error_codes")
    said = [word] if isinstance(word, str) and WORD.fullmatch(word) else [f"HTTP {status}"]
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        said.append(f"AADSTS{codes[0]}")
    return ", ".join(said)
