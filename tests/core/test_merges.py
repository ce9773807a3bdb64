"""Which issue goes on in which: chains, circles, merges that are told twice, late, or in any order."""

from __future__ import annotations

import random

import orjson
from hypothesis import given
from hypothesis import strategies as st

from stream.core.merges import MERGE_KEY, Merges
from tests.core.test_laws import lawful

NAMES = "abcdef"
told = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 5), st.sampled_from("xyz"), st.sampled_from(NAMES)), max_size=10)
Row = tuple[str, int, str, str]


def merges(*rows: Row) -> Merges:
    """All that follows from these: (issue, time, id, into)."""
    found = Merges()
    for row in rows:
        if found.is_new(*row):
            found.take(*row)
    return found


def paths(found: Merges) -> dict[str, list[tuple[str, int]]]:
    """The path of each issue that was merged."""
    return {name: path for name in NAMES if (path := found.path(name))}


def test_a_chain_leads_to_its_end() -> None:
    """Issue a goes on in b since 1 and in c since 5; b in c since 5."""
    assert {"a": [("b", 1), ("c", 5)], "b": [("c", 5)]} == paths(merges(("a", 1, "x", "b"), ("b", 5, "y", "c")))


def test_of_several_merges_the_first_counts() -> None:
    """Issue a was merged into c before it was merged into b, which was told first."""
    assert {"a": [("c", 1)]} == paths(merges(("a", 5, "x", "b"), ("a", 1, "y", "c")))


def test_a_merge_into_itself_says_nothing() -> None:
    """It goes on as it was."""
    assert {} == paths(merges(("a", 1, "x", "a")))


def test_the_last_merge_of_a_circle_says_nothing() -> None:
    """First a into b, b into c, c into a: when the last was told, a went on in c already. d comes into the circle from outside."""
    rows = (("a", 1, "x", "b"), ("b", 2, "x", "c"), ("c", 3, "x", "a"), ("d", 0, "x", "a"))
    assert {"a": [("b", 1), ("c", 2)], "b": [("c", 2)], "d": [("a", 0), ("b", 1), ("c", 2)]} == paths(merges(*rows))


def test_of_two_merges_of_one_moment_in_a_circle_the_one_with_the_greater_id_says_nothing() -> None:
    """Both were told at 1."""
    assert {"a": [("b", 1)]} == paths(merges(("b", 1, "y", "a"), ("a", 1, "x", "b")))


@lawful
@given(told, st.randoms())
def test_no_order_matters(rows: list[Row], chance: random.Random) -> None:
    """Told in any order, some twice, and taken back from the entries at the end: the paths are the same, and each has an end."""
    shuffled = [*rows, *rows[:3]]
    chance.shuffle(shuffled)
    found = merges(*shuffled)
    entries = found.changes()
    again = Merges()
    for key, value in entries:
        assert value is not None
        again.restore(key[len(MERGE_KEY) :].decode(), orjson.loads(value)[1])

    assert paths(merges(*rows)) == paths(found) == paths(again)
    assert [] == [name for name, path in paths(found).items() if found.path(path[-1][0])]


@lawful
@given(told, st.tuples(st.sampled_from(NAMES), st.integers(0, 5), st.just("w"), st.sampled_from(NAMES)))
def test_a_merge_changes_only_what_reaches_its_issue(rows: list[Row], row: Row) -> None:
    """Whose path is another one after a merge went on in its issue already, or is it."""
    found = merges(*rows)
    before = {name: found.path(name) for name in NAMES}
    reaching = found.reaching(row[0])
    if found.is_new(*row):
        found.take(*row)

    assert {name for name in NAMES if found.path(name) != before[name]} <= reaching
