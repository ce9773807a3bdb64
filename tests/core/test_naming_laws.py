"""Who the customer is may be known only later: the figures are those of a history in which it was known from the beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.contact import fold
from stream.core.events import Event, order
from stream.core.life import CODES, RANKS
from stream.core.measures import MEASURES
from stream.core.measures.entry import MAX
from stream.replay.driver import replay
from tests.core.histories import BEGIN, CENTRE, GAPS, LATENESS, STARTS, copied, end_of, histories
from tests.core.issue_histories import CUSTOMERS
from tests.core.pipeline import comparable
from tests.core.playing import Way, play
from tests.core.test_issue_laws import truth
from tests.core.test_laws import lawful, partitions, seeds

Twice = tuple[list[Event], list[Event]]
SAID: tuple[dict[str, Any], ...] = tuple(
    {"customer_ref": customer, **tags} for customer in CUSTOMERS for tags in ({}, {"tags": ["invoice"]})
)
GROUPS: tuple[dict[str, Any], ...] = ({"groups": ["vip"]}, {"groups": ["gold", "vip"], "customer_ref": "c1"})
GROUPED = replace(CENTRE, groups=("vip", "gold"))
MAXIMA = [measure.name for measure in MEASURES if any(how == MAX for _, how in measure.folds) and not measure.asked]


@st.composite
def named(draw: st.DrawFn, said: Sequence[dict[str, Any]]) -> Twice:
    """The same contacts and issues twice: of whom they are says one of their events, whichever, or the first one already.

    Of an id that lives more than once (it was over, or silent, for longer than it is kept) neither says anything: each life is a contact.
    """
    out = draw(histories())
    for number in range(draw(st.integers(1, 3))):
        time = BEGIN + draw(st.sampled_from(STARTS))
        for index, kind in enumerate(("issue.opened", "issue.tagged", "issue.resolved")):
            out.append(Event(time, kind, f"i{number}", f"d{number}-{index}", {"issue_id": f"i{number}"}))
            time += draw(st.sampled_from(GAPS))
    late = sorted(out, key=order)
    early = [copied(event) for event in late]
    for subject in sorted({event.subject for event in late if not event.type.startswith("agent.")}):
        places = [place for place, event in enumerate(late) if event.subject == subject]
        if _lives_once([late[place] for place in places]):
            what = draw(st.sampled_from(said))
            late[draw(st.sampled_from(places))].data |= what
            early[places[0]].data |= what
    return late, early


def _lives_once(events: Sequence[Event]) -> bool:
    if any(after.time - before.time > LATENESS for before, after in pairwise(events)):
        return False
    if not events[0].type.startswith("contact."):
        return True
    entries = [(event.time, RANKS[event.type], event.id, CODES[event.type], event.data) for event in events]
    return not fold(events[0].subject, entries, CENTRE.short_abandon, LATENESS).cuts


def grouped(history: Sequence[Event]) -> dict[str, dict[str, Any]]:
    """The final figures where groups are declared, without what a group has only from the moment at which it became known.

    Those are maxima, and the windows in which nothing counts but these.
    """
    figures = comparable(replay(history, GROUPED, (), until=end_of(history)))
    for kind in ("readings", "intervals"):
        for key, record in list(figures[kind].items()):
            if "group=" in key:
                for name in MAXIMA:
                    record["measures"].pop(name)
                if not any(record["measures"][name] for name in ("records", "offered", "issues_opened")):
                    del figures[kind][key]
    return figures


@lawful
@given(named(SAID))
def test_a_customer_who_is_named_later_was_one_from_the_beginning(twice: Twice) -> None:
    """First contacts, anonymous ones, topics and issues are those of the history that says it at once."""
    late, early = twice
    assert truth(early) == truth(late)


@settings(lawful, max_examples=10)  # the laws of issues look at live figures of such histories
@given(named(SAID), seeds, partitions)
def test_it_is_so_live_too(twice: Twice, seed: int, number: int) -> None:
    """Shuffled within the lateness, some events twice, over some partitions that are made anew at any moment."""
    late, early = twice
    assert truth(early) == play(late, Way(seed, number, shuffled=True, doubled=0.1, restarts=10)).figures()


@lawful
@given(named(GROUPS))
def test_a_group_that_is_named_later_changes_no_figure_but_its_maxima(twice: Twice) -> None:
    """Nothing counts twice, in the group or elsewhere, because it was known later: neither of contacts nor of their issues."""
    late, early = twice
    assert grouped(early) == grouped(late)
