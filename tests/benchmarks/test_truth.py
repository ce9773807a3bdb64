"""`make truth`: the simulator's truth, a replay and live workers say the same, and a difference would be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.truth import Round, line, run
from stream.config.settings import Settings
from stream.embedded.broker import Broker

EQUAL = Round(seed=3, events=1_000, truths=50, records=20, untrue=[], unlike=[], seconds=7.0)


@pytest.mark.timeout(300)
def test_truth_equals_replay_equals_live(broker: Broker) -> None:
    """A seeded centre on which everything happens, shuffled, with some events twice, through two live workers."""
    made = run(4, scale=0.02, workers=2, settings=Settings(bootstrap_servers=broker.bootstrap))

    assert ([], [], True) == (made.untrue, made.unlike, made.equal)
    assert made.truths > 1_000


def test_a_line_says_what_was_compared() -> None:
    """How much, and with what outcome."""
    assert "seed 3: 1,000 events, 50 true figures, 20 live records: truth equals replay equals live, 7 s" == line(EQUAL)
    assert "DIFFERENT: 1 untrue, 2 unlike" in line(replace(EQUAL, untrue=["a"], unlike=["b", "c"]))


@pytest.mark.parametrize("less", [{"truths": 0}, {"records": 0}, {"untrue": ["a"]}, {"unlike": ["b"]}])
def test_nothing_compared_and_any_difference_is_not_equal(less: dict[str, object]) -> None:
    """Else a check that compares nothing would pass."""
    assert EQUAL.equal
    assert not replace(EQUAL, **less).equal  # type: ignore[arg-type]
