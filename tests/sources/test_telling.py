"""What all sources of vendors' JSON have in common: texts that cannot be written."""

from __future__ import annotations

import pytest

from stream.core.events import Event
from stream.sources.records import Rejected
from stream.wire.codec import to_json_line
from tests.sources.vendors import told

WAITS = b'{"Event-Date-Timestamp":"1772442000000000","CC-Action":"member-queue-start","CC-Queue":"billing","CC-Member-Session-UUID":"%s"}'


@pytest.mark.parametrize("half", [b"\\ud800", b"\\uDFFF", b"x\\udc00\\ud800y"])
def test_half_a_sign_is_refused_and_the_rest_of_its_line_goes_on(half: bytes) -> None:
    """JSON can spell a lone surrogate, which no UTF-8 holds: the object is refused by itself, alone in its line or among others."""
    found = told("freeswitch", [WAITS % half + b"\n", WAITS % b"c1" + WAITS % half + WAITS % b"\\ud83d\\ude00" + b"\n"])
    assert [("undecodable", "a text holds half a sign", 1), ("undecodable", "a text holds half a sign", 2)] == [
        (one.reason, one.detail, one.line) for one in found if isinstance(one, Rejected)
    ]
    events = [one for one in found if isinstance(one, Event)]
    assert ["freeswitch/c1", "freeswitch/\U0001f600"] == [one.subject for one in events]
    assert all(to_json_line(one, "test") for one in events)
