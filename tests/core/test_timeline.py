"""The facts that wait on a timeline, in whatever order they come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.core.facts import ANSWERED, Fact
from stream.core.timeline import Timeline


class Noted:
    """Notes the maxima that it is told of."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.moments: list[int] = []

    def reached(self, when: int, name: str, value: int) -> None:
        """Note when."""
        self.moments.append(when)

    def lasted(self, since: int, until: int, level: int) -> None:
        """Nobody waits here."""


def answered(at: int, number: int) -> Fact:
    """An answer at `at`; the maximum of its wait is told by when it was attributed, which is the same."""
    return (ANSWERED, at, at, 0, f"c-{number}", 1, 1, 1)


@given(st.lists(st.tuples(st.lists(st.integers(1, 100), max_size=6), st.integers(0, 30)), max_size=8))
def test_facts_are_settled_in_order_however_they_come(batches: list[tuple[list[int], int]]) -> None:
    """Batch after batch, each a bit further; what comes behind the settled time is not told any more."""
    noted, expected, waiting, position, number = Noted(), list[int](), list[int](), 0, 0
    timeline = Timeline([], noted, frozenset({ANSWERED}))
    timeline.advance(0)
    for moments, further in batches:
        for at in moments:
            number += 1
            timeline.add(answered(at, number))
            waiting += [at] if at > position else []
        position += further
        timeline.advance(position)
        expected += sorted(at for at in waiting if at <= position)
        waiting = [at for at in waiting if at > position]
        assert len(waiting) == timeline.pending
    assert expected == noted.moments
