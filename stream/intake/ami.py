"""A running intake of Asterisk's manager interface; what is done with what it says: `stream.intake.hearing`."""

from __future__ import annotations

from typing import Final

from stream.config.secrets import read_secret
from stream.errors import WrongUse
from stream.intake.ami_connection import Connection
from stream.intake.hearing import System, hear
from stream.intake.run import Starting
from stream.sources.asterisk_ami.mapping import read_mapping
from stream.sources.asterisk_ami.translator import Translator

HELP: Final = "Asterisk's manager interface: members of queues, and who waits"
UNSTAMPED: Final = "Asterisk's messages bear no time: write timestampevents = yes into manager.conf, so that none is the arrival's."


def run(starting: Starting) -> None:
    """Listen until stopped. See `Intake` for what it raises."""
    mapping = read_mapping(starting.declared)
    secret = read_secret(starting.declared, "secret")
    if not secret.isprintable():
        raise WrongUse(f"The secret of {mapping.username} has a sign that cannot be written on one line: take another one.")

    def remark(translator: Translator) -> str:
        return UNSTAMPED if translator.unstamped else ""

    hear(
        System(
            what=f"Asterisk at {mapping.address}",
            kind="PBX",
            name=mapping.log.pbx,
            connect=lambda stopped: Connection(mapping, secret, stopped),
            teller=lambda: Translator(mapping),
            remark=remark,
        ),
        starting,
    )
