"""Notifications of Genesys Cloud: a sample that was made up of the fields in its SDK, figures that were counted by hand."""

from __future__ import annotations

import json
from typing import Final

import pytest
from hypothesis import given, settings

from stream.core.events import Event
from stream.sources.records import CUSTOMER, Unknown
from tests.sources.queue_logs import figures
from tests.sources.vendors import DAY, broken, counted, delivered_again, events_of, fits_on_the_wire, said, sample, source, told

NAME: Final = "genesys-cloud"
LINES: Final = sample("genesys_cloud/notifications.jsonl")
#                        offered, answered, abandoned, flowed_out, callback, waiting
BY_HAND: Final = {"": (6, 2, 1, 1, 1, 1), "billing": (3, 2, 1, 0, 0, 0), "sales": (3, 0, 0, 1, 1, 1)}
MAPPING: Final = "queues: {g-billing: billing, g-sales: sales}\nagents: {a1: [u-1], a2: [u-2]}"


def test_notifications_become_the_contacts_that_they_tell_of() -> None:
    """Answered after a missed ring, abandoned, from one queue to the next within a millisecond, called back, and a chat that waits."""
    found = events_of(NAME, LINES, MAPPING)
    assert BY_HAND == counted(found)
    billing = figures(found)["billing"]
    assert (25.0, 150.0, 1, 1) == (
        billing["wait_answered_mean_seconds"],
        (180 + 120) / 2,
        billing["transferred"],
        billing["ring_missed"],
    )


def test_activity_says_who_is_there() -> None:
    """On queue the routing status, else the presence."""
    found = [one for one in events_of(NAME, LINES, MAPPING) if one.type.startswith("agent.")]
    assert [
        ("08:00:00", "agent.state_changed", {"state": "available", "queues": ["billing", "sales"]}),
        ("09:00:40", "agent.state_changed", {"state": "on_contact", "queues": ["billing", "sales"]}),
        ("09:04:10", "agent.state_changed", {"state": "paused", "queues": ["billing", "sales"], "reason": "meal"}),
        ("17:00:00", "agent.state_changed", {"state": "offline", "queues": []}),
    ] == said(found)


def test_what_says_nothing_of_queues_is_passed_over_by_name() -> None:
    """Other media, outbound, flows, and the channel's own heartbeat."""
    words = [one.word for one in told(NAME, LINES) if isinstance(one, Unknown)]
    assert ["user.start", "mediaType EMAIL", "OUTBOUND", "flow.start", "channel.metadata"] == words


def test_nothing_personal_gets_past_but_the_customer_where_the_mapping_says_so() -> None:
    """No number and no note."""
    assert not any(word in repr(events_of(NAME, LINES)) for word in ("1555", "private"))
    named = [one for one in events_of(NAME, LINES, "customers: true") if CUSTOMER in one.data]
    assert {"contact.begun"} == {one.type for one in named}
    assert source(NAME, "customers: true").personal


@pytest.mark.parametrize("seed", range(5))
def test_deliveries_in_any_order_and_again_change_nothing(seed: int) -> None:
    """Every body says all of its event."""
    assert {one.id: one for one in events_of(NAME, LINES)} == {one.id: one for one in events_of(NAME, delivered_again(LINES, seed))}


@settings(deadline=None)
@given(broken(LINES))
def test_no_input_whatever_raises(lines: list[bytes]) -> None:
    """Any bytes become events, rejects and words; the events fit on the wire."""
    assert fits_on_the_wire(one for one in told(NAME, lines) if isinstance(one, Event))


def notified(word: str, at: int, **more: object) -> bytes:
    """A notification of one call, so many ms after 09:00."""
    body = {"eventTime": DAY + 32_400_000 + at, "conversationId": "c1", "mediaType": "VOICE", "queueId": "q", "userId": "u-1", **more}
    return json.dumps({"topicName": f"v2.detail.events.conversation.c1.{word}", "eventBody": body}).encode()


OFFERED: Final = notified("acd.start", 0)
ANSWERED: Final = notified("acd.end", 10_000, acdOutcome="ANSWERED", answeredUserId="u-1", connectedDurationMs=10_000)
TALK: Final = {"interactingDurationMs": 100_000, "heldDurationMs": 20_000}


def test_what_one_hang_up_ends_is_told_by_what_says_how() -> None:
    """The customer's own end comes 30 ms before the agent's, or 80 ms before the queue's; the next queue 50 ms before the transfer."""
    ended = [notified("customer.end", 129_970, disconnectType="ENDPOINT"), notified("user.end", 130_000, disconnectType="PEER", **TALK)]
    q = figures(events_of(NAME, [OFFERED, ANSWERED, *ended]))["q"]
    assert (120.0, 20.0) == (q["handle_mean_seconds"], q["hold_mean_seconds"])
    gone = [notified("customer.end", 9_920, disconnectType="SYSTEM"), notified("acd.end", 10_000, acdOutcome="ABANDON")]
    assert (1, 0, 1, 0, 0, 0) == counted(events_of(NAME, [OFFERED, *gone]))["q"]
    passed = [notified("acd.start", 129_950, queueId="z"), notified("user.end", 130_000, disconnectType="TRANSFER", **TALK)]
    q = figures(events_of(NAME, [OFFERED, ANSWERED, *passed]))["q"]
    assert (1, 120.0, 20.0) == (q["transferred"], q["handle_mean_seconds"], q["hold_mean_seconds"])


ASKED: Final = notified("acd.start", 60_000, queueId="z")
REPLIED: Final = notified("acd.end", 70_000, queueId="z", acdOutcome="ANSWERED", answeredUserId="u-2", connectedDurationMs=10_000)
BEGUN: Final = (notified("customer.start", -5_000), OFFERED, ANSWERED)
OVER: Final = (notified("user.end", 160_000, disconnectType="PEER", **TALK), notified("customer.end", 160_000, disconnectType="ENDPOINT"))
HELPED: Final = notified("user.end", 100_000, queueId="z", userId="u-2", disconnectType="CLIENT", interactingDurationMs=30_000)
PASSED: Final = notified("user.end", 100_000, disconnectType="CONSULT_TRANSFER", **TALK)


@pytest.mark.parametrize(
    "between",
    [
        [ASKED, REPLIED, HELPED],
        [ASKED, notified("acd.end", 80_000, queueId="z", acdOutcome="ABANDON", connectedDurationMs=20_000)],
        [ASKED, notified("acd.end", 80_000, queueId="z", acdOutcome="FLOW_OUT", connectedDurationMs=20_000)],
        [notified("user.end", 100_000, queueId=None, userId="u-3", disconnectType="CLIENT", interactingDurationMs=30_000)],
        [notified("user.end", 100_000, queueId=None, userId="u-3", disconnectType="CLIENT", alertingDurationMs=30_000)],
    ],
)
def test_who_asks_somebody_goes_on_with_the_customer(between: list[bytes]) -> None:
    """By another queue, with or without an answer, or a person: one contact in one queue, with the whole talk."""
    found = events_of(NAME, [*BEGUN, *between, *OVER])
    assert {"": (1, 1, 0, 0, 0, 0), "q": (1, 1, 0, 0, 0, 0)} == counted(found)
    q = figures(found)["q"]
    assert (150.0, 20.0, 0) == (q["handle_mean_seconds"], q["hold_mean_seconds"], q["transferred"])


def test_who_was_asked_may_take_the_customer() -> None:
    """The transfer begins a stay in the queue that was asked, answered at once where it had answered."""
    end = [
        notified("user.end", 200_000, queueId="z", userId="u-2", disconnectType="PEER", interactingDurationMs=130_000),
        notified("customer.end", 200_000, disconnectType="ENDPOINT"),
    ]
    found = events_of(NAME, [*BEGUN, ASKED, REPLIED, PASSED, *end])
    assert {"": (2, 2, 0, 0, 0, 0), "q": (1, 1, 0, 0, 0, 0), "z": (1, 1, 0, 0, 0, 0)} == counted(found)
    assert (1, 0, 120.0) == (*(figures(found)[queue]["transferred"] for queue in "qz"), figures(found)["q"]["handle_mean_seconds"])
    assert 0.0 == figures(found)["z"]["wait_answered_mean_seconds"]
    early = notified("user.end", 65_000, disconnectType="CONSULT_TRANSFER", interactingDurationMs=55_000)
    found = events_of(NAME, [*BEGUN, ASKED, early, REPLIED, *end])
    assert {"": (2, 2, 0, 0, 0, 0), "q": (1, 1, 0, 0, 0, 0), "z": (1, 1, 0, 0, 0, 0)} == counted(found)


def test_who_is_called_by_no_queue_is_of_no_queue() -> None:
    """A caller who talks to an agent directly gave up nothing; nor one who is passed on to a person."""
    talk = notified("user.end", 200_000, queueId=None, userId="u-3", disconnectType="PEER", interactingDurationMs=30_000)
    over = notified("customer.end", 200_000, disconnectType="ENDPOINT")
    assert 0 == figures(events_of(NAME, [BEGUN[0], talk, over]))[""]["abandoned_before_queue"]
    found = events_of(NAME, [*BEGUN, PASSED, talk, over])
    assert {"": (1, 1, 0, 0, 0, 0), "q": (1, 1, 0, 0, 0, 0)} == counted(found)
    assert 1 == figures(found)["q"]["transferred"]


CALLED: Final = {"queueId": None, "userId": "u-3", "interactingDurationMs": 20_000}
IN_Z: Final = (
    notified("acd.end", 120_000, queueId="z", acdOutcome="ANSWERED", answeredUserId="u-2", connectedDurationMs=20_010),
    notified("user.end", 200_000, queueId="z", userId="u-2", disconnectType="PEER", interactingDurationMs=80_000),
    notified("customer.end", 200_000, disconnectType="ENDPOINT"),
)


@pytest.mark.parametrize("later", [-10, 0, 10])
def test_a_caller_whom_a_person_passes_to_a_queue_waits_there(later: int) -> None:
    """Called directly, the person passes them on: the end of their part comes before or after the entering of the queue."""
    entered = [notified("acd.start", 0), notified("user.end", later, disconnectType="TRANSFER", **CALLED)]
    found = events_of(NAME, [BEGUN[0], *entered, ANSWERED, *OVER])
    assert {"": (1, 1, 0, 0, 0, 0), "q": (1, 1, 0, 0, 0, 0)} == counted(found)
    assert (10.0, 0) == (figures(found)["q"]["wait_answered_mean_seconds"], figures(found)[""]["abandoned_before_queue"])


BLIND: Final = (notified("acd.start", 99_990, queueId="z"), notified("user.end", 100_000, disconnectType="TRANSFER", **TALK))


@pytest.mark.parametrize(
    "passed",
    [
        [*BLIND, notified("user.end", 100_020, **CALLED, disconnectType="PEER")],
        [*BLIND, notified("user.end", 103_000, **CALLED, disconnectType="CLIENT")],
        [PASSED, notified("acd.start", 199_990, queueId="z"), notified("user.end", 200_000, **CALLED, disconnectType="TRANSFER")],
        [ASKED, notified("user.end", 70_000, **CALLED, disconnectType="CLIENT"), PASSED],
    ],
    ids=["who was asked", "who listened", "who had the customer", "who listened while a queue is asked"],
)
def test_a_person_whom_no_queue_called_ends_no_wait(passed: list[bytes]) -> None:
    """Their part ends while the customer waits in the next queue, or that queue is asked: the customer waits until the answer."""
    after = 100_000 if passed[0] is PASSED else 0
    end = [notified("acd.end", 120_000 + after, queueId="z", acdOutcome="ANSWERED", answeredUserId="u-2"), OVER[1]] if after else IN_Z
    found = events_of(NAME, [*BEGUN, *passed, *end[: 1 if after else 3]])
    assert {"": (2, 2, 0, 0, 0, 0), "q": (1, 1, 0, 0, 0, 0), "z": (1, 1, 0, 0, 0, 0)} == counted(found)
    assert (1, 120.0, 0) == (*(figures(found)["q"][name] for name in ("transferred", "handle_mean_seconds")), figures(found)[""]["lost"])


Y: Final = {"queueId": "y", "userId": "u-4"}
ON: Final = notified("user.end", 90_010, queueId="z", userId="u-2", disconnectType="TRANSFER", interactingDurationMs=20_000)
ASKED_ON: Final = (
    notified("acd.start", 90_000, queueId="y"),
    notified("acd.end", 100_000, queueId="y", acdOutcome="ANSWERED", answeredUserId="u-4", connectedDurationMs=10_000),
    notified("user.end", 120_000, **Y, disconnectType="CLIENT", interactingDurationMs=20_000),
)


@pytest.mark.parametrize(
    "between",
    [
        [ASKED, REPLIED, ON, *ASKED_ON],
        [ON, *ASKED_ON[2:]],
        [HELPED],
        [notified("acd.end", 80_000, queueId="z", acdOutcome="ABANDON", connectedDurationMs=20_000)],
    ],
    ids=["passed on", "passed on without its beginning", "ended without its beginning", "given up without its beginning"],
)
def test_what_is_of_a_question_ends_nothing_of_the_customer(between: list[bytes]) -> None:
    """Whoever was asked asks somebody else, or what was told of the question before is lost: one contact, with the whole talk."""
    found = events_of(NAME, [*BEGUN, *between, *OVER])
    assert {"": (1, 1, 0, 0, 0, 0), "q": (1, 1, 0, 0, 0, 0)} == counted(found)
    assert (150.0, 0) == tuple(figures(found)["q"][name] for name in ("handle_mean_seconds", "transferred"))


def test_a_question_that_is_answered_when_the_customer_has_gone_is_no_contact() -> None:
    """The agent is done with the work after it, too; but a customer who went on to a queue unseen is answered there."""
    gone = [notified("user.end", 65_000, disconnectType="PEER", **TALK), notified("acw", 66_000, wrapupDurationMs=1_000)]
    late = notified("acd.end", 66_500, queueId="z", acdOutcome="ANSWERED", answeredUserId="u-2", connectedDurationMs=6_500)
    end = notified("user.end", 70_000, queueId="z", userId="u-2", disconnectType="PEER", interactingDurationMs=3_500)
    found = events_of(NAME, [*BEGUN, ASKED, *gone, late, end])
    assert {"": (1, 1, 0, 0, 0, 0), "q": (1, 1, 0, 0, 0, 0)} == counted(found)
    flowed = notified("acd.end", 30_000, acdOutcome="FLOW_OUT", connectedDurationMs=30_000)
    found = events_of(NAME, [*BEGUN[:2], flowed, late, end])
    assert {"": (2, 1, 0, 1, 0, 0), "q": (1, 0, 0, 1, 0, 0), "z": (1, 1, 0, 0, 0, 0)} == counted(found)
