"""Records of scope-facts, as one stage writes and the next reads them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from stream.errors import RejectedRecord
from stream.wire.facts import Encoder, decode

FACT = ["answered", 1, 1, 1, "anna", 0, 1, 1]


def record(groups: list[Any]) -> dict[str, Any]:
    """A record of facts for the whole."""
    return {"s": "contacts/0", "o": 1, "i": 0, "k": "all", "f": groups}


def test_groups_come_back_as_they_were_written() -> None:
    """In whatever records they stand."""
    encode, shared = Encoder().encode, [FACT]
    assert record([shared, [FACT, FACT]]) == decode(encode(record([shared, [FACT, FACT]])))
    assert record([shared]) == decode(encode(record([shared])))


def test_a_sources_time_is_written_as_it_is() -> None:
    """It has no facts."""
    time = {"s": "agents/1", "w": 5, "x": False}
    assert time == decode(Encoder().encode(time))


def test_facts_of_the_release_before_are_one_group() -> None:
    """They are read after an update, and must not be lost."""
    assert record([[FACT, FACT]]) == decode(orjson.dumps(record([FACT, FACT])))


@pytest.mark.parametrize("value", [None, b"{", b"[]", b'{"s": 1}'])
def test_what_we_did_not_write_is_refused(value: bytes | None) -> None:
    """It goes to dead-letters."""
    with pytest.raises(RejectedRecord):
        decode(value)
