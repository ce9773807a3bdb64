"""The laws of the core for agents as persons: live equals replay with heartbeats, several systems, and contacts that nobody ends."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.core.events import Event
from stream.replay.driver import replay
from tests.core.histories import STANDARDS, end_of
from tests.core.people import CENTRE, floors
from tests.core.pipeline import comparable
from tests.core.playing import Way, play

EXAMPLES = {"thorough": 1_000}.get(os.environ.get("ANSWERABLE_LAWS", ""), 40)
lawful = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@lawful
@given(floors(), st.integers(0, 2**32), st.sampled_from((1, 2, 3)), st.booleans())
def test_live_is_replay(history: list[Event], seed: int, number: int, played: bool) -> None:  # noqa: FBT001 - drawn
    """Shuffled within the lateness, doubled, over several partitions that are made anew at any moment, on either clock."""
    truth = comparable(replay(history, CENTRE, STANDARDS, until=end_of(history)))
    way = Way(seed, number, played=played, shuffled=True, doubled=0.2, restarts=10)
    assert truth == play(history, way, centre=CENTRE).figures()
