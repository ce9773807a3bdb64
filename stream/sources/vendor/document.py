"""A vendor's JSON object, read tolerantly: names in any case, and a value of another type than expected is absent.

Vendors' samples mix `AgentInfo` and `agentInfo`, add fields at any time and leave others out. Nothing here raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from stream.errors import RejectedRecord
from stream.wire.fields import LONGEST
from stream.wire.times import FIRST, LAST, parse_time

SECOND: Final = 1000


class Document:
    """One object; a missing one is an empty one."""

    __slots__ = ("_fields",)

    def __init__(self, value: object) -> None:
        """`value`: what JSON gave; anything but an object is an empty one."""
        self._fields: dict[str, Any] = {name.casefold(): found for name, found in value.items()} if isinstance(value, dict) else {}

    def __bool__(self) -> bool:
        """Whether it has any field."""
        return bool(self._fields)

    def __contains__(self, name: str) -> bool:
        """Whether the field is there with a value."""
        return self._fields.get(name.casefold()) is not None

    def text(self, name: str) -> str:
        """The text, stripped; "" where there is none."""
        found = self._fields.get(name.casefold())
        return found.strip() if isinstance(found, str) else ""

    def flag(self, name: str) -> bool:
        """Whether the value is true."""
        return self._fields.get(name.casefold()) is True

    def denied(self, name: str) -> bool:
        """Whether the value is false, and not only missing."""
        return self._fields.get(name.casefold()) is False

    def word(self, name: str) -> str:
        """An id, as a text or a whole number; "" where there is none, or 0."""
        number = self.number(name)
        return self.text(name) if number is None else str(number) if number else ""

    def plain(self) -> Document:
        """The same under names without their underscores, where a vendor writes `TaskSid` here and `task_sid` there."""
        return Document({name.replace("_", ""): found for name, found in self._fields.items()})

    def part(self, *names: str) -> Document:
        """The object under a name, or under a name in an object under a name."""
        found = self
        for name in names:
            found = Document(found._fields.get(name.casefold()))
        return found

    def parts(self, name: str) -> Iterator[Document]:
        """The objects of a list."""
        found = self._fields.get(name.casefold())
        for one in found if isinstance(found, list) else ():
            if isinstance(one, dict):
                yield Document(one)

    def texts(self, name: str) -> list[str]:
        """The texts of a list."""
        found = self._fields.get(name.casefold())
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []

    def time(self, name: str) -> int | None:
        """A moment (ms): RFC 3339, or whole milliseconds since the epoch."""
        found = self._fields.get(name.casefold())
        if isinstance(found, str):
            return _parsed(found.strip())
        return found if isinstance(found, int) and not isinstance(found, bool) and FIRST <= found <= LAST else None

    def instant(self, name: str) -> int | None:
        """A moment (ms): RFC 3339, with UTC in the place of the Z, too; or seconds since the epoch, with a fraction or as figures."""
        found = self._fields.get(name.casefold())
        if isinstance(found, str):
            plain = found.strip()
            if not re.fullmatch(r"\d{9,11}", plain, re.ASCII):
                return _parsed(plain.removesuffix(" UTC") + "Z" if plain.endswith(" UTC") else plain)
            found = int(plain)
        if isinstance(found, bool) or not isinstance(found, int | float) or not FIRST <= found * SECOND <= LAST:
            return None
        return round(found * SECOND)

    def number(self, name: str) -> int | None:
        """A whole number that is not negative; figures as text are read too."""
        found = self._fields.get(name.casefold())
        if isinstance(found, str) and found.isascii() and found.isdecimal() and len(found) <= 18:  # noqa: PLR2004 - digits of 64 bits
            return int(found)
        return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None

    def amount(self, name: str, unit: int = SECOND) -> int | None:
        """A length of time (ms), written in units of `unit` ms; None where it is none, or longer than any."""
        found = self.number(name)
        return found * unit if found is not None and found * unit <= LONGEST else None


def _parsed(text: str) -> int | None:
    try:
        return parse_time(text.encode())
    except (RejectedRecord, UnicodeEncodeError):
        return None
