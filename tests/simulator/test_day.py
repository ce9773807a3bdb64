"""A synthetic day: the same seed gives the same day, its truth is what a plain count finds, and lunch breaches the standards."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.centre import Centre, Queue
from stream.core.events import AGENT_EVENTS, AGENT_STATES, CONTACT_EVENTS, Event, order
from stream.core.schedule import Schedule
from stream.simulator.day import MONDAY, Simulation, days, simulate
from stream.simulator.plan import MINUTE, opening

REAL_TIME = ("call", "chat")
WEEKDAYS = Schedule(ZoneInfo("Europe/Berlin"), (((540, 1020),),) * 5 + ((),) * 2, always=False)
SMALL = Centre(
    zone=ZoneInfo("Europe/Berlin"),
    queues={"one": Queue("one", ("call", "email"), "office"), "two": Queue("two", ("call", "chat", "social"), "office")},
    hours={"office": WEEKDAYS},
)


def play(seed: int = 7, scale: float = 1.0, centre: Centre | None = None) -> tuple[list[Event], Simulation]:
    """A whole day."""
    simulation = simulate(centre or Centre(), seed=seed, scale=scale)
    return list(simulation.events), simulation


@pytest.fixture(scope="module")
def monday() -> tuple[list[Event], Simulation]:
    """The day that is played by default."""
    return play()


def counted(events: list[Event]) -> dict[tuple[str, str], Counter[str]]:
    """A plain count by queue and channel, from the events alone."""
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    unanswered: set[str] = set()
    for event in events:
        if event.type not in AGENT_EVENTS:
            counts[event.data["queue"], event.data["channel"]].update(outcomes(event, unanswered))
    assert not unanswered
    return counts


def outcomes(event: Event, unanswered: set[str]) -> list[str]:
    """What one event counts as; `unanswered` are the letters that no person has answered yet."""
    data, real_time = event.data, event.data["channel"] in REAL_TIME
    if event.type == "message.posted" and not real_time:
        if data["author"] == "customer":
            unanswered.add(event.subject)
            return ["offered"]
        answers = data["author"] == "agent" and event.subject in unanswered
        unanswered -= {event.subject} if answers else set()
        return ["answered"] if answers else []
    wait = data.get("wait_ms", 0)
    names = {
        "contact.begun": ["records"],
        "contact.offered": ["offered"] if real_time else [],
        "contact.answered": ["answered", "within_120"] if wait <= 120_000 else ["answered"],
        "contact.abandoned": ["abandoned", "short_abandoned"] if wait <= 5_000 else ["abandoned"],
        "contact.ring_missed": ["ring_missed"],
    }
    return ["abandoned_before_queue"] if data.get("stage") == "menu" else names.get(event.type, [])


def test_the_same_seed_gives_the_same_day() -> None:
    """A seed is a day: twice the same events, and another seed another day."""
    assert play(seed=3, scale=0.3)[0] == play(seed=3, scale=0.3)[0]
    assert play(seed=3, scale=0.3)[0] != play(seed=4, scale=0.3)[0]


def test_events_come_in_their_total_order_and_once(monday: tuple[list[Event], Simulation]) -> None:
    """What the simulation yields is already sorted as the core sorts it, every id is there once, and the truth knows how many they are."""
    events, simulation = monday
    assert all(order(left) < order(right) for left, right in pairwise(events))
    assert len({event.id for event in events}) == len(events)
    assert simulation.truth.report()["events"] == len(events)


def test_events_are_of_the_contract(monday: tuple[list[Event], Simulation]) -> None:
    """Types, states and keys are those of the contract, and every event names the queue and channel that it is about."""
    for event in monday[0]:
        if event.type in AGENT_EVENTS:
            assert event.data["state"] in AGENT_STATES
            assert event.subject == event.data["agent_id"]
            assert event.data["queues"]
        else:
            assert event.type in CONTACT_EVENTS
            assert event.subject == event.data["contact_id"]
            assert event.data["queue"] in {"billing", "sales", "support", "orders"}


@given(seed=st.integers(0, 10_000), scale=st.floats(0.05, 0.4))
@settings(max_examples=12, deadline=None)
def test_the_truth_is_what_a_plain_count_over_the_events_finds(seed: int, scale: float) -> None:
    """Whatever the seed, the figures noted while simulating are those that the events show, and no contact is left over."""
    events, simulation = play(seed, scale, SMALL)
    counts = counted(events)
    assert set(counts) == set(simulation.truth.tallies)
    for key, tally in simulation.truth.tallies.items():
        names = ("records", "offered", "answered", "abandoned", "short_abandoned", "abandoned_before_queue", "ring_missed")
        assert {name: counts[key][name] for name in names} == {name: getattr(tally, name) for name in names}
        assert tally.offered == tally.answered + tally.abandoned
        assert min(tally.waits + tally.abandon_waits, default=0) >= 0


def test_the_report_adds_up(monday: tuple[list[Event], Simulation]) -> None:
    """The whole is the sum of the queues, of the channels and of both, and the service level is a share of what was offered."""
    events, simulation = monday
    scopes = {tuple(sorted(entry["scope"].items())): entry["measures"] for entry in simulation.truth.report()["scopes"]}
    whole = scopes[()]
    for dimensions in (1, 2):
        for name in ("queue", "channel"):
            parts = [found for key, found in scopes.items() if len(key) == dimensions and name in dict(key)]
            for measure in ("records", "offered", "answered", "abandoned"):
                assert whole[measure] == sum(part[measure] for part in parts)
    calls = counted(events)["billing", "call"]
    assert scopes[("channel", "call"), ("queue", "billing")]["service_level"][2] == {
        "formula": "strict",
        "within_seconds": 120,
        "numerator": calls["within_120"],
        "denominator": calls["offered"],
        "ratio": calls["within_120"] / calls["offered"],
    }


def minute_by_minute(events: list[Event], queue: str, channel: str) -> dict[int, tuple[int, int]]:
    """(waiting, staffed) of a real-time line at the end of each minute."""
    levels: dict[int, tuple[int, int]] = {}
    waiting = 0
    present: set[str] = set()
    for event in events:
        data = event.data
        if event.type in AGENT_EVENTS and queue in data["queues"] and channel in data["channels"]:
            (present.discard if data["state"] in {"offline", "paused"} else present.add)(event.subject)
        elif (data.get("queue"), data.get("channel")) == (queue, channel):
            waiting += event.type == "contact.offered"
            waiting -= event.type == "contact.answered" or (event.type == "contact.abandoned" and data["stage"] == "queue")
        levels[event.time // MINUTE] = waiting, len(present)
    return levels


def test_lunch_breaches_the_standards_and_the_afternoon_keeps_them(monday: tuple[list[Event], Simulation]) -> None:
    """At lunch more than 2 wait per agent, more than 15 in a queue, and few are answered within 2 minutes; not before, not after."""
    events, simulation = monday
    lunch = range(simulation.plan.lunch // MINUTE, simulation.plan.lunch // MINUTE + 75)
    levels = minute_by_minute(events, "support", "call")
    crowded = {minute for minute, (waiting, staffed) in levels.items() if waiting > 2 * staffed}
    assert len(crowded) > 10
    assert max(waiting for waiting, _ in levels.values()) > 15
    assert crowded <= set(lunch)

    within: dict[bool, Counter[bool]] = {True: Counter(), False: Counter()}
    offered = {event.subject: event.time for event in events if event.type == "contact.offered" and event.data["channel"] == "call"}
    for event in events:
        if event.subject in offered and event.type in {"contact.answered", "contact.abandoned"}:
            good = event.type == "contact.answered" and event.data["wait_ms"] <= 120_000
            within[offered[event.subject] // MINUTE in lunch][good] += 1
    shares = {when: counts[True] / counts.total() for when, counts in within.items()}
    assert shares[True] < 0.5
    assert shares[False] > 0.95


def test_some_letters_wait_longer_than_an_hour(monday: tuple[list[Event], Simulation]) -> None:
    """Nobody answers letters at lunch, so some first replies take longer than 60 minutes, most do not."""
    letters = [
        response for (_, channel), tally in monday[1].truth.tallies.items() if channel == "email" for response in tally.first_responses
    ]
    late = sum(1 for response in letters if response > 60 * MINUTE)
    assert 0 < late < len(letters) / 10


def test_scale_multiplies_contacts_and_people() -> None:
    """Twice the scale is about twice the contacts, with the people to serve them."""
    small, large = simulate(Centre(), scale=0.5), simulate(Centre(), scale=1.0)
    contacts = [sum(event.type == "contact.begun" for event in simulation.events) for simulation in (small, large)]
    assert 1.8 < contacts[1] / contacts[0] < 2.2
    assert len(large.plan.people) > len(small.plan.people)


def test_a_queue_keeps_its_opening_hours() -> None:
    """Contacts come while their queue is open, in the centre's time zone; on a closed day there is nothing."""
    events, _ = play(centre=SMALL, scale=0.3)
    begun = [event.time for event in events if event.type == "contact.begun"]
    ((opens, closes),) = opening(WEEKDAYS, MONDAY)
    assert opens <= min(begun) < max(begun) < closes
    assert opens == 1_772_438_400_000
    assert list(simulate(SMALL, day=date(2026, 3, 1)).events) == []


def test_days_follow_one_another_without_the_closed_ones() -> None:
    """Friday is followed by Monday, and no id comes twice."""
    played = list(islice(days(SMALL, first=date(2026, 3, 6), scale=0.1), 2))
    assert [simulation.plan.day for simulation in played] == ["20260306", "20260309"]
    first, second = (list(simulation.events) for simulation in played)
    assert {event.id for event in first}.isdisjoint(event.id for event in second)
    assert first[-1].time < second[0].time


def test_a_centre_that_never_opens_is_refused() -> None:
    """Days without end need an open day."""
    closed = Schedule(UTC, ((),) * 7, always=False)
    centre = Centre(queues={"one": Queue("one", ("call",), "never")}, hours={"never": closed})
    with pytest.raises(ValueError, match="no queue of the centre is open"):
        next(days(centre))
