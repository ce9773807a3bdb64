"""The laws of the core where contacts are given up: waits of a minute at most, and a queue whose waits have to be confirmed.

Who is due is looked for some seconds ahead only (`stream.core.lookout`), so that looks come often and fall into every place; the truth
is replayed with the hour of a real worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from stream.core import lookout
from stream.core.centre import Centre
from stream.core.events import Event
from stream.replay.driver import replay
from stream.replay.report import report
from tests.core.histories import CENTRE as USUAL
from tests.core.histories import CONFIRMED_LIVES, LIVES, SECOND, STANDARDS, end_of, histories
from tests.core.pipeline import Pipeline, comparable
from tests.core.playing import Way, play
from tests.core.test_laws import assert_conserved, assert_settled, lawful, partitions, seeds

CENTRE = replace(USUAL, max_wait=60 * SECOND, queues={**USUAL.queues, "billing": replace(USUAL.queues["billing"], confirm=30 * SECOND)})
ahead = st.sampled_from((1, 5 * SECOND, 20 * SECOND, 60 * SECOND))
waits = histories(lives=(*LIVES, *CONFIRMED_LIVES))
lawful_here = settings(lawful, max_examples=lawful.max_examples // 2)


def truth(history: Sequence[Event]) -> dict[str, dict[str, Any]]:
    """The final figures of a history that is replayed in one piece."""
    return comparable(replay(history, CENTRE, STANDARDS, until=end_of(history)))


def played(history: Sequence[Event], way: Way, look_ahead: int) -> Pipeline:
    """The history played through the stages, which see so far ahead (ms) of who is due."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lookout, "AHEAD", look_ahead)
        return play(history, way, assert_conserved, centre=CENTRE)


@pytest.mark.parametrize("queue", ["billing", "sales"])
def test_these_histories_have_contacts_that_are_given_up(queue: str) -> None:
    """Else the laws below would say nothing: in the queue that confirms, and in the one that only has the longest wait."""

    def lost(history: list[Event], centre: Centre) -> int:
        made = report(replay(history, centre, (), until=end_of(history)), None)["scopes"]
        return sum(one["measures"]["lost"] for one in made if one["scope"] == {"queue": queue})

    quick = settings(max_examples=500, phases=[Phase.generate], derandomize=True, database=None, deadline=None)
    history = find(waits, lambda history: lost(history, CENTRE) > lost(history, USUAL), settings=quick)
    assert lost(history, CENTRE) > 0


@lawful_here
@given(waits, seeds, partitions, ahead)
def test_order_batches_and_copies_do_not_matter(history: list[Event], seed: int, number: int, look_ahead: int) -> None:
    """Who is given up, and when, is a function of the set of events."""
    assert truth(history) == played(history, Way(seed, number, shuffled=True, doubled=0.33), look_ahead).figures()


@lawful_here
@given(waits, seeds, partitions, ahead)
def test_a_restored_stage_gives_up_the_same(history: list[Event], seed: int, number: int, look_ahead: int) -> None:
    """Who is due is found again in the committed table."""
    assert truth(history) == played(history, Way(seed, number, shuffled=True, restarts=30), look_ahead).figures()


@lawful_here
@given(waits, seeds, partitions, ahead, st.sampled_from((0, 20)))
def test_the_wall_clock_gives_up_whom_replay_gives_up(history: list[Event], seed: int, number: int, look_ahead: int, restarts: int) -> None:
    """At the end every figure and breach is replay's, with and without restarts."""
    pipeline = played(history, Way(seed, number, played=False, shuffled=True, doubled=0.1, restarts=restarts), look_ahead)
    assert truth(history) == pipeline.figures()
    assert_settled(pipeline)
