"""What mappings say of names, the same in every source: who and what is behind the names and ids of another system."""

from __future__ import annotations

import re
from typing import Final

from stream.config.yaml import Section

PART_OF_IDS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def part_of_ids(file: Section, key: str, default: str | None = None) -> str:
    """The name of the system or account under `key`, which is part of every id; refused where it could not be.

    Without a `default` it must be there.
    """
    name = file.text(key, default)
    if not PART_OF_IDS.fullmatch(name):
        raise file.error(f"{key} is part of every id: write up to 40 letters, digits, dots, - and _", key)
    return name


def texts(file: Section, key: str) -> dict[str, str]:
    """A section of texts; empty where the key is missing."""
    if key not in file:
        return {}
    section = file.section(key)
    return {item.text: section.text(item.text) for item in section.keys()}  # noqa: SIM118 - a section is no dict


def lists(file: Section, key: str) -> dict[str, tuple[str, ...]]:
    """A section of lists of words; empty where the key is missing."""
    if key not in file:
        return {}
    section = file.section(key)
    return {item.text: section.words(item.text) for item in section.keys()}  # noqa: SIM118 - a section is no dict


def choices(file: Section | None, key: str, options: tuple[str, ...]) -> dict[str, str]:
    """A section whose values are of `options`; empty where there is no mapping, or no such key. The names are folded to one case."""
    if file is None or key not in file:
        return {}
    section = file.section(key)
    return {item.text.casefold(): section.choice(item.text, options) for item in section.keys()}  # noqa: SIM118 - a section is no dict


def people(file: Section) -> dict[str, str]:
    """Under `agents`: each of the other system's names and ids of a person, with the one person that it stands for."""
    if "agents" not in file:
        return {}
    section = file.section("agents")
    found: dict[str, str] = {}
    for person in section.keys():  # noqa: SIM118 - a section is no dict
        for item in section.items(person.text):
            if found.get(item.text, person.text) != person.text:
                raise item.error(f"{item.text} is {found[item.text]} already: name it under one person only")
            found[item.text] = person.text
    return found
