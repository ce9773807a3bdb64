"""A dead letter says why and where, and keeps the bytes only on request."""

from __future__ import annotations

import orjson
import pytest

from stream.errors import RejectedRecord
from stream.wire.dead_letters import Origin, dead_letter

REJECTED = RejectedRecord("missing_field", "contact.offered needs the field queue")
ORIGIN = Origin(topic="contact-events", partition=2, offset=4711)
LETTER = {
    "reason": "missing_field",
    "detail": "contact.offered needs the field queue",
    "topic": "contact-events",
    "partition": 2,
    "offset": 4711,
    "at": "1970-01-01T00:00:05.000Z",
}


def test_a_dead_letter_points_to_the_record() -> None:
    """Reason, detail, topic, partition, offset and time; no bytes."""
    key, value = dead_letter(REJECTED, ORIGIN, 5_000, b"personal", keep_bytes=False)

    assert (b"contact-events/2", LETTER) == (key, orjson.loads(value))


@pytest.mark.parametrize(("value", "kept"), [(b"\xff", "/w=="), (None, None)])
def test_the_bytes_are_kept_where_the_installation_says_so(value: bytes | None, kept: str | None) -> None:
    """They are base64, because they may be anything; a record without a value has none."""
    _, letter = dead_letter(REJECTED, ORIGIN, 5_000, value, keep_bytes=True)

    assert {**LETTER, "value": kept} == orjson.loads(letter)
