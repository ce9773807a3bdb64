"""What is now: running clocks and agents' states, whatever the order in which they are heard of."""

from __future__ import annotations

from itertools import permutations

from stream.core.events import AGENT_STATES
from stream.core.facts import AGENT_QUEUES, AGENT_STATE, ENTERED, LEFT, Fact
from stream.core.levels import Levels


def entered(since: int, weight: int = 1) -> Fact:
    """Anna begins to wait."""
    return (ENTERED, since, since, 2, "anna", since, weight, 1)


def left(when: int, since: int, weight: int = 1) -> Fact:
    """Anna waits no more."""
    return (LEFT, when, since, 1, "anna", since, weight, 1)


def agent(when: int, state: str) -> Fact:
    """Carl's state."""
    return (AGENT_STATE, when, when, 0, "carl", AGENT_STATES.index(state), 1, 1)


def test_order_does_not_matter() -> None:
    """Waited 10 to 20, 20 to 30, and waits since 40: in every order of these facts she waits since 40."""
    found = set()
    for facts in permutations([entered(10), left(20, 10), entered(20), left(30, 20), entered(40)]):
        levels = Levels()
        for fact in facts:
            levels.apply(fact)
        found.add(tuple(levels.waiting.items()))
    assert {(("anna", 40),)} == found


def test_a_wait_that_turns_out_to_have_begun_earlier() -> None:
    """The old wait is withdrawn while she waits a second time: the second one stays."""
    levels = Levels()
    for fact in (entered(10), left(20, 10), entered(20), left(20, 10, -1), entered(10, -1), entered(5), left(20, 5)):
        levels.apply(fact)
    assert {"anna": 20} == levels.waiting


def test_the_latest_state_of_an_agent_stands() -> None:
    """An older one that comes late changes nothing; a pause is not staffed, busy is."""
    levels = Levels()
    assert (False, 0) == (levels.known, levels.staffed)
    levels.apply(agent(20, "on_contact"))
    levels.apply(agent(10, "offline"))
    assert (True, 1) == (levels.known, levels.staffed)
    levels.apply(agent(30, "paused"))
    assert (True, 0, [AGENT_STATES.index("paused")]) == (levels.known, levels.staffed, list(levels.states()))


def test_a_copy_goes_on_by_itself() -> None:
    """Nothing that it hears changes the first."""
    levels = Levels()
    levels.apply(entered(10))
    other = levels.copy()
    other.apply(left(20, 10))
    other.apply(agent(20, "available"))
    assert ({"anna": 10}, 0, {}, 1) == (levels.waiting, levels.staffed, other.waiting, other.staffed)


def test_the_share_of_agents_does_not_depend_on_who_was_heard_of_first() -> None:
    """1/5 + 1/3 + 1/7 + 1/9, to the last bit."""
    found = set()
    for order in permutations((5, 3, 7, 9)):
        levels = Levels()
        for queues in order:
            levels.apply((AGENT_QUEUES, 1, 1, 0, f"agent-{queues}", queues, 1, 1))
            levels.apply((AGENT_STATE, 1, 1, 0, f"agent-{queues}", AGENT_STATES.index("available"), 1, 1))
        found.add(levels.share())
    assert 1 == len(found)
