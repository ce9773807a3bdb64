"""The laws of the core, over whole generated histories: its final figures are a function of the set of events.

`ANSWERABLE_LAWS=thorough` looks at many more histories.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.core.events import Event
from stream.core.staff import BENT, BENT_AT
from stream.core.windows import WHOLE
from stream.replay.driver import replay
from tests.core.histories import CENTRE, STANDARDS, end_of, histories
from tests.core.pipeline import Pipeline, comparable
from tests.core.playing import Way, play

EXAMPLES = {"thorough": 2_000}.get(os.environ.get("ANSWERABLE_LAWS", ""), 60)
lawful = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
seeds = st.integers(0, 2**32)
partitions = st.sampled_from((1, 2, 3))


def truth(history: Sequence[Event]) -> dict[str, dict[str, Any]]:
    """The final figures of a history that is replayed in one piece."""
    return comparable(replay(history, CENTRE, STANDARDS, until=end_of(history)))


@lawful
@given(histories(), seeds)
def test_a_split_history_gives_what_the_whole_gives(history: list[Event], seed: int) -> None:
    """However a history is cut into batches, its final figures are the same."""
    assert truth(history) == play(history, Way(seed)).figures()


@lawful
@given(histories(), seeds, partitions)
def test_order_within_the_lateness_does_not_matter(history: list[Event], seed: int, number: int) -> None:
    """Events may arrive in any order within the lateness, over any number of partitions, and facts of these in any mixture."""
    assert truth(history) == play(history, Way(seed, number, shuffled=True)).figures()


@lawful
@given(histories(), seeds, partitions)
def test_duplicates_change_nothing(history: list[Event], seed: int, number: int) -> None:
    """Every third event comes twice, and nothing differs."""
    assert truth(history) == play(history, Way(seed, number, shuffled=True, doubled=0.33)).figures()


@lawful
@given(histories(), seeds, partitions)
def test_a_restored_stage_goes_on_as_if_nothing_had_happened(history: list[Event], seed: int, number: int) -> None:
    """Partitions are made anew of their committed tables at any moment, and the final figures are the same."""
    assert truth(history) == play(history, Way(seed, number, shuffled=True, doubled=0.1, restarts=30)).figures()


@lawful
@given(histories(), seeds, partitions)
def test_the_wall_clock_ends_where_replay_ends(history: list[Event], seed: int, number: int) -> None:
    """What was said provisionally is confirmed, mended or withdrawn: at the end every figure and breach is replay's."""
    pipeline = play(history, Way(seed, number, played=False, shuffled=True, doubled=0.1))
    assert truth(history) == pipeline.figures()
    assert_settled(pipeline)


@lawful
@given(histories(), seeds, partitions)
def test_the_wall_clock_survives_restarts(history: list[Event], seed: int, number: int) -> None:
    """The same with partitions that are made anew at any moment."""
    pipeline = play(history, Way(seed, number, played=False, shuffled=True, restarts=20))
    assert truth(history) == pipeline.figures()
    assert_settled(pipeline)


def assert_settled(pipeline: Pipeline) -> None:
    """No breach stays provisional, and the revisions of each rise."""
    last: dict[str, dict[str, Any]] = {}
    for record in pipeline.breaches:
        before = last.get(record["id"], {"revision": 0})
        assert before["revision"] < record["revision"], (before, record)
        last[record["id"]] = record
    assert [] == [record for record in last.values() if record["provisional"]]


@lawful
@given(histories(), seeds, partitions, st.booleans())
def test_every_contact_is_somewhere_at_all_times(history: list[Event], seed: int, number: int, played: bool) -> None:  # noqa: FBT001 - drawn
    """All that was offered = answered + abandoned + flowed_out + callback + lost + waiting in every scope, and nothing is negative."""
    play(history, Way(seed, number, played=played, shuffled=True, doubled=0.1, restarts=5, largest=3), assert_conserved)


@lawful
@given(histories(), seeds, partitions, st.booleans())
def test_events_that_come_much_too_late_lose_nobody(history: list[Event], seed: int, number: int, played: bool) -> None:  # noqa: FBT001 - drawn
    """They are beyond the other laws, but not beyond this one."""
    play(history, Way(seed, number, played=played, shuffled=True, doubled=0.1, restarts=5, late=True), assert_conserved)


def assert_conserved(pipeline: Pipeline) -> None:
    """Look at every scope of every partition."""
    for partition in range(pipeline.partitions):
        for scope in pipeline.scope_stage(partition).scopes.values():
            whole = scope.cells[WHOLE, 0].n
            gone = sum(whole.get(kind, 0) for kind in ("answered", "abandoned", "flowed_out", "callback", "lost"))
            assert whole.get("offered", 0) == gone + len(scope.now.waiting), (scope.key, whole, scope.now.waiting)
            for key, cell in scope.cells.items():
                counts = {name: value for name, value in cell.n.items() if not name.startswith((BENT, BENT_AT))}  # those are differences
                assert {} == {name: value for name, value in counts.items() if value < 0}, (scope.key, key)
                assert {} == {name: value for name, value in cell.top.items() if value < 0}, (scope.key, key)
            assert scope.timeline.levels.staffed >= 0
