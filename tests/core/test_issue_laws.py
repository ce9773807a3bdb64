"""The laws of the core hold for issues and customers: figures are a function of the set of events, with or without accidents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given

from stream.core.events import Event
from stream.replay.driver import replay
from tests.core.histories import CENTRE, STANDARDS, end_of
from tests.core.issue_histories import desk_histories
from tests.core.pipeline import comparable
from tests.core.playing import Way, play
from tests.core.test_laws import lawful, partitions, seeds


def truth(history: Sequence[Event]) -> dict[str, dict[str, Any]]:
    """The final figures of a history that is replayed in one piece."""
    return comparable(replay(history, CENTRE, STANDARDS, until=end_of(history)))


@lawful
@given(desk_histories(), seeds, partitions)
def test_order_duplicates_partitions_and_restarts_change_nothing(history: list[Event], seed: int, number: int) -> None:
    """Shuffled within the lateness, some events twice, over some partitions that are made anew at any moment: figures are replay's."""
    assert truth(history) == play(history, Way(seed, number, shuffled=True, doubled=0.2, restarts=20)).figures()


@lawful
@given(desk_histories(), seeds, partitions)
def test_the_wall_clock_ends_where_replay_ends(history: list[Event], seed: int, number: int) -> None:
    """What was provisional is confirmed or taken back, also of what time alone concludes."""
    assert truth(history) == play(history, Way(seed, number, played=False, shuffled=True, restarts=10)).figures()
