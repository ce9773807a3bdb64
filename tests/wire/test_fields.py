"""The look at a glance and the check: the one may let through only what the other takes as it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from stream.core.events import Event
from stream.errors import RejectedRecord
from stream.wire.fields import EVENT_TYPES, check, is_plain
from tests.wire.strategies import events, odd


@given(events(), odd)
def test_what_passes_at_a_glance_passes_the_check_unchanged(event: Event, changes: dict[str, Any]) -> None:
    """No field that the check would refuse, take away or change gets past the look."""
    kind, data = EVENT_TYPES[event.type], {**event.data, **changes}
    if is_plain(kind, data):
        assert data == check(kind, dict(data))


@given(events())
def test_a_usual_event_passes_at_a_glance(event: Event) -> None:
    """Where it did not, decoding would be slow and nobody would see it."""
    assert is_plain(EVENT_TYPES[event.type], event.data)


def test_an_unknown_field_is_left_to_the_check() -> None:
    """It passes there, as it always did."""
    kind, data = EVENT_TYPES["contact.begun"], {"contact_id": "c", "channel": "call", "priority": [3]}
    assert (False, data) == (is_plain(kind, data), check(kind, dict(data)))


@pytest.mark.parametrize("value", ["", "fax", 3, None, ["call"]])
def test_a_choice_is_one_of_its_words(value: object) -> None:
    """Neither passes another text, nor anything of another class, even one that holds a word of it."""
    kind, data = EVENT_TYPES["contact.begun"], {"contact_id": "c", "channel": value}
    assert not is_plain(kind, data)
    with pytest.raises(RejectedRecord):
        check(kind, data)
