"""Our own CloudEvents as JSON lines."""

from __future__ import annotations

import pytest

from stream.config.yaml import parse
from stream.core.events import Event
from stream.errors import DeclarationError
from stream.sources.events import prepare, translate
from stream.sources.records import Rejected
from stream.wire.codec import from_json, to_json_line

BEGUN = Event(1_000, "contact.begun", "c1", "test|e1", {"contact_id": "c1", "channel": "call"})


def test_lines_become_events_and_bad_ones_rejects() -> None:
    """Empty lines are passed over; each bad line has its reason, number and bytes."""
    lines = [to_json_line(BEGUN, "x"), b"\n", b"{\n", b"[1]\n", b'{"type": "cc.contact.begun.v1"}\n', to_json_line(BEGUN, "x").strip()]
    found = list(translate(lines, from_json))
    rejected = [(one.line, one.reason, one.raw) for one in found if isinstance(one, Rejected)]
    expected = [(3, "undecodable", lines[2]), (4, "undecodable", lines[3]), (5, "missing_field", lines[4])]
    assert ([BEGUN, BEGUN], expected) == ([one for one in found if isinstance(one, Event)], rejected)


def test_it_takes_no_mapping() -> None:
    """Our own events need none; one that is given by mistake is not passed over."""
    with pytest.raises(DeclarationError) as refused:
        prepare(parse("version: 1\n", "m.yaml"), from_json)
    assert "m.yaml:1: the source events takes no mapping: leave --mapping out" == str(refused.value)
