"""The mapping of a manager interface: where it is, who logs in, what it tells, and who is who.

version: 1
address: 127.0.0.1:5038
username: answerable
secret_env: AMI_SECRET              # or secret_file
auth: md5                           # or plain, over TLS or on this machine only
tls: false                          # true: manager.conf has tlsenable (port 5039); tls_ca: a file with its CA
tell: [agents, waiting]             # calls besides, where no queue_log tells them
reconcile: 60s                      # how often all queues are asked for
pbx: berlin                         # as in the queue_log's mapping: part of every id
queues: {"9000": billing}           # as there
agents: {a1: [PJSIP/201, front desk]}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stream.config.yaml import Section, version
from stream.sources.addresses import Address, read_address
from stream.sources.names import people, texts
from stream.sources.queue_log.mapping import QueueLogMapping, pbx_of

KEYS: Final = (
    *("version", "address", "username", "secret_env", "secret_file", "auth", "tls", "tls_ca"),
    *("tell", "reconcile", "pbx", "queues", "agents"),
)
TELL: Final = ("agents", "calls", "waiting")
SHORTEST: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiMapping:
    """What the mapping says. log: what it shares with that of a queue_log; every: ms between two looks at all queues."""

    address: Address
    username: str
    plain: bool
    tls: bool
    tls_ca: str | None
    tell: frozenset[str]
    every: int
    log: QueueLogMapping


def read_mapping(file: Section) -> AmiMapping:
    """Read it, refusing what cannot be meant. The secret is read by the intake."""
    file.only(*KEYS)
    version(file)
    address = read_address(file, "127.0.0.1:5038")
    username = file.item("username")
    if not username.text.isprintable():
        raise username.error("username has a sign that cannot be written on one line: write the name of manager.conf")
    plain = file.choice("auth", ("md5", "plain"), "md5") == "plain"
    tls = file.flag("tls", default=False)
    if plain and not tls and not address.local:
        raise file.error("auth: plain would send the secret over the network for all to read: write md5, or tls: true", "auth")
    if "tls_ca" in file and not tls:
        raise file.error("tls_ca says whom to trust over TLS: write tls: true as well, or leave it out", "tls_ca")
    every = file.duration("reconcile", 60_000)
    if every < SHORTEST:
        raise file.error("reconcile cannot be below 5s: each look at all queues costs the PBX work", "reconcile")
    tell = file.words("tell", ("agents", "waiting"))
    for word in file.items("tell"):
        if word.text not in TELL:
            raise word.error(f"tell cannot hold {word.text}: choose from {', '.join(TELL)}")
    return AmiMapping(
        address=address,
        username=username.text,
        plain=plain,
        tls=tls,
        tls_ca=file.text("tls_ca") if "tls_ca" in file else None,
        tell=frozenset(tell),
        every=every,
        log=QueueLogMapping(pbx=pbx_of(file), queues=texts(file, "queues"), agents=people(file), presence=False),
    )
