"""The life of a contact: what happened goes in, figures come out. Every number is worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given

from stream.core.contact import ASYNCHRONOUS_TRANSITIONS, REAL_TIME_TRANSITIONS, fold, step
from stream.core.events import CONTACT_EVENTS, Event
from stream.core.facts import EVERYTHING, conclusions
from stream.core.life import CODES, RANKS, Entry, Life
from tests.core.histories import contacts
from tests.core.timelines import told


def test_an_answered_call() -> None:
    """It waits 32 s and talks for 4 min 28 s."""
    story = """
        09:00:00 anna offered billing/call
        09:00:32 anna answered
        09:05:00 anna ended
    """
    assert {
        "records": 1,
        "offered": 1,
        "answered": 1,
        "closed": 1,
        "wait_answered_mean_seconds": 32.0,
        "wait_max_seconds": 32.0,
        "handle_mean_seconds": 268.0,
        "talk_mean_seconds": 268.0,
        "max_waiting": 1,
        "rings_mean": 32 / 6,
        "wait_p50_seconds": 32.0,
        "wait_p90_seconds": 32.0,
    } == told(story)


def test_hold_and_wrap_up_belong_to_the_handle_time() -> None:
    """Talk 60 s + hold 30 s + talk 30 s, then 45 s of wrap-up: handled 165 s, of which 90 s are talk."""
    story = """
        09:00:00 anna offered billing/call
        09:00:10 anna answered
        09:01:10 anna held
        09:01:40 anna resumed
        09:02:10 anna ended
        09:02:55 anna wrapped_up
    """
    found = told(story)
    assert (165.0, 90.0, 30.0) == (found["handle_mean_seconds"], found["talk_mean_seconds"], found["hold_mean_seconds"])


def test_who_hangs_up_on_hold_ends_the_hold() -> None:
    """Answered at 10 s, held from 20 s to the end at 50 s: 10 s of talk, 30 s of hold."""
    story = """
        09:00:00 anna offered billing/call
        09:00:10 anna answered
        09:00:20 anna held
        09:00:50 anna abandoned
    """
    found = told(story)
    assert (40.0, 10.0, 30.0) == (found["handle_mean_seconds"], found["talk_mean_seconds"], found["hold_mean_seconds"])
    assert "abandoned" not in found


def test_the_sources_own_times_win() -> None:
    """A source that says 20 s of waiting and 100 s of handling is believed, whatever its clock times say."""
    story = """
        09:00:00 anna offered billing/call
        09:00:32 anna answered wait_ms=20000
        09:05:00 anna ended handle_ms=100000
    """
    found = told(story)
    assert (20.0, 100.0) == (found["wait_answered_mean_seconds"], found["handle_mean_seconds"])


@pytest.mark.parametrize(("seconds", "short"), [("05", 1), ("06", 0)])
def test_a_short_abandon_lasts_at_most_five_seconds(seconds: str, short: int) -> None:
    """Exactly five seconds are still short."""
    found = told(f"09:00:00 anna offered billing/call\n09:00:{seconds} anna abandoned")
    assert (1, short) == (found["abandoned"], found.get("short_abandoned", 0))


def test_leaving_in_the_menu_is_no_abandon_of_a_queue() -> None:
    """Nobody was offered to a queue, so only the record and the early leaving count."""
    story = "09:00:00 anna begun billing/call\n09:00:20 anna abandoned stage=menu"
    assert {"records": 1, "begun": 1, "abandoned_before_queue": 1, "closed": 1} == told(story)


def test_an_abandon_that_says_it_was_in_the_queue_was_offered() -> None:
    """The offer is missing; the wait of 20 s that the source gives is taken."""
    story = "09:00:00 anna begun billing/call\n09:00:40 anna abandoned stage=queue wait_ms=20000"
    found = told(story)
    assert (1, 1, 20.0) == (found["offered"], found["abandoned"], found["wait_abandoned_mean_seconds"])


def test_an_answer_at_once_never_enters_the_level() -> None:
    """A wait of 0 ms is an answer, not a moment of waiting."""
    story = "09:00:00 anna offered billing/call\n09:00:00 anna answered\n09:01:00 anna ended"
    found = told(story)
    assert (1, 1) == (found["offered"], found["answered"])
    assert "max_waiting" not in found
    assert "wait_max_seconds" not in found


def test_a_requeue_flows_out_of_one_queue_and_is_offered_to_the_next() -> None:
    """Sales had it for 30 s, billing for 12 s until the answer; the whole sees both segments and one contact."""
    story = """
        09:00:00 anna offered sales/call
        09:00:30 anna requeued billing/call
        09:00:42 anna answered
        09:01:42 anna ended
    """
    assert {"records": 1, "offered": 1, "flowed_out": 1, "requeued": 1, "max_waiting": 1} == told(story, "queue=sales")
    found = told(story, "queue=billing")
    assert (1, 1, 12.0) == (found["offered"], found["answered"], found["wait_answered_mean_seconds"])
    whole = told(story)
    assert (1, 2, 1, 1) == (whole["records"], whole["offered"], whole["answered"], whole["flowed_out"])


def test_another_offer_to_the_same_queue_says_nothing_new() -> None:
    """The wait goes on."""
    story = "09:00:00 anna offered billing/call\n09:00:10 anna offered billing/call\n09:00:30 anna answered"
    found = told(story)
    assert (1, 30.0) == (found["offered"], found["wait_answered_mean_seconds"])


def test_a_transfer_ends_one_talk_and_opens_another_wait() -> None:
    """Talks of 60 s and 20 s: mean 40 s; waits of 10 s and 5 s: mean 7.5 s."""
    story = """
        09:00:00 anna offered sales/call
        09:00:10 anna answered
        09:01:10 anna transferred to_queue=billing
        09:01:15 anna answered
        09:01:35 anna ended
    """
    found = told(story)
    assert (1, 2, 2, 1) == (found["records"], found["offered"], found["answered"], found["transferred"])
    assert (40.0, 7.5) == (found["handle_mean_seconds"], found["wait_answered_mean_seconds"])


def test_ringing_adds_up_over_attempts() -> None:
    """12 s that nobody took and 6 s until the answer: 18 s of ringing, three rings."""
    story = """
        09:00:00 anna offered billing/call
        09:00:02 anna ringing
        09:00:14 anna ring_missed
        09:00:20 anna ringing
        09:00:26 anna answered
    """
    found = told(story)
    assert (18.0, 1) == (found["ring_mean_seconds"], found["ring_missed"])


def test_the_other_ways_out_of_a_queue() -> None:
    """A callback, an overflow, a technical loss, and an end by the system while waiting."""
    story = """
        09:00:00 anna offered billing/call
        09:00:30 anna callback_requested
        09:00:00 bert offered billing/call
        09:01:00 bert flowed_out
        09:00:00 cora offered billing/call
        09:00:20 cora lost
        09:00:00 dora offered billing/call
        09:00:25 dora ended by=system
    """
    assert {"records": 4, "offered": 4, "callback": 1, "flowed_out": 1, "lost": 2, "closed": 4, "max_waiting": 4} == told(story)


def test_a_customer_who_ends_the_wait_abandons() -> None:
    """Whatever the source calls it."""
    assert 1 == told("09:00:00 anna offered billing/call\n09:00:25 anna ended by=customer")["abandoned"]


def test_an_excluded_contact_is_a_record_and_nothing_else() -> None:
    """Even where it had been answered before its source took it back."""
    story = """
        09:00:00 anna offered billing/call
        09:00:30 anna answered
        09:00:40 anna excluded
        09:00:50 anna ended
    """
    found = told(story)
    assert (1, 1) == (found.pop("records"), found.pop("excluded"))
    # What has been a maximum was one: a maximum cannot be taken back.
    assert {"wait_max_seconds": 30.0, "max_waiting": 1} == found


def test_an_excluded_contact_waits_no_more() -> None:
    """It is out of the level from the moment at which its source says so."""
    story = "09:00:00 anna offered billing/call\n09:00:30 anna excluded\n09:01:00 bert offered billing/call"
    found = told(story)
    assert (1, 1, 1) == (found["offered"], found["waiting"], found["max_waiting"])


def test_events_that_mean_nothing_in_a_state_change_nothing() -> None:
    """An end without a beginning, a resume without a hold, a second answer."""
    story = """
        09:00:00 stray ended
        09:00:00 stray wrapped_up
        09:00:00 anna offered billing/call
        09:00:10 anna answered
        09:00:15 anna answered
        09:00:20 anna resumed
        09:00:30 anna ended
    """
    found = told(story)
    assert (1, 1, 20.0) == (found["records"], found["answered"], found["handle_mean_seconds"])


def test_every_event_of_the_contract_is_in_the_table() -> None:
    """A new event type without a transition would be ignored unseen."""
    listed = {kind for _, kind in (*REAL_TIME_TRANSITIONS, *ASYNCHRONOUS_TRANSITIONS)}
    assert set(CONTACT_EVENTS) == listed


@given(contacts(0))
def test_no_fact_lies_before_its_event(history: list[Event]) -> None:
    """A fact that became true earlier than it was known would be judged in one batch and too late in another."""
    life = Life("contact-0", 5_000, 60_000, {}, EVERYTHING)
    life.owns_book = True
    for time, _, _, code, data in entries_of(history):
        before = len(conclusions(life.book))
        book = {place: len(rows) for place, rows in life.book.items()}
        step(life, time, code, data)
        new = {place: rows[book.get(place, 0) :] for place, rows in life.book.items()}
        assert len(conclusions(life.book)) == before + len(conclusions(new))
        assert {time} >= {conclusion[2] for conclusion, _ in conclusions(new)}


@given(contacts(0))
def test_no_duration_is_negative(history: list[Event]) -> None:
    """Whatever a source sends, in whatever order."""
    life = fold("contact-0", entries_of(history), 5_000, 60_000)
    assert [] == [conclusion for conclusion, _ in conclusions(life.book) if conclusion[6] < 0]


def entries_of(history: list[Event]) -> list[Entry]:
    """The history of a contact as its life keeps it."""
    return sorted((event.time, RANKS[event.type], event.id, CODES[event.type], event.data) for event in history)
