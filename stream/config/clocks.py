"""The section `clocks` of the centre's file: promises that run between two named moments of an issue.

    clocks:
      parcel: {from: order_placed, to: parcel_delivered, within: 3d}
      answer: {from: issue.opened, to: issue.resolved, within: 4h, hours: office}

A moment is the name of a milestone (milestone.reached) or a type of issues' events.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from stream.config.yaml import Section
from stream.core.centre import ALWAYS, NamedClock
from stream.core.events import ISSUE_EVENTS

LONGEST_NAME: Final = 60
MOST_CLOCKS: Final = 50


def clocks(file: Section, hours: Collection[str]) -> dict[str, NamedClock]:
    """Read the section. `hours`: names of opening hours that are declared."""
    if "clocks" not in file:
        return {}
    found: dict[str, NamedClock] = {}
    section = file.section("clocks")
    for item in section.keys():  # noqa: SIM118 - a section is no dict: its keys carry their lines
        name = item.text
        if not name or len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
            raise item.error(f"a clock needs a name of 1 to {LONGEST_NAME} printable signs without blanks around it")
        clock = section.section(name)
        clock.only("from", "to", "within", "hours")
        begins, ends = _moment(clock, "from"), _moment(clock, "to")
        if begins == ends:
            raise clock.error(f"the clock {name} begins and ends with {begins}: name two moments", "to")
        within = clock.duration("within")
        if within <= 0:
            raise clock.error("within cannot be 0: write how long it may take, for example 3d", "within")
        found[name] = NamedClock(begins, ends, within, clock.choice("hours", (ALWAYS, *hours), ALWAYS))
    if len(found) > MOST_CLOCKS:
        raise file.error(f"there are {len(found)} clocks: declare at most {MOST_CLOCKS}", "clocks")
    return found


def _moment(clock: Section, key: str) -> str:
    name = clock.text(key)
    if "." in name and name not in ISSUE_EVENTS:
        raise clock.error(f"{name} is no event of an issue: write a milestone's name, or one of {', '.join(ISSUE_EVENTS)}", key)
    return name
