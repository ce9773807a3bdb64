"""The mails of a file: an mbox holds many, a file of a maildir (or any .eml) is one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

ENVELOPE: Final = re.compile(rb"From .*\d\d:\d\d")
"""The line before each mail of an mbox (RFC 4155); a body's own line of that look is written as `>From `."""
MOST_BYTES: Final = 256 * 1024
"""Of one header; what is longer is cut."""


def mails(lines: Iterable[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Each mail's header as lines, with the number of its first line in the file."""
    begun, size, several = 0, 0, False
    inside, blank = False, True
    held: list[bytes] = []
    for number, line in enumerate(lines, start=1):
        if number == 1:
            several = ENVELOPE.match(line) is not None
        if (several and blank and ENVELOPE.match(line)) or number == 1:
            if held:
                yield begun, held
            begun, size, held, inside = number, 0, [], True
            if several:
                blank = False
                continue
        blank = not line.strip(b"\r\n")
        if inside and blank:
            inside = False
        elif inside and size < MOST_BYTES:
            held.append(line[: MOST_BYTES - size])
            size += len(line)
    if held:
        yield begun, held
