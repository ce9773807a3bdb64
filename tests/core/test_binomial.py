"""The exact binomial: how many misses speak. The table is computed by integers and fractions here, apart from the code."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest

from stream.core.binomial import critical_misses, judge

TABLE = {
    5: ((3, 4), (4, 5), (2, 4)),
    10: ((4, 6), (5, 7), (3, 5)),
    20: ((5, 8), (8, 11), (4, 6)),
    50: ((10, 14), (16, 20), (6, 9)),
    100: ((16, 21), (28, 34), (10, 14)),
    200: ((28, 35), (50, 59), (16, 22)),
}
"""Misses of n contacts that a queue exactly on its target of 90, 80 and 95 % shows at most 5 % (0.1 %) of the time."""


def fewest(contacts: int, objective: Fraction, error: Fraction) -> int:
    """The same by exact fractions: the fewest misses whose chance is at most `error`."""
    miss = 1 - objective
    chance = Fraction(0)
    for misses in range(contacts, -1, -1):
        chance += comb(contacts, misses) * miss**misses * objective ** (contacts - misses)
        if chance > error:
            return misses + 1
    return 0


@pytest.mark.parametrize("contacts", TABLE)
def test_the_table(contacts: int) -> None:
    """For three objectives and two errors."""
    found = tuple(tuple(critical_misses(contacts, 1 - objective, error) for error in (0.05, 0.001)) for objective in (0.9, 0.8, 0.95))
    assert TABLE[contacts] == found


@pytest.mark.parametrize("percent", [50, 70, 80, 90, 95, 99])
def test_every_small_number_of_contacts(percent: int) -> None:
    """Floating point gives what exact fractions give, for every number of contacts up to 60."""
    objective = Fraction(percent, 100)
    exact = [fewest(contacts, objective, Fraction(5, 100)) for contacts in range(1, 61)]
    assert exact == [critical_misses(contacts, 1 - percent / 100, 0.05) for contacts in range(1, 61)]


@pytest.mark.parametrize(
    ("kept", "contacts", "status"),
    [
        (0, 0, "no_data"),
        (5, 5, "met"),
        (9, 10, "met"),
        (4, 5, "too_few"),
        (3, 5, "too_few"),
        (2, 5, "missed"),
        (0, 1, "too_few"),
        (0, 2, "missed"),
    ],
)
def test_three_misses_of_five_speak_at_ninety_percent(kept: int, contacts: int, status: str) -> None:
    """Two of five may be chance (8 %), three may not (0.9 %); one of one may be (10 %), two of two may not (1 %)."""
    assert status == judge(kept, contacts, 0.9, 0.05)


def test_objectives_at_the_edges() -> None:
    """At 100 % every miss speaks; at 0 % none ever does."""
    assert ("missed", "met") == (judge(999, 1000, 1.0, 0.05), judge(0, 1000, 0.0, 0.05))


def test_exactly_on_target_is_met_whatever_floats_say() -> None:
    """70 % of 10 is 7, though 0.7 * 10 need not be; 0.95 is not exactly 95 hundredths."""
    assert ["met", "met", "met"] == [judge(7, 10, 0.7, 0.05), judge(19, 20, 1 - 0.05, 0.05), judge(29, 100, 0.29, 0.05)]
