"""Service level under every formula, worked out by hand, in readings and as a standard."""

from __future__ import annotations

import pytest

from stream.core.declared import FORMULAS, Standard
from tests.core.timelines import reading, verdict

STORY = """
    09:00:00 a1 offered billing/call
    09:00:20 a1 answered
    09:00:00 a2 offered billing/call
    09:00:21 a2 answered
    09:00:00 b1 offered billing/call
    09:00:05 b1 abandoned
    09:00:00 b2 offered billing/call
    09:00:15 b2 abandoned
    09:00:00 b3 offered billing/call
    09:00:40 b3 abandoned
    09:00:00 f1 offered billing/call
    09:00:10 f1 flowed_out
    09:00:00 f2 offered billing/call
    09:00:50 f2 flowed_out
    09:00:00 c1 offered billing/call
    09:00:12 c1 callback_requested
    09:00:00 c2 offered billing/call
    09:00:55 c2 callback_requested
    09:00:00 l1 offered billing/call
    09:00:10 l1 lost
    09:00:00 w1 offered billing/call
    09:00:50 w2 offered billing/call
    09:01:00 x1 begun billing/call
"""
"""Within 20 s: one of two answered, two of three abandons (one of them short), one of two callbacks, and one that a fault ended, which
is no act of anybody. Still waiting at 09:01:00: one for 60 s, one for 10 s."""

BY_HAND = {
    "answered": (1, 2),
    "strict": (1, 5),
    "no_short": (1, 4),
    "no_abandon_in_target": (1, 3),
    "removed": (1 + 2 + 1, 2 + 3 + 2 + 2 + 1),
    "with_flow_out": (1, 2 + 3 - 1 + 2),
    "live": (1, 2 + 3 - 1 + 1),
}


def test_every_formula_by_hand() -> None:
    """With numerator, denominator and their ratio."""
    levels = {entry["formula"]: entry for entry in reading(STORY)["service_level"] if entry["within_seconds"] == 20}
    assert BY_HAND == {formula: (entry["numerator"], entry["denominator"]) for formula, entry in levels.items()}
    assert {formula: up / down for formula, (up, down) in BY_HAND.items()} == {formula: entry["ratio"] for formula, entry in levels.items()}
    assert set(FORMULAS) == set(levels)


def test_no_contacts_have_no_level() -> None:
    """Null, neither 0 nor 100 %."""
    levels = reading("09:00:00 anna begun billing/call")["service_level"]
    assert {(0, 0, None)} == {(entry["numerator"], entry["denominator"], entry["ratio"]) for entry in levels}


def test_abandonment_with_and_without_short_ones() -> None:
    """3 of 5; without the short one 2 of 4."""
    rows = {entry["formula"]: (entry["numerator"], entry["denominator"], entry["ratio"]) for entry in reading(STORY)["abandonment"]}
    assert {"strict": (3, 5, 0.6), "no_short": (2, 4, 0.5)} == rows


@pytest.mark.parametrize(
    ("formula", "numerator", "denominator"),
    [
        # As standards they count who still waits after 20 s (w1 here) as missed, but for `answered`; who flowed out or wanted a
        # callback after 20 s (f2, c2) had been missed by then; l1 was lost before, which only `removed` has; w2 is not decided yet.
        ("answered", 1, 2),
        ("strict", 1, 5 + 3),
        ("no_short", 1, 4 + 3),
        ("no_abandon_in_target", 1, 3 + 3),
        ("removed", 4, 10 + 1),
        ("with_flow_out", 1, 6 + 2),
        ("live", 1, 4 + 3),
    ],
)
def test_a_standard_counts_each_contact_when_it_is_decided(formula: str, numerator: int, denominator: int) -> None:
    """At the threshold while it still waits, whatever follows."""
    standard = Standard(
        name="level", title="", form="percentage", measure="service_level", formula=formula, objective=0.8, within=20_000, per=()
    )
    found = verdict(STORY, standard, until="09:01:09")
    assert (numerator, denominator) == (found["numerator"], found["denominator"])
