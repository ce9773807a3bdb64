"""Which issue goes on in which: the merges that help desks told of, as every partition of the issues knows all of them.

Of one issue the first merge counts. A merge into itself says nothing, and so does the last merge of a circle: when it was told,
the other issue had gone on in this one already. So each issue ends in exactly one that goes on, whatever order merges come in.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any, Final

import orjson

from stream.core.stage import VERSION

MERGE: Final = "merge"
"""The first field of a row that tells every partition of a merge: ("merge", issue, time, id of the event, into)."""
MERGE_KEY: Final = b">"
"""Before the id of an issue, in the state: the merges that were told of it."""

Merge = tuple[int, str, str]
"""(time in ms, id of the event, the issue in which it goes on)."""


class Merges:
    """All merges by the issue that was merged, and what follows from them."""

    __slots__ = ("_dirty", "_due", "_into", "_told")

    def __init__(self) -> None:
        """Begin with none."""
        self._told: dict[str, dict[str, tuple[int, str]]] = {}
        self._into: dict[str, set[str]] = {}
        """By issue, those whose first merge is into it."""
        self._dirty: set[str] = set()
        self._due: list[tuple[int, str]] = []

    def first(self, issue: str) -> Merge | None:
        """The merge that counts of an issue, wherever it leads."""
        told = self._told.get(issue)
        return None if not told else min((time, identity, into) for identity, (time, into) in told.items())

    def path(self, issue: str) -> list[tuple[str, int]]:
        """The issues in which it goes on, one after the other, each with the moment (ms) since when; empty where it was not merged."""
        steps: list[tuple[str, Merge]] = []
        places: dict[str, int] = {}
        here = issue
        while here not in places and (merge := self.first(here)) is not None:
            places[here] = len(steps)
            steps.append((here, merge))
            here = merge[2]
        if here in places:  # A circle, and perhaps a way into it: it ends where the last of its merges was told.
            circle = steps[places[here] :]
            last = max(range(len(circle)), key=lambda place: (*circle[place][1][:2], circle[place][0]))
            steps = steps[: places[here]] + circle[:last]
            if not steps:
                return []
        out: list[tuple[str, int]] = []
        since = steps[0][1][0] if steps else 0
        for _, (time, _, into) in steps:
            since = max(since, time)
            out.append((into, since))
        return out

    def reaching(self, issue: str) -> set[str]:
        """The issue, and all that go on in it or through it: whose path can change with its merge."""
        found, look = {issue}, [issue]
        while look:
            for other in self._into.get(look.pop(), ()):
                if other not in found:
                    found.add(other)
                    look.append(other)
        return found

    def is_new(self, issue: str, time: int, identity: str, into: str) -> bool:
        """Whether a merge is one that is not known. Of two with one id the lesser counts, whichever comes first."""
        known = self._told.get(issue, {}).get(identity)
        return into != issue and (known is None or (time, into) < known)

    def take(self, issue: str, time: int, identity: str, into: str) -> None:
        """Take a merge that `is_new`."""
        self._put(issue, {**self._told.get(issue, {}), identity: (time, into)})
        self._dirty.add(issue)

    def _put(self, issue: str, told: dict[str, tuple[int, str]]) -> None:
        before = self.first(issue)
        if told:
            self._told[issue] = told
        else:
            self._told.pop(issue, None)
        after = self.first(issue)
        if before is not None and (after is None or after[2] != before[2]):
            sources = self._into[before[2]]
            sources.discard(issue)
            if not sources:
                del self._into[before[2]]
        if after is not None:
            self._into.setdefault(after[2], set()).add(issue)

    # -- what is kept -------------------------------------------------------------------------------------------------

    def keep(self, issue: str, until: int) -> None:
        """Look at an issue's merges again at `until` (ms): then nobody may need them any more."""
        heappush(self._due, (until, issue))

    def due(self, settled: int) -> Iterable[str]:
        """The issues whose merges may be forgotten now."""
        while self._due and self._due[0][0] < settled:
            _, issue = heappop(self._due)
            if issue in self._told:
                yield issue

    def forget(self, issue: str) -> None:
        """Forget an issue's merges."""
        self._put(issue, {})
        self._dirty.add(issue)

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """The entries that changed."""
        out: list[tuple[bytes, bytes | None]] = []
        for issue in sorted(self._dirty):
            told = self._told.get(issue)
            value = (
                None if told is None else orjson.dumps([VERSION, sorted([time, identity, into] for identity, (time, into) in told.items())])
            )
            out.append((MERGE_KEY + issue.encode(), value))
        self._dirty.clear()
        return out

    def restore(self, issue: str, stored: list[Any]) -> None:
        """Take an entry back."""
        self._put(issue, {identity: (time, into) for time, identity, into in stored})
