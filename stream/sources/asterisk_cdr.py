"""The source `asterisk-cdr`: Asterisk's call detail records, for the calls that never reached a queue.

Files of `cdr_csv` (Master.csv), or dumped rows of a table with their column names. A call has a row per leg: those of one call bear one
linkedid. Each inbound call that was in no queue becomes contact.begun and contact.ended. Those that were are left to the queue_log, which
is published at another time: workers may have forgotten its calls by then. With `queued: true` they are told, too, under its ids.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from hashlib import blake2b
from itertools import chain
from typing import Any, Final

from stream.config.yaml import Section, version
from stream.config.zones import time_zone
from stream.core.events import Event
from stream.errors import WrongUse
from stream.sources.local_times import LocalClock, moment
from stream.sources.queue_log.mapping import pbx_of
from stream.sources.records import Decode, Lines, Prepared, Rejected
from stream.sources.table import BOM, Layout, Row, Table
from stream.wire.times import FIRST, LAST

NAME: Final = "asterisk-cdr"
HELP: Final = "Asterisk's call detail records (Master.csv or dumped rows), for calls that never reached a queue"
LINE: Final = "cdr.row"
"""The type under which a row travels while all rows are sorted; it never leaves the intake."""

LEGS: Final = ("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end")
COLUMNS: Final = (*LEGS, "duration", "billsec", "disposition", "amaflags", "uniqueid")
NEW: Final = ("peeraccount", "linkedid", "sequence")
FORMS: Final = {len(one): one for one in (COLUMNS, (*COLUMNS, "userfield"), (*COLUMNS, *NEW), (*COLUMNS, "userfield", *NEW))}
"""What cdr_csv writes by its settings loguniqueid, loguserfield and newcdrcolumns: told apart by the number of fields.

With loguserfield and without loguniqueid there are as many fields as the other way round: in the place of the uniqueid stands then whatever
the dialplan has noted, often a customer's number.
"""
UNIQUE: Final = re.compile(r"(?:[^,|]*-)?\d{9,}\.\d+", re.ASCII)
"""What a uniqueid of Asterisk's own looks like: the system's name, if it has one, the second, and a number."""
NO_COLUMN: Final = "the file has no column {}: set loguniqueid=yes in cdr.conf, or dump the rows with the names of their columns"
NEEDED: Final = ("channel", "lastapp", "uniqueid")
BEGINS: Final = ("start", "calldate")

ENDS: Final = {"hangup": "system", "congestion": "system", "busy": "system", "voicemail": "system", "vmail": "system", "queue": "system"}
"""Who ended a call, by its last application, where it was not the caller."""
QUEUE: Final = "queue"
DIALS: Final = frozenset({"dial", "followme", "bridge"})
ANSWERED: Final = "ANSWERED"

KEEP: Final = 6 * 3_600_000
"""So long (ms) after the last row of a call another one may begin."""
PURGE_EVERY: Final = 5_000
WITHIN_SECOND: Final = 999
AFTER_QUEUE: Final = 2_000
"""A call that was in a queue ends so long (ms) after its row says, so that its end in the queue_log, of another second, comes first."""
LONGEST: Final = 200
LONGEST_SPAN: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrMapping:
    """trunks: channels from which customers call, as SIP/provider. served: contexts in which a call is done when it ends in them.

    queued: whether calls that were in a queue are told.
    """

    pbx: str
    zone: tzinfo
    trunks: tuple[str, ...]
    served: frozenset[str] = field(default_factory=frozenset)
    queued: bool = False


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator. The mapping is needed: without it an outbound call would be taken for a customer's."""
    del decode
    if mapping is None:
        raise WrongUse(f"The source {NAME} needs a mapping that names the trunks from which customers call: add --mapping FILE.")
    mapping.only("version", "pbx", "time_zone", "trunks", "served", "queued")
    version(mapping)
    named = time_zone(mapping, "time_zone") if "time_zone" in mapping else None
    served, queued, trunks = frozenset(mapping.words("served")), mapping.flag("queued", default=False), trunks_of(mapping)
    found = CdrMapping(pbx=pbx_of(mapping), zone=named or zone or UTC, trunks=trunks, served=served, queued=queued)
    begins = " or ".join(f"{trunk}-" for trunk in trunks)
    besides = "" if queued else ", or each of the calls was in a queue"
    nothing = f"no row comes from these trunks (a channel that begins with {begins}){besides}: check trunks in the mapping"
    return Prepared(lambda lines: read(lines, found), named, fold=lambda events: fold(events, found), nothing=nothing)


def trunks_of(mapping: Section) -> tuple[str, ...]:
    """The channels from which customers call; refused where there are none."""
    trunks = mapping.words("trunks")
    if not trunks:
        raise mapping.error("trunks names the channels from which customers call: write for example trunks: [PJSIP/provider]")
    return trunks


def read(lines: Iterable[bytes], mapping: CdrMapping) -> Lines:
    """The rows of one file that are about inbound calls or queues, each at the time at which it begins."""
    source = iter(lines)
    first = next((line for line in source if line.strip()), None)
    if first is None:
        return
    columns = _columns(first.removeprefix(BOM))
    table = Table(chain([first], source), Layout(encoding="latin-1" if columns else "utf-8", columns=columns))
    if table.refused is not None:
        yield table.refused
        return
    at = {name.strip().lower(): index for index, name in enumerate(table.columns)}
    missing = [name for name in NEEDED if name not in at] + ([] if any(name in at for name in BEGINS) else ["start"])
    if missing:
        yield Rejected("missing_field", NO_COLUMN.format(missing[0]), first, 1)
        return
    rows = _Rows(mapping, at, guessed=columns is not None and "userfield" not in at)
    for row in table:
        found = row if isinstance(row, Rejected) else rows.read(row)
        if found is not None:
            yield found


def _columns(first: bytes) -> tuple[str, ...] | None:
    """The columns of a file that does not name them; None where its first line does."""
    try:
        fields = next(csv.reader([first.decode("latin-1")], strict=True))
    except (csv.Error, StopIteration):
        return None
    return None if "uniqueid" in {name.strip().lower() for name in fields} else FORMS.get(len(fields))


class _Rows:
    """The rows of one file. guessed: its columns are known by their number alone, and there might be a userfield for the uniqueid."""

    def __init__(self, mapping: CdrMapping, at: dict[str, int], *, guessed: bool) -> None:
        self._mapping = mapping
        self._at = at
        self._guessed = guessed
        self._moment = moment("iso", LocalClock(mapping.zone))
        self._near: int | None = None

    def read(self, row: Row) -> Event | Rejected | None:
        """A row as a carrier; None where it is a leg that says nothing of a customer's call."""
        channel, app, call, linked = (self._field(row, name) for name in ("channel", "lastapp", "uniqueid", "linkedid"))
        trunk, queue = any(channel.startswith(f"{trunk}-") for trunk in self._mapping.trunks), app.lower() == QUEUE
        if not call or (self._guessed and (trunk or queue) and call != linked and not UNIQUE.fullmatch(call)):
            detail = NO_COLUMN.format("uniqueid") if self._guessed else "the row has no uniqueid"
            return Rejected("missing_field", detail, row.raw, row.line)
        linked = linked or call
        if max(len(call), len(linked)) > LONGEST:
            return Rejected("bad_value", f"an id of the row is longer than {LONGEST} signs", row.raw, row.line)
        inbound = trunk and call == linked
        if not inbound and not queue:
            return None
        try:
            begun = self._moment(self._field(row, *BEGINS), self._near)
            ended = self._ended(row, begun)
        except (ValueError, OverflowError):
            return Rejected("bad_value", "the row's times cannot be read: start and end, or calldate and duration", row.raw, row.line)
        if not (FIRST <= begun <= LAST and FIRST <= ended <= LAST):
            return Rejected("bad_value", "a time of the row is beyond every calendar", row.raw, row.line)
        self._near = begun
        reached = self._field(row, "dstchannel") and self._field(row, "disposition").upper() == ANSWERED and app.lower() in DIALS
        by = "transfer" if reached else ENDS.get(app.lower(), "customer")
        fields = [linked, call, inbound, queue, begun, max(begun, ended), by, self._field(row, "dcontext")[:LONGEST]]
        told = blake2b("\0".join(map(str, fields)).encode("utf-8", "replace"), digest_size=8).hexdigest()
        return Event(begun, LINE, "", told, {"row": fields})

    def _ended(self, row: Row, begun: int) -> int:
        if text := self._field(row, "end"):
            return self._moment(text, begun)
        spent = self._field(row, "duration")
        if not (spent.isascii() and spent.isdecimal()) or len(spent) > LONGEST_SPAN:
            raise ValueError(spent)
        return begun + int(spent) * 1_000

    def _field(self, row: Row, *names: str) -> str:
        return next((row.fields[self._at[name]] for name in names if name in self._at), "")


class _Call:
    """The rows of one linkedid: those of the inbound channel, and by which channel it came into a queue."""

    __slots__ = ("begun", "by", "context", "ended", "id", "last", "queued")

    def __init__(self) -> None:
        self.id = self.queued = self.context = ""
        self.begun = self.ended = self.last = 0
        self.by = ""


def fold(rows: Iterable[Event], mapping: CdrMapping) -> Iterator[Event]:
    """The events of all rows in the order of their beginnings. A call is told when no row of it can follow."""
    calls: dict[str, _Call] = {}
    for number, carrier in enumerate(rows):
        linked, call, inbound, queue, begun, ended, by, context = carrier.data["row"]
        known = calls.setdefault(linked, _Call())
        known.last = max(known.last, ended)
        if queue and (call == linked or not known.queued):
            known.queued = call
        if inbound:
            known.begun = min(known.begun, begun) if known.id else begun
            known.id = call
            if ended >= known.ended:
                known.ended, known.by, known.context = ended, by, context
        if number % PURGE_EVERY == PURGE_EVERY - 1:
            over = [name for name, one in calls.items() if one.last + KEEP < carrier.time]
            for name in over:
                yield from _told(calls.pop(name), mapping)
    for known in calls.values():
        yield from _told(known, mapping)


def _told(call: _Call, mapping: CdrMapping) -> Iterator[Event]:
    if not call.id or (call.queued and not mapping.queued):
        return
    # The queue_log knows a call by the channel that came into the queue.
    name = call.queued or call.id
    contact, origin = f"{mapping.pbx}/{name}", f"asterisk/{mapping.pbx}|cdr/{name}"
    yield Event(call.begun, "contact.begun", contact, f"{origin}/begun", {"contact_id": contact, "channel": "call", "direction": "inbound"})
    data: dict[str, Any] = {"contact_id": contact, "by": "system" if call.queued else call.by}
    if call.context in mapping.served:
        data["success"] = True
    # Rows have whole seconds: it ended somewhere in the last one, after all that the queue_log has of that.
    at = call.ended + (AFTER_QUEUE if call.queued else WITHIN_SECOND)
    yield Event(min(at, LAST), "contact.ended", contact, f"{origin}/ended", data)
