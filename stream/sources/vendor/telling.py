"""How a vendor's object becomes events: ids, order and missing fields in one place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import orjson

from stream.core.events import Event
from stream.errors import RejectedRecord
from stream.sources.records import Lines, Prepared, Rejected, Unknown
from stream.sources.vendor.document import Document
from stream.wire.fields import MOST_ITEMS
from stream.wire.times import FIRST, LAST

LONGEST_ID: Final = 200
"""Characters; a longer id is none."""

LONGEST_NAME: Final = 2 * LONGEST_ID
"""Characters of a name or an id with the origin before it."""
FREE: Final = frozenset({"reason", "kind"})
"""Fields in the vendor's own words: of a longer text the beginning is kept."""

Tell = Callable[[Document], "Telling"]
"""What one object of the vendor becomes. Raises RejectedRecord where it should tell something and cannot."""


class Telling:
    """The events of one object, and the words of what it says beside them.

    An id is made of what the vendor says of the event, never of the delivery: the same event delivered again has the same id.
    `word` is the vendor's own for what the object tells: two that end a contact in the same millisecond are two events.
    """

    __slots__ = ("_origin", "found", "word")

    def __init__(self, origin: str) -> None:
        """`origin`: the source and which account of it."""
        self._origin = origin
        self.word = ""
        self.found: list[Event | Unknown] = []

    def contact(self, kind: str, contact: str, time: int, /, **data: Any) -> None:
        """An event of a contact; fields without a value are left out. It happens once a moment: word, kind and time are its id."""
        self._add(kind, contact, time, f"{contact}/{self.word}/{kind}/{time}", {"contact_id": contact, **data})

    def outcome(self, kind: str, contact: str, time: int, /, **data: Any) -> None:
        """How a contact left, where a later delivery may know better. They share one id, of which the earlier time counts."""
        self._add(kind, contact, time, f"{contact}/{self.word}/outcome", {"contact_id": contact, **data})

    def agent(self, kind: str, agent: str, time: int, identity: str, /, **data: Any) -> None:
        """An event of an agent, under the vendor's own id of it."""
        self._add(kind, agent, time, f"{agent}/{identity}", {"agent_id": agent, **data})

    def issue(self, kind: str, issue: str, time: int, /, **data: Any) -> None:
        """An event of an issue, once a moment as those of contacts."""
        self._add(kind, issue, time, f"{issue}/{self.word}/{kind}/{time}", {"issue_id": issue, **data})

    def survey(self, kind: str, survey: str, time: int, /, **data: Any) -> None:
        """An event of a survey, once a moment."""
        self._add(kind, survey, time, f"{survey}/{self.word}/{kind}/{time}", {"survey_id": survey, **data})

    def unknown(self, word: str) -> Telling:
        """Something that need not be known, by the vendor's word for it."""
        self.found.append(Unknown(word[:LONGEST_ID]))
        return self

    def _add(self, kind: str, subject: str, time: int, identity: str, data: dict[str, Any]) -> None:
        kept = {name: _short(name, value) for name, value in data.items() if value is not None and value != ""}
        self.found.append(Event(time, kind, subject, f"{self._origin}|{identity}", kept))


def _short(name: str, value: Any) -> Any:
    """The value with its free text cut. Raises RejectedRecord for a name that is too long: what is cut would be another name."""
    if name == "tags":
        return [one[:LONGEST_ID] for one in value[:MOST_ITEMS]]
    if isinstance(value, list) and (len(value) > MOST_ITEMS or any(len(one) > LONGEST_NAME for one in value)):
        raise RejectedRecord("bad_value", f"{name} holds too much, or what is too long for a name")
    if isinstance(value, str):
        if name in FREE:
            return value[:LONGEST_ID]
        if len(value) > LONGEST_NAME:
            raise RejectedRecord("bad_value", f"{name} is too long for a name")
    return value


def needed(found: str | None, what: str) -> str:
    """The text, or the refusal of the object."""
    if not found or len(found) > LONGEST_ID:
        raise RejectedRecord("missing_field" if not found else "bad_value", f"{what} is {'missing' if not found else 'too long for an id'}")
    return found


def moment(found: int | None, what: str) -> int:
    """The time, or the refusal of the object."""
    if found is None:
        raise RejectedRecord("missing_field", f"{what} is missing or no time")
    if not FIRST <= found <= LAST:
        raise RejectedRecord("bad_value", f"{what} is in no year of any calendar")
    return found


def objects(raw: bytes) -> Iterator[object]:
    """The JSON objects of a line: one, several one after the other (as streams are often written into files), or a list of them.

    Gives a RejectedRecord in the place of an object that cannot be taken. Raises RejectedRecord(undecodable) where the line cannot be read.
    """
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        yield from _one_after_another(raw)
        return
    yield from found if isinstance(found, list) else [found]


def _one_after_another(raw: bytes) -> Iterator[object]:
    found: list[object] = []
    try:
        text, at, decoder = raw.decode(), 0, json.JSONDecoder()
        escaped = "\\u" in text
        while at < len(text):
            one, at = decoder.raw_decode(text, at)
            found.append(RejectedRecord("undecodable", "a text holds half a sign") if escaped and _halved(one) else one)
            while at < len(text) and text[at] in " \t\r\n,":
                at += 1
    except (ValueError, RecursionError):
        raise RejectedRecord("undecodable", "the line is not JSON") from None
    yield from found


def _halved(one: object) -> bool:
    r"""Whether a text in it holds a lone surrogate, such as `"\ud800"`: `json` takes it, and nothing can be written of it."""
    try:
        json.dumps(one, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _document(one: object) -> Document:
    if isinstance(one, RejectedRecord):
        raise one
    if not isinstance(one, dict):
        raise RejectedRecord("undecodable", "what the vendor sends is a JSON object")
    return Document(one)


def told(raw: bytes, tell: Tell, line: int = 0) -> Lines:
    """What one line becomes; objects that cannot be read do not keep the others of their line back."""
    if not raw.strip():
        return
    try:
        several = list(objects(raw))
    except RejectedRecord as refused:
        yield Rejected(refused.reason, refused.detail, raw, line)
        return
    for one in several:
        try:
            yield from tell(_document(one)).found
        except RejectedRecord as refused:
            yield Rejected(refused.reason, refused.detail, raw, line)


def translate(lines: Iterable[bytes], tell: Tell) -> Lines:
    """What the lines of a file become."""
    for number, raw in enumerate(lines, start=1):
        yield from told(raw, tell, number)


class JsonLines:
    """A file that grows by one object a line. Each object says all by itself, so there is nothing to keep."""

    def __init__(self, tell: Tell) -> None:
        """At the beginning of a file."""
        self._tell = tell

    def begin(self) -> None:
        """Another file is no different."""

    def feed(self, raw: bytes) -> list[Event | Rejected | Unknown]:
        """What one line tells."""
        return list(told(raw, self._tell))

    def save(self) -> list[Any]:
        """Nothing has to be kept."""
        return []

    def restore(self, state: list[Any]) -> None:
        """Nothing was kept."""


def prepared(tell: Tell, *, personal: bool) -> Prepared:
    """A source over JSON lines whose objects each say all by themselves. personal: whether its events may name the customer."""
    return Prepared(lambda lines: translate(lines, tell), personal=personal, following=lambda: JsonLines(tell))
