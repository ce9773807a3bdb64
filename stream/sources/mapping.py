"""The mapping of a log of finished calls: which columns say what. Written in YAML by whoever knows the exporting system.

    version: 1
    format: {delimiter: tab, encoding: utf-8, quote: none, columns: [...]}     # columns only where the file has no header
    time_zone: Asia/Jerusalem
    contact: {id: [line, call_id, date], join: "-"}                            # "#" stands for the line of a log without ids
    date: {column: date, format: "%y%m%d"}                                     # only where the times below are times of day
    times: {columns: [in the order in which they happen], format: "%H:%M:%S", absent: ["0:00:00"]}
    begun: entered                   # the moments of a call: a column, or several of which the first that is filled counts
    offered: [queued_at, menu_left]
    answered: [queue_left, menu_left]
    ended: hung_up
    left_queue: queue_left           # without an answer: abandoned, or what `outcome` says
    left_menu: menu_left             # abandoned before the queue
    in_queue: {column: queue_seconds, above: 0}    # which abandoned calls waited in the queue; all of them without this key
    queue: {column: type}            # or {value: main}
    channel: {value: call}           # or {column: media, values: {voice: call}}
    agent: {column: server, absent: [NONE]}
    customer: {column: phone, absent: [anonymous]}  # becomes a keyed pseudonym before anybody sees it
    outcome: {column: result, values: {DONE: answered, HUNG_UP: abandoned, TEST: excluded}}
    wait: {column: queue_seconds, unit: s}         # wins over the difference of times
    handle: {column: talk_seconds, unit: s}        # so does this
    database: {...}                  # where the calls are a table; passed over when a file is read

Everything but version, time_zone, contact, times, begun, offered, queue, channel and outcome may be left out.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from stream.config.yaml import Item, Section, suggestion, version
from stream.config.zones import time_zone
from stream.core.events import CHANNELS
from stream.sources.table import Layout

MOMENTS: Final = ("begun", "offered", "answered", "ended", "left_queue", "left_menu")
OUTCOMES: Final = ("answered", "abandoned", "flowed_out", "callback", "lost", "excluded")
DELIMITERS: Final = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
LINE: Final = "#"
UNITS: Final = {"ms": 1, "s": 1_000, "min": 60_000}
FULL_TIMES: Final = ("iso", "epoch", "epoch_ms")
SHAPE: Final = ("version", "format", "time_zone", "contact", "date", "times")
DATABASE: Final = "database"
"""Where the calls are a table: read by `stream.sources.database`. A mapping with it reads exports of that table as well."""
KEYS: Final = (*SHAPE, *MOMENTS, "in_queue", "queue", "channel", "agent", "customer", "outcome", "wait", "handle", DATABASE)


@dataclass(frozen=True, slots=True)
class Named:
    """A value that stands in a column or is the same for the whole file; `values` translates what the column says."""

    column: Item | None
    value: str = ""
    values: dict[str, str] | None = None
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Amount:
    """A column with a length of time and the milliseconds of its unit."""

    column: Item
    unit: int


@dataclass(frozen=True, slots=True)
class InQueue:
    """An abandoned call waited in the queue where this column says more than `above`."""

    column: Item
    above: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLogMapping:
    """The mapping as it was read; every column keeps the line that names it."""

    path: str
    layout: Layout
    zone: ZoneInfo
    contact_id: tuple[Item, ...]
    join: str
    date: Item | None
    date_format: str
    times: tuple[Item, ...]
    time_format: str
    absent: frozenset[str]
    moments: dict[str, tuple[str, ...]]
    in_queue: InQueue | None
    queue: Named
    channel: Named
    agent: Named | None
    customer: Named | None
    outcome: Item
    outcomes: dict[str, str]
    wait: Amount | None
    handle: Amount | None

    def columns(self) -> tuple[Item, ...]:
        """Every column that the mapping names."""
        also = (self.agent, self.customer, self.wait, self.handle, self.in_queue)
        named = [item.column for item in (self.queue, self.channel, *also) if item is not None]
        found = (*(item for item in self.contact_id if item.text != LINE), *self.times, self.outcome, self.date, *named)
        return tuple(item for item in found if item is not None)


def read_mapping(file: Section) -> CallLogMapping:
    """Read the mapping of a call log, refusing what cannot be meant."""
    file.only(*KEYS)
    version(file)
    contact = file.section("contact")
    contact.only("id", "join")
    if not contact.items("id"):
        raise contact.error("contact needs id: write the columns that together name a call, for example id: [call_id]")
    date, date_format = _date(file)
    times, time_format, absent = _times(file, dated=date is not None)
    outcome, outcomes = _outcome(file)
    mapping = CallLogMapping(
        path=file.path,
        layout=read_layout(file),
        zone=time_zone(file, "time_zone"),
        contact_id=contact.items("id"),
        join=contact.text("join", "-"),
        date=date,
        date_format=date_format,
        times=times,
        time_format=time_format,
        absent=absent,
        moments=_moments(file, times),
        in_queue=_in_queue(file),
        queue=_named(file, "queue"),
        channel=_named(file, "channel", CHANNELS),
        agent=_named(file, "agent") if "agent" in file else None,
        customer=_named(file, "customer") if "customer" in file else None,
        outcome=outcome,
        outcomes=outcomes,
        wait=_amount(file, "wait"),
        handle=_amount(file, "handle"),
    )
    _complete(file, mapping)
    return mapping


def read_layout(file: Section) -> Layout:
    """How the fields of the file are written: the key `format`."""
    if "format" not in file:
        return Layout()
    form = file.section("format")
    form.only("delimiter", "encoding", "quote", "columns")
    written = form.text("delimiter", "comma")
    delimiter = DELIMITERS.get(written, written)
    if len(delimiter) != 1 or delimiter.isalnum():
        raise form.error(f"delimiter cannot be {written}: write one of {', '.join(DELIMITERS)}, or one sign", "delimiter")
    quote = form.text("quote", '"')
    if quote != "none" and len(quote) != 1:
        raise form.error(f"quote cannot be {quote}: write one sign, or none", "quote")
    encoding = form.text("encoding", "utf-8")
    try:
        known = codecs.lookup(encoding)
        # An encoding with escapes can spell half a sign, of which nothing can be written.
        plain = known.encode("\n,")[0] == b"\n," and known.name not in ("utf-7", "raw-unicode-escape")
    except (LookupError, UnicodeError):
        raise form.error(f"encoding cannot be {encoding}: write utf-8, iso-8859-1 or windows-1252", "encoding") from None
    if not plain:
        raise form.error(f"encoding cannot be {encoding}: save the log in utf-8 first", "encoding")
    columns = form.words("columns") or None
    return Layout(delimiter, None if quote == "none" else quote, known.name, columns)


def _date(file: Section) -> tuple[Item | None, str]:
    if "date" not in file:
        return None, ""
    date = file.section("date")
    date.only("column", "format")
    form = date.text("format", "iso")
    if form != "iso" and not ("%d" in form or "%j" in form):
        raise date.error(f'format cannot be {form}: write iso, or a strptime format such as "%y%m%d"', "format")
    return date.item("column"), form


def _times(file: Section, *, dated: bool) -> tuple[tuple[Item, ...], str, frozenset[str]]:
    times = file.section("times")
    times.only("columns", "format", "absent")
    columns = times.items("columns")
    times.words("columns")
    if not columns:
        raise times.error("times needs columns: write the columns with times in the order in which they happen")
    form = times.text("format", "%H:%M:%S" if dated else "iso")
    if dated and (form in FULL_TIMES or "%d" in form):
        raise times.error(f"format cannot be {form} beside a date column: leave date out, or write the format of a time of day", "format")
    if not dated and form not in FULL_TIMES and not ("%d" in form or "%j" in form):
        problem = f"format {form} has no date: add the key date with the column that holds it, or write iso, epoch or epoch_ms"
        raise times.error(problem, "format")
    return columns, form, frozenset(times.words("absent"))


def _outcome(file: Section) -> tuple[Item, dict[str, str]]:
    outcome = file.section("outcome")
    outcome.only("column", "values")
    values = outcome.section("values")
    found = {item.text: values.choice(item.text, OUTCOMES) for item in values.keys()}  # noqa: SIM118 - a section is no dict
    if not found:
        raise values.error("values is empty: write what each word of the column means, for example ANSWERED: answered")
    return outcome.item("column"), found


def _moments(file: Section, times: tuple[Item, ...]) -> dict[str, tuple[str, ...]]:
    known = [item.text for item in times]
    found: dict[str, tuple[str, ...]] = {}
    for name in MOMENTS:
        for item in file.items(name):
            if item.text not in known:
                raise item.error(f"{name} names {item.text}, which is no column of times: {suggestion(item.text, known)}")
        found[name] = tuple(item.text for item in file.items(name))
    return found


def _named(file: Section, key: str, allowed: tuple[str, ...] = ()) -> Named:
    section = file.section(key)
    section.only("column", "value", "values", "absent")
    if ("column" in section) == ("value" in section):
        raise section.error(f"{key} takes either column or value: write one of them")
    if "value" in section:
        value = section.choice("value", allowed) if allowed else section.text("value")
        return Named(None, value)
    values = None
    if "values" in section:
        table = section.section("values")
        words = [item.text for item in table.keys()]  # noqa: SIM118 - a section is no dict
        values = {word: table.choice(word, allowed) if allowed else table.text(word) for word in words}
    elif allowed:
        raise section.error(f"{key} needs values: write what each word of the column means, one of {', '.join(allowed)}")
    return Named(section.item("column"), "", values, frozenset(section.words("absent")))


def _amount(file: Section, key: str) -> Amount | None:
    if key not in file:
        return None
    section = file.section(key)
    section.only("column", "unit")
    return Amount(section.item("column"), UNITS[section.choice("unit", tuple(UNITS), "s")])


def _in_queue(file: Section) -> InQueue | None:
    if "in_queue" not in file:
        return None
    section = file.section("in_queue")
    section.only("column", "above")
    return InQueue(section.item("column"), section.number("above", 0.0))


def _complete(file: Section, mapping: CallLogMapping) -> None:
    """Refuse a mapping that could not place the calls that it tells of."""
    meant = set(mapping.outcomes.values())
    for name in ("begun", "offered"):
        if not mapping.moments[name]:
            raise file.error(f"the file needs {name}: write the column with that time")
    if "answered" in meant and not mapping.moments["answered"] and mapping.wait is None:
        raise file.error("answered calls need a time: write answered with its column, or wait with that of the waiting time")
    if meant - {"answered", "excluded"} and not mapping.moments["left_queue"] and mapping.wait is None:
        raise file.error("calls without an answer need a time: write left_queue with its column, or wait with that of the waiting time")
    if mapping.in_queue is not None and not mapping.moments["left_menu"]:
        raise file.error("calls abandoned before the queue need a time: write left_menu with its column", "in_queue")
