"""The source `imap`: shared mailboxes and their sent folders while they are in use, read with the mapping of `email`.

    imap:
      host: imap.acme.example        # or host:port; 993, or 143 where tls is not implicit
      tls: implicit                  # or starttls; none on this machine
      poll: 60s                      # how often each folder is looked at, also where the server says by itself what is new (IDLE)
      since: 30d                     # how old mails are that the first look reads
      oauth:                         # instead of passwords
        grant: client_credentials    # or refresh_token
        token_url: https://login.microsoftonline.com/TENANT/oauth2/v2.0/token
        client_id: 00000000-0000-0000-0000-000000000000
        client_secret_file: /etc/answerable/client.secret
        scope: https://outlook.office365.com/.default
      mailboxes:
        billing:                     # what metrics and messages call it
          username: billing@acme.example
          password_file: /etc/answerable/billing.secret
          address: billing@acme.example   # which of `queues` it is; the username without it
          inbox: [INBOX]
          sent: [Sent]               # without it: the folder that the server marks as the one of what was sent

What is not in `imap` is the mapping of the source email. A mail becomes what the same mail in an exported file becomes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from stream.config.yaml import Section
from stream.core.events import Event
from stream.sources.addresses import LOCAL, PORTS, Address
from stream.sources.email import DELIVERED, TO, Place, carried
from stream.sources.email import NAME as EMAIL
from stream.sources.mail.automatic import FIELDS as OF_MACHINES
from stream.sources.mail.headers import Headers
from stream.sources.mail.mapping import IMAP, EmailMapping, read_mapping
from stream.sources.names import PART_OF_IDS
from stream.sources.records import Rejected, Unknown
from stream.wire.times import FIRST, LAST

NAME: Final = "imap"
HELP: Final = "shared mailboxes and their sent folders, while they are in use"
EVENTS_OF: Final = EMAIL
"""Events are named as those of a file are, so that an export published before and the mailbox afterwards count once."""

FIELDS: Final = ("from", "sender", *TO, "bcc", *DELIVERED, "date", "received", "message-id", "references", "in-reply-to", *OF_MACHINES)
"""The headers that are asked for; nothing else of a mail is."""
KEYS: Final = ("host", "tls", "tls_ca", "unencrypted", "poll", "since", "oauth", "mailboxes")
OAUTH_KEYS: Final = (
    *("grant", "token_url", "client_id", "client_secret_env", "client_secret_file", "scope"),
    *("refresh_token_env", "refresh_token_file"),
)
MAILBOX_KEYS: Final = (
    *("username", "password_env", "password_file", "refresh_token_env", "refresh_token_file"),
    *("address", "inbox", "sent"),
)
HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
HEADER: Final = re.compile(r"[a-z0-9-]{1,100}")
IMPLICIT: Final = "implicit"
STARTTLS: Final = "starttls"
NONE: Final = "none"
CLIENT: Final = "client_credentials"
REFRESH: Final = "refresh_token"
SHORTEST: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the mailboxes are. tls: one of IMPLICIT, STARTTLS and NONE."""

    host: str
    port: int
    tls: str
    tls_ca: str | None

    @property
    def address(self) -> str:
        """Host and port as people write them."""
        return str(Address(self.host, self.port))


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """Where tokens are had, and for whom. section: where its secrets are named."""

    section: Section
    grant: str
    token_url: str
    client_id: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One mailbox. queue: "" where it has no inbox. sent: None where the server says which folder it is."""

    section: Section
    name: str
    username: str
    queue: str
    inbox: tuple[str, ...]
    sent: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapMapping:
    """The mapping as it was read; poll and since in ms. oauth: None where mailboxes have passwords."""

    email: EmailMapping
    server: Server
    oauth: OAuth | None
    mailboxes: tuple[Mailbox, ...]
    poll: int
    since: int

    def fields(self) -> tuple[str, ...]:
        """The headers to ask for."""
        more = (self.email.agent_header,) if self.email.agent_header else ()
        return (*FIELDS, *more)


def read(header: bytes, mapping: EmailMapping, place: Place) -> Event | Rejected | Unknown:
    """What one mail is, by its header and where it lies, as the source email carries it. Never raises."""
    if place.arrived is not None and not FIRST <= place.arrived <= LAST:
        place = replace(place, arrived=None)
    lines = header.splitlines(keepends=True)
    return carried(Headers(lines), lines, mapping, 0, place)


def read_imap(file: Section) -> ImapMapping:
    """Read the mapping, refusing what cannot be meant. The secrets are read by the intake."""
    email = read_mapping(file)
    if email.agent_header and not HEADER.fullmatch(email.agent_header):
        raise file.error(f"agent_header cannot be {email.agent_header}: write the name of a header, for example X-Agent", "agent_header")
    section = file.section(IMAP)
    section.only(*KEYS)
    oauth = _oauth(section.section("oauth")) if "oauth" in section else None
    poll = section.duration("poll", 60_000)
    if poll < SHORTEST:
        raise section.error("poll cannot be below 1s: the server would be busy with nothing", "poll")
    listed = section.section("mailboxes")
    mailboxes = tuple(_mailbox(listed, item.text, email, oauth) for item in listed.keys())  # noqa: SIM118 - a section is no dict
    if not mailboxes:
        raise section.error("mailboxes is empty: name at least one", "mailboxes")
    return ImapMapping(
        email=email,
        server=_server(section),
        oauth=oauth,
        mailboxes=mailboxes,
        poll=poll,
        since=section.duration("since", 30 * 86_400_000),
    )


def _server(section: Section) -> Server:
    item = section.item("host")
    match = HOST.fullmatch(item.text)
    if match is None or (match[2] and int(match[2]) not in PORTS):
        raise item.error(f"host cannot be {item.text}: write a name or name:port, for example outlook.office365.com")
    host = match[1].strip("[]")
    tls = section.choice("tls", (IMPLICIT, STARTTLS, NONE), IMPLICIT)
    if tls == NONE and host not in LOCAL and not section.flag("unencrypted", default=False):
        problem = "tls: none would send passwords for all to read: write implicit or starttls, or, knowing that, unencrypted: true"
        raise section.error(problem, "tls")
    if "tls_ca" in section and tls == NONE:
        raise section.error("tls_ca says whom to trust over TLS: write tls: implicit or starttls, or leave it out", "tls_ca")
    port = int(match[2]) if match[2] else 993 if tls == IMPLICIT else 143
    return Server(host=host, port=port, tls=tls, tls_ca=section.text("tls_ca") if "tls_ca" in section else None)


def _oauth(section: Section) -> OAuth:
    section.only(*OAUTH_KEYS)
    grant = section.choice("grant", (CLIENT, REFRESH))
    url = section.item("token_url")
    try:
        parts = urlsplit(url.text)
        fits = bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL))
    except ValueError:
        fits = False
    if not fits:
        raise url.error("token_url must begin with https://, because secrets are sent there")
    return OAuth(section=section, grant=grant, token_url=url.text, client_id=section.text("client_id"), scope=section.text("scope", ""))


def _mailbox(listed: Section, name: str, email: EmailMapping, oauth: OAuth | None) -> Mailbox:
    section = listed.section(name)
    section.only(*MAILBOX_KEYS)
    if not PART_OF_IDS.fullmatch(name):
        raise listed.error(f"{name} is what metrics call the mailbox: write up to 40 letters, digits, dots, - and _", name)
    for key in ("password_env", "password_file") if oauth is not None else ("refresh_token_env", "refresh_token_file"):
        if key in section:
            problem = "oauth says how to sign in" if oauth is not None else "there is no oauth that it could be for"
            raise section.error(f"{name} has {key}, but {problem}: leave one of them out", key)
    username = section.item("username")
    if not username.text.isprintable():
        raise username.error("username has a sign that cannot be written on one line: write it as the mail server knows it")
    inbox = section.words("inbox", ("INBOX",))
    sent = section.words("sent") if "sent" in section else None
    if not inbox and sent == ():
        raise listed.error(f"{name} has neither inbox nor sent: name a folder, or leave the mailbox out", name)
    for folder in inbox:
        if folder in (sent or ()):
            raise section.error(f"{name} names {folder} under inbox and under sent: leave one out", "sent")
    address = section.text("address", username.text).lower()
    queue = email.queues.get(address, "")
    if inbox and not queue:
        raise section.error(f"queues has no {address}: name its queue there, or write which of queues {name} is, as address")
    return Mailbox(section=section, name=name, username=username.text, queue=queue, inbox=inbox, sent=sent)
