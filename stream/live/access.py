"""Who may see the board. On loopback anybody on this machine; elsewhere whoever shows a token.

A token comes as `Authorization: Bearer` or once through the form at /sign-in, which leaves a cookie: no token, but what only its
holder can make, so that the cookie of one installation tells nothing of its token. /healthz and /readyz ask for nothing, and neither does
/metrics unless the centre shows single agents by their ids: Prometheus and orchestrators must reach them, and they name nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from stream.config.settings import Settings

BEARER: Final = "Bearer "
COOKIE: Final = "answerable_board"
COOKIE_SECONDS: Final = 30 * 86_400
VIEWER: Final = "viewer"
SUPERVISOR: Final = "supervisor"
"""The roles: who reads the board, and who also sees agents and contacts by their ids."""
FORM_BYTES: Final = 4096
PASSED_ON: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
"""What a proxy on this machine adds for whoever it asks for: they are not here."""


def loopback(host: str) -> bool:
    """Whether an address is this machine's own, which nobody else reaches."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Access:
    """Finds the role of a request."""

    def __init__(self, settings: Settings) -> None:
        """The tokens, and whether this address is open without one."""
        self._tokens = {role: token for role, token in ((SUPERVISOR, settings.supervisor_token), (VIEWER, settings.board_token)) if token}
        self._open = loopback(settings.web_host) and not settings.board_token

    @property
    def supervised(self) -> bool:
        """Whether there is a supervisor's role at all."""
        return SUPERVISOR in self._tokens

    @property
    def closed(self) -> bool:
        """Whether nobody can get in: off loopback, without a token."""
        return not self._open and not self._tokens

    def role(self, request: web.Request) -> str | None:
        """The role of whoever asks; None: nobody whom we know."""
        if self.shows_token(request):
            return self.of_token(request.headers["Authorization"].removeprefix(BEARER))
        cookie = request.cookies.get(COOKIE, "")
        for role, token in self._tokens.items():
            if cookie and hmac.compare_digest(_bytes(cookie), _proof(role, token).encode()):
                return role
        return VIEWER if self._open and self._asked_here(request) else None

    @staticmethod
    def shows_token(request: web.Request) -> bool:
        """Whether a token comes along in the header, be it ours or not."""
        return request.headers.get("Authorization", "").startswith(BEARER)

    @staticmethod
    def _asked_here(request: web.Request) -> bool:
        """Whether the page was asked for as this machine's own: a name of somebody else that leads here would let their page read it."""
        if any(name in request.headers for name in PASSED_ON):
            return False
        return loopback(urlsplit(f"//{request.host}").hostname or "")

    def of_token(self, shown: str) -> str | None:
        """The role that a token gives."""
        found = None
        for role, token in self._tokens.items():
            if hmac.compare_digest(_bytes(shown.strip()), token.encode()):
                found = found or role
        return found

    def remember(self, answer: web.StreamResponse, role: str, *, secure: bool) -> None:
        """Leave the cookie."""
        proof = _proof(role, self._tokens[role])
        answer.set_cookie(COOKIE, proof, max_age=COOKIE_SECONDS, httponly=True, samesite="Strict", secure=secure, path="/")

    def fingerprint(self, role: str) -> str:
        """Which token it was, without telling it: for the audit."""
        return _proof(role, self._tokens[role])[:12]


def _bytes(shown: str) -> bytes:
    """What was sent: a header may hold bytes that are no text."""
    return shown.encode(errors="surrogateescape")


def _proof(role: str, token: str) -> str:
    return hmac.digest(token.encode(), f"answerable board {role}".encode(), "sha256").hex()


def shown_contact(key: bytes, contact: str) -> str:
    """A contact's pseudonym: what a viewer sees of it. The same on all workers that have the same key."""
    return hmac.digest(key, f"contact\0{contact}".encode(), hashlib.sha256).hex()[:12]
