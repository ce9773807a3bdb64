"""Tokens are asked for in time and not more often; what an authorisation server refuses is said without what it must not show."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stream.config.yaml import parse
from stream.errors import PartMissing, WrongUse
from stream.intake.oauth import Tokens
from stream.sources.imap import OAuth
from tests.docs.pages import ROOT, fences
from tests.intake.tokens import CLIENT, SECRET, TokenServer, token_server


@pytest.fixture
def server() -> Iterator[TokenServer]:
    """An authorisation server."""
    with token_server("billing@acme.example") as running:
        yield running


def tokens(
    server: TokenServer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    grant: str = "client_credentials",
    more: str = "",
    secret: str = SECRET,
    clock: Callable[[], float] = time.monotonic,
) -> Tokens:
    """Tokens of a mapping."""
    monkeypatch.setenv("CLIENT_SECRET", secret)
    section = parse(f"client_secret_env: CLIENT_SECRET\n{more}", "email.yaml")
    declared = OAuth(section=section, grant=grant, token_url=f"{server.url}/token", client_id=CLIENT, scope="mail")
    return Tokens(declared, section, pytest.fail, clock)


@pytest.mark.parametrize(
    ("life", "seconds"), [(3600, 3300.0), (100, 80.0), ("3600", 3300.0), (None, 240.0), ("soon", 240.0), ("nan", 240.0), (-1, 240.0)]
)
def test_a_token_is_kept_until_shortly_before_its_end(
    server: TokenServer, monkeypatch: pytest.MonkeyPatch, life: object, seconds: float
) -> None:
    """Five minutes before, or after four fifths of a short life; without a known life soon."""
    now = 1_000.0
    server.life = life
    mine = tokens(server, monkeypatch, clock=lambda: now)
    assert ["token-0", "token-0"] == [mine.token(), mine.token()]
    now += seconds - 1
    assert "token-0" == mine.token()
    now += 1
    assert "token-1" == mine.token()
    mine.refused()
    assert "token-2" == mine.token()


def test_a_refresh_token_that_is_replaced_takes_its_place_in_the_file(
    server: TokenServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whole, for its user only, so that the next start has it."""
    path = tmp_path / "refresh"
    path.write_text("refresh-0\n")
    mine = tokens(server, monkeypatch, grant="refresh_token", more=f"refresh_token_file: {path}")
    mine.token()
    assert ("refresh-1", 0o600) == (path.read_text(), path.stat().st_mode & 0o777)
    mine.refused()
    assert "token-1" == mine.token()
    assert "token-2" == tokens(server, monkeypatch, grant="refresh_token", more=f"refresh_token_file: {path}").token()


@pytest.mark.parametrize(
    ("answer", "secret", "said"),
    [
        (None, "wrong", "The token endpoint at 127.0.0.1 says no (invalid_client, AADSTS7000215): check oauth in the mapping"),
        ((400, b'{"error": "PRIVATE <secret>"}'), SECRET, "says no (HTTP 400)"),
        ((500, b"PRIVATE"), SECRET, "says no (HTTP 500)"),
        ((302, b"PRIVATE"), SECRET, "says no (HTTP 302)"),  # a secret does not go along to another address
        ((200, b"PRIVATE"), SECRET, "gave no token: check token_url and scope of oauth."),
        ((200, b'{"access_token": ["PRIVATE"]}'), SECRET, "gave no token"),
        ((200, b'{"access_token": "a\\u0001b"}'), SECRET, "gave no token"),
        ((200, b"[" * 100_000), SECRET, "gave no token"),
    ],
)
def test_what_is_refused_is_said_without_secrets(
    server: TokenServer, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes] | None, secret: str, said: str
) -> None:
    """Only the error's own word, and Microsoft's number."""
    server.answer = answer
    with pytest.raises(PartMissing) as refused:
        tokens(server, monkeypatch, secret=secret).token()
    assert said in str(refused.value)
    assert not [one for one in ("PRIVATE", SECRET, "wrong") if one in str(refused.value)]


def test_an_endpoint_that_is_away_is_named(server: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its host only; and a secret that is not there ends the start."""
    server.close()
    with pytest.raises(PartMissing, match=r"The token endpoint at 127.0.0.1 cannot be reached \(Connection refused\)"):
        tokens(server, monkeypatch).token()
    with pytest.raises(WrongUse, match="The environment variable CLIENT_SECRET is not set"):
        tokens(server, monkeypatch, secret="")


class Hearing(TokenServer):
    """Keeps the form that it was sent."""

    form: dict[str, str] | None = None

    def token(self, form: dict[str, str]) -> tuple[int, bytes]:
        """Nothing is given."""
        self.form = form
        return 200, b"{}"


def test_the_page_asks_for_the_first_token_with_what_the_file_and_the_address_bar_hold(tmp_path: Path) -> None:
    """The secret without the end of its line; the code is encoded in the address, and not once more."""
    bash, curl = shutil.which("bash"), shutil.which("curl")
    if bash is None or curl is None:
        pytest.skip("SKIPPED: no curl command on this machine tries the page's: install curl")
    (tmp_path / "client.secret").write_text("look+alike/secret\n", encoding="utf-8")
    [command] = [one for one in fences(ROOT / "docs/sources/imap.md", "sh") if "authorization_code" in one]
    server = Hearing("")
    try:
        typed = command.replace("https://oauth2.googleapis.com", server.url).replace("/etc/answerable", str(tmp_path))
        subprocess.run([bash, "-c", typed.replace("CODE", "4%2F0look-alike")], check=True, capture_output=True)
    finally:
        server.close()
    assert {
        "grant_type": "authorization_code",
        "redirect_uri": "http://127.0.0.1:8765",
        "client_id": "CLIENT-ID",
        "client_secret": "look+alike/secret",
        "code": "4/0look-alike",
    } == server.form
