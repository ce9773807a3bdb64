"""What all sources of vendors' JSON have in common: texts that cannot be written."""

from __future__ import annotations

import json

import pytest

from stream.core.events import Event
from stream.sources.records import Rejected
from stream.sources.vendor.telling import LONGEST_ID
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


def test_a_long_reason_is_cut_and_a_long_name_refused() -> None:
    """A reason is in the vendor's words, of which the beginning says enough; what is cut of a name would be another's."""
    missed = WAITS.replace(b"member-queue-start", b"bridge-agent-fail")[:-1] % b"c1" + b',"CC-Agent":"%s","CC-Hangup-Cause":"%s"}'
    (ring,) = told("freeswitch", [missed % (b"a1", "İ".encode() * 500_000)])
    assert isinstance(ring, Event)
    assert LONGEST_ID == len(ring.data["reason"])
    (refused,) = told("freeswitch", [missed % (b"a" * 2_001, b"NO_ANSWER")])
    assert isinstance(refused, Rejected)
    assert ("bad_value", "agent_id is too long for a name") == (refused.reason, refused.detail)


@pytest.mark.parametrize("names", [["q" * 2_001], [f"q{number}" for number in range(1_001)]])
def test_a_list_that_is_no_list_of_names_is_refused(names: list[str]) -> None:
    """An agent in a queue whose name no topic takes, or in more queues than one takes: the source says so, not whoever writes it."""
    profile = {"InboundQueues": [{"ARN": f"x/queue/{name}", "Name": name} for name in names]}
    now = {"AgentStatus": {"Type": "ROUTABLE"}, "Configuration": {"RoutingProfile": profile}}
    line = {
        "AgentARN": "x/agent/a",
        "EventId": "e",
        "EventType": "LOGIN",
        "EventTimestamp": "2026-03-02T08:00:00Z",
        "CurrentAgentSnapshot": now,
    }
    (refused,) = told("amazon-connect", [json.dumps(line).encode()])
    assert isinstance(refused, Rejected)
    assert ("bad_value", "queues holds too much, or what is too long for a name") == (refused.reason, refused.detail)
