"""The mapping of an event socket: where it is, who logs in, and who is who.

version: 1
address: 127.0.0.1:8021
password_env: ESL_PASSWORD          # or password_file
user: answerable@default            # where the switch has users of the event socket (userauth)
trusted_network: false              # true: another machine, over a network in which nobody reads along
reconcile: 60s                      # how often all queues, members and agents are asked for
origin: berlin                      # as in the mapping of a file of events: part of every id
queues: {"support@default": help}   # as there
agents: {a1: ["1000@pbx"]}
customers: false
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stream.config.yaml import Section
from stream.sources.addresses import Address, read_address
from stream.sources.vendor.mapping import VendorMapping, read_vendor

KEYS: Final = ("address", "password_env", "password_file", "user", "trusted_network", "reconcile")
ORIGIN: Final = "freeswitch"
SHORTEST: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketMapping:
    """What the mapping says. user: empty where the password is the switch's own; every: ms between two looks at all queues."""

    address: Address
    user: str
    every: int
    names: VendorMapping


def read_mapping(file: Section) -> SocketMapping:
    """Read it, refusing what cannot be meant. The password is read by the intake."""
    names = read_vendor(file, ORIGIN, KEYS)
    address = read_address(file, "127.0.0.1:8021")
    if not address.local and not file.flag("trusted_network", default=False):
        raise file.error(
            "the event socket has no encryption, so the password would go over the network for all to read: "
            "forward its port to this machine (ssh -L), or write trusted_network: true where nobody else is on it",
            "address",
        )
    user = file.text("user", "")
    if not user.isprintable() or ":" in user:
        raise file.error("user cannot hold a colon or a line's end: write its name@domain", "user")
    every = file.duration("reconcile", 60_000)
    if every < SHORTEST:
        raise file.error("reconcile cannot be below 5s: each look at all queues costs the switch work", "reconcile")
    return SocketMapping(address=address, user=user, every=every, names=names)
