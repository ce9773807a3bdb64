"""Segments and whole contacts come from the core's fold, whatever happened to them."""

from __future__ import annotations

from itertools import count
from typing import Any

from stream.core.centre import Centre
from stream.core.events import Event
from stream.reconcile.outcomes import Outcome, roots, segments

NUMBERS = count()
MONDAY = 1_772_409_600_000


def event(time: int, kind: str, **data: Any) -> Event:
    """An event of contact c1, at a time in seconds."""
    return Event(MONDAY + time * 1000, kind, "c1", f"e{next(NUMBERS)}", data)


def moved() -> list[Event]:
    """Offered to sales, requeued to billing, answered there, handed on to support, and gone from there."""
    return [
        event(0, "contact.offered", queue="sales", channel="call"),
        event(30, "contact.requeued", queue="billing"),
        event(50, "contact.answered"),
        event(80, "contact.transferred", to_queue="support"),
        event(95, "contact.abandoned", stage="queue"),
    ]


def brief(one: Outcome) -> tuple[str, int, str, int | None, int, int | None, int | None]:
    """What matters of an outcome, in seconds."""
    left, ended = (None if at is None else (at - MONDAY) // 1000 for at in (one.left, one.ended))
    handled = None if one.handled is None else one.handled // 1000
    return one.queue, (one.offered - MONDAY) // 1000, one.kind, left, one.wait // 1000, ended, handled


def test_each_stay_is_a_segment() -> None:
    """Each with its own wait and end."""
    assert [
        ("sales", 0, "flowed_out", 30, 30, 30, None),
        ("billing", 30, "answered", 50, 20, 80, 30),
        ("support", 80, "abandoned", 95, 15, 95, None),
    ] == [brief(one) for one in segments(moved(), Centre())]


def test_a_root_contact_is_counted_once() -> None:
    """It was offered to sales, waited 50 s for its first answer, and ended with its last segment."""
    assert [("sales", 0, "answered", 50, 50, 95, 30)] == [brief(one) for one in roots(segments(moved(), Centre()))]


def test_the_order_and_repetition_of_events_do_not_matter() -> None:
    """Outcomes are a function of the set of events."""
    events = moved()
    assert [brief(one) for one in segments(events, Centre())] == [brief(one) for one in segments([*reversed(events), *events], Centre())]


def test_excluded_contacts_are_not_there() -> None:
    """What the source takes back counts nowhere."""
    assert [] == segments([*moved()[:3], event(60, "contact.excluded", reason="test")], Centre())


def test_a_channel_that_is_not_asked_for_is_left_out() -> None:
    """A report of chats knows no calls."""
    assert [] == segments(moved(), Centre(), ("chat",))
