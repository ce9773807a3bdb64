"""Who is given up for lost next: the same as if each one were looked at every time."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from stream.core.lookout import AHEAD, Lookout

contacts = st.sampled_from(["a", "b", "c", "d"])
waits = st.sampled_from([0, 1, AHEAD // 2, AHEAD - 1, AHEAD, AHEAD + 1, 3 * AHEAD])
steps = st.lists(st.tuples(st.sampled_from(["wait", "end", "settle"]), contacts, waits), max_size=60)


@given(steps, st.sets(contacts))
def test_everybody_is_due_when_the_time_has_come(steps: list[tuple[str, str, int]], known: set[str]) -> None:
    """Whatever comes, goes and is waited for again, and whoever waited before there was a lookout."""
    waiting = dict.fromkeys(known, 5)
    lookout, settled = Lookout(), 0
    for at in waiting.values():
        lookout.allow(at)
    for what, contact, span in steps:
        if what == "wait":
            waiting[contact] = settled + 1 + span
            lookout.expect(contact, waiting[contact])
        elif what == "end":
            waiting.pop(contact, None)
            lookout.soon.pop(contact, None)
        else:
            settled += span
            expected = sorted(contact for contact, at in waiting.items() if at <= settled)
            assert expected == sorted(lookout.due(settled, waiting.items))
            for gone in expected:
                del waiting[gone]


def test_everybody_is_looked_at_once_an_hour_at_most() -> None:
    """Because there may be a million of them."""
    looks = 0
    waiting = {f"c-{number}": 10_000_000 + number * 60_000 for number in range(600)}

    def everybody() -> Iterator[tuple[str, int]]:
        nonlocal looks
        looks += 1
        yield from waiting.items()

    lookout = Lookout()
    for contact, at in waiting.items():
        lookout.expect(contact, at)
    found = []
    for settled in range(0, 60_000_000, 60_000):
        for contact in lookout.due(settled, everybody):
            found.append(contact)
            del waiting[contact]

    assert (10, 600, {}) == (looks, len(found), waiting)
