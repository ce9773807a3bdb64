"""The source `email` over files: mbox, maildir and single mails -> `message.posted`.

A mail by itself does not say to which thread it belongs, so headers are read first, and threads are told once all files are in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from hashlib import sha256
from typing import Final

from stream.config.yaml import Section
from stream.core.events import Event
from stream.errors import WrongUse
from stream.sources.mail.automatic import automatic
from stream.sources.mail.conversations import Conversations
from stream.sources.mail.files import mails
from stream.sources.mail.headers import Headers
from stream.sources.mail.mapping import EmailMapping, read_mapping
from stream.sources.records import CUSTOMER, Decode, Lines, Prepared, Rejected, Unknown

NAME: Final = "email"
HELP: Final = "mails of shared mailboxes and their sent folders: mbox, maildir or single files"
MAIL: Final = "email.mail"
"""The type under which a mail travels while all are sorted; it never leaves the intake."""
TO: Final = ("to", "cc")
DELIVERED: Final = ("delivered-to", "x-original-to", "envelope-to")
AGENT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""What a header may call a person; nothing that looks like an address gets through."""


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping says which addresses are ours."""
    del decode, zone
    if mapping is None:
        raise WrongUse(f"The source {NAME} needs to know which addresses are yours: write a mapping and name it with --mapping FILE.")
    found = read_mapping(mapping)
    return Prepared(lambda lines: read(lines, found), personal=found.customers, fold=lambda events: fold(events, found), maildirs=True)


def read(lines: Iterable[bytes], mapping: EmailMapping) -> Lines:
    """The mails of one file that people wrote, each as an event that only `fold` understands."""
    for number, header in mails(lines):
        yield carried(Headers(header), header, mapping, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a running mailbox says of a mail, where its headers do not.

    queue: the mailbox's. ours: whether it lies where what we send is kept. arrived: when the server took it (ms).
    """

    queue: str = ""
    ours: bool = False
    arrived: int | None = None


FILE: Final = Place()
"""A file says nothing more."""


def carried(headers: Headers, raw: list[bytes], mapping: EmailMapping, line: int, place: Place = FILE) -> Event | Rejected | Unknown:
    """What has to be known of one mail: ids, its side and queue, its time; no subject, no text, no address."""
    writers = headers.addresses("from")
    if not writers:
        return Rejected("missing_field", "the mail has no From with an address", b"".join(raw), line)
    time = headers.arrived()
    time = headers.written() if time is None else time
    time = place.arrived if time is None else time
    if time is None:
        return Rejected("missing_field", "the mail has neither a Received nor a Date that is a time", b"".join(raw), line)
    ours = place.ours or mapping.ours(writers[0])
    # Whom the writer named goes before whom the server delivered to: one mail to two mailboxes is one mail.
    queue = mapping.queue(headers.addresses(*TO, *DELIVERED))
    if automatic(headers, mapping, ours=ours, to_us=bool(queue)):
        return Unknown("automatic mail")
    own = next(iter(headers.ids("message-id")), "") or f"none/{_short(b''.join(raw))}"
    data: dict[str, object] = {"own": _short(own.encode()), "references": [_short(one.encode()) for one in _references(headers)]}
    if ours:
        if all(mapping.ours(one) for one in headers.addresses(*TO, "bcc")):
            return Unknown("mail among ourselves")
        data |= {"agent": _agent(headers, mapping)}
    else:
        queue = queue or place.queue
        if not queue:
            return Unknown("mail to no mailbox of the mapping")
        data |= {"queue": queue} | ({CUSTOMER: writers[0]} if mapping.customers else {})
    return Event(time, MAIL, "", _short(f"{own}/{writers[0]}".encode()), data)


def fold(found: Iterable[Event], mapping: EmailMapping) -> Iterable[Event]:
    """The messages of sorted mails, where all that there are are here."""
    return Conversations(mapping.origin).tell(found)


def _references(headers: Headers) -> list[str]:
    """The ids a mail refers to, the oldest first. In-Reply-To is asked where References is not there."""
    return headers.ids("references") or headers.ids("in-reply-to")[:1]


def _agent(headers: Headers, mapping: EmailMapping) -> str:
    """Who of us wrote it; "" where the mapping does not know."""
    named = headers.text(mapping.agent_header) if mapping.agent_header else ""
    if named in mapping.agents.values() or AGENT_ID.fullmatch(named):
        return named
    return next((mapping.agents[one] for one in headers.addresses("sender", "from") if one in mapping.agents), "")


def _short(text: bytes) -> str:
    """Ids of mails name hosts and sometimes people, so they are hashed."""
    return sha256(text).hexdigest()[:32]
