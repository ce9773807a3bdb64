"""The intakes that `answerable listen` runs beside logs.

A log that grows is followed by `stream.intake.follow`, whatever source wrote it. Every other system (a manager interface, mailboxes,
tables, topics, webhooks) has an intake of its own: a module here with one function and one line in `INTAKES`, a pure translator in
`stream/sources`, and a mapping file that says where the system is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stream.intake import ami, database, event_socket, imap, topics
from stream.intake.run import Starting
from stream.intake.webhooks import gateway
from stream.sources import asterisk_ami, callcenter
from stream.sources.database import NAME as DATABASE
from stream.sources.imap import HELP as IMAP_HELP
from stream.sources.imap import NAME as IMAP
from stream.sources.topic.translator import NAME as KAFKA


@dataclass(frozen=True, slots=True)
class Intake:
    """One registry entry.

    run: until stopped; raises DeclarationError, WrongUse, DataError, or PartMissing before it was ready once. state: how the name of the
    file ends that keeps how far it came.
    """

    help: str
    run: Callable[[Starting], None]
    state: str = "json"


INTAKES: Final[dict[str, Intake]] = {
    DATABASE: Intake(database.HELP, database.run),
    asterisk_ami.NAME: Intake(ami.HELP, ami.run),
    callcenter.NAME: Intake(event_socket.HELP, event_socket.run),
    KAFKA: Intake(topics.HELP, topics.run),
    IMAP: Intake(IMAP_HELP, imap.run, "sqlite"),
    gateway.NAME: Intake(gateway.HELP, gateway.run),
}
