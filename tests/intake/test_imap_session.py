"""Signing in to a real Dovecot: over TLS, with passwords and with tokens; what is refused is said in one sentence that shows no secret."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from stream.config.yaml import parse
from stream.embedded.broker import Broker
from stream.errors import PartMissing, SignInRefused
from stream.intake.imap import secrets_of
from stream.intake.imap_folder import Folder
from stream.intake.imap_memory import Memory
from stream.intake.imap_session import Session
from stream.sources.imap import ImapMapping, read_imap
from stream.sources.mail.files import MOST_BYTES
from tests.conftest import part
from tests.intake.listening import PATIENCE, command, installation, published, running
from tests.intake.mailboxes import BILLING, mail
from tests.intake.tokens import CLIENT, SECRET, TokenServer, token_server
from tests.parts.dovecot import PASSWORD, SENT, Dovecot, certificate

pytestmark = pytest.mark.optional("the openssl command makes the certificate; not every machine has it")

PASSWORDS: Final = "password_env: MAIL_PASSWORD"
OAUTH: Final = """
  oauth: {{ grant: {grant}, token_url: {url}/token, client_id: {client}, client_secret_env: CLIENT_SECRET, scope: mail {more} }}"""


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of the server."""
    found = certificate(tmp_path_factory.mktemp("certificate"))
    if found is None:
        pytest.skip("SKIPPED: no openssl command on this machine makes a certificate: install openssl")
    return found


@pytest.fixture(scope="module")
def tokens() -> Iterator[TokenServer]:
    """Who gives tokens for the one mailbox."""
    with token_server(BILLING) as running:
        yield running


@pytest.fixture(scope="module")
def dovecot(pem: Path, tokens: TokenServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    """A mail server with TLS that asks the token server."""
    server = Dovecot(part("dovecot"), tmp_path_factory.mktemp("dovecot"), pem=pem, introspection=f"{tokens.url}/introspect")
    server.deliver(BILLING, mail(1, 0))
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch, tokens: TokenServer) -> None:
    """The environment that the mappings name."""
    tokens.answer, tokens.life = None, 3600
    for name, value in (("MAIL_PASSWORD", PASSWORD), ("CLIENT_SECRET", SECRET), ("REFRESH", tokens.refresh)):
        monkeypatch.setenv(name, value)


def mapped(port: int, tls: str, secret: str = PASSWORDS, oauth: str = "") -> ImapMapping:
    """The mapping of one mailbox."""
    box = f"{{ username: {BILLING}, sent: [] {', ' + secret if secret else ''} }}"
    return read_imap(parse(written(port, tls, box, oauth), "email.yaml"))


def written(port: int, tls: str, box: str, oauth: str) -> str:
    """The text of a mapping of one mailbox."""
    place = f"imap:\n  host: 127.0.0.1:{port}\n  {tls}\n  mailboxes: {{ billing: {box} }}{oauth}\n"
    return f"version: 1\nqueues: {{ {BILLING}: billing }}\n{place}"


def signed_in(mapping: ImapMapping) -> list[int]:
    """The UIDs of the inbox, as who signs in sees them."""
    (secret,) = secrets_of(mapping, lambda _: None)
    with closing(Session(mapping.server, mapping.mailboxes[0], secret)) as session:
        session.open("INBOX")
        assert session.can_idle
        assert session.sent_folder() == SENT
        return session.after(0)


@pytest.mark.parametrize("grant", ["password", "client_credentials", "refresh_token"])
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_mailboxes_open_over_tls(dovecot: Dovecot, tokens: TokenServer, pem: Path, tls: str, grant: str) -> None:
    """With a trusted certificate, by password, by the client's own rights, by a refresh token."""
    port = dovecot.secure if tls == "implicit" else dovecot.port
    more = ", refresh_token_env: REFRESH" if grant == "refresh_token" else ""
    oauth = OAUTH.format(grant=grant, url=tokens.url, client=CLIENT, more=more) if grant != "password" else ""
    mapping = mapped(port, f"tls: {tls}\n  tls_ca: {pem}", "" if oauth else PASSWORDS, oauth)

    assert [1] == signed_in(mapping)
    assert grant == "password" or grant == tokens.grants[-1]


def test_a_refused_token_is_replaced_once(dovecot: Dovecot, tokens: TokenServer, pem: Path) -> None:
    """One that was revoked before its time is thrown away and asked for anew; where the new one is refused, too, that is said."""
    oauth = OAUTH.format(grant="client_credentials", url=tokens.url, client=CLIENT, more="")
    mapping = mapped(dovecot.port, f"tls: starttls\n  tls_ca: {pem}", "", oauth)
    (secret,) = secrets_of(mapping, lambda _: None)

    def signs_in() -> list[str]:
        with closing(Session(mapping.server, mapping.mailboxes[0], secret)):
            return list(tokens.given)

    before = signs_in()
    assert before == signs_in(), "a token that lives is kept"
    tokens.valid.clear()
    assert 1 == len(signs_in()) - len(before)

    tokens.valid.clear()
    tokens.answer = (200, b'{"access_token": "nobodys", "expires_in": 3600}')
    with pytest.raises(SignInRefused, match="does not let billing in: check its username and the scope and permissions of oauth's client"):
        signs_in()


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        ({"tls_ca: PEM": ""}, PartMissing, "is not trusted (self-signed certificate): check host, or name its authority as tls_ca."),
        ({"MAIL_PASSWORD": "wrong-one"}, SignInRefused, "does not let billing in: check its username and the password, and that IMAP"),
        ({"PORT": "1"}, PartMissing, "cannot be reached (Connection refused): check host and tls of the mapping."),
        ({"tls: starttls": "tls: implicit"}, PartMissing, "cannot be reached ("),
        ({"tls: starttls": "tls: none", "tls_ca: PEM": ""}, PartMissing, ""),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    change: dict[str, str], kind: type[PartMissing], sentence: str, dovecot: Dovecot, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to check, and never a secret. Without TLS, on this machine only, it works."""
    monkeypatch.setenv("MAIL_PASSWORD", change.get("MAIL_PASSWORD", PASSWORD))
    tls = "tls: starttls\n  tls_ca: PEM"
    for before, after in change.items():
        tls = tls.replace(before, after)
    mapping = mapped(int(change.get("PORT", dovecot.port)), tls.replace("PEM", str(pem)))
    if not sentence:
        assert [1] == signed_in(mapping)
        return
    with pytest.raises(kind) as refused:
        signed_in(mapping)
    said = str(refused.value)
    assert sentence in said
    assert not [one for one in (PASSWORD, "wrong-one", BILLING) if one in said]


def test_a_folder_that_is_not_there_is_named(dovecot: Dovecot, pem: Path) -> None:
    """With the mailbox, so that one knows what to write."""
    mapping = mapped(dovecot.port, f"tls: starttls\n  tls_ca: {pem}")
    with (
        closing(Session(mapping.server, mapping.mailboxes[0], PASSWORD)) as session,
        pytest.raises(PartMissing, match="The mailbox billing has no folder Posteingang that may be read: check inbox and sent"),
    ):
        session.open("Posteingang")


def test_only_the_headers_that_are_needed_are_asked_for_and_cut(dovecot: Dovecot, pem: Path) -> None:
    """No subject and no text leave the server; a header of a megabyte is cut; a mail that is gone is passed over."""
    huge = mail(2, 1, more="References: " + "<a@b> " * 200_000)
    dovecot.deliver(BILLING, huge)
    mapping = mapped(dovecot.port, f"tls: starttls\n  tls_ca: {pem}")
    with closing(Session(mapping.server, mapping.mailboxes[0], PASSWORD)) as session:
        session.open("INBOX")
        found = session.mails([1, 2, 99], mapping.fields())
    assert [1, 2] == sorted(found)
    assert {b"message-id", b"date", b"received", b"from", b"to"} == {
        line.partition(b":")[0].lower() for line in found[1].header.splitlines() if line
    }
    assert MOST_BYTES == len(found[2].header)
    assert all(one.arrived is not None for one in found.values())


def test_a_mail_at_which_the_server_fails_holds_up_no_other(dovecot: Dovecot, pem: Path, tmp_path: Path) -> None:
    """The server hangs up at it each time; the others are told, and it is set aside without anything of it."""
    mapping = mapped(dovecot.port, f"tls: starttls\n  tls_ca: {pem}")
    box = replace(mapping.mailboxes[0], username="damaged@acme.example")
    for number in range(1, 4):
        dovecot.deliver(box.username, mail(number, number))
    dovecot.damage(box.username, 0)
    folder = Folder(mapping, box, "INBOX", PASSWORD, ours=False)
    said: list[str] = []
    found: list[tuple[int, bytes]] = []
    tries = 0
    with closing(Memory(tmp_path / "state", "email")) as memory, closing(folder):
        while not found:
            uids = folder.look(memory, said.append)
            try:
                found = [(uid, one.header[:4]) for uid, one, _ in folder.mails(uids)]
            except PartMissing as missing:
                folder.lost(missing, said.append)
                tries += 1
                assert tries < 9
    assert [(2, b"Mess"), (3, b"Mess"), (1, b"")] == found
    assert ["The connection of billing to the mail server"] == [one.partition(" at ")[0] for one in said]


def test_what_the_server_says_beside_an_answer_is_heard(dovecot: Dovecot, pem: Path) -> None:
    """A mail that comes while a folder is searched is told of once, with that answer, and not again by IDLE."""
    mapping = mapped(dovecot.port, f"tls: starttls\n  tls_ca: {pem}")
    box = replace(mapping.mailboxes[0], username="early@acme.example")
    with closing(Session(mapping.server, box, PASSWORD)) as session:
        session.open("INBOX")
        dovecot.deliver(box.username, mail(1, 1))
        deadline = time.monotonic() + PATIENCE
        while "EXISTS" not in session._client._imap.untagged_responses:
            assert [] == session.after(7)
            assert time.monotonic() < deadline
        assert session.idle()
        assert not session.idling
        session.open("INBOX")
        assert [1] == session.after(0)
        assert not session.idle()


@pytest.mark.parametrize("searched", [1, 2, 3, 100])
def test_a_large_folder_is_searched_by_parts(dovecot: Dovecot, pem: Path, searched: int) -> None:
    """Whatever the size of a part, each mail is found once, in order, also above one that was read."""
    mapping = replace(mapped(dovecot.port, f"tls: starttls\n  tls_ca: {pem}"), since=86_400_000)
    box = replace(mapping.mailboxes[0], username="large@acme.example")
    if searched == 1:
        for number in range(7):
            dovecot.deliver(box.username, mail(number, number))
    with closing(Session(mapping.server, box, PASSWORD)) as session:
        session.open("INBOX")
        session.searched = searched
        found = [session.since(datetime.now(UTC)), session.after(0), session.after(2), session.after(4), session.after(7), session.after(9)]
    assert [[*range(1, 8)], [*range(1, 8)], [3, 4, 5, 6, 7], [5, 6, 7], [], []] == found


def test_a_mailbox_is_followed_with_tokens_that_end(
    broker: Broker, dovecot: Dovecot, tokens: TokenServer, pem: Path, tmp_path: Path
) -> None:
    """Each connection has a token that lives; a refresh token that is replaced is kept, so that the next start has the newest one."""
    settings = installation(broker)
    tokens.life = 1
    kept = tmp_path / "refresh"
    kept.write_text(f"{tokens.refresh}\n")
    mapping = tmp_path / "email.yaml"
    oauth = OAUTH.format(grant="refresh_token", url=tokens.url, client=CLIENT, more=f", refresh_token_file: {kept}")
    box = f"{{ username: {BILLING} }}"
    mapping.write_text(written(dovecot.port, f"tls: starttls\n  tls_ca: {pem}\n  poll: 10m", box, oauth))
    call = command(settings, "imap", tmp_path / "state.sqlite", "--mapping", mapping)

    def wait_for(count: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while len(published(settings)) < count:
            assert time.monotonic() < deadline, dovecot.log
            time.sleep(0.4)

    said = b""
    expected = len(dovecot.flags(BILLING))
    with running(call) as (process, _):
        dovecot.deliver(BILLING, mail(12, 12))
        wait_for(expected := expected + 1)
        before = len(tokens.given)
        with dovecot.down():
            tokens.valid.clear()
            dovecot.deliver(BILLING, mail(13, 13))
        wait_for(expected := expected + 1)
        process.terminate()
        said += process.communicate(timeout=PATIENCE)[1]
    assert len(tokens.given) > before
    assert tokens.refresh == kept.read_text()
    dovecot.deliver(BILLING, mail(14, 14))
    with running(call):
        wait_for(expected := expected + 1)
    assert len(published(settings)) == expected
    assert not [one for one in ("token-", "refresh-", SECRET) if one in said.decode()]


def odd_server(idle: list[bytes]) -> tuple[int, Thread]:
    """A server that answers IDLE with these lines, and everything else with OK; its port, and its thread, which ends with the client."""
    listening = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        with listening, listening.accept()[0] as connection, connection.makefile("rwb", buffering=0) as line:
            tag = b""
            line.write(b"* OK odd\r\n")
            while asked := line.readline():
                if asked == b"DONE\r\n":
                    line.write(tag + b" OK done\r\n")
                    continue
                tag, _, words = asked.strip().partition(b" ")
                if words.startswith(b"CAPABILITY"):
                    line.write(b"* CAPABILITY IMAP4rev1 IDLE\r\n")
                elif words.startswith(b"EXAMINE"):
                    line.write(b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] numbers\r\n")
                elif words.startswith(b"IDLE"):
                    line.write(b"".join(one.replace(b"TAG", tag) for one in idle))
                    continue
                line.write(tag + b" OK done\r\n")

    thread = Thread(target=talk, daemon=True)
    thread.start()
    return listening.getsockname()[1], thread


@pytest.mark.parametrize(
    ("answer", "early", "idles"),
    [
        ([b"+ go on\r\n"], False, True),
        ([b"* 4 EXISTS\r\n", b"+ go on\r\n"], True, True),
        ([b"+ go on\r\n", b"* 4 EXISTS\r\n"], True, True),
        ([b"TAG NO not now\r\n"], False, False),
        ([b"TAG BAD what\r\n"], False, False),
    ],
)
def test_servers_answer_idle_in_several_ways(answer: list[bytes], early: bool, idles: bool) -> None:  # noqa: FBT001 - a table
    """What it says before or with its answer is heard; one that says no is polled; the connection goes on in each case."""
    port, thread = odd_server(answer)
    mapping = mapped(port, "tls: none")
    with closing(Session(mapping.server, mapping.mailboxes[0], PASSWORD)) as session:
        for _ in range(2):
            assert (7, None) == ((opened := session.open("INBOX")).validity, opened.following)
            assert (early, idles) == (session.idle(), session.idling)
            assert idles == session.can_idle
            session.ended()
    thread.join(PATIENCE)
    assert not thread.is_alive()
