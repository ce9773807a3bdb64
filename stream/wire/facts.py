"""Records of scope-facts: written by one stage of ours and read by the next, so plain JSON without headers.

    {"s": source, "o": offset, "i": number in the batch, "k": scope, "f": [[fact, ...], ...]}     facts of one batch for one scope
    {"s": source, "w": settled, "x": final}                                               how far a source has come
    {"s": source, "c": change}                                                            what is promised from a moment on

Facts are as in `stream.core.facts`. What is not of this shape was not written by us, and goes to dead-letters.
"""

from __future__ import annotations

from typing import Any

import orjson

from stream.errors import RejectedRecord

FACTS = frozenset("soikf")
TIME = frozenset("swx")
CHANGE = frozenset("sc")


class Encoder:
    """Encodes the records of one batch: a group of facts that several scopes share is made JSON once."""

    def __init__(self) -> None:
        """Begin a batch."""
        self._groups: dict[int, tuple[list[Any], orjson.Fragment]] = {}

    def encode(self, record: dict[str, Any]) -> bytes:
        """The value of a record."""
        groups = record.get("f")
        if groups is None:
            return orjson.dumps(record)
        return orjson.dumps({**record, "f": [self._group(group) for group in groups]})

    def _group(self, group: list[Any]) -> orjson.Fragment:
        known = self._groups.get(id(group))
        if known is None:
            # The group is kept with its text, so that nothing else can come by its id meanwhile.
            known = self._groups[id(group)] = group, orjson.Fragment(orjson.dumps(group))
        return known[1]


def decode(value: bytes | None) -> dict[str, Any]:
    """The record in `value`; raises RejectedRecord where it is none."""
    try:
        record = orjson.loads(value or b"")
    except orjson.JSONDecodeError as error:
        raise RejectedRecord("undecodable", f"scope-facts hold JSON: {error}") from None
    if not isinstance(record, dict) or record.keys() not in (FACTS, TIME, CHANGE):
        raise RejectedRecord("bad_value", "a record of scope-facts has the fields s, o, i, k, f or s, w, x or s, c")
    groups = record.get("f")
    if groups and groups[0] and isinstance(groups[0][0], str):
        # Written before facts came in groups, and read after an update: it is one group.
        record["f"] = [groups]
    return record
