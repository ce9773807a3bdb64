"""Closed intervals as rows."""
# ruff: noqa: DTZ001 - local times, as people write them

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from stream.sinks.intervals import Latest, Selection, deserted, table


def interval(start: str = "09:00", *, revision: int = 0, window: str = "30m", **scope: str) -> dict[str, Any]:
    """Make one record as the topic holds it."""
    return {
        "scope": {"queue": "billing", "channel": "call"} | scope,
        "window": {"name": window, "start": f"2026-11-02T{start}:00+01:00", "end": "2026-11-02T23:59:00+01:00"},
        "revision": revision,
        "measures": {
            "offered": 12 + revision,
            "answered": 9,
            "abandoned": 3,
            "short_abandoned": 1,
            "wait_answered_mean_seconds": 31.26,
            "wait_max_seconds": 190,
            "handle_mean_seconds": None,
            "service_level": [
                {"formula": "strict", "within_seconds": 20, "numerator": 7, "denominator": 12, "ratio": 7 / 12},
                {"formula": "answered", "within_seconds": 20, "numerator": 7, "denominator": 9, "ratio": 7 / 9},
            ],
        },
    }


def test_a_row_holds_counts_service_level_and_means() -> None:
    """One column for each threshold of the formula asked for; what has no data is empty, not 0."""
    header = "start end queue channel offered answered abandoned short_abandoned flowed_out"
    header += " service_level_20s asa_seconds longest_wait_seconds aht_seconds max_waiting"
    begin, end = "2026-11-02T09:00:00+01:00", "2026-11-02T23:59:00+01:00"
    expected = (header.split(), [[begin, end, "billing", "call", 12, 9, 3, 1, None, 0.5833, 31.3, 190, None, None]])
    assert expected == table([interval()], "strict")


def test_the_last_record_of_an_interval_counts_once() -> None:
    """Late events send an interval again, and so does a state that is made anew: its revisions begin again at 1."""
    latest = Latest()
    for record in (interval(revision=1), interval(revision=2), interval("08:30"), interval(revision=1)):
        latest.add(record["window"]["start"].encode(), record)
    expected = [interval("08:30"), interval(revision=1)]
    assert expected == latest.sorted()


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), True),
        (Selection(window="day"), False),
        (Selection(queues=frozenset({"sales"})), False),
        (Selection(since=datetime(2026, 11, 2, 9)), True),
        (Selection(since=datetime(2026, 11, 2, 9, 1)), False),
        (Selection(until=datetime(2026, 11, 2, 9)), False),
    ],
)
def test_intervals_are_selected_by_window_queue_and_start(selection: Selection, expected: bool) -> None:  # noqa: FBT001 - a table
    """From is inclusive, to is not."""
    assert expected == selection.takes(interval())


def test_wider_scopes_are_left_out() -> None:
    """The whole, a queue or a channel would count every contact again."""
    record = interval()
    for scope in ({}, {"queue": "billing"}, {"channel": "call"}):
        assert not Selection().takes(record | {"scope": scope})


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ({}, True),
        ({"offered": 0, "handle_mean_seconds": None}, True),
        ({"service_level": [{"formula": "strict", "within_seconds": 20, "numerator": 0, "denominator": 0, "ratio": None}]}, True),
        ({"accessibility": {"staffed_seconds": 0.0, "open_seconds": 1_800.0, "ratio": 0.0}}, True),
        ({"accessibility": {"staffed_seconds": 60.0, "open_seconds": 1_800.0, "ratio": 60 / 1_800}}, False),
        ({"offered": 0, "answered": 1}, False),
        ({"offered": 0, "max_waiting": 1}, False),
        ({"offered": 0, "agent_state_seconds": {"paused": 4.5}}, False),
        ({"abandoned_within": [{"within_seconds": 20, "abandoned": 1, "answered": 0}]}, False),
    ],
)
def test_an_interval_is_deserted_where_nobody_was(measures: dict[str, Any], expected: bool) -> None:  # noqa: FBT001 - a table
    """Thresholds and open hours are no contact and no agent; whoever waits or is paused is there."""
    assert expected == deserted(interval() | {"measures": measures})
