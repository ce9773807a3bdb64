"""A breach as one line that people read."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stream.sinks.breaches import figure, line, scope

BREACH: dict[str, Any] = {
    "id": "calls-answered|channel=call,queue=billing|1999-02-01T12:04:10.000Z",
    "revision": 1,
    "status": "firing",
    "provisional": False,
    "standard": "calls-answered",
    "title": "Calls answered within 2 minutes",
    "severity": "critical",
    "form": "percentage",
    "scope": {"queue": "billing", "channel": "call"},
    "value": 0.8421,
    "target": 0.9,
    "op": ">=",
    "unit": "share",
    "started_at": "1999-02-01T12:04:10.000Z",
    "ended_at": None,
    "at": "1999-02-01T12:04:10.000Z",
    "runbook": "",
}


def test_a_firing_breach_is_one_line() -> None:
    """Time, status, scope, the standard's title, what was found and what it should be."""
    assert "12:04:10 firing    billing/call     Calls answered within 2 minutes: 84.2 %, should be at least 90 %" == line(BREACH)


def test_a_provisional_breach_says_so_and_times_are_local() -> None:
    """What may still be corrected is marked; the time is the centre's."""
    found = line(BREACH | {"provisional": True, "status": "resolved", "value": 0.95}, ZoneInfo("Asia/Jerusalem"))
    assert "14:04:10 resolved  billing/call     Calls answered within 2 minutes: 95 %, should be at least 90 % (provisional)" == found


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"value": 0.8996}, "89.9 %, should be at least 90 %"),
        ({"value": 0.0504, "op": "<=", "target": 0.05}, "5.1 %, should be at most 5 %"),
        (
            {"value": 2.04, "op": "<=", "target": 2, "unit": "contacts per agent"},
            "2.1 contacts per agent, should be at most 2 contacts per agent",
        ),
        ({"value": 900.4, "op": "<=", "target": 900, "unit": "seconds"}, "15 min 1 s, should be at most 15 min"),
        ({"value": 16.0, "op": "<=", "target": 15, "unit": "contacts"}, "16 contacts, should be at most 15 contacts"),
    ],
)
def test_what_is_broken_never_looks_kept_for_the_digits_that_are_left_out(broken: dict[str, Any], words: str) -> None:
    """Nobody would believe a breach that says: 90 %, should be at least 90 %."""
    assert line(BREACH | broken).endswith(f": {words}")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"value": 600.0, "limit": "unacceptable"}, "one is over 10 min (unacceptable)"),
        ({"value": 720.0, "limit": "unacceptable"}, "one took 12 min, over 10 min (unacceptable)"),
        ({"value": 600.0, "limit": "within"}, "one is over 10 min"),
        ({"value": 720.0}, "one took 12 min, over 10 min"),
    ],
)
def test_a_clock_speaks_of_one_contact(more: dict[str, Any], words: str) -> None:
    """Under the title of a percentage its limit for single contacts is no share."""
    found = line(BREACH | {"form": "clock", "unit": "seconds", "op": "<=", "target": 600.0} | more)
    assert f"12:04:10 firing    billing/call     Calls answered within 2 minutes: {words}" == found


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"queue": "billing", "channel": "call"}, "billing/call"),
        ({"queue": "billing"}, "billing"),
        ({"channel": "call"}, "call"),
        ({}, "all"),
    ],
)
def test_a_scope_is_named_in_short(named: dict[str, str], expected: str) -> None:
    """Queue and channel, or what there is of them."""
    assert expected == scope(named)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.9, "share", "90 %"),
        (16, "contacts", "16 contacts"),
        (2.333, "contacts per agent", "2.3 contacts per agent"),
        (None, "contacts per agent", "nobody staffed"),
        (None, "share", "no data"),
        (125.2, "seconds", "2 min 5 s"),
    ],
)
def test_a_figure_is_written_in_its_unit(value: float | None, unit: str, expected: str) -> None:
    """Shares as percent, times in words; JSON knows no infinity, so null is one where it can only be one."""
    assert expected == figure(value, unit)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({}, "all"),
        ({"queue": "Kundendienst Süd", "channel": "call"}, "Kundendienst Süd/call"),
        ({"queue": "a/call"}, "queue=a/call"),
        ({"team": "north", "channel": "call"}, "channel=call,team=north"),
    ],
)
def test_a_place_is_named_in_short_and_a_team_by_its_name(named: dict[str, str], expected: str) -> None:
    """What is more than a queue and a channel is not taken for the whole."""
    assert expected == scope(named)


def test_one_is_no_plural() -> None:
    """Rounded or not; of more and of none there are many."""
    units = ("contacts per agent", "contacts", "agents", "replies", "ratio")
    assert ["1 contact per agent", "1 contact", "1 agent", "1 reply", "1 ratio"] == [figure(1.0, unit) for unit in units]
    assert ["1 contact per agent", "1.1 contacts per agent", "0 contacts"] == [
        figure(1.04, "contacts per agent"),
        figure(1.04, "contacts per agent", "<="),
        figure(0, "contacts"),
    ]
