"""The registry of measures: one entry each, and every entry says what it is."""

from __future__ import annotations

import math

import pytest

from stream.core.measures import MEASURES
from stream.core.measures.levels import per_agent

FIXED = (
    "records",
    "excluded",
    "offered",
    "answered",
    "abandoned",
    "short_abandoned",
    "abandoned_before_queue",
    "wait_answered_mean_seconds",
    "wait_max_seconds",
    "handle_mean_seconds",
    "max_waiting",
    "staffed",
    "waiting_per_agent",
    "service_level",
    "abandoned_within",
)
"""Names that others rely on."""


def test_names_are_unique_and_the_fixed_ones_are_there() -> None:
    """A report's reader finds them."""
    names = [measure.name for measure in MEASURES]
    assert sorted(set(names)) == sorted(names)
    assert set() == set(FIXED) - set(names)


def test_every_measure_says_what_it_is() -> None:
    """Help ends with a full stop, unit and source are named."""
    assert [] == [measure.name for measure in MEASURES if not (measure.help.endswith(".") and measure.unit and measure.source)]


@pytest.mark.parametrize(
    ("waiting", "staffed", "expected"),
    [(3, None, None), (0, None, None), (0, 0, None), (3, 0, math.inf), (3, 2, 1.5), (0, 2, 0.0)],
)
def test_waiting_per_agent(waiting: int, staffed: int | None, expected: float | None) -> None:
    """Unknown, no data, infinite, a number; never an invented zero."""
    assert expected == per_agent(waiting, staffed)
