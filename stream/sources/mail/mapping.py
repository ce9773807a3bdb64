"""The mapping of the source `email`: which addresses are ours, and whose.

version: 1
origin: acme                                  # part of every id, where two mail systems are connected
domains: [acme.example]                       # whoever writes from here is one of us
queues: { billing@acme.example: billing }     # the shared mailboxes, each with its queue
agents: { a1: [a1@acme.example] }             # one person: the addresses of them
agent_header: X-Agent                         # a header in which the desk's software names the person
customers: true                               # a keyed pseudonym of the customer
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stream.config.yaml import Section, version
from stream.sources.vendor.mapping import read_vendor

ORIGIN: Final = "email"
IMAP: Final = "imap"
"""Where a running mailbox is; read by `stream.sources.imap`, passed over where files are read."""
MORE: Final = ("domains", "agent_header", IMAP)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailMapping:
    """What the mapping says; addresses, domains and the header's name are lower case."""

    origin: str
    domains: frozenset[str]
    queues: dict[str, str]
    agents: dict[str, str]
    agent_header: str
    customers: bool

    def ours(self, address: str) -> bool:
        """Whether one of us has this address."""
        return address in self.queues or address in self.agents or address.rpartition("@")[2] in self.domains

    def our_list(self, list_id: str) -> bool:
        """Whether a List-Id (RFC 2919) is of a domain of ours, as a group's is that stands behind a shared mailbox."""
        name = list_id.rpartition("<")[2].partition(">")[0].strip().lower()
        domains = self.domains.union(one.rpartition("@")[2] for one in self.queues)
        return any(name.endswith(f".{domain}") for domain in domains)

    def queue(self, addresses: list[str]) -> str:
        """The queue of the first of these addresses that is a shared mailbox; "" where none is."""
        return next((self.queues[one] for one in addresses if one in self.queues), "")


def read_mapping(file: Section) -> EmailMapping:
    """Read the mapping."""
    version(file)
    common = read_vendor(file, ORIGIN, MORE)
    if not common.queues:
        raise file.error("queues is missing: name each shared mailbox and its queue, as in `queues: {help@acme.example: help}`")
    return EmailMapping(
        origin=common.origin,
        domains=frozenset(one.lower().lstrip("@") for one in file.words("domains")),
        queues={address.lower(): queue for address, queue in common.queues.items()},
        agents={address.lower(): person for address, person in common.agents.items()},
        agent_header=file.text("agent_header", "").lower(),
        customers=common.customers,
    )
