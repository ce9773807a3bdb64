"""What the centre's file says is kept, and for how long.

`kept`: which measures, windows and kinds of scopes; left out, all of them are. `retention`: how long state in which customers are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Final

from stream.config.quantities import write_duration
from stream.config.yaml import Section, suggestion
from stream.core.centre import Retention
from stream.core.measures import BY_NAME
from stream.core.wanted import SCOPES, Kept
from stream.core.windows import NAMES

KEYS: Final = ("measures", "also", "windows", "scopes")
DAY: Final = 86_400_000
RETAINED: Final = tuple(one.name for one in fields(Retention))
"""The keys of `retention`."""


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
        also=_also(section),
        dimensions=None if scopes is None else frozenset(SCOPES[name] for name in scopes),
    )


def _also(section: Section) -> tuple[str, ...]:
    """Measures besides those that are kept anyway."""
    found = _chosen(section, "also", BY_NAME) or ()
    if "measures" not in section:
        for item in section.items("also"):
            if not BY_NAME[item.text].asked:
                asked = ", ".join(measure.name for measure in BY_NAME.values() if measure.asked)
                raise item.error(f"{item.text} is kept anyway: leave it out of also, which is for {asked}")
    return found


def retention(file: Section, fcr_window: int) -> Retention:
    """Read the section; DeclarationError names what is shorter than the figures need. `fcr_window`: as of `Centre` (ms)."""
    defaults = Retention()
    if "retention" not in file:
        return defaults
    section = file.section("retention")
    section.only(*RETAINED)
    found = {name: section.duration(name, getattr(defaults, name)) for name in RETAINED}
    least = dict.fromkeys(RETAINED, DAY) | {"customers": fcr_window + DAY, "unresolved": found["issues"]}
    why = {"customers": "fcr_window and a day, or first contacts could not be judged", "unresolved": "issues"}
    for name, shortest in least.items():
        if found[name] < shortest:
            needed = f", no less than {why[name]}" if name in why else ""
            problem = f"{name} cannot be {write_duration(found[name])}: write {write_duration(shortest)} or more{needed}"
            raise section.error(problem, name)
    return Retention(**found)


def _chosen(section: Section, key: str, known: Collection[str]) -> tuple[str, ...] | None:
    """The words of a list; None where it is left out."""
    if key not in section:
        return None
    for item in section.items(key):
        if item.text not in known:
            raise item.error(f"{key} cannot hold {item.text}: {suggestion(item.text, known)}")
    return section.words(key)
