"""The optional mapping of a queue_log: the PBX's name, its time zone, who is who, and how dumped rows are written.

    version: 1
    pbx: berlin                     # part of every id, so that two PBXs never mix; asterisk without it
    time_zone: Europe/Berlin        # of rows with local times; else the centre's
    format: {delimiter: comma, encoding: utf-8, columns: [...]}      # dumped rows; columns only where the file has no header
    rename: {time: eventdate}       # a column of ours: as the dump calls it
    queues: {"9000": billing}       # the PBX's names of queues: ours
    agents: {a1: [PJSIP/201, "Local/201@from-queue/n", front desk]}  # one person: interfaces and member names
    members: {billing: [PJSIP/201]} # static members, which never enter the log
    presence: log                   # or none: nothing is said of who is there
    persistent_members: true        # whether dynamic members outlive a restart (queues.conf)
    wrap_up: false                  # true: WRAPUPSTART follows, so talk times are differences of the lines' times

All of it may be left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

from stream.config.yaml import Section, version
from stream.config.zones import time_zone
from stream.sources.mapping import read_layout
from stream.sources.table import Layout

PBX: Final = "asterisk"
KEYS: Final = (
    *("version", "pbx", "time_zone", "format", "rename", "queues", "agents", "members"),
    *("presence", "persistent_members", "wrap_up"),
)
COLUMNS: Final = ("time", "callid", "queuename", "agent", "event", "data", "data1", "data2", "data3", "data4", "data5", "id")
NEEDED: Final = COLUMNS[:5]
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLogMapping:
    """What the mapping says, or what holds without one.

    agents: an interface or member name -> the person. members: queue -> interfaces or names of its static members.
    layout: None where the file itself shows how it is written.
    """

    pbx: str = PBX
    zone: tzinfo = UTC
    layout: Layout | None = None
    rename: dict[str, str] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    presence: bool = True
    persistent_members: bool = True
    wrap_up: bool = False


def read_mapping(file: Section, zone: tzinfo | None) -> tuple[QueueLogMapping, tzinfo | None]:
    """Read the mapping, refusing what cannot be meant; beside it the zone that it names, if any. `zone`: the centre's."""
    file.only(*KEYS)
    version(file)
    named = time_zone(file, "time_zone") if "time_zone" in file else None
    mapping = QueueLogMapping(
        pbx=pbx_of(file),
        zone=named or zone or UTC,
        layout=read_layout(file) if "format" in file else None,
        rename=_rename(file),
        queues=texts(file, "queues"),
        agents=people(file),
        members=_members(file),
        presence=file.choice("presence", ("log", "none"), "log") == "log",
        persistent_members=file.flag("persistent_members", default=True),
        wrap_up=file.flag("wrap_up", default=False),
    )
    return mapping, named


def pbx_of(file: Section) -> str:
    """The PBX's name, which is part of every id; refused where it could not be."""
    pbx = file.text("pbx", PBX)
    if not NAME.fullmatch(pbx):
        raise file.error("pbx is part of every id: write up to 40 letters, digits, dots, - and _", "pbx")
    return pbx


def _rename(file: Section) -> dict[str, str]:
    if "rename" not in file:
        return {}
    section = file.section("rename")
    section.only(*COLUMNS)
    return {section.text(key.text): key.text for key in section.keys()}  # noqa: SIM118 - a section is no dict


def texts(file: Section, key: str) -> dict[str, str]:
    """A section of texts; empty where the key is missing."""
    if key not in file:
        return {}
    section = file.section(key)
    return {item.text: section.text(item.text) for item in section.keys()}  # noqa: SIM118 - a section is no dict


def _members(file: Section) -> dict[str, tuple[str, ...]]:
    if "members" not in file:
        return {}
    section = file.section("members")
    return {item.text: section.words(item.text) for item in section.keys()}  # noqa: SIM118 - a section is no dict


def people(file: Section) -> dict[str, str]:
    """Under `agents`: each interface or member name with the one person it stands for."""
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
