"""The bytes of a manager connection -> messages: lines `Name: value`, with an empty line after the last one."""

from __future__ import annotations

import re
from typing import Final

from stream.wire.times import FIRST, LAST

END: Final = b"\r\n\r\n"
LINE_END: Final = b"\r\n"
LONGEST_MESSAGE: Final = 64 * 1024
"""Bytes. Asterisk's own are below 2 KiB; what is longer is passed over up to its end, so that nothing grows without bound."""
LONGEST_VALUE: Final = 200
"""Signs of a name or an id, as in the queue_log."""
STAMP: Final = re.compile(r"(\d{1,11})(?:\.(\d{1,9}))?", re.ASCII)
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")

Message = dict[str, str]
"""A message by the names of its lines in small letters; of two lines of one name the first."""


class Splitter:
    """Cuts the bytes of one connection into messages, however they come in pieces."""

    def __init__(self) -> None:
        """At the beginning of a connection."""
        self._held = bytearray()
        self._searched = 0
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now, without the empty line. Of one that is too long comes its first part, longer than allowed."""
        held = self._held
        held += data
        found: list[bytes] = []
        while True:
            end = held.find(END, self._searched)
            if end < 0:
                break
            if not self._skipping:
                found.append(bytes(held[:end]))
            self._skipping = False
            del held[: end + len(END)]
            self._searched = 0
        # The end may lie half in what is held.
        self._searched = max(0, len(held) - len(END) + 1)
        if len(held) > LONGEST_MESSAGE:
            if not self._skipping:
                found.append(bytes(held[: LONGEST_MESSAGE + 1]))
            self._skipping = True
            del held[: self._searched]
            self._searched = 0
        return found


def parse(raw: bytes) -> Message | None:
    """The lines of a message; None where it is too long. A line without a colon, such as the greeting, says nothing."""
    if len(raw) > LONGEST_MESSAGE:
        return None
    found: Message = {}
    for line in raw.split(LINE_END):
        name, colon, value = text(line).partition(":")
        if colon:
            found.setdefault(name.strip().lower(), value.strip())
    return found


def text(raw: bytes) -> str:
    """UTF-8, else Latin-1: a name in an old encoding spoils nothing."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def stamp(message: Message) -> int | None:
    """The moment that a message bears (ms UTC); None where it bears none, or none of any calendar."""
    match = STAMP.fullmatch(message.get("timestamp", ""))
    if match is None:
        return None
    time = int(match[1]) * 1000 + int(((match[2] or "") + "000")[:3])
    return time if FIRST <= time <= LAST else None


def named(message: Message, *names: str) -> str:
    """The first of some values that is there; empty where none is, or it can be no name."""
    for name in names:
        value = message.get(name, "")
        if value:
            return "" if len(value) > LONGEST_VALUE or CONTROL.search(value) else value
    return ""
