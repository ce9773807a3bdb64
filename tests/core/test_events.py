"""The total order of events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.core.events import AGENT_EVENTS, CONTACT_EVENTS, Event, order


def test_agents_before_leaving_before_entering() -> None:
    """In one millisecond, so that a call that is answered makes room for the one that comes."""
    kinds = ["contact.offered", "contact.answered", "agent.state_changed", "contact.requeued", "contact.abandoned", "clock.marked"]
    found = sorted((Event(1, kind, "x", str(number), {}) for number, kind in enumerate(kinds)), key=order)
    assert ["2", "1", "4", "0", "3", "5"] == [event.id for event in found]


def test_time_goes_first() -> None:
    """Whatever happened."""
    assert order(Event(1, "contact.offered", "z", "z", {})) < order(Event(2, "agent.state_changed", "a", "a", {}))


@given(
    st.permutations([(kind, subject, identity) for kind in (CONTACT_EVENTS[1], AGENT_EVENTS[0]) for subject in "ab" for identity in "12"])
)
def test_it_is_total(rows: list[tuple[str, str, str]]) -> None:
    """Any arrival sorts alike, by subject and then by id."""
    found = sorted((Event(1, *row, {}) for row in rows), key=order)
    assert sorted(rows) == [(event.type, event.subject, event.id) for event in found]
