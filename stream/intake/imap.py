"""A running intake of mailboxes: looks at their folders, publishes what new mails tell, and saves how far it came.

One thread looks at one folder after the other, each over a connection of its own; between two looks the server says what is new (IDLE).
An outage of one mailbox holds up no other. Mails are taken in small steps, of each folder in the order of their numbers. A step first
saves to which conversations its mails belong, then publishes, then saves that Kafka has it: see `stream.intake.imap_memory`.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stream.config.secrets import read_secret
from stream.core.events import Event, order
from stream.errors import PartMissing, WrongUse, with_extra
from stream.intake.customers import refuse_without_key
from stream.intake.imap_memory import Memory
from stream.intake.oauth import Tokens
from stream.intake.outlet import Outlet, SourceFigures, through_outages
from stream.intake.publish import Sending
from stream.intake.run import Run, Starting
from stream.sources.imap import EVENTS_OF, REFRESH, ImapMapping, Mailbox, read, read_imap
from stream.sources.mail.conversations import Conversations
from stream.sources.records import Rejected, Unknown

if TYPE_CHECKING:
    from stream.intake.imap_folder import Folder
    from stream.intake.imap_session import Session

AT_ONCE: Final = 200
"""Mails of a step."""
POLL: Final = 0.25
"""How often (s) it is asked whether to stop."""
DAY: Final = 86_400.0


def run(starting: Starting) -> None:
    """Listen until stopped. Raises DeclarationError, WrongUse, DataError, or PartMissing before it was ready once."""
    mapping = read_imap(starting.declared)
    refuse_without_key(starting.run.settings.pseudonym_key, personal=mapping.email.customers)
    if mapping.server.tls_ca is not None and not Path(mapping.server.tls_ca).is_file():
        raise WrongUse(f"{mapping.server.tls_ca} is no file that can be read: tls_ca names the certificates that are trusted.")
    listening = _Listening(mapping, starting.run)
    through_outages(listening.connect, starting.run.figures, starting.run.stopped, starting.run.ready, starting.run.say)


@dataclass(slots=True)
class _Step:
    """Mails of one step. outcomes: what each of a folder's mails is, with its UID. last: the highest UID asked for, by folder."""

    outcomes: list[tuple[Folder, int, Event | Rejected | Unknown]] = field(default_factory=list)
    last: dict[Folder, int] = field(default_factory=dict)


class _Listening:
    """All folders of all mailboxes, through outages of Kafka."""

    def __init__(self, mapping: ImapMapping, run: Run) -> None:
        self._mapping = mapping
        self._run = run
        self._folders = _folders(mapping, run.say)
        self._figures = {one.name: SourceFigures(f"{run.figures.source}/{one.name}") for one in mapping.mailboxes}
        for figures in self._figures.values():
            run.show(figures)
        self._ready = False
        self._forgot: float | None = None

    def connect(self, connected: Callable[[], None]) -> None:
        """With one connection to Kafka; `connected` is called once all mailboxes are there, the first time."""
        run = self._run
        with ExitStack() as open_:
            open_.callback(self._close)
            sending = open_.enter_context(closing(Sending(run.settings, EVENTS_OF)))
            memory = open_.enter_context(closing(Memory(run.state, self._mapping.email.origin)))
            outlets = {name: Outlet(sending, figures, run.settings) for name, figures in self._figures.items()}
            # At the very first start a mailbox that is not there is likely to be a mistake; later it is waited for.
            found = self._look(memory, strict=not self._ready and memory.empty())
            run.figures.connected = self._ready = True
            connected()
            while not run.stopped():
                self._take(found, memory, outlets)
                self._wait()
                found = self._look(memory)

    def _close(self) -> None:
        for folder in self._folders:
            folder.close()
        for figures in self._figures.values():
            figures.connected = False

    def _look(self, memory: Memory, *, strict: bool = False) -> list[tuple[Folder, list[int]]]:
        """What is new in the folders that are to be looked at. strict: raise PartMissing where one cannot be."""
        self._forget(memory)
        found: list[tuple[Folder, list[int]]] = []
        for folder in self._folders:
            if folder.due <= time.monotonic() and not self._run.stopped():
                try:
                    found.append((folder, folder.look(memory, self._run.say)))
                except PartMissing as missing:
                    if strict:
                        raise
                    folder.lost(missing, self._run.say)
        self._show()
        return found

    def _take(self, found: list[tuple[Folder, list[int]]], memory: Memory, outlets: dict[str, Outlet]) -> None:
        """Publish what is new, in small steps, of all folders together by when the mails came."""
        left = sum(len(uids) for _, uids in found)
        several = left > AT_ONCE and sum(1 for _, uids in found if uids) > 1
        backlog: Counter[str] = Counter()
        for folder, uids in found:
            backlog[folder.mailbox.name] += len(uids)
        self._left(backlog)
        sorted_ = iter(heapq.merge(*(self._dated(number, *one, several=several) for number, one in enumerate(found))))
        while not self._run.stopped() and (some := list(islice(sorted_, AT_ONCE))):
            asked: dict[Folder, list[int]] = {}
            for _, number, uid in some:
                folder = found[number][0]
                asked.setdefault(folder, []).append(uid)
                backlog[folder.mailbox.name] -= 1
            self._tell(self._read(asked), memory, outlets)
            self._left(backlog)
        if not self._run.stopped():
            positions = {place: one for folder, _ in found for place, one in folder.at(None).items()}
            if positions:
                memory.settle(Conversations("").known, (), (), positions, _now())

    def _dated(self, number: int, folder: Folder, uids: list[int], *, several: bool) -> list[tuple[int, int, int]]:
        """Mails with when they came, as far as that matters; never before the one before them in their folder."""
        arrivals: dict[int, int] = {}
        if several:
            self._tried(folder, lambda: arrivals.update(folder.arrivals(uids)))
        out, latest = [], 0
        for uid in uids:
            latest = max(latest, arrivals.get(uid, 0))
            out.append((latest, number, uid))
        return out

    def _read(self, asked: dict[Folder, list[int]]) -> _Step:
        step = _Step()
        for folder, uids in asked.items():

            def take(folder: Folder = folder, uids: list[int] = uids) -> None:
                outcomes = [(folder, uid, read(mail.header, self._mapping.email, place)) for uid, mail, place in folder.mails(uids)]
                if folder.session is not None:
                    step.outcomes += outcomes
                    step.last[folder] = uids[-1]

            self._tried(folder, take)
        return step

    def _tell(self, step: _Step, memory: Memory, outlets: dict[str, Outlet]) -> None:
        """Decide, save, publish, save. Raises BrokerMissing or PartMissing; what is saved by then holds."""
        carriers = {one.id: one for _, _, one in reversed(step.outcomes) if isinstance(one, Event)}
        fresh = memory.unread(list(carriers))
        mails = sorted((one for key, one in carriers.items() if key in fresh), key=order)
        conversations = Conversations(self._mapping.email.origin, memory.known(mails))
        told = list(conversations.tell(mails))
        memory.decide(conversations.known, _now())
        self._publish(step, told, outlets)
        positions = {place: one for folder, uid in step.last.items() for place, one in folder.at(uid).items()}
        memory.settle(conversations.known, (one.data["message_id"] for one in told), fresh, positions, _now())

    def _publish(self, step: _Step, told: Iterable[Event], outlets: dict[str, Outlet]) -> None:
        """Each message by the mailbox in which its mail lies; an answer that waited, by the one that its question came to."""
        made: dict[str, list[Event | Rejected | Unknown]] = {}
        owner = ""
        mine = {one.id: folder.mailbox.name for folder, _, one in step.outcomes if isinstance(one, Event)}
        for event in told:
            owner = mine.get(event.data["message_id"], owner)
            made.setdefault(owner, []).append(event)
        for folder, uid, one in step.outcomes:
            name = folder.mailbox.name
            found: list[Event | Rejected | Unknown] = made.pop(name, [])
            if isinstance(one, Rejected):
                found.append(Rejected(one.reason, f"{one.detail} (mailbox {name})", b"", 0))
            elif isinstance(one, Unknown):
                found.append(one)
            # Nothing of the mail itself, not even on request: its UID says where it lies.
            outlets[name].take(found, b"", uid)
        for outlet in outlets.values():
            outlet.flush()

    def _wait(self) -> None:
        """Until a folder is to be looked at, or a server says that there is news."""
        from stream.intake.imap_session import waited  # noqa: PLC0415 - an extra that not everybody installs

        for folder in self._folders:
            if (session := folder.session) is not None:
                self._tried(folder, partial(_idle, folder, session))
        while not self._run.stopped() and (left := min(one.due for one in self._folders) - time.monotonic()) > 0:
            idling = {one.session: one for one in self._folders if one.session is not None and one.session.idling}
            for session in waited(idling, min(left, POLL), time.sleep):
                self._tried(idling[session], partial(_hear, idling[session], session))

    def _tried(self, folder: Folder, what: Callable[[], object]) -> None:
        """Do it; where the server is away, the folder comes back later."""
        try:
            what()
        except PartMissing as missing:
            folder.lost(missing, self._run.say)
            self._show()

    def _left(self, backlog: Counter[str]) -> None:
        for name, figures in self._figures.items():
            figures.backlog = backlog[name]

    def _show(self) -> None:
        for name, figures in self._figures.items():
            figures.connected = all(one.session is not None for one in self._folders if one.mailbox.name == name)

    def _forget(self, memory: Memory) -> None:
        now = time.monotonic()
        if self._forgot is None or now - self._forgot > DAY:
            self._forgot = now
            memory.forget(_now())


def _idle(folder: Folder, session: Session) -> None:
    if session.idle():
        folder.wake()


def _hear(folder: Folder, session: Session) -> None:
    if session.news():
        folder.wake()


def _folders(mapping: ImapMapping, say: Callable[[str], None]) -> list[Folder]:
    """All folders, with what opens them. Raises WrongUse where a secret is not there, PartMissing where the extra is not installed."""
    try:
        from stream.intake.imap_folder import Folder as Found  # noqa: PLC0415 - an extra that not everybody installs
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] != "imapclient":
            raise
        raise PartMissing(f"The source imap needs IMAPClient: {with_extra('imap')}.") from None
    found: list[Folder] = []
    for mailbox, secret in zip(mapping.mailboxes, secrets_of(mapping, say), strict=True):
        sent: tuple[str | None, ...] = (None,) if mailbox.sent is None else mailbox.sent
        found += [Found(mapping, mailbox, name, secret, ours=False) for name in mailbox.inbox]
        found += [Found(mapping, mailbox, name, secret, ours=True) for name in sent]
    return found


def secrets_of(mapping: ImapMapping, say: Callable[[str], None]) -> list[str | Tokens]:
    """What opens each mailbox: its password, or tokens, which mailboxes without a refresh token of their own share.

    Raises DeclarationError or WrongUse where a secret is not there.
    """
    found: list[str | Tokens] = []
    shared: Tokens | None = None
    for mailbox in mapping.mailboxes:
        secret = _secret(mapping, mailbox, shared, say)
        if isinstance(secret, Tokens) and not _own(mailbox):
            shared = secret
        found.append(secret)
    return found


def _secret(mapping: ImapMapping, mailbox: Mailbox, shared: Tokens | None, say: Callable[[str], None]) -> str | Tokens:
    oauth = mapping.oauth
    if oauth is None:
        secret = read_secret(mailbox.section, "password")
        if not secret.isprintable():
            raise WrongUse(f"The password of {mailbox.name} has a sign that cannot be written on one line: take another one.")
        return secret
    own = _own(mailbox)
    if own and oauth.grant != REFRESH:
        raise mailbox.section.error(f"{mailbox.name} has a refresh token, but the grant of oauth is {oauth.grant}: leave it out")
    if shared is not None and not own:
        return shared
    return Tokens(oauth, mailbox.section if own else oauth.section, say)


def _own(mailbox: Mailbox) -> bool:
    return "refresh_token_env" in mailbox.section or "refresh_token_file" in mailbox.section


def _now() -> int:
    return int(time.time() * 1000)
