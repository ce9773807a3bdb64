"""The source `asterisk-cel`: Asterisk's channel event log, for the calls that never reached a queue, as they happen.

Files of `cel_custom` (Master.csv), a table, or dumped rows of one with their column names. Each inbound call becomes contact.begun and
contact.ended under the id that the queue_log has for it, as from the call detail records (`asterisk_cdr`), but while it lasts: so a file
that grows can be followed. What the queue_log says of queues and transfers holds.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final

import orjson

from stream.config.yaml import Section, version
from stream.config.zones import time_zone
from stream.core.events import Event
from stream.errors import WrongUse
from stream.sources.asterisk_cdr import AFTER_QUEUE, KEEP, LONGEST, QUEUE, trunks_of
from stream.sources.local_times import LocalClock, moment
from stream.sources.logged import read_logged
from stream.sources.mapping import DATABASE
from stream.sources.queue_log.mapping import pbx_of
from stream.sources.records import Decode, Lines, Prepared, Rejected, Unknown
from stream.sources.table import BOM
from stream.wire.times import FIRST, LAST

NAME: Final = "asterisk-cel"
HELP: Final = "Asterisk's channel event log (cel_custom, a table, or dumped rows), for calls that never reached a queue"
LINE: Final = "cel.row"
"""The type under which a row travels while all rows are sorted; it never leaves the intake."""

COLUMNS: Final = (
    *("eventtype", "eventtime", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid", "exten", "context", "channame", "appname"),
    *("appdata", "amaflags", "accountcode", "uniqueid", "linkedid", "peer", "userfield", "userdeftype", "extra"),
)
"""What the shipped cel_custom.conf writes; a table has the same names."""
NEEDED: Final = ("eventtype", "eventtime", "channame", "uniqueid", "linkedid")
MORE: Final = ("context", "appname", "extra")
"""What is read besides, where it is there."""
EPOCH: Final = re.compile(r"(\d{1,11})(?:\.(\d{1,9}))?", re.ASCII)

STARTS: Final = "CHAN_START"
ENDS: Final = frozenset({"HANGUP", "CHAN_END", "LINKEDID_END"})
"""Whichever of them comes first: cel.conf may leave some out."""
APP: Final = "APP_START"
TALKS: Final = "BRIDGE_ENTER"
PASSED_ON: Final = frozenset({"BLINDTRANSFER", "ATTENDEDTRANSFER"})
READ: Final = ENDS | PASSED_ON | {STARTS, APP, TALKS}
DIALPLAN: Final = "dialplan/"

SECOND: Final = 1_000
PURGE_EVERY: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CelMapping:
    """trunks: channels from which customers call. served: contexts in which a call is done when it ends. columns: those of a file."""

    pbx: str
    zone: tzinfo
    trunks: tuple[str, ...]
    served: frozenset[str]
    columns: tuple[str, ...]


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator. The mapping is needed: without it an outbound call would be taken for a customer's."""
    del decode
    if mapping is None:
        raise WrongUse(f"The source {NAME} needs a mapping that names the trunks from which customers call: add --mapping FILE.")
    mapping.only("version", "pbx", "time_zone", "trunks", "served", "columns", DATABASE)
    version(mapping)
    named = time_zone(mapping, "time_zone") if "time_zone" in mapping else None
    columns = mapping.words("columns", COLUMNS)
    if missing := [name for name in NEEDED if name not in columns]:
        raise mapping.error(f"columns has no {missing[0]}: write the columns of cel_custom.conf in their order", "columns")
    found = CelMapping(
        pbx=pbx_of(mapping),
        zone=named or zone or UTC,
        trunks=trunks_of(mapping),
        served=frozenset(mapping.words("served")),
        columns=columns,
    )
    begins = " or ".join(f"{one}-" for one in found.trunks)
    where = f"no call begins on these trunks (a CHAN_START of a channel that begins with {begins})"
    return Prepared(
        lambda lines: read(lines, found),
        named,
        fold=lambda events: fold(events, found),
        following=lambda: Following(found),
        nothing=f"{where}: check trunks in the mapping, and cel.conf",
        table=read_logged(mapping, found.zone, lambda row: written(row, columns), time="eventtime", needed=NEEDED, optional=MORE),
    )


def written(row: Mapping[str, str], columns: Sequence[str]) -> bytes:
    """A row of a table as the line that a file of these columns has for it."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([row.get(name, "").replace("\n", " ").replace("\r", " ") for name in columns])
    return out.getvalue().encode()


Row = list[Any]
"""Time, event type, channel, uniqueid, linkedid, application, context, and who hung up."""


class Reader:
    """The rows of one file, line by line."""

    def __init__(self, mapping: CelMapping) -> None:
        """At its beginning."""
        self._mapping = mapping
        self._moment = moment("iso", LocalClock(mapping.zone))
        self._near: int | None = None
        self._at = _places(mapping.columns)

    def begin(self) -> None:
        """The next line is the first one of another file."""
        self._at = _places(self._mapping.columns)

    def save(self) -> list[Any]:
        """What has to be kept to go on within the file."""
        return [self._at, self._near]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        self._at, self._near = state

    def line(self, raw: bytes, number: int) -> Row | Rejected | None:
        """One line; None where it says nothing of a call, or names the columns."""
        try:
            text = raw.removeprefix(BOM).decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
        try:
            fields = next(csv.reader([text.rstrip("\r\n")], strict=True), [])
        except csv.Error:
            return Rejected("undecodable", "the quotes of the line cannot be read", raw, number)
        if not any(fields):
            return None
        names = tuple(name.strip().casefold() for name in fields)
        if all(name in names for name in NEEDED):
            self._at = _places(names)
            return None
        if max(self._at[name] for name in NEEDED) >= len(fields):
            return Rejected("missing_field", f"the line has only {len(fields)} fields: name the columns of cel_custom.conf", raw, number)
        return self._row(fields, raw, number)

    def _row(self, fields: list[str], raw: bytes, number: int) -> Row | Rejected | None:
        def field(name: str) -> str:
            at = self._at.get(name, len(fields))
            return fields[at].strip() if at < len(fields) else ""

        kind, call, linked = field("eventtype").upper(), field("uniqueid"), field("linkedid")
        if kind not in READ:
            return None
        if not call or not linked or max(len(call), len(linked)) > LONGEST:
            return Rejected("missing_field" if not call or not linked else "bad_value", "uniqueid or linkedid is no id", raw, number)
        time = self._time(field("eventtime"))
        if time is None:
            return Rejected("bad_value", "eventtime is no time: leave dateformat out of cel.conf, or write %F %T", raw, number)
        context, source = field("context")[:LONGEST], _source(field("extra")) if kind == "HANGUP" else ""
        return [time, kind, field("channame")[:LONGEST], call, linked, field("appname").casefold()[:LONGEST], context, source]

    def _time(self, text: str) -> int | None:
        match = EPOCH.fullmatch(text)
        try:
            found = int(match[1]) * SECOND + int(f"{match[2] or ''}000"[:3]) if match else self._moment(text, self._near)
        except (ValueError, OverflowError):
            return None
        if not FIRST <= found <= LAST:
            return None
        self._near = found
        return found


def _places(columns: Iterable[str]) -> dict[str, int]:
    return {name.strip().casefold(): at for at, name in enumerate(columns)}


def _source(extra: str) -> str:
    """The channel, or the part of Asterisk, that hung up; empty where the row does not say."""
    try:
        found = orjson.loads(extra)
    except orjson.JSONDecodeError:
        return ""
    source = found.get("hangupsource") if isinstance(found, dict) else ""
    return source[:LONGEST] if isinstance(source, str) else ""


class Calls:
    """The inbound calls of one PBX that are not over, and for a while those that are, by the uniqueid of the caller's channel."""

    def __init__(self, mapping: CelMapping) -> None:
        """No call is known."""
        self._mapping = mapping
        self._calls: dict[str, list[Any]] = {}
        """channel; whether it was in a queue, talked outside of one, is over; when it was last heard of."""
        self._purged = 0

    def take(self, row: Row) -> list[Event]:
        """The events of one row."""
        time, kind, channel, call, linked, app, context, source = row
        self._purge(time)
        if kind == STARTS:
            return self._begin(call, linked, channel, time)
        known = self._calls.get(call) or (self._calls.get(linked) if kind in PASSED_ON or kind == APP else None)
        if known is None:
            return []
        known[4] = max(known[4], time)
        if kind == APP:
            known[1] = known[1] or app == QUEUE
        elif kind == TALKS:
            known[1 if app == QUEUE else 2] = True
        elif kind in PASSED_ON:
            known[2] = True
        elif not known[3]:
            known[3] = True
            return [self._end(call, known, time, context, source)]
        return []

    def _begin(self, call: str, linked: str, channel: str, time: int) -> list[Event]:
        if call != linked or call in self._calls or not any(channel.startswith(f"{trunk}-") for trunk in self._mapping.trunks):
            return []
        self._calls[call] = [channel, False, False, False, time]
        # Lines of the queue_log are of whole seconds: it begins before it enters a queue within its first one.
        data = {"channel": "call", "direction": "inbound"}
        return [self._event("contact.begun", call, time // SECOND * SECOND, "begun", data)]

    def _end(self, call: str, known: list[Any], time: int, context: str, source: str) -> Event:
        channel, queued, talked, _, _ = known
        if queued or (source.startswith(DIALPLAN) and not talked):
            by = "system"
        else:
            by = "transfer" if talked else "customer" if source in ("", channel) else "system"
        data: dict[str, Any] = {"by": by}
        if context in self._mapping.served:
            data["success"] = True
        return self._event("contact.ended", call, min(time + (AFTER_QUEUE if queued else 0), LAST), "ended", data)

    def _event(self, kind: str, call: str, time: int, part: str, data: dict[str, Any]) -> Event:
        contact = f"{self._mapping.pbx}/{call}"
        return Event(time, kind, contact, f"asterisk/{self._mapping.pbx}|cel/{call}/{part}", {"contact_id": contact, **data})

    def _purge(self, now: int) -> None:
        if abs(now - self._purged) < PURGE_EVERY:
            return
        self._purged = now
        for call in [call for call, known in self._calls.items() if known[4] + (PURGE_EVERY if known[3] else KEEP) < now]:
            del self._calls[call]

    def save(self) -> list[Any]:
        """What has to be kept to go on."""
        return [self._purged, self._calls]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        self._purged, self._calls = state


def read(lines: Iterable[bytes], mapping: CelMapping) -> Lines:
    """The rows of one file, each under a place in the order of all files: by time, then by the file that began first."""
    reader = Reader(mapping)
    first: int | None = None
    for number, raw in enumerate(lines, start=1):
        found = reader.line(raw, number)
        if isinstance(found, Rejected):
            yield found
        elif found is not None:
            first = found[0] if first is None else first
            yield Event(found[0], LINE, "", f"{first - FIRST:016d}/{number:012d}", {"row": found})


def fold(rows: Iterable[Event], mapping: CelMapping) -> Iterator[Event]:
    """The events of sorted rows."""
    calls = Calls(mapping)
    for carrier in rows:
        yield from calls.take(carrier.data["row"])


class Following:
    """A log that goes on: whole lines in, events out; `save` between any two lines."""

    def __init__(self, mapping: CelMapping) -> None:
        """At the beginning of the first file."""
        self._reader = Reader(mapping)
        self._calls = Calls(mapping)

    def begin(self) -> None:
        """The next line is the first one of another file."""
        self._reader.begin()

    def feed(self, raw: bytes) -> list[Event | Rejected | Unknown]:
        """What one line tells."""
        found = self._reader.line(raw, 0)
        if found is None:
            return []
        return [found] if isinstance(found, Rejected) else list(self._calls.take(found))

    def save(self) -> list[Any]:
        """What has to be kept to go on, as plain values."""
        return [self._reader.save(), self._calls.save()]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        reader, calls = state
        self._reader.restore(reader)
        self._calls.restore(calls)
