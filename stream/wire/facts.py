"""Records of scope-facts: written by one stage of ours and read by the next, so plain JSON without headers.

    {"s": source, "o": offset, "i": number in the batch, "k": scope, "f": [fact, ...]}     facts of one batch for one scope
    {"s": source, "w": settled, "x": final}                                               how far a source has come

Facts are as in `stream.core.facts`. What is not of this shape was not written by us, and goes to dead-letters.
"""

from __future__ import annotations

from typing import Any

import orjson

from stream.errors import RejectedRecord

FACTS = frozenset("soikf")
TIME = frozenset("swx")


def decode(value: bytes | None) -> dict[str, Any]:
    """The record in `value`; raises RejectedRecord where it is none."""
    try:
        record = orjson.loads(value or b"")
    except orjson.JSONDecodeError as error:
        raise RejectedRecord("undecodable", f"scope-facts hold JSON: {error}") from None
    if not isinstance(record, dict) or record.keys() not in (FACTS, TIME):
        raise RejectedRecord("bad_value", "a record of scope-facts has the fields s, o, i, k, f or s, w, x")
    return record
