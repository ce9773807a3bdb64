"""Forgetting a customer: figures stay a function of the set of events, the requests among them, and nobody's pseudonym is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stream.core.events import ERASURE_REQUESTED, Event, order
from stream.replay.driver import replay
from tests.core.histories import BEGIN, CENTRE, GAPS, STANDARDS, STARTS, copied, end_of
from tests.core.issue_histories import CUSTOMERS, desk_histories
from tests.core.pipeline import Pipeline, comparable
from tests.core.playing import Way, play
from tests.core.test_laws import lawful, partitions, seeds

FORGOTTEN = "customer-who-asked"
OTHER = "customer-who-stays"
NAMES = dict(zip(CUSTOMERS, (FORGOTTEN, OTHER), strict=True))


def request(time: int, number: int = 0) -> Event:
    """What `answerable erase` sends."""
    return Event(time, ERASURE_REQUESTED, FORGOTTEN, f"erase-{number}", {"customer_ref": FORGOTTEN})


@st.composite
def served(draw: st.DrawFn, number: int) -> list[Event]:
    """A short call of a customer, which is resolved when it is over, so that customers' figures are there to be kept."""
    contact, time = f"served-{number}", BEGIN + draw(st.sampled_from(STARTS))
    said = {"contact_id": contact, "channel": "call", "queue": "billing"}
    out = []
    for index, kind in enumerate(("contact.offered", "contact.answered", "contact.ended")):
        who = {"customer_ref": draw(st.sampled_from(list(NAMES.values())))} if index == 0 or draw(st.booleans()) else {}
        out.append(Event(time, kind, contact, f"s{number}-{index}", {**said, **who}))
        time += draw(st.sampled_from(GAPS))
    return out


@st.composite
def named_histories(draw: st.DrawFn) -> list[Event]:
    """Desks, contacts and customers who come and go; a contact says to which issue it belongs when it begins, or never."""
    out = draw(desk_histories())
    seen: set[str] = set()
    for event in out:
        if event.subject in seen and not event.type.startswith("issue."):
            for name in ("issue_id", "root_contact_id"):
                event.data.pop(name, None)
        seen.add(event.subject)
        if "customer_ref" in event.data:
            event.data["customer_ref"] = NAMES[event.data["customer_ref"]]
    for number in range(draw(st.integers(1, 4))):
        out += draw(served(number))
    for number, customer in enumerate(draw(st.lists(st.sampled_from(list(NAMES.values())), max_size=3))):
        time = BEGIN + draw(st.sampled_from(STARTS))
        data = {"customer_ref": customer, "active": draw(st.booleans())}
        out.append(Event(time, "customer.status_changed", customer, f"st{number}", data))
        asked = {"survey_id": f"survey-{number}", "survey": "csat", "score": 4, "queue": "billing", "customer_ref": customer}
        out.append(Event(time, "survey.answered", f"survey-{number}", f"sv{number}", asked))
    return sorted(out, key=order)


@st.composite
def forgetting_histories(draw: st.DrawFn) -> list[Event]:
    """The same with one or two requests at the times of events, a millisecond beside them, or at any time."""
    out = draw(named_histories())
    times = [event.time + step for event in out for step in (0, 1, -1)]
    asked = draw(st.lists(st.sampled_from(times), min_size=1, max_size=2))
    return sorted([*out, *(request(time, number) for number, time in enumerate(asked))], key=order)


def truth(history: Sequence[Event], end: int | None = None) -> dict[str, dict[str, Any]]:
    """The final figures of a history that is replayed in one piece, as if its events were read for the first time, up to `end` (ms)."""
    return comparable(replay([copied(event) for event in history], CENTRE, STANDARDS, until=end_of(history) if end is None else end))


def fcr(figures: dict[str, dict[str, Any]]) -> Any:
    """What is said of first contacts, over everything."""
    return figures["readings"]["all|all"]["measures"]["fcr"]


def keepers(pipeline: Pipeline, customer: str) -> list[tuple[str, int]]:
    """The partitions of which an entry holds a pseudonym."""
    name = customer.encode()
    return sorted(place for place, table in pipeline.tables.items() if any(name in key + value for key, value in table.items()))


@lawful
@given(forgetting_histories(), seeds, partitions)
def test_order_duplicates_partitions_and_restarts_change_nothing(history: list[Event], seed: int, number: int) -> None:
    """Shuffled within the lateness, some events twice, in partitions that are made anew at any moment: figures are replay's."""
    assert truth(history) == play(history, Way(seed, number, shuffled=True, doubled=0.2, restarts=20)).figures()


@lawful
@given(forgetting_histories(), seeds, partitions)
def test_the_wall_clock_ends_where_replay_ends(history: list[Event], seed: int, number: int) -> None:
    """The same where time moves by the clock."""
    assert truth(history) == play(history, Way(seed, number, played=False, shuffled=True, restarts=10)).figures()


@lawful
@given(forgetting_histories(), seeds, st.integers(1, 20))
def test_replay_does_not_depend_on_its_chunks(history: list[Event], seed: int, size: int) -> None:
    """A request holds from its own moment, whatever is folded with it."""
    del seed
    pieces = replay([copied(event) for event in history], CENTRE, STANDARDS, until=end_of(history), chunk_size=size)
    assert truth(history) == comparable(pieces)


@lawful
@given(named_histories(), seeds, partitions, st.booleans())
def test_nobody_remembers_who_asked_to_be_forgotten(history: list[Event], seed: int, number: int, played: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """After a request behind all events no entry of any table has the pseudonym, whatever came twice or late or was made anew."""
    asked = [*history, request(max(event.time for event in history))]
    pipeline = play(asked, Way(seed, number, played=played, shuffled=True, doubled=0.2, restarts=20))
    assert [] == keepers(pipeline, FORGOTTEN)


@lawful
@given(named_histories(), st.integers(0, 10_000))
def test_a_request_changes_no_figure_of_its_moment(history: list[Event], share: int) -> None:
    """Up to a request all is as without it: readings, intervals, breaches."""
    end = history[0].time + (history[-1].time - history[0].time) * share // 10_000
    known = [event for event in history if event.time <= end]

    def figures(events: Sequence[Event]) -> Any:
        return comparable(replay([copied(event) for event in events], CENTRE, STANDARDS, until=end))

    assert figures(known) == figures([*known, request(end)])


@lawful
@given(forgetting_histories())
def test_later_figures_are_those_without_the_request_but_for_first_contacts_of_the_customer(history: list[Event]) -> None:
    """Only what is concluded over all issues of one customer ends with them: everything else is as if nobody had asked."""

    def less(figures: dict[str, dict[str, Any]]) -> Any:
        for kind in ("readings", "intervals"):
            for record in figures[kind].values():
                for name in ("fcr", "fcr_net", "retention"):
                    record["measures"].pop(name, None)
        return figures

    end = end_of(history)  # the request may be the last event
    assert less(truth([event for event in history if event.type != ERASURE_REQUESTED], end)) == less(truth(history, end))
