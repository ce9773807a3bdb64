"""Reads deploy/centre.yaml: who we are, when we are open, and where contacts wait.

    version: 1
    name: Sample centre
    time_zone: Europe/Berlin
    short_abandon: 5s
    lateness: 1m
    ring_cadence: 6s
    instant: 5s
    dropout_share: 10%
    hours:
      office: {mon-fri: "08:00-12:00, 13:00-18:00", sat: "09:00-13:00"}     # all that hours can say: stream/config/hours.py
    queues:
      billing: {channels: [call, chat, email], hours: office, team: north, tier: 1, skills: [french], confirm: {within: 2m}, ids: [q-17]}
    groups: [vip]
    topics: [refund]
    max_wait: 24h                         # whoever waits longer on a real-time channel counts as lost; off: nobody does
    agents: ...                           # see stream.config.people
    retention: {issues: 90d, unresolved: 400d, contacts: 3d, customers: 35d}   # of state in which customers are: stream.config.kept
    kept:                                 # what is left out of it: everything
      measures: [offered, answered, service_level, waiting]
      windows: [30m]
      scopes: [queue and channel]

Hours called `always` need no declaration. Without queues the centre is an open one, which takes every queue as it comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.config import people
from stream.config.clocks import clocks
from stream.config.hours import ALWAYS, QUEUES_OWN, check_name, opening_hours
from stream.config.kept import kept, retention
from stream.config.quantities import write_duration
from stream.config.yaml import Section, load, suggestion, version
from stream.config.zones import time_zone
from stream.core.centre import OTHER, Centre, Queue
from stream.core.events import CHANNELS
from stream.core.schedule import Schedule
from stream.core.scopes import CANARY

if TYPE_CHECKING:
    from pathlib import Path

MOST_LATENESS: Final = 3_600_000
MOST_SHORT: Final = 600_000
MOST_RING: Final = 60_000
MOST_INSTANT: Final = 600_000
MEASURED: Final = ("short_abandon", "lateness", "ring_cadence", "instant", "dropout_share", "fcr_window")
"""Keys that say how the centre is measured."""
LEAST_WAIT: Final = 60_000
MOST_WAIT: Final = 60 * 86_400_000
LEAST_CONFIRM: Final = 1_000
MOST_CONFIRM: Final = 86_400_000
KEYS: Final = ("version", "name", "time_zone", *MEASURED, "hours", "queues", "groups", "topics", "clocks", "max_wait", "retention", "kept")
MOST_FCR: Final = 28 * 86_400_000

__all__ = ["ALWAYS", "QUEUES_OWN", "centre", "read_centre"]


def read_centre(path: Path) -> Centre:
    """Read the centre's file; DeclarationError names the line that is refused and what to write instead."""
    return centre(load(path))


def centre(file: Section) -> Centre:
    """Make the centre of its parsed file."""
    file.only(*KEYS, *people.KEYS)
    version(file)
    zone = time_zone(file, "time_zone")
    hours = opening_hours(file, zone)
    defaults = Centre()
    fcr_window = _within(file, "fcr_window", defaults.fcr_window, 3_600_000, MOST_FCR)
    return Centre(
        name=file.text("name", defaults.name),
        zone=zone,
        queues=_queues(file, hours),
        hours=hours,
        short_abandon=_within(file, "short_abandon", defaults.short_abandon, 0, MOST_SHORT),
        lateness=_within(file, "lateness", defaults.lateness, 0, MOST_LATENESS),
        ring_cadence=_within(file, "ring_cadence", defaults.ring_cadence, 1_000, MOST_RING),
        max_wait=_max_wait(file, defaults.max_wait),
        people=people.people(file),
        groups=_named(file, "groups", "a group"),
        topics=_named(file, "topics", "a topic"),
        clocks=clocks(file, hours),
        instant=_within(file, "instant", defaults.instant, 0, MOST_INSTANT),
        dropout_share=_share(file, "dropout_share", defaults.dropout_share),
        fcr_window=fcr_window,
        kept=kept(file),
        retention=retention(file, fcr_window),
        **people.figures(file),
    )


def _named(file: Section, key: str, kind: str) -> tuple[str, ...]:
    for item in file.items(key):
        check_name(item, kind)
    return file.words(key)


def _max_wait(file: Section, default: int | None) -> int | None:
    """The longest wait that is believed; None where none is too long."""
    if "max_wait" in file and file.text("max_wait") == "off":
        return None
    found = file.duration("max_wait", default)
    if not LEAST_WAIT <= found <= MOST_WAIT:
        raise file.error("max_wait must be 1m to 60d: write what nobody waits in earnest, for example 24h, or off", "max_wait")
    return found


def _confirm(queue: Section) -> int | None:
    """How long a wait is believed that nothing confirms; None where nobody confirms."""
    if "confirm" not in queue:
        return None
    section = queue.section("confirm")
    section.only("within")
    found = section.duration("within")
    if not LEAST_CONFIRM <= found <= MOST_CONFIRM:
        raise section.error("within must be 1s to 1d: write what is longer than two confirmations, for example 2m", "within")
    return found


def _within(file: Section, key: str, default: int, least: int, most: int) -> int:
    found = file.duration(key, default)
    if not least <= found <= most:
        raise file.error(f"{key} cannot be {file.text(key)}: write a time from {write_duration(least)} to {write_duration(most)}", key)
    return found


def _share(file: Section, key: str, default: float) -> float:
    found = file.share(key, default)
    if not 0 < found < 1:
        raise file.error(f"{key} cannot be {file.text(key)}: write a share above 0% and below 100%, for example 10%", key)
    return found


def _queues(file: Section, hours: dict[str, Schedule]) -> dict[str, Queue]:
    if "queues" not in file:
        return {}
    found: dict[str, Queue] = {}
    queues = file.section("queues")
    owners = people.Owners(queues, "one queue")
    for item in queues.keys():  # noqa: SIM118 - a section is no dict: its keys carry their lines
        check_name(item, "a queue")
        if item.text == OTHER:
            raise item.error(f"a queue cannot be called {OTHER}: that is where unknown queues count, choose another name")
        if item.text == CANARY:
            raise item.error(f"a queue cannot be called {CANARY}: synthetic contacts wait there, choose another name")
        queue = queues.section(item.text)
        queue.only("channels", "hours", "team", "tier", "skills", "confirm", "ids")
        if not queue.items("channels"):
            raise queue.error(f"the queue {item.text} needs channels: write some of {', '.join(CHANNELS)}, for example channels: [call]")
        for channel in queue.items("channels"):
            if channel.text not in CHANNELS:
                raise channel.error(f"channels cannot hold {channel.text}: {suggestion(channel.text, CHANNELS)}")
        name = queue.choice("hours", (ALWAYS, *hours), ALWAYS)
        own = people.qualities(queue)
        found[item.text] = Queue(item.text, queue.words("channels"), name, confirm=_confirm(queue), ids=owners.ids(queue, item.text), **own)
    if not found:
        raise file.error("queues is empty: name at least one queue, or leave the key out to take every queue as it comes", "queues")
    return found
