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
    database: {...}                 # its table, where that is followed: see `stream.sources.logged`

All of it may be left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

from stream.config.yaml import Section, version
from stream.config.zones import time_zone
from stream.sources.mapping import DATABASE, read_layout
from stream.sources.names import lists, part_of_ids, people, texts
from stream.sources.table import Layout

PBX: Final = "asterisk"
KEYS: Final = (
    *("version", "pbx", "time_zone", "format", "rename", "queues", "agents", "members"),
    *("presence", "persistent_members", "wrap_up", DATABASE),
)
COLUMNS: Final = ("time", "callid", "queuename", "agent", "event", "data", "data1", "data2", "data3", "data4", "data5", "id")
NEEDED: Final = COLUMNS[:5]


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
        members=lists(file, "members"),
        presence=file.choice("presence", ("log", "none"), "log") == "log",
        persistent_members=file.flag("persistent_members", default=True),
        wrap_up=file.flag("wrap_up", default=False),
    )
    return mapping, named


def pbx_of(file: Section) -> str:
    """The PBX's name, which is part of every id; refused where it could not be."""
    return part_of_ids(file, "pbx", PBX)


def _rename(file: Section) -> dict[str, str]:
    if "rename" not in file:
        return {}
    section = file.section("rename")
    section.only(*COLUMNS)
    return {section.text(key.text): key.text for key in section.keys()}  # noqa: SIM118 - a section is no dict
