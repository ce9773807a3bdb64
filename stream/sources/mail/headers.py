"""The header of a mail, read tolerantly: whatever the bytes are, nothing here raises.

Only names, addresses, ids and dates are looked for, all of them ASCII; bytes of other encodings pass as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import mktime_tz, parsedate_tz
from typing import Final

from stream.wire.times import FIRST, LAST

LONGEST_VALUE: Final = 16 * 1024
"""Characters of one header that are read: more than any mail needs, few enough that nobody can keep us busy."""
LONGEST_DATE: Final = 200
MOST_IDS: Final = 100
QUOTED: Final = re.compile(r'"[^"]*"')
ANGLED: Final = re.compile(r"<([^<>]*)>")
ADDRESS: Final = re.compile(r"[^\s<>,;:\"()\[\]@]{1,256}@[^\s<>,;:\"()\[\]@]{1,256}")
MESSAGE_ID: Final = re.compile(r"<([^<>\s]{1,998})>")


class Headers:
    """The headers of one mail by name; of a repeated one the first counts, which is the last that a server added."""

    __slots__ = ("_found",)

    def __init__(self, lines: Iterable[bytes]) -> None:
        """`lines`: of the header, with their ends; a folded line belongs to the one before it."""
        self._found: dict[str, str] = {}
        name, parts, length = "", [], 0
        for raw in lines:
            line = raw.decode("latin-1").rstrip("\r\n")
            if line[:1] in (" ", "\t"):
                if length < LONGEST_VALUE:
                    parts.append(line.strip()[:LONGEST_VALUE])
                    length += len(line)
                continue
            self._keep(name, parts)
            name, _, rest = line.partition(":")
            parts, length = [rest.strip()[:LONGEST_VALUE]], len(rest)
        self._keep(name, parts)

    def _keep(self, name: str, parts: list[str]) -> None:
        name = name.strip().lower()
        if name and name not in self._found:
            self._found[name] = " ".join(parts)[:LONGEST_VALUE].strip()

    def __contains__(self, name: str) -> bool:
        """Whether the header is there."""
        return name in self._found

    def text(self, name: str) -> str:
        """The value with its folds undone; "" where there is none. Names are lower case."""
        return self._found.get(name, "")

    def addresses(self, *names: str) -> list[str]:
        """The addresses in these headers, lower case, in their order; what people are called is passed over."""
        found: list[str] = []
        for name in names:
            for part in QUOTED.sub("", self.text(name)).split(","):
                angled = ANGLED.search(part)
                one = ADDRESS.search(part if angled is None else angled[1])
                if one is not None:
                    found.append(one[0].lower())
        return found

    def ids(self, name: str) -> list[str]:
        """The message ids in a header; of very many, the first one (the thread's) and the last ones."""
        found = MESSAGE_ID.findall(self.text(name))
        return found if len(found) <= MOST_IDS else [found[0], *found[1 - MOST_IDS :]]

    def arrived(self) -> int | None:
        """When the last server took it (ms): the stamp of the uppermost Received."""
        return moment(self.text("received").rpartition(";")[2])

    def written(self) -> int | None:
        """When its writer says it was written (ms)."""
        return moment(self.text("date"))


def moment(text: str) -> int | None:
    """A date as mails have it (RFC 5322) in ms; None where it is none, or in no time that events have. Without a zone it is UTC."""
    try:
        fields = parsedate_tz(text[:LONGEST_DATE])
        found = None if fields is None else int(mktime_tz(fields)) * 1000
    except (ValueError, TypeError, IndexError, OverflowError, RecursionError):
        return None
    return found if found is not None and FIRST <= found <= LAST else None
