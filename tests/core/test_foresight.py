"""What is presumed is what a copy of the settled timeline would say that runs ahead alone."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.facts import ABANDONED, ANSWERED, ENTERED, LEFT, Fact
from stream.core.foresight import Foresight
from stream.core.judges import Judge
from stream.core.timeline import Timeline, judges_of
from stream.core.windows import Calendar
from tests.core.histories import CENTRE, STANDARDS

BEGIN = 1_772_436_590_000
SCOPE = "channel=call,queue=billing"


def judges() -> list[Judge]:
    """New judges of every standard of the scope."""
    return judges_of(SCOPE, CENTRE, STANDARDS, Calendar(CENTRE.zone))


def contact(number: int, since: int, waited: int, answered: bool) -> list[Fact]:  # noqa: FBT001 - drawn
    """A wait from its beginning to its end."""
    subject, begun, over = f"contact-{number}", BEGIN + since * 1_000, BEGIN + (since + waited) * 1_000
    outcome = ANSWERED if answered else ABANDONED
    return [
        (ENTERED, begun, begun, 2, subject, begun, 1, 1),
        (LEFT, over, begun, 1, subject, begun, 1, 1),
        (outcome, over, begun, 1, subject, waited * 1_000, 1, 1),
    ]


steps = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 200), st.booleans(), st.integers(0, 30), st.integers(0, 90)), max_size=30)


@settings(max_examples=200, deadline=None)
@given(steps, st.booleans())
def test_foresight_is_a_short_way_to_the_same(story: list[tuple[int, int, bool, int, int]], withdraws: bool) -> None:  # noqa: FBT001 - drawn
    """Facts come in order and late, are withdrawn, what is settled moves on, and now runs ahead of it by seconds or a minute."""
    timeline = Timeline(judges(), None, frozenset())
    foresight = Foresight(timeline, judges)
    settled = now = BEGIN
    for number, (since, waited, answered, on, ahead) in enumerate(story):
        facts = contact(number, since, waited, answered)
        if withdraws and number % 5 == 4:
            facts += [(*fact[:6], -1, 0) for fact in reversed(facts)]
        for fact in facts:
            timeline.add(fact)
            foresight.add(fact)
        settled += on * 1_000
        timeline.advance(settled)
        timeline.take_changed()
        now = max(now, settled + ahead * 1_000)
        if now > settled:
            known, told = foresight.look(now)
            alone = timeline.provisional(judges(), now)
            assert shown(alone) == shown(known)
            assert [record for _, record in alone.told or ()] == told


def shown(timeline: Timeline) -> list[Any]:
    """Its verdicts, who waits, and when it looks again."""
    return [[judge.verdict() for judge in timeline.judges], timeline.levels.clocks, timeline.next]
