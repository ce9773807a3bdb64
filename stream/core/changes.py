"""A change of the standards: what is promised from a moment on. It comes as an event to every partition, so that a replay makes it too.

The event `standards.changed` has in its data: version, holds_from (ms of event time), decided_by, and content, the whole new file as a
JSON text of flat standards. What was promised before and still is goes on as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from typing import Any, Final

import orjson

from stream.core.breach import Record, iso
from stream.core.declared import Standard
from stream.core.events import STANDARDS_CHANGED, Event

FIELDS: Final = frozenset(one.name for one in fields(Standard))
PLAIN: Final = asdict(Standard(name="", title="", form="", measure=""))
"""What a field is where nothing is written."""
VERSION_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Change:
    """holds_from, written_at: ms of event time. version: of the standards' content. by: who decided it."""

    holds_from: int
    written_at: int
    version: str
    by: str
    standards: tuple[Standard, ...]

    @property
    def identity(self) -> str:
        """What makes it the same change wherever it comes from."""
        return f"{self.holds_from}/{self.written_at}/{self.version}"

    def encode(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "holds_from": self.holds_from,
            "written_at": self.written_at,
            "version": self.version,
            "by": self.by,
            "standards": [plain(one) for one in self.standards],
        }

    def event(self, source: str) -> Event:
        """The event that tells of it."""
        content = orjson.dumps([plain(one) for one in self.standards]).decode()
        data = {"version": self.version, "holds_from": self.holds_from, "decided_by": self.by, "content": content}
        return Event(self.written_at, STANDARDS_CHANGED, "clock", f"{source}|standards-{self.identity}", data)

    @classmethod
    def of(cls, event: Event) -> Change:
        """The change that an event tells of. Raises ValueError where it tells of none."""
        data = event.data
        content = orjson.loads(data["content"])
        return cls.decode({**data, "written_at": event.time, "by": data.get("decided_by", ""), "standards": content})

    @classmethod
    def decode(cls, stored: Mapping[str, Any]) -> Change:
        """The change in what `encode` gave. Raises ValueError where it is none."""
        try:
            standards = tuple(standard_of(one) for one in stored["standards"])
            return cls(stored["holds_from"], stored["written_at"], str(stored["version"]), str(stored.get("by", "")), standards)
        except (AttributeError, KeyError, TypeError) as problem:
            msg = f"a change of the standards cannot be read: {problem!r}"
            raise ValueError(msg) from None


@dataclass(slots=True)
class Changes:
    """What of the changes a partition has heard. coming_up: those whose moment is not settled yet; heard: the identities of all."""

    coming_up: list[Change] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)
    held: Change | None = None
    """The last one that was taken."""

    def expect(self, change: Change) -> bool:
        """Note a change; False where it is known."""
        if change.identity in self.heard:
            return False
        self.heard.add(change.identity)
        self.coming_up.append(change)
        self.coming_up.sort(key=lambda one: (one.holds_from, one.written_at, one.version))
        return True

    def next(self, settled: int) -> Change | None:
        """The next change whose moment is settled, which is held from now on."""
        if not self.coming_up or self.coming_up[0].holds_from > settled:
            return None
        self.held = self.coming_up.pop(0)
        return self.held

    @property
    def coming(self) -> tuple[Standard, ...]:
        """The standards of all that is to come."""
        return tuple(standard for change in self.coming_up for standard in change.standards)

    def encode(self) -> list[Any]:
        """What must survive."""
        held = None if self.held is None else self.held.encode()
        return [[change.encode() for change in self.coming_up], sorted(self.heard), held]

    @classmethod
    def decode(cls, stored: list[Any]) -> Changes:
        """Take it back."""
        coming, heard, held = stored
        return cls([Change.decode(one) for one in coming], set(heard), None if held is None else Change.decode(held))


def plain(standard: Standard) -> dict[str, Any]:
    """A standard as plain data, without what is as usual."""
    return {name: value for name, value in asdict(standard).items() if value != PLAIN[name]}


def standard_of(stored: Mapping[str, Any]) -> Standard:
    """The standard in what `plain` gave, also after JSON made lists of its tuples; what a newer release says besides is left out."""
    found = {name: value for name, value in stored.items() if name in FIELDS}
    if "per" in found:
        found["per"] = tuple(found["per"])
    if found.get("where") is not None:
        found["where"] = {name: tuple(values) for name, values in found["where"].items()}
    return Standard(**found)


def version_of(standards: Iterable[Standard]) -> str:
    """A name for what is promised: the same for the same content."""
    content = orjson.dumps([plain(one) for one in standards], option=orjson.OPT_SORT_KEYS)
    return sha256(content).hexdigest()[:VERSION_LENGTH]


def place_of(standard: Standard) -> str:
    """Which promise of the file it is, whatever it asks for: its key, and for whom."""
    where = ";".join(f"{name}={','.join(values)}" for name, values in sorted((standard.where or {}).items()))
    return f"{standard.key}|{','.join(sorted(standard.per))}|{where}"


def audit(before: Sequence[Standard], change: Change, at: int) -> Record:
    """What a change changes, for people who ask later. `at`: when it was taken (ms)."""
    old = {place_of(one): plain(one) for one in before}
    new = {place_of(one): plain(one) for one in change.standards}
    differing = {place: {name for name in FIELDS if old[place].get(name) != new[place].get(name)} for place in new if place in old}
    changed = [
        {"standard": place, "before": _of(old[place], names), "after": _of(new[place], names)}
        for place, names in differing.items()
        if names
    ]
    return {
        "version": change.version,
        "by": change.by,
        "written_at": iso(change.written_at),
        "holds_from": iso(at),
        "added": [place for place in new if place not in old],
        "removed": [place for place in old if place not in new],
        "changed": changed,
    }


def _of(found: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: found.get(name, PLAIN[name]) for name in sorted(names)}
