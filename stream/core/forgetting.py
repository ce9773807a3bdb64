"""Requests to forget a customer, as a stage keeps them until all that happened up to them is there.

A request holds from its own moment of event time: what happened up to then loses its customer, what happens later begins anew.
So figures stay a function of the set of events, the requests among them, whatever is still under way when one is heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

import orjson

from stream.core.stage import VERSION

ERASED: Final = ""
"""Instead of a pseudonym: there was a customer, and it is not said any more who. It is nobody's, and still not anonymous."""
REQUESTS_KEY: Final = b"!erase"


class Requests:
    """Who is to be forgotten, each with the time (ms) of the request. Gone as soon as it is done."""

    __slots__ = ("_changed", "_waiting")

    def __init__(self) -> None:
        """Begin with none."""
        self._waiting: set[tuple[int, str]] = set()
        self._changed = False

    def __bool__(self) -> bool:
        """Whether any waits."""
        return bool(self._waiting)

    def hear(self, asked: Sequence[tuple[str, int]]) -> None:
        """Take requests: (customer, time)."""
        self._waiting.update((time, customer) for customer, time in asked)
        self._changed = self._changed or bool(asked)

    def due(self, settled: int) -> list[tuple[int, frozenset[str]]]:
        """Take those up to `settled` (ms) out: (time, customers), the earliest first."""
        found = sorted(one for one in self._waiting if one[0] <= settled)
        if found:
            self._waiting.difference_update(found)
            self._changed = True
        return [(time, frozenset(customer for _, customer in group)) for time, group in groupby(found, key=lambda one: one[0])]

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """The entry, where it is another than before."""
        if not self._changed:
            return []
        self._changed = False
        return [(REQUESTS_KEY, orjson.dumps([VERSION, sorted(self._waiting)]) if self._waiting else None)]

    def restore(self, stored: list[list[Any]]) -> None:
        """Take back what `changes` gave."""
        self._waiting = {(time, customer) for time, customer in stored}


def names(stored: bytes, customers: frozenset[str]) -> bool:
    """Whether an entry can hold one of these pseudonyms: a look at the bytes, because entries are many."""
    return any(orjson.dumps(customer)[1:-1] in stored for customer in customers)
