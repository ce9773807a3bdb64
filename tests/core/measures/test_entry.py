"""What a view tells of those who wait, held against counting them one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.core.distributions import Bounds
from stream.core.measures.entry import View
from stream.core.windows import Cell

TIMES = st.integers(0, 100)


@given(st.lists(TIMES), TIMES, TIMES, TIMES, st.integers(0, 40))
def test_the_overdue_are_those_of_the_window_who_wait_longer(waits: list[int], start: int, length: int, as_of: int, limit: int) -> None:
    """Longer than the limit, and offered in the half-open window."""
    view = View(cell=Cell(start, start + length), bounds=Bounds(), within=(), as_of=as_of, waits=sorted(waits), staffed=None)
    assert sum(1 for since in waits if as_of - since > limit and start <= since < start + length) == view.overdue(limit)


def test_the_oldest_wait_is_the_first() -> None:
    """And there is none where nobody waits."""
    views = [View(cell=Cell(0, 1), bounds=Bounds(), within=(), as_of=9, waits=waits, staffed=None) for waits in ([2, 5], [])]
    assert [2, None] == [view.oldest for view in views]


def test_the_members_of_a_family_are_told_by_their_names() -> None:
    """A name may have a stroke of its own; who was taken back is no member, and neither is a kind without a family."""
    cell = Cell(0, 1)
    cell.n.update({"tagged/a/b": 2, "tagged/c": 0, "met/a": 1, "offered": 3, "issue_opened": 1})
    view = View(cell=cell, bounds=Bounds(), within=(), as_of=9, waits=(), staffed=None)
    assert [[("a/b", 2)], [("a", 1)], []] == [view.members(family) for family in ("tagged/", "met/", "asked/")]
