"""The difference between two foldings of one history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.core.facts import ANSWERED, ENTERED, LEFT, OFFERED, Conclusion, net


def concluded(kind: str, when: int, value: int = 0) -> Conclusion:
    """A conclusion about one contact in one queue."""
    return (("billing", "call"), kind, when, 0, 1, "anna", value)


def test_nothing_new_says_nothing() -> None:
    """The same conclusions cancel out."""
    same = [(concluded(OFFERED, 1), 1), (concluded(ENTERED, 1), 1)]
    assert [] == net(same, list(same))


def test_what_is_added_is_a_first_conclusion() -> None:
    """Counters count it."""
    assert [(concluded(ANSWERED, 5), 1, 1)] == net([(concluded(OFFERED, 1), 1)], [(concluded(OFFERED, 1), 1), (concluded(ANSWERED, 5), 1)])


def test_what_replaces_another_of_its_kind_is_no_first_conclusion() -> None:
    """An answer that was earlier than thought is not a second answer."""
    assert [(concluded(ANSWERED, 5), -1, 0), (concluded(ANSWERED, 4), 1, 0)] == net(
        [(concluded(ANSWERED, 5), 1)], [(concluded(ANSWERED, 4), 1)]
    )


def test_a_wait_of_nothing_is_neither_added_nor_withdrawn() -> None:
    """Entered and withdrawn again in one folding."""
    assert [] == net([], [(concluded(ENTERED, 1), 1), (concluded(ENTERED, 1), -1)])


def test_the_end_of_a_wait_is_withdrawn_before_its_beginning() -> None:
    """Backwards."""
    found = net([(concluded(ENTERED, 1, 1), 1), (concluded(LEFT, 5, 1), 1)], [])
    assert [LEFT, ENTERED] == [conclusion[1] for conclusion, _, _ in found]


def test_a_withdrawal_travels_and_can_be_taken_back() -> None:
    """What an exclusion takes back counts minus one; taking that back is no first conclusion."""
    taken = [(concluded(ANSWERED, 5), 1), (concluded(ANSWERED, 9), -1)]
    assert [(concluded(ANSWERED, 9), -1, 0)] == net(taken[:1], taken)
    assert [(concluded(ANSWERED, 9), 1, 0)] == net(taken, taken[:1])


def some() -> st.SearchStrategy[list[tuple[Conclusion, int]]]:
    """Conclusions of a few kinds and moments, each with a weight."""
    one = st.builds(concluded, st.sampled_from([OFFERED, ANSWERED, ENTERED, LEFT]), st.integers(0, 3))
    return st.lists(st.tuples(one, st.sampled_from([1, 1, 1, -1])), max_size=8)


@given(some(), some())
def test_the_difference_leads_from_one_to_the_other(before: list[tuple[Conclusion, int]], after: list[tuple[Conclusion, int]]) -> None:
    """Before + net = after, conclusion by conclusion, where no conclusion of `before` is less than nothing."""
    weights: dict[Conclusion, int] = {}
    for conclusion, weight in before:
        weights[conclusion] = weights.get(conclusion, 0) + weight
    for conclusion, weight, _ in net(before, after):
        weights[conclusion] = weights.get(conclusion, 0) + weight
    for conclusion, weight in after:
        weights[conclusion] = weights.get(conclusion, 0) - weight
    assert {0} >= set(weights.values())
