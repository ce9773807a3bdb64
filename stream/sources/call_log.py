"""The source `call-log`: finished calls, one per row of a CSV or TSV file, whose columns a mapping names.

A row becomes the events of its call, in order of time, however untidy its times are; the figures that the source has measured
itself (wait, handle) win over differences.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from stream.config.yaml import Item, Section
from stream.core.events import Event
from stream.errors import DeclarationError, RejectedRecord, WrongUse
from stream.sources.local_times import MINUTE, LocalClock, local_midnight, moment, next_time, time_of_day
from stream.sources.mapping import LINE, Amount, CallLogMapping, Named, read_mapping
from stream.sources.records import CUSTOMER, Decode, Prepared, Rejected, Translation
from stream.sources.table import Table, other_columns
from stream.wire.fields import LONGEST
from stream.wire.times import FIRST, LAST

NAME: Final = "call-log"
HELP: Final = "a CSV or TSV of finished calls, its columns named in a mapping"

LEFT: Final = {
    "abandoned": "contact.abandoned",
    "flowed_out": "contact.flowed_out",
    "callback": "contact.callback_requested",
    "lost": "contact.lost",
}


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Read the mapping and ready the translator."""
    del decode, zone
    if mapping is None:
        raise WrongUse(f"The source {NAME} needs a mapping that names the columns of the file: add --mapping FILE.")
    found = read_mapping(mapping)
    return Prepared(
        lambda lines: translate(lines, found), found.zone, personal=found.customer is not None, header=found.layout.columns is None
    )


def translate(lines: Iterable[bytes], mapping: CallLogMapping) -> Translation:
    """Turn the rows of one file into events; a row that cannot be read comes out as `Rejected`."""
    table = Table(lines, mapping.layout)
    if table.refused is not None:
        raise _header_refused(table.refused, mapping)
    if not table.columns:
        return
    calls = Calls(mapping, table.columns)
    for row in table:
        if isinstance(row, Rejected):
            yield row
        else:
            yield from calls.told(row.fields, row.raw, row.line)


class Calls:
    """The mapping bound to the columns of one file, or of a table of a database."""

    def __init__(self, mapping: CallLogMapping, columns: tuple[str, ...]) -> None:
        """`columns`: in the order in which a row's fields come. Raises DeclarationError where the mapping names another."""
        at = {name: index for index, name in enumerate(columns)}
        for item in mapping.columns():
            if item.text not in at:
                raise item.error(f"the log has no column {item.text}: {other_columns(item.text, columns)}")
        self._mapping = mapping
        self._at = at
        self._clock = LocalClock(mapping.zone)
        self._ids = [None if item.text == LINE else at[item.text] for item in mapping.contact_id]
        self._times = [(item.text, at[item.text]) for item in mapping.times]
        self._time_of_day = time_of_day(mapping.time_format)
        self._moment = moment(mapping.time_format, self._clock)
        self._midnight = lru_cache(maxsize=4_096)(self._read_date)

    def told(self, fields: list[str], raw: bytes, line: int) -> Iterable[Event | Rejected]:
        """What one row becomes: the events of its call in order of time, or why it is none."""
        try:
            return self._events(fields, line)
        except RejectedRecord as refused:
            return [Rejected(refused.reason, refused.detail, raw, line)]

    def _events(self, fields: list[str], line: int) -> list[Event]:
        mapping = self._mapping
        word = fields[self._at[mapping.outcome.text]]
        outcome = mapping.outcomes.get(word)
        if outcome is None:
            detail = f"{mapping.outcome.text} is {_shown(word, mapping.outcomes)}, which the mapping's outcome.values does not name"
            raise RejectedRecord("bad_value", detail)
        contact = mapping.join.join(str(line) if index is None else fields[index] for index in self._ids)
        if not contact.replace(mapping.join, ""):
            raise RejectedRecord("missing_field", f"the call has no id: {', '.join(item.text for item in mapping.contact_id)} is empty")
        call = _Call(contact, self._value(mapping.channel, fields), self._value(mapping.queue, fields), self._day(fields))
        if mapping.customer is not None and (customer := self._value(mapping.customer, fields)):
            call.more = {CUSTOMER: customer}
        times = self._read_times(fields)
        if outcome == "excluded":
            begun = self._needed(times, "begun", "offered")
            call.begin(begun)
            call.add("contact.excluded", begun, reason=word.lower())
        elif outcome == "abandoned" and not self._was_in_queue(fields):
            left = self._needed(times, "left_menu")
            call.begin(min(self._first(times, "begun", left), left))
            call.add("contact.abandoned", left, stage="menu")
        else:
            self._queued(call, outcome, times, fields)
        return call.events

    def _queued(self, call: _Call, outcome: str, times: dict[str, int], fields: list[str]) -> None:
        """A call that was offered to its queue: answered, or gone from it."""
        mapping = self._mapping
        offered = self._needed(times, "offered")
        if not call.queue:
            raise RejectedRecord("missing_field", "the call was offered to a queue, and its queue is empty")
        call.begin(min(self._first(times, "begun", offered), offered))
        call.add("contact.offered", offered, queue=call.queue, channel=call.channel)
        wait = self._amount(mapping.wait, fields)
        leaving = "answered" if outcome == "answered" else "left_queue"
        left = max(offered, self._first(times, leaving, None if wait is None else offered + wait))
        wait = left - offered if wait is None else wait
        if outcome != "answered":
            stage = {"stage": "queue"} if outcome == "abandoned" else {}
            call.add(LEFT[outcome], left, wait_ms=wait, **stage)
            return
        agent = self._value(mapping.agent, fields) if mapping.agent else ""
        call.add("contact.answered", left, wait_ms=wait, **({"agent_id": agent} if agent else {}))
        handle = self._amount(mapping.handle, fields)
        ended = max(left, self._first(times, "ended", left + (handle or 0)))
        call.add("contact.ended", ended, handle_ms=ended - left if handle is None else handle)

    def _value(self, named: Named, fields: list[str]) -> str:
        if named.column is None:
            return named.value
        word = fields[self._at[named.column.text]]
        if word in named.absent:
            return ""
        if named.values is None:
            return word
        if word not in named.values:
            raise RejectedRecord("bad_value", f"{named.column.text} has a value that the mapping does not name")
        return named.values[word]

    def _read_times(self, fields: list[str]) -> dict[str, int]:
        """All times of the row that are there, in milliseconds UTC by column."""
        mapping = self._mapping
        day = self._midnight(fields[self._at[mapping.date.text]]) if mapping.date is not None else None
        local: int | None = None
        near: int | None = None
        earlier = ""
        found: dict[str, int] = {}
        for name, index in self._times:
            text = fields[index]
            if not text or text in mapping.absent:
                continue
            before, local_before = near, local
            try:
                if day is None:
                    near = self._moment(text, near)
                else:
                    local = next_time(self._time_of_day(text), day, local)
                    near = self._clock.utc(local, near)
            except (ValueError, OverflowError):
                raise RejectedRecord("bad_value", f"{name} is no time of the form {mapping.time_format}") from None
            # A change of the clock moves one of the two; what happened too early is too early on both.
            if _too_early(before, near) and (day is None or _too_early(local_before, local)):
                detail = f"{name} is more than {UNTIDY // MINUTE} min before {earlier}, which happens before it"
                raise RejectedRecord("bad_value", detail)
            found[name], earlier = near, name
        return found

    def _read_date(self, text: str) -> int:
        form = self._mapping.date_format
        try:
            day = date.fromisoformat(text) if form == "iso" else datetime.strptime(text, form).date()  # noqa: DTZ007 - a date
        except ValueError:
            raise RejectedRecord("bad_value", f"{_name(self._mapping.date)} is no date of the form {form}") from None
        return local_midnight(day)

    def _day(self, fields: list[str]) -> tuple[int, int] | None:
        if self._mapping.date is None:
            return None
        return self._clock.day(self._midnight(fields[self._at[self._mapping.date.text]]))

    def _first(self, times: dict[str, int], name: str, default: int | None) -> int:
        """The first time of a moment that is there, else the default."""
        for column in self._mapping.moments[name]:
            if column in times:
                return times[column]
        if default is None:
            raise RejectedRecord("missing_field", f"the call has no time for {name}: {', '.join(self._mapping.moments[name])} is empty")
        return default

    def _needed(self, times: dict[str, int], *names: str) -> int:
        for name in names:
            for column in self._mapping.moments[name]:
                if column in times:
                    return times[column]
        return self._first(times, names[0], None)

    def _was_in_queue(self, fields: list[str]) -> bool:
        rule = self._mapping.in_queue
        if rule is None:
            return True
        text = fields[self._at[rule.column.text]]
        return bool(text) and _number(text, rule.column) > rule.above

    def _amount(self, amount: Amount | None, fields: list[str]) -> int | None:
        """Milliseconds of a length that the source has measured; None where it is empty, so that times decide."""
        if amount is None or not (text := fields[self._at[amount.column.text]]):
            return None
        found = _number(text, amount.column)
        if found < 0:
            raise RejectedRecord("bad_value", f"{amount.column.text} is negative")
        if found * amount.unit > LONGEST:
            raise RejectedRecord("bad_value", f"{amount.column.text} is longer than any call")
        return round(found * amount.unit)


class _Call:
    """The events of one call as they are put together."""

    def __init__(self, contact: str, channel: str, queue: str, day: tuple[int, int] | None) -> None:
        self.contact = contact
        self.channel = channel
        self.queue = queue
        self.events: list[Event] = []
        self._day = day
        self.more: dict[str, str] = {}

    def begin(self, at: int) -> None:
        """The call reaches the centre."""
        self.add("contact.begun", at, channel=self.channel, **({"queue": self.queue} if self.queue else {}), **self.more)

    def add(self, kind: str, at: int, **data: Any) -> None:
        """Append an event; one that would count on another day than its row's date says so. Raises RejectedRecord for an odd year."""
        if not FIRST <= at <= LAST:
            raise RejectedRecord("bad_value", "a time of the call is beyond every calendar")
        day = self._day
        if day is not None and kind in ATTRIBUTED and not day[0] <= at < day[1]:
            data["attributed_at"] = day[0] if at < day[0] else day[1] - 1
        verb = kind.partition(".")[2]
        self.events.append(Event(at, kind, self.contact, f"{self.contact}/{verb}", {"contact_id": self.contact, **data}))


ATTRIBUTED: Final = frozenset({"contact.begun", "contact.offered", "contact.excluded"})
"""The events that decide on which day a call counts."""

UNTIDY: Final = 10 * MINUTE
"""So much too early may a time of a call stand in a log whose clocks do not agree; beyond it the row is wrong."""

ABSURD: Final = 1e9
"""No length of a call is as large in any unit."""


def _header_refused(header: Rejected, mapping: CallLogMapping) -> DeclarationError:
    """The sentence for a log whose first line cannot be read: none of its rows could be."""
    hint = "write its encoding and quote under format, for example encoding: latin-1"
    return DeclarationError(mapping.path, None, f"the log's header cannot be read ({header.detail}): {hint}")


def _too_early(before: int | None, now: int | None) -> bool:
    return before is not None and now is not None and before - now > UNTIDY


def _number(text: str, column: Item) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not abs(found) < ABSURD:
        raise RejectedRecord("bad_value", f"{column.text} is no number")
    return found


def _name(item: Item | None) -> str:
    return item.text if item is not None else ""


def _shown(word: str, known: Iterable[str]) -> str:
    """A word of the log for people: itself where it is nearly one that is expected, for anything else may be anybody's name."""
    return (word if get_close_matches(word, known, n=1, cutoff=0.7) else "another word") if word else "empty"
