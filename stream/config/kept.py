"""The section `kept` of the centre's file: which measures, windows and kinds of scopes are kept. Left out, all of them are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from stream.config.yaml import Section, suggestion
from stream.core.measures import BY_NAME
from stream.core.wanted import SCOPES, Kept
from stream.core.windows import NAMES

KEYS: Final = ("measures", "windows", "scopes")


def kept(file: Section) -> Kept:
    """Read the section; DeclarationError names what is not known."""
    everything = Kept()
    if "kept" not in file:
        return everything
    section = file.section("kept")
    section.only(*KEYS)
    windows = _chosen(section, "windows", NAMES)
    scopes = _chosen(section, "scopes", SCOPES)
    return Kept(
        measures=_chosen(section, "measures", BY_NAME),
        windows=everything.windows if windows is None else frozenset(windows),
        dimensions=None if scopes is None else frozenset(SCOPES[name] for name in scopes),
    )


def _chosen(section: Section, key: str, known: Collection[str]) -> tuple[str, ...] | None:
    """The words of a list; None where it is left out."""
    if key not in section:
        return None
    for item in section.items(key):
        if item.text not in known:
            raise item.error(f"{key} cannot hold {item.text}: {suggestion(item.text, known)}")
    return section.words(key)
