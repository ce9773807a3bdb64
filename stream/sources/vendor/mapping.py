"""The mapping that all vendors' translators understand: who and what is behind the vendor's ids.

    version: 1
    origin: emea                 # part of every id, where two accounts of the vendor are connected
    queues: {"arn:...": billing} # the vendor's id or name of a queue: the name in centre.yaml
    agents: {a1: ["arn:..."]}    # one person: the vendor's ids of them
    customers: true              # a keyed pseudonym of each customer; nobody is named without it

All of it may be left out: a queue then has the vendor's name for it, a person the vendor's id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from stream.config.yaml import Section, version
from stream.sources.names import part_of_ids, people, texts

KEYS: Final = ("version", "origin", "queues", "agents", "customers")


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorMapping:
    """What the mapping says. queues, agents: the vendor's name or id -> ours.

    customers: whether the customer is named, for a pseudonym. names: whether a queue that is not mapped is called by its name, because all
    that tells of it has the name; else by its id.
    """

    origin: str
    queues: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    customers: bool = False
    names: bool = True

    def queue(self, *names: str) -> str:
        """Our name of a queue that has these names and ids, the best one first; "" where it has none."""
        known = next((self.queues[name] for name in names if name in self.queues), None)
        return known if known is not None else next((name for name in names if name), "")

    def agent(self, *names: str) -> str:
        """The person with these ids. The first one is an id that does not show who they are, and is taken where none is mapped."""
        known = next((self.agents[name] for name in names if name in self.agents), None)
        return known if known is not None else names[0]


def read_vendor(file: Section | None, origin: str, more: tuple[str, ...] = ()) -> VendorMapping:
    """Read the mapping; `origin` is what it is without one, `more` are keys that the caller reads."""
    if file is None:
        return VendorMapping(origin=origin)
    file.only(*KEYS, *more)
    version(file)
    return VendorMapping(
        origin=part_of_ids(file, "origin", origin),
        queues=texts(file, "queues"),
        agents=people(file),
        customers=file.flag("customers", default=False),
    )
