"""One folder that is followed: when it is looked at, what of it is new, how far it was read; it comes back by itself after an outage."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from stream.errors import PartMissing, SignInRefused
from stream.intake.imap_memory import Memory, Position
from stream.intake.imap_session import Mail, Session
from stream.intake.oauth import Tokens
from stream.intake.outlet import RETRY
from stream.sources.email import Place
from stream.sources.imap import ImapMapping, Mailbox

REFUSED: Final = 300.0
"""How long (s) is waited after a refused sign-in: whoever tries more often locks the account."""
DAMAGED: Final = 3
"""Times that the server has to fail at one mail, after it gave others, until that is taken for unreadable."""


class Folder:
    """One folder of a mailbox, with a connection of its own while it is there."""

    def __init__(self, mapping: ImapMapping, mailbox: Mailbox, name: str | None, secret: str | Tokens, *, ours: bool) -> None:
        """`name`: None for the one that the server marks as holding what was sent. `ours`: whether what we sent lies there."""
        self.mailbox = mailbox
        self._mapping = mapping
        self._name = name
        self._secret = secret
        self._ours = ours
        self._session: Session | None = None
        self._position = Position()
        self._place = ""
        self._due = 0.0
        self._failures = 0
        self._said = ""
        self._ahead: int | None = None
        self._careful = False
        self._failed: Counter[int] = Counter()
        self._blamed: Counter[int] = Counter()

    @property
    def session(self) -> Session | None:
        """The connection; None during an outage."""
        return self._session

    @property
    def due(self) -> float:
        """When (monotonic) it is to be looked at."""
        return self._due

    def wake(self) -> None:
        """It is to be looked at now."""
        self._due = 0.0

    def close(self) -> None:
        """Hang up; the next look connects, and goes on where the memory is."""
        if self._session is not None:
            self._session.close()
        self._session = None
        self._due = 0.0

    def look(self, memory: Memory, say: Callable[[str], None]) -> list[int]:
        """The UIDs that are new, in their order. Connects where that is needed. Raises PartMissing."""
        if self._session is not None:
            # It has lived from one look to the next: whatever comes now is another outage.
            self._failures, self._said = 0, ""
        session = self._session or self._connect(memory)
        session.ended()
        opened = session.open(self._name or "")
        self._due = time.monotonic() + self._mapping.poll / 1000
        position = self._position
        if opened.validity != position.validity:
            if position.validity:
                say(f"The mail server has numbered the mails of {self.mailbox.name} anew: they are read again, and nothing counts twice.")
            self._position = position = Position(validity=opened.validity)
        if position.uid:
            self._ahead = None
            return [] if opened.following is not None and opened.following <= position.uid + 1 else session.after(position.uid)
        # Mails that are too old for the first look stay unread, also where somebody moves one of them later.
        self._ahead = None if opened.following is None else opened.following - 1
        return session.since(datetime.now(UTC) - timedelta(milliseconds=self._mapping.since))

    def arrivals(self, uids: Sequence[int]) -> dict[int, int]:
        """When these mails came (ms), as far as the server says. Raises PartMissing."""
        return {} if self._session is None else self._session.arrivals(uids)

    def mails(self, uids: Sequence[int]) -> Iterator[tuple[int, Mail, Place]]:
        """The mails, each with its UID and what its place says of it. Raises PartMissing.

        Servers fail, or hang up, at a mail that is damaged. So after a failure mails are asked for one by one, and one at which the
        server fails again and again while it gives others is an empty one.
        """
        if self._session is None:
            return
        damaged = {uid for uid in uids if self._blamed[uid] >= DAMAGED}
        # Whoever failed is asked for last, so that it is known whether the server gives others.
        wanted = sorted(set(uids) - damaged, key=lambda uid: (self._failed[uid], uid))
        given = False
        for part in [[uid] for uid in wanted] if self._careful else [wanted]:
            try:
                found = self._session.mails(part, self._mapping.fields()) if part else {}
            except PartMissing:
                self._failed.update(part)
                self._blamed.update(part if given else ())
                self._careful = True
                raise
            given = True
            for uid in part:
                if (mail := found.get(uid)) is not None:
                    yield uid, mail, Place(queue=self.mailbox.queue, ours=self._ours, arrived=mail.arrived)
        for uid in sorted(damaged):
            yield uid, Mail(b"", None), Place(queue=self.mailbox.queue, ours=self._ours)
        self._careful = False
        self._failed.clear()
        self._blamed.clear()

    def at(self, uid: int | None) -> dict[str, Position]:
        """How far it is read once this UID is, to be kept; without one: once all that the last look gave are."""
        if self._session is None:
            return {}
        if uid is None:
            if self._ahead is None:
                return {}
            uid, self._ahead = self._ahead, None
        self._position = Position(self._position.validity, max(uid, self._position.uid))
        return {self._place: self._position}

    def lost(self, missing: PartMissing, say: Callable[[str], None]) -> None:
        """There is an outage: tell it once, and try again later."""
        self.close()
        patience = REFUSED if isinstance(missing, SignInRefused) else RETRY[min(self._failures, len(RETRY) - 1)]
        self._due = time.monotonic() + patience
        self._failures += 1
        if str(missing) != self._said:
            self._said = str(missing)
            say(f"{missing} Trying again; nothing is lost.")

    def _connect(self, memory: Memory) -> Session:
        session = Session(self._mapping.server, self.mailbox, self._secret)
        try:
            if self._name is None:
                self._name = session.sent_folder()
            self._place = place(self._mapping.server.address, self.mailbox.username, self._name)
            self._position = memory.position(self._place)
        except BaseException:
            session.close()
            raise
        self._session = session
        return session


def place(*names: str) -> str:
    """What a folder is called in the memory: it names no person."""
    return sha256("\0".join(names).encode()).hexdigest()[:32]
