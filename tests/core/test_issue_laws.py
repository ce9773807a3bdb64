"""The laws of the core hold for issues and customers: figures are a function of the set of events, with or without accidents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.events import Event
from stream.core.issue import Course
from stream.core.issues import IssueStage
from stream.core.parts import NOTE
from stream.replay.driver import replay
from tests.core.histories import CENTRE, STANDARDS, end_of
from tests.core.issue_histories import desk_histories, merging_histories
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


@lawful
@given(merging_histories(), seeds, partitions, st.booleans())
def test_contacts_of_merged_issues_move(history: list[Event], seed: int, number: int, played: bool) -> None:  # noqa: FBT001 - drawn
    """Chains and circles of merges over several partitions, shuffled, doubled, with stages made anew at any moment, on either clock."""
    way = Way(seed, number, played=played, shuffled=True, doubled=0.2, restarts=20)
    assert truth(history) == play(history, way).figures()


@settings(lawful, max_examples=15)  # the law before looks at all figures of such histories
@given(merging_histories(), seeds, partitions)
def test_no_contact_is_lost_or_doubled_by_merges(history: list[Event], seed: int, number: int) -> None:
    """What is merged counts in exactly one issue that goes on: as many contacts belong to those as there are; a note is none."""
    pipeline = play(history, Way(seed, number, shuffled=True, doubled=0.2, restarts=20))
    own, counted = [], []
    for stage in pipeline.stages.values():
        if isinstance(stage, IssueStage):
            for issue in map(stage._issue, stage._kept):
                own += [row for row, part in issue.parts.items() if NOTE not in part]
                if issue.there and stage._merged_at(issue.key) is None:
                    counted += [(contact, began) for began, contact, _ in Course(issue).parts]

    assert sorted(own) == sorted(counted)
