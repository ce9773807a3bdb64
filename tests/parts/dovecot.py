"""A real Dovecot of the tests' own, on this machine only: mailboxes in maildirs, without root's rights wherever tests run."""

from __future__ import annotations

import imaplib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from stream.embedded.debian import NOBODY
from stream.embedded.ports import free_ports

PASSWORD: Final = "not-for-logs"
PATIENCE: Final = 120.0
CONFIGURATION: Final = """
protocols = imap
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
listen = 127.0.0.1
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
first_valid_uid = 1
mail_uid = nobody
mail_gid = nogroup
ssl = {ssl}
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
mail_location = maildir:{home}/mail/%u
mail_max_userip_connections = 100
namespace inbox {{
  inbox = yes
  mailbox "Gesendete Elemente" {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secure}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth2.conf
}}
userdb {{
  driver = static
  args = home={home}/home/%u
}}
{more}
"""
SECURE: Final = "ssl_cert = <{pem}\nssl_key = <{pem}\n"
NOWHERE: Final = "http://127.0.0.1:1/"
SENT: Final = "Gesendete Elemente"


class Dovecot:
    """A server; it can be stopped and started again on the same ports. Any user may sign in with PASSWORD, and has an inbox and SENT."""

    def __init__(self, program: Path, home: Path, *, pem: Path | None = None, introspection: str = NOWHERE, more: str = "") -> None:
        """Start it. pem: its key and certificate, for TLS. introspection: where it asks whom a token belongs to."""
        self.port, self.secure = free_ports(2)
        self._home = home
        self._number = 0
        for place in ("mail", "home"):
            (home / place).mkdir()
        certificate = SECURE.format(pem=pem) if pem is not None else ""
        (home / "dovecot.conf").write_text(
            CONFIGURATION.format(
                home=home,
                port=self.port,
                secure=self.secure if pem is not None else 0,
                ssl="yes" if pem is not None else "no",
                password=PASSWORD,
                more=certificate + more,
            )
        )
        (home / "oauth2.conf").write_text(
            f"introspection_mode = post\nintrospection_url = {introspection}\nusername_attribute = username\n"
            "active_attribute = active\nactive_value = true\nforce_introspection = yes\n"
        )
        # Debian's own runs as whoever calls it; what was unpacked into the cache becomes `nobody` by itself.
        before = NOBODY if program.is_relative_to("/usr") else ()
        self._call = [*before, str(program), "-F", "-c", str(home / "dovecot.conf")]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def log(self) -> str:
        """What the server has said."""
        path = self._home / "log"
        return path.read_text() if path.exists() else ""

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self._home / "out").open("ab") as out:
            self._process = subprocess.Popen(self._call, stdout=out, stderr=out, start_new_session=True)
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 10) as connection:
                if connection.recv(10).startswith(b"* OK"):
                    return
            assert self._process.poll() is None, (self._home / "out").read_text() + self.log
            assert time.monotonic() < deadline, f"Dovecot does not answer: {self.log}"
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server and all its connections."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(PATIENCE)
            self._process = None

    @contextmanager
    def down(self) -> Iterator[None]:
        """For so long it is not there."""
        self.stop()
        yield
        self.start()

    @contextmanager
    def user(self, name: str) -> Iterator[imaplib.IMAP4]:
        """A user's own client, which may write."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            client.login(name, PASSWORD)
            yield client
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                client.logout()

    def deliver(self, name: str, mail: bytes) -> None:
        """A mail comes into the inbox, as a delivery agent brings it."""
        inbox = self._home / "mail" / name
        for place in ("tmp", "new", "cur"):
            (inbox / place).mkdir(parents=True, exist_ok=True)
        self._number += 1
        draft = inbox / "tmp" / f"{time.time():.6f}.{self._number}.here"
        draft.write_bytes(mail)
        draft.rename(inbox / "new" / draft.name)

    def send(self, name: str, mail: bytes, folder: str = SENT) -> None:
        """A client keeps what it has sent."""
        with self.user(name) as client:
            assert client.append(f'"{folder}"', r"(\Seen)", "", mail.replace(b"\n", b"\r\n"))[0] == "OK"

    def renumber(self, name: str) -> None:
        """The inbox loses its numbers, as where a mailbox is moved to another server; the server must be down."""
        for path in (self._home / "mail" / name).iterdir():
            if path.is_file() and path.name.startswith("dovecot"):
                path.unlink()

    def damage(self, name: str, place: int) -> None:
        """The so-manieth mail of an inbox can be read no more."""
        inbox = self._home / "mail" / name
        sorted([*(inbox / "cur").iterdir(), *(inbox / "new").iterdir()], key=lambda one: one.name)[place].chmod(0)

    def flags(self, name: str) -> list[bytes]:
        """The flags of all mails of an inbox, as they are."""
        with self.user(name) as client:
            client.select("INBOX", readonly=True)
            _, found = client.fetch("1:*", "(FLAGS)")
        return [one for one in found if isinstance(one, bytes)]


def certificate(place: Path) -> Path | None:
    """Key and self-made certificate for 127.0.0.1 in one file; None where no openssl command is there to make them."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    subject = ["-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "keyUsage=digitalSignature,keyCertSign"]
    call = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem", "-out", "cert.pem", *subject]
    subprocess.run(call, cwd=place, check=True, capture_output=True)
    (place / "both.pem").write_text((place / "key.pem").read_text() + (place / "cert.pem").read_text())
    return place / "both.pem"
