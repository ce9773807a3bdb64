"""The mapping that all vendors' translators understand: who and what is behind the vendor's ids.

    version: 1
    origin: emea                 # part of every id, where two accounts of the vendor are connected
    queues: {"arn:...": billing} # the vendor's id or name of a queue: the name in centre.yaml
    agents: {a1: ["arn:..."]}    # one person: the vendor's ids of them

All of it may be left out: a queue then has the vendor's name for it, a person the vendor's id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from stream.config.yaml import Section, version

KEYS: Final = ("version", "origin", "queues", "agents")
ORIGIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorMapping:
    """What the mapping says. queues, agents: the vendor's name or id -> ours.

    names: whether a queue that is not mapped is called by its name, because all that tells of it has the name; else by its id.
    """

    origin: str
    queues: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
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
    named = file.text("origin", origin)
    if not ORIGIN.fullmatch(named):
        raise file.error("origin is part of every id: write up to 40 letters, digits, dots, - and _", "origin")
    queues: dict[str, str] = {}
    if "queues" in file:
        section = file.section("queues")
        queues = {item.text: section.text(item.text) for item in section.keys()}  # noqa: SIM118 - a section is no dict
    return VendorMapping(origin=named, queues=queues, agents=_agents(file))


def _agents(file: Section) -> dict[str, str]:
    found: dict[str, str] = {}
    if "agents" in file:
        section = file.section("agents")
        for person in section.keys():  # noqa: SIM118 - a section is no dict
            for item in section.items(person.text):
                if found.get(item.text, person.text) != person.text:
                    raise item.error(f"{item.text} is {found[item.text]} already: name it under one person only")
                found[item.text] = person.text
    return found
