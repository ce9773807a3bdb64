"""Reads deploy/centre.yaml: who we are, when we are open, and where contacts wait.

    version: 1
    name: Sample centre
    time_zone: Europe/Berlin
    short_abandon: 5s
    lateness: 1m
    ring_cadence: 6s
    hours:
      office: {mon-fri: "08:00-12:00, 13:00-18:00", sat: "09:00-13:00"}     # all that hours can say: stream/config/hours.py
    queues:
      billing: {channels: [call, chat, email], hours: office}
    kept:                                 # what is left out of it: everything
      measures: [offered, answered, service_level, waiting]
      windows: [30m]
      scopes: [queue and channel]

Hours called `always` need no declaration. Without queues the centre is an open one, which takes every queue as it comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.config.hours import ALWAYS, QUEUES_OWN, check_name, opening_hours
from stream.config.kept import kept
from stream.config.yaml import Section, load, suggestion, version
from stream.config.zones import time_zone
from stream.core.centre import OTHER, Centre, Queue
from stream.core.events import CHANNELS
from stream.core.schedule import Schedule

if TYPE_CHECKING:
    from pathlib import Path

MOST_LATENESS: Final = 3_600_000
MOST_SHORT: Final = 600_000
MOST_RING: Final = 60_000
MOST_FCR: Final = 28 * 86_400_000

__all__ = ["ALWAYS", "QUEUES_OWN", "centre", "read_centre"]


def read_centre(path: Path) -> Centre:
    """Read the centre's file; DeclarationError names the line that is refused and what to write instead."""
    return centre(load(path))


def centre(file: Section) -> Centre:
    """Make the centre of its parsed file."""
    file.only("version", "name", "time_zone", "short_abandon", "lateness", "ring_cadence", "fcr_window", "hours", "queues", "kept")
    version(file)
    zone = time_zone(file, "time_zone")
    hours = opening_hours(file, zone)
    defaults = Centre()
    return Centre(
        name=file.text("name", defaults.name),
        zone=zone,
        queues=_queues(file, hours),
        hours=hours,
        short_abandon=_within(file, "short_abandon", defaults.short_abandon, 0, MOST_SHORT),
        lateness=_within(file, "lateness", defaults.lateness, 0, MOST_LATENESS),
        ring_cadence=_within(file, "ring_cadence", defaults.ring_cadence, 1_000, MOST_RING),
        fcr_window=_within(file, "fcr_window", defaults.fcr_window, 3_600_000, MOST_FCR),
        kept=kept(file),
    )


def _within(file: Section, key: str, default: int, least: int, most: int) -> int:
    found = file.duration(key, default)
    if not least <= found <= most:
        raise file.error(f"{key} cannot be {file.text(key)}: write a time from {least // 1000}s to {most // 1000}s", key)
    return found


def _queues(file: Section, hours: dict[str, Schedule]) -> dict[str, Queue]:
    if "queues" not in file:
        return {}
    found: dict[str, Queue] = {}
    queues = file.section("queues")
    for item in queues.keys():  # noqa: SIM118 - a section is no dict: its keys carry their lines
        check_name(item, "a queue")
        if item.text == OTHER:
            raise item.error(f"a queue cannot be called {OTHER}: that is where unknown queues count, choose another name")
        queue = queues.section(item.text)
        queue.only("channels", "hours")
        if not queue.items("channels"):
            raise queue.error(f"the queue {item.text} needs channels: write some of {', '.join(CHANNELS)}, for example channels: [call]")
        for channel in queue.items("channels"):
            if channel.text not in CHANNELS:
                raise channel.error(f"channels cannot hold {channel.text}: {suggestion(channel.text, CHANNELS)}")
        name = queue.choice("hours", (ALWAYS, *hours), ALWAYS)
        found[item.text] = Queue(item.text, queue.words("channels"), name)
    if not found:
        raise file.error("queues is empty: name at least one queue, or leave the key out to take every queue as it comes", "queues")
    return found
