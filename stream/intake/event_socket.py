"""A running intake of FreeSWITCH's event socket; what is done with what it says: `stream.intake.hearing`."""

from __future__ import annotations

from typing import Final

from stream.config.secrets import read_secret
from stream.errors import WrongUse
from stream.intake.customers import refuse_without_key
from stream.intake.event_socket_connection import Connection
from stream.intake.hearing import System, hear
from stream.intake.run import Starting
from stream.sources.callcenter.mapping import read_mapping
from stream.sources.callcenter.translator import Translator

HELP: Final = "FreeSWITCH's event socket: calls, members and agents of mod_callcenter"


def run(starting: Starting) -> None:
    """Listen until stopped. See `Intake` for what it raises."""
    mapping = read_mapping(starting.declared)
    password = read_secret(starting.declared, "password")
    if not password.isprintable():
        raise WrongUse(
            f"The password of the event socket at {mapping.address} has a sign that cannot be written on one line: take another one."
        )
    refuse_without_key(starting.run.settings.pseudonym_key, personal=mapping.names.customers)
    hear(
        System(
            what=f"FreeSWITCH at {mapping.address}",
            kind="switch",
            name=mapping.names.origin,
            connect=lambda stopped: Connection(mapping, password, stopped),
            teller=lambda: Translator(mapping),
        ),
        starting,
    )
