"""Rings, signs of receipt, instant service, self-service and tiers: histories in, figures worked out by hand out."""

from __future__ import annotations

from typing import Any

from stream.core.centre import Centre, Queue
from stream.core.declared import Standard
from tests.core.timelines import reading

RINGING = """
    09:00:00 anna offered billing/call
    09:00:04 anna ringing
    09:00:16 anna ring_missed
    09:00:20 anna requeued queue=sales
    09:00:30 anna ringing
    09:00:36 anna answered
    09:05:00 anna ended
    09:10:00 bert offered billing/call
    09:10:24 bert answered
    09:11:00 bert ended
    09:20:00 carl offered billing/call
    09:20:01 carl answered ring_ms=61000
    09:20:09 carl ended
"""


def figures(story: str, *names: str, **options: Any) -> list[Any]:
    """Some measures of the whole."""
    found = reading(story, **options)
    return [found[name] for name in names]


def test_all_ringing_of_a_contact_counts_until_the_answer() -> None:
    """Anna heard 12 s and, in another queue, 6 s: 3 rings. Nobody says how bert's phone rang: 24 s of wait, 4 rings. Carl: 61 s."""
    found = figures(RINGING, "rings_mean", "answered_within_rings", "rings", "rings_from")
    spread = [{"rings": 3, "answered": 1}, {"rings": 4, "answered": 1}, {"rings": None, "answered": 1}]
    assert [(18 + 24 + 61) / 3 / 6, {"numerator": 1, "denominator": 3, "ratio": 1 / 3}, spread, {"ringing": 2, "wait": 1}] == found


def test_the_cadence_is_the_countrys() -> None:
    """Where a ring takes 4 s, anna's 18 s are more than 4 rings, and one of 12 s is 3."""
    story = "09:00:00 dora offered billing/call\n09:00:12 dora answered\n" + RINGING
    found = figures(story, "answered_within_rings", "rings", centre=Centre(ring_cadence=4_000))
    spread = [{"rings": 3, "answered": 1}, {"rings": 5, "answered": 1}, {"rings": 6, "answered": 1}, {"rings": None, "answered": 1}]
    assert [{"numerator": 1, "denominator": 4, "ratio": 0.25}, spread] == found


def test_what_rings_in_two_places_at_once_rings_once() -> None:
    """Two phones from 0 s and 3 s, one gives up at 6 s, the other is taken at 9 s: 9 s."""
    story = """
        09:00:00 anna offered billing/call
        09:00:00 anna ringing agent_id=a1
        09:00:03 anna ringing agent_id=a2
        09:00:06 anna ring_missed agent_id=a1
        09:00:09 anna answered
    """
    assert [9.0, 1] == figures(story, "ring_mean_seconds", "ring_missed")


def test_a_second_answer_has_rings_of_its_own() -> None:
    """6 s before the first answer, 12 s after the transfer: 9 s on average."""
    story = """
        09:00:00 anna offered billing/call
        09:00:00 anna ringing
        09:00:06 anna answered
        09:01:00 anna transferred to_queue=sales
        09:01:01 anna ringing
        09:01:13 anna answered
    """
    assert [9.0, 1.5] == figures(story, "ring_mean_seconds", "rings_mean")


def test_mail_does_not_ring() -> None:
    """Neither ringing nor a wait in its place."""
    story = "09:00:00 anna message customer billing/email\n09:10:00 anna message agent"
    none = {"numerator": 0, "denominator": 0, "ratio": None}
    assert [None, none, [], {"ringing": 0, "wait": 0}] == figures(story, "rings_mean", "answered_within_rings", "rings", "rings_from")


RECEIPTS = """
    09:00:00 anna message customer billing/email
    09:00:01 anna message agent automatic
    09:00:02 anna message bot acknowledgement
    09:05:00 anna message agent acknowledgement
    09:06:00 anna message agent acknowledgement
    09:30:00 anna message agent
    10:00:00 anna message customer
    10:01:00 anna message agent acknowledgement
    11:00:00 bert message customer billing/email
    11:15:00 bert message agent
    12:00:00 carl message customer billing/email
    12:01:00 carl no_reply_needed
"""


def test_a_receipt_is_counted_and_answers_nothing() -> None:
    """Anna's was told by a machine after 1 s, by a person after 5 min, answered after 30; bert's answer after 15 min is its receipt.

    Carl's needed none. A receipt of anna's second message is no figure, and it leaves her waiting.
    """
    names = ("acknowledged", "acknowledgement_mean_seconds", "acknowledged_automatically", "automatic_acknowledgement_mean_seconds")
    assert [2, 600.0, 1, 1.0] == figures(RECEIPTS, *names)
    answers = ("first_responses", "first_response_mean_seconds", "first_responses_waived", "responses", "waiting")
    assert [2, (1800 + 900) / 2, 1, 0, 1] == figures(RECEIPTS, *answers)


def test_messages_without_a_reply_grow_old() -> None:
    """At 12:30 dora's first message is 20 minutes old and ernst's second one 5; of an hour's promise none is late, of ten minutes one."""
    story = """
        12:00:00 ernst message customer billing/email
        12:10:00 dora message customer billing/email
        12:11:00 ernst message agent
        12:25:00 ernst message customer
    """
    ten = Standard(name="ten", title="ten", form="clock", measure="first_response", within=600_000, per=("channel",))
    hour = Standard(name="hour", title="hour", form="clock", measure="response", within=3_600_000, per=("channel",))
    found = figures(
        story, "open_first_response_age_seconds", "open_response_age_seconds", "open_turns", until="12:30:00", standards=(ten, hour)
    )
    rows = [
        {"clock": "first_response", "within_seconds": None, "overdue": 0, "open": 1},
        {"clock": "first_response", "within_seconds": 600.0, "overdue": 1, "open": 1},
        {"clock": "response", "within_seconds": None, "overdue": 0, "open": 1},
        {"clock": "response", "within_seconds": 3600.0, "overdue": 0, "open": 1},
    ]
    assert [1200.0, 300.0, rows] == found


def test_the_hand_off_is_the_bots_and_not_the_last_queues() -> None:
    """The bot let go at 50 s, a queue at 100 s, the reply came at 110 s: 60 s of ours."""
    story = """
        09:00:00 anna begun billing/chat
        09:00:00 anna message customer
        09:00:50 anna offered billing/chat
        09:01:40 anna requeued queue=sales
        09:01:45 anna answered
        09:01:50 anna message agent
    """
    names = ("first_response_mean_seconds", "first_response_since_handoff_mean_seconds", "handed_off")
    assert [110.0, 60.0, 1] == figures(story, *names)


def test_a_thread_that_the_centre_began_has_no_first_response() -> None:
    """Its source says so, also where the centre's own message is not among the events."""
    story = """
        09:00:00 anna begun billing/email direction=outbound
        09:10:00 anna message customer
        09:12:00 anna message agent
    """
    assert [0, 1, 120.0] == figures(story, "first_responses", "responses", "response_mean_seconds")


def test_replies_are_counted_when_a_contact_is_over() -> None:
    """Anna had two replies, bert none, carl's goes on: one on average. Receipts and notes are none."""
    story = """
        09:00:00 anna message customer billing/email
        09:01:00 anna message agent acknowledgement
        09:02:00 anna message agent
        09:03:00 anna message agent internal
        09:04:00 anna message agent
        09:05:00 anna ended
        09:00:00 bert message customer billing/email
        09:20:00 bert ended
        09:30:00 carl message customer billing/email
        09:31:00 carl message agent
    """
    assert [1.0] == figures(story, "replies_mean")


def test_instant_service_stands_against_queueing() -> None:
    """Waits of 0, 5 and 6 s, and one who gave up: two at once, one after waiting."""
    story = """
        09:00:00 anna offered billing/call
        09:00:00 anna answered
        09:00:00 bert offered billing/call
        09:00:05 bert answered
        09:00:00 carl offered billing/call
        09:00:06 carl answered
        09:00:00 dora offered billing/call
        09:00:40 dora abandoned
    """
    at_once = {"numerator": 2, "denominator": 3, "ratio": 2 / 3}
    to_queued = {"numerator": 2, "denominator": 1, "ratio": 2.0}
    names = ("instant_service", "instant_to_queued", "wait_p50_seconds", "wait_p90_seconds")
    assert [at_once, to_queued, 5.0, 40.0] == figures(story, *names)
    assert {"numerator": 3, "denominator": 3, "ratio": 1.0} == figures(story, "instant_service", centre=Centre(instant=6_000))[0]


def test_percentiles_end_at_the_bucket_or_the_longest_wait() -> None:
    """Of nine waits of 12 s and one of 21 min the p90 is in the bucket up to 15 s; of two of 21 min it is the longest itself."""
    nine = "".join(f"09:00:00 c{number} offered billing/call\n09:00:12 c{number} answered\n" for number in range(9))
    long = "09:00:00 anna offered billing/call\n09:21:00 anna answered\n"
    assert [15.0, 15.0] == figures(nine + long, "wait_p50_seconds", "wait_p90_seconds")
    assert [12.0, 1260.0] == [figures(nine, "wait_p90_seconds")[0], figures(long, "wait_p90_seconds")[0]]
    assert [None] == figures("09:00:00 anna begun billing/call", "wait_p90_seconds")


def test_self_service_is_what_menus_and_bots_finish() -> None:
    """Four began: one ended with success, one gave up, one was handed off, one is still there."""
    story = """
        09:00:00 anna begun billing/call
        09:01:00 anna ended success
        09:00:00 bert begun billing/call
        09:01:00 bert ended
        09:00:00 carl begun billing/chat
        09:01:00 carl offered billing/chat
        09:01:10 carl answered
        09:02:00 carl ended success
        09:00:00 dora begun billing/chat
    """
    share = {"numerator": 1, "denominator": 4, "ratio": 0.25}
    names = ("begun", "self_served", "handed_off", "self_service", "abandoned_before_queue")
    assert [4, 1, 1, share, 1] == figures(story, *names)
    assert {"numerator": 0, "denominator": 2, "ratio": 0.0} == reading(story, "channel=chat")["self_service"]


def test_an_escalation_goes_to_a_higher_tier() -> None:
    """To tier 2 from the first, up to 3, and down again; a transfer within the tier is none."""
    story = """
        09:00:00 anna offered billing/call
        09:00:10 anna answered
        09:01:00 anna transferred to_queue=experts to_tier=2
        09:01:10 anna answered
        09:02:00 anna transferred to_queue=experts to_tier=3
        09:02:10 anna answered
        09:03:00 anna transferred to_queue=billing to_tier=1
        09:03:10 anna answered
        09:04:00 anna transferred to_queue=billing
    """
    assert [4, 2] == figures(story.replace("to_tier=", "to_tier:="), "transferred", "escalated")


def test_the_tiers_of_queues_are_known() -> None:
    """From the first tier's queue into the second's, without a word of tiers."""
    centre = Centre(
        queues={"billing": Queue("billing", ("call",), tier="1"), "experts": Queue("experts", ("call",), tier="2")},
    )
    story = """
        09:00:00 anna offered billing/call
        09:00:10 anna answered
        09:01:00 anna transferred to_queue=experts
        09:01:10 anna answered
        09:02:00 anna transferred to_queue=billing
    """
    assert [2, 1] == figures(story, "transferred", "escalated", centre=centre)
