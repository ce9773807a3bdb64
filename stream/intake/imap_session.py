"""One connection to a mail server with one folder open, which can only be read: EXAMINE and BODY.PEEK, never a word that changes anything.

It says nothing of what mails mean. Whatever goes wrong is a PartMissing in one sentence, without what the server said.
"""

from __future__ import annotations

import selectors
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError
from imapclient.imapclient import SENT

from stream.errors import PartMissing, SignInRefused
from stream.intake.oauth import Tokens
from stream.sources.imap import IMPLICIT, STARTTLS, Mailbox, Server
from stream.sources.mail.files import MOST_BYTES

SECONDS: Final = 60.0
"""How long one answer of the server, or a connection to it, may take."""
DATES_AT_ONCE: Final = 500
SEARCHED: Final = 50_000
"""Mails of a folder that are searched at once: with the longest UIDs half of what the library takes for a line."""
ODD: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError)
"""What the library raises where a server says something that is no IMAP."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder as it is. validity: its UIDVALIDITY. following: its UIDNEXT; None where the server does not say."""

    validity: int
    following: int | None


@dataclass(frozen=True, slots=True)
class Mail:
    """The header of a mail, and when the server took it (ms); None where it does not say."""

    header: bytes
    arrived: int | None


class Session:
    """Signed in from the beginning. Every method raises PartMissing where the server is not there (any more)."""

    def __init__(self, server: Server, mailbox: Mailbox, secret: str | Tokens) -> None:
        """Connect, over TLS as the mapping says, and sign in with a password or a token."""
        self._server = server
        self._mailbox = mailbox
        self.idling = False
        self.searched = SEARCHED
        self._count = 0
        self._client = self._connected()
        try:
            with self._understood():
                self._sign_in(secret)
                self.can_idle = bool(self._client.has_capability("IDLE"))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        with suppress(IMAPClientError, OSError, *ODD):
            self._client.shutdown()

    def sent_folder(self) -> str:
        """The name of the folder that the server keeps what was sent in."""
        with self._understood():
            found = self._client.find_special_folder(SENT)
        if not found:
            raise PartMissing(f"The mail server does not say where {self._mailbox.name} keeps what it sent: name the folder as sent.")
        return str(found)

    def open(self, folder: str) -> Opened:
        """Open the folder for reading, or look at it anew."""
        with self._understood():
            try:
                found = self._client.select_folder(folder, readonly=True)
            except IMAPClientError as refused:
                if isinstance(refused, self._client.AbortError):
                    raise
                raise PartMissing(
                    f"The mailbox {self._mailbox.name} has no folder {folder} that may be read: check inbox and sent of the mapping."
                ) from None
            self._count = int(found.get(b"EXISTS", 0))
            self._heard()
            following = found.get(b"UIDNEXT")
            return Opened(int(found[b"UIDVALIDITY"]), None if following is None else int(following))

    def since(self, moment: datetime) -> list[int]:
        """The UIDs of all mails that came since then, or a day earlier, in their order."""
        return self._search(0, "SINCE", (moment - timedelta(days=1)).date())

    def after(self, uid: int) -> list[int]:
        """The UIDs above this one, in their order."""
        return self._search(uid)

    def _search(self, above: int, *criteria: object) -> list[int]:
        """The UIDs above one that meet the criteria; of a large folder by parts, because an answer is one line, and lines have a limit."""
        found: set[int] = set()
        with self._understood():
            marks = ",".join(map(str, range(self.searched, self._count, self.searched)))
            # Numbers of places shift when a mail is deleted meanwhile, UIDs do not: so places only say where parts may end.
            edges = [one for one in sorted(self._client.search([marks]) if marks else []) if one > above]
            for low, high in pairwise([above, *edges, None]):
                found.update(self._client.search(["UID", f"{(low or 0) + 1}:{high or '*'}", *criteria]))
        return sorted(one for one in found if one > above)

    def arrivals(self, uids: Sequence[int]) -> dict[int, int]:
        """When the server took these mails (ms), as far as it says."""
        found: dict[int, int] = {}
        for begin in range(0, len(uids), DATES_AT_ONCE):
            with self._understood():
                for uid, one in self._client.fetch(uids[begin : begin + DATES_AT_ONCE], ["INTERNALDATE"]).items():
                    if (arrived := _moment(one)) is not None:
                        found[uid] = arrived
        return found

    def mails(self, uids: Sequence[int], fields: Iterable[str]) -> dict[int, Mail]:
        """The headers of these mails, as far as they are still there; they are not marked as read."""
        asked = f"BODY.PEEK[HEADER.FIELDS ({' '.join(fields)})]<0.{MOST_BYTES}>"
        with self._understood():
            answer = self._client.fetch(uids, ["INTERNALDATE", asked])
            found: dict[int, Mail] = {}
            for uid, one in answer.items():
                header = next((value for key, value in one.items() if key.startswith(b"BODY[")), None)
                if isinstance(header, bytes | None):
                    found[uid] = Mail((header or b"")[:MOST_BYTES], _moment(one))
            return found

    def idle(self) -> bool:
        """Ask the server to say what is new, where it can. Whether it has said so already."""
        if not self.can_idle or self.idling:
            return False
        with self._understood():
            if self._heard():
                return True
            self.idling, early = self._begin_idle()
            return early or (self.idling and self._buffered())

    def ended(self) -> None:
        """Ask it to stop saying so, because commands follow."""
        if self.idling:
            self.idling = False
            with self._understood():
                self._client.idle_done()

    def news(self) -> bool:
        """Whether what has come asks for a look at the folder; also where it has hung up, which the look will find."""
        with self._understood():
            said = self._client.idle_check(timeout=0)
            return not said or any(b"EXISTS" in one or one[0] == b"BYE" for one in said)

    def socket(self) -> Any:
        """What to wait on for news."""
        return self._client.socket()

    def _begin_idle(self) -> tuple[bool, bool]:
        """Whether it has begun: where the server says no after all, it is asked no more. And whether something came before its answer."""
        client = self._client
        try:
            client.idle()
        except IMAPClientError as early:
            if isinstance(early, client.AbortError):
                raise
            # The library takes one line of an answer, and leaves it to us what that was.
            server = client._imap  # noqa: SLF001 - the library has no word for it
            if server.tagged_commands.get(client._idle_tag) is not None:  # noqa: SLF001 - as above
                self.can_idle = False
                return False, False
            while server._get_response() is not None:  # noqa: SLF001 - as above; a server that never goes on is a time-out
                pass
            return True, True
        return True, False

    def _heard(self) -> bool:
        """Whether the server has said, beside its answers since this was asked last, that mails came: it will not say so again."""
        return self._client._imap.untagged_responses.pop("EXISTS", None) is not None  # noqa: SLF001 - the library keeps it there

    def _buffered(self) -> bool:
        """Whether more has been read than was asked for: nobody who waits on the socket would see that."""
        socket = self.socket()
        socket.setblocking(False)
        try:
            return bool(self._client._imap.file.peek(1))  # noqa: SLF001 - the library has no word for it
        except BlockingIOError:
            return False
        except ssl.SSLWantReadError:
            return False
        finally:
            socket.settimeout(SECONDS)

    def _connected(self) -> IMAPClient:
        server = self._server
        try:
            context = None if server.tls not in (IMPLICIT, STARTTLS) else ssl.create_default_context(cafile=server.tls_ca)
            client = IMAPClient(server.host, server.port, ssl=server.tls == IMPLICIT, ssl_context=context, timeout=SECONDS)
        except (OSError, IMAPClientError, *ODD) as refused:
            raise self._away(refused) from None
        client.normalise_times = False
        try:
            if server.tls == STARTTLS:
                client.starttls(context)
        except (OSError, IMAPClientError, *ODD) as refused:
            with suppress(IMAPClientError, OSError, *ODD):
                client.shutdown()
            if isinstance(refused, OSError):
                raise self._away(refused) from None
            raise PartMissing(f"The mail server at {server.address} offers no STARTTLS: write tls: implicit and its port.") from None
        return client

    def _sign_in(self, secret: str | Tokens) -> None:
        if isinstance(secret, str):
            self._with_password(secret)
            return
        if not self._client.has_capability("AUTH=XOAUTH2"):
            raise PartMissing(f"The mail server at {self._server.address} takes no tokens (XOAUTH2): use a password, or check host.")
        for last in (False, True):
            token = secret.token()
            try:
                self._with_token(token)
            except LoginError as refused:
                secret.refused()
                if last:
                    raise self._refused(refused, "the scope and permissions of oauth's client") from None
            else:
                return

    def _with_password(self, password: str) -> None:
        client, mailbox = self._client, self._mailbox
        try:
            if client.has_capability("AUTH=PLAIN"):
                client.plain_login(mailbox.username, password)
            elif client.has_capability("LOGINDISABLED"):
                raise PartMissing(f"The mail server at {self._server.address} takes no password here: write tls: implicit or starttls.")
            else:
                client.login(mailbox.username, password)
        except LoginError as refused:
            raise self._refused(refused, "the password") from None

    def _with_token(self, token: str) -> None:
        words = f"user={self._mailbox.username}\1auth=Bearer {token}\1\1"
        # A second challenge says why it is refused, and wants an empty answer.
        answers = iter((words.encode(),))
        self._client.sasl_login("XOAUTH2", lambda _: next(answers, b""))

    def _refused(self, refused: Exception, what: str) -> PartMissing:
        if "[UNAVAILABLE]" in str(refused):
            return PartMissing(f"The mail server at {self._server.address} can let nobody in just now: look after the server.")
        return SignInRefused(
            f"The mail server at {self._server.address} does not let {self._mailbox.name} in: check its username and {what}, "
            "and that IMAP is allowed there."
        )

    def _away(self, refused: Exception) -> PartMissing:
        if isinstance(refused, ssl.SSLCertVerificationError):
            return PartMissing(
                f"The certificate of the mail server at {self._server.address} is not trusted ({refused.verify_message}): "
                "check host, or name its authority as tls_ca."
            )
        return PartMissing(
            f"The mail server at {self._server.address} cannot be reached ({_reason(refused)}): check host and tls of the mapping."
        )

    @contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except (OSError, IMAPClientError, *ODD) as broken:
            raise PartMissing(
                f"The connection of {self._mailbox.name} to the mail server at {self._server.address} is gone ({_reason(broken)}): "
                "look after the server or the network."
            ) from None


def waited(sessions: Iterable[Session], seconds: float, sleep: Callable[[float], None]) -> list[Session]:
    """Wait until the server has said something to one of these, at most so long; gives those to which it has."""
    with selectors.DefaultSelector() as selector:
        for one in sessions:
            selector.register(one.socket(), selectors.EVENT_READ, one)
        if not selector.get_map():
            sleep(seconds)
            return []
        return [key.data for key, _ in selector.select(seconds)]


def _reason(broken: Exception) -> str:
    """Why, in words that cannot hold anything of a mail."""
    if isinstance(broken, TimeoutError):
        return "it does not answer"
    if isinstance(broken, OSError):
        return broken.strerror or type(broken).__name__
    if isinstance(broken, IMAPClient.AbortError):
        return "it hung up"
    return "it says no, or something that is no IMAP"


def _moment(found: dict[bytes, Any]) -> int | None:
    arrived = found.get(b"INTERNALDATE")
    return int(arrived.timestamp() * 1000) if isinstance(arrived, datetime) else None
