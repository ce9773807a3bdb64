"""The bytes of an event socket -> frames: lines `Name: value`, an empty line, and as many bytes of body as `Content-Length` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HEAD_END: Final = b"\n\n"
LONGEST_HEAD: Final = 16 * 1024
LONGEST_BODY: Final = 8 * 1024 * 1024
"""Bytes. An event with all variables of its channel has some 20 KiB, a list of 5 000 agents 1 MiB; what is longer is passed over."""
LONGEST_LENGTH: Final = 12
"""Digits of a length."""

EVENT: Final = "text/event-json"
ANSWER: Final = "api/response"
REPLY: Final = "command/reply"
ASKED: Final = "auth/request"
REFUSED: Final = "text/rude-rejection"
PARTING: Final = "text/disconnect-notice"
CLOCK: Final = "answerable/clock"
LOOK: Final = "answerable/look"
"""Of our own: what the switch answered to a question about its time, and about all queues."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its content type, what it replies in its head, and its body; `cut` where that was longer than allowed and is left out."""

    kind: str
    reply: str
    body: bytes
    cut: bool = False


class Frames:
    """Cuts the bytes of one connection into frames, however they come in pieces."""

    def __init__(self) -> None:
        """At the beginning of a connection."""
        self._held = bytearray()
        self._searched = 0
        self._head: tuple[str, str] | None = None
        self._left = 0
        self._cut = False
        self.broken = False
        """Whether what came is no event socket's: nothing after it can be understood."""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole now."""
        found: list[Frame] = []
        if self.broken:
            return found
        self._held += data
        while True:
            if self._head is None and not self._begin():
                return found
            if not self._cut and len(self._held) < self._left:
                return found
            taken = min(self._left, len(self._held))
            body = b"" if self._cut else bytes(self._held[:taken])
            del self._held[:taken]
            self._left -= taken
            if self._left:
                return found
            kind, reply = self._head or ("", "")
            found.append(Frame(kind, reply, body, self._cut))
            self._head, self._cut = None, False

    def _begin(self) -> bool:
        """Take the head of a frame; whether there is a whole one."""
        while self._held[:1] == b"\n":  # between frames an empty line more says nothing
            del self._held[:1]
        end = self._held.find(HEAD_END, self._searched)
        if end < 0:
            self._searched = max(0, len(self._held) - 1)
            self.broken = len(self._held) > LONGEST_HEAD
            return False
        lines = bytes(self._held[:end]).decode("utf-8", "replace").split("\n")
        del self._held[: end + len(HEAD_END)]
        self._searched = 0
        head = {name.strip().casefold(): value.strip() for name, _, value in (line.partition(":") for line in reversed(lines))}
        length = head.get("content-length", "0")
        if "content-type" not in head or not (length.isascii() and length.isdecimal() and len(length) <= LONGEST_LENGTH):
            self.broken = True
            return False
        self._head = head["content-type"].casefold(), head.get("reply-text", "")
        self._left = int(length)
        self._cut = self._left > LONGEST_BODY
        return True


def carried(kind: str, body: bytes) -> bytes:
    """A frame as the intake keeps it: told again it is the same."""
    return f"Content-Type: {kind}".encode() + HEAD_END + body


def opened(raw: bytes) -> tuple[str, bytes]:
    """The content type and the body of what was carried."""
    head, _, body = raw.partition(HEAD_END)
    return head.decode("utf-8", "replace").partition(": ")[2], body
