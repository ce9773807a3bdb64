"""The judge of all engines, on a few events whose figures are counted by hand."""

from __future__ import annotations

from itertools import islice

from benchmarks.expected import Figures, count_up, differences
from benchmarks.generate import BEGIN, events
from stream.core.events import Event
from stream.wire.codec import to_json_line


def line(at: int, kind: str, contact: str, **data: str) -> bytes:
    """An event `at` ms after the beginning."""
    return to_json_line(Event(BEGIN + at, f"contact.{kind}", contact, f"{contact}-{kind}", {"contact_id": contact, **data}), "test")


def test_figures_belong_to_the_half_hour_of_the_offer() -> None:
    """Twenty seconds are in time, a millisecond more is not; who leaves counts against the level; who waits is counted now."""
    place = {"queue": "q1", "channel": "call"}
    found = count_up(
        [
            line(0, "offered", "c-1", **place),
            line(1, "offered", "c-2", **place),
            line(20_000, "answered", "c-1"),
            line(20_002, "answered", "c-2"),
            line(1_799_999, "offered", "c-3", **place),
            line(1_800_000, "offered", "c-4", **place),
            line(1_800_500, "abandoned", "c-3", stage="queue"),
        ]
    )
    windows = {f"q1|call|{BEGIN}": [3, 2, 1, 40_001, 1, 3], f"q1|call|{BEGIN + 1_800_000}": [1, 0, 0, 0, 0, 0]}
    assert Figures(windows, {"q1|call": 1}) == found


def test_every_difference_is_named() -> None:
    """Another value, a key that is missing, and one that nobody expects."""
    ours = Figures({"a|call|0": [1, 0, 0, 0, 0, 0]}, {"a|call": 0, "b|call": 1})
    theirs = Figures({"a|call|0": [2, 0, 0, 0, 0, 0]}, {"a|call": 0, "c|call": 1})
    assert [
        "window a|call|0: [1, 0, 0, 0, 0, 0], expected [2, 0, 0, 0, 0, 0]",
        "waiting in b|call: 1, expected None",
        "waiting in c|call: None, expected 1",
    ] == list(differences(ours, theirs))
    assert [] == list(differences(ours, ours))


def test_generated_events_come_in_order_and_once_and_begin_alike() -> None:
    """The first events of a long run are those of a short one."""
    found = list(events(20_000))
    assert list(events(1_000)) == found[:1_000]
    assert sorted(event.time for event in found) == [event.time for event in found]
    assert len(found) == len({event.id for event in found})
    assert list(islice(events(20_000, seed=2), 10)) != found[:10]


def test_hundreds_of_generated_contacts_are_open_at_once() -> None:
    """The events of a contact lie far apart, as in a centre that is busy."""
    found: set[str] = set()
    for event in events(100_000):
        if event.type in ("contact.wrapped_up", "contact.abandoned"):
            found.discard(event.subject)
        else:
            found.add(event.subject)
    assert 500 < len(found) < 5_000
