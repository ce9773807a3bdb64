"""Our own CloudEvents from outside: everything of the contract, but what steers workers."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given

from stream.core.events import Event
from stream.sources.cloud_events import prepare
from stream.sources.records import CUSTOMER, Rejected, Unknown
from stream.wire.codec import from_json
from tests.sources.vendors import broken, fits_on_the_wire

EVENT: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "1",
    "source": "crm",
    "type": "cc.contact.offered.v1",
    "time": "2026-03-02T09:00:00Z",
    "data": {"contact_id": "c1", "queue": "billing", "channel": "call", "customer": "+49 30 1"},
}


def told(*records: bytes) -> list[Event | Rejected | Unknown]:
    """What records become."""
    return list(prepare(None, from_json).translate(records))


def test_an_event_is_read_with_its_customer_for_the_gateway_to_conceal() -> None:
    """Under the id that the sender gave it."""
    [found] = told(json.dumps(EVENT).encode())
    assert isinstance(found, Event)
    assert ("crm|1", "contact.offered", "c1", "+49 30 1") == (found.id, found.type, found.subject, found.data[CUSTOMER])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "cc.clock.marked.v1", "data": {"final": True}}, "unknown_type"),
        ({"type": "cc.standards.changed.v1", "data": {"version": "1", "holds_from": EVENT["time"], "content": "x"}}, "unknown_type"),
        ({"type": "cc.erasure.requested.v1", "data": {"customer_ref": "x"}}, "unknown_type"),
        ({"type": "com.example"}, "unknown_type"),
        ({"data": {**EVENT["data"], "customer": ["+49 30 1"]}}, "bad_value"),
        ({"data": {}}, "missing_field"),
        ({"time": "yesterday"}, "bad_value"),
    ],
)
def test_what_steers_workers_and_what_breaks_the_contract_is_set_aside(change: dict[str, Any], reason: str) -> None:
    """With a reason, and without a personal value in it."""
    [found] = told(json.dumps({**EVENT, **change}).encode())
    assert isinstance(found, Rejected)
    assert reason == found.reason
    assert "+49" not in found.detail


@given(broken([json.dumps(EVENT).encode()]))
def test_no_input_whatever_raises(lines: list[bytes]) -> None:
    """Any bytes become events and rejects."""
    assert fits_on_the_wire(one for one in told(*lines) if isinstance(one, Event))
