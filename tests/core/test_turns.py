"""Turns of a conversation: first response, later responses, what stops a clock, and waiting on asynchronous channels."""

from __future__ import annotations

from tests.core.timelines import told


def turns(story: str) -> dict[str, float]:
    """What a story says of responses."""
    return {name: value for name, value in told(story).items() if "response" in name}


def test_first_and_later_responses_of_a_chat() -> None:
    """The first reply comes after 7 s; later turns take 10 s and 20 s; a second message of the customer starts no clock of its own."""
    story = """
        09:00:00 anna offered billing/chat
        09:00:05 anna message customer
        09:00:08 anna answered
        09:00:12 anna message agent
        09:01:00 anna message customer
        09:01:05 anna message customer
        09:01:10 anna message agent
        09:02:00 anna message customer
        09:02:20 anna message agent
        09:03:00 anna ended
    """
    assert {
        "first_responses": 1,
        "first_response_mean_seconds": 7.0,
        "first_response_since_handoff_mean_seconds": 7.0,
        "responses": 2,
        "response_mean_seconds": 15.0,
    } == turns(story)


def test_only_a_public_message_of_a_person_is_a_response() -> None:
    """A bot at 1 s, an automatic receipt at 2 s and an internal note at 3 s are none; the person comes after 40 s."""
    story = """
        09:00:00 anna message customer billing/email
        09:00:01 anna message bot
        09:00:02 anna message agent automatic
        09:00:03 anna message agent internal
        09:00:40 anna message agent
    """
    found = told(story)
    assert (1, 40.0) == (found["first_responses"], found["first_response_mean_seconds"])
    assert (1, 1, 40.0) == (found["offered"], found["answered"], found["wait_answered_mean_seconds"])


def test_the_time_since_the_bots_hand_off_stands_beside_the_whole() -> None:
    """The customer asked a bot at 0 s, was handed to a queue at 50 s and answered at 60 s: 60 s, of which 10 s are ours."""
    story = """
        09:00:00 anna begun billing/chat
        09:00:00 anna message customer
        09:00:01 anna message bot
        09:00:50 anna offered billing/chat
        09:00:55 anna answered
        09:01:00 anna message agent
    """
    found = turns(story)
    assert (60.0, 10.0) == (found["first_response_mean_seconds"], found["first_response_since_handoff_mean_seconds"])


def test_a_thread_that_an_agent_began_has_no_first_response() -> None:
    """The customer's answer to it begins a later turn."""
    story = """
        09:00:00 anna message agent billing/email
        09:10:00 anna message customer billing/email
        09:12:00 anna message agent
    """
    assert {"responses": 1, "response_mean_seconds": 120.0} == turns(story)


def test_no_reply_needed_is_counted_apart() -> None:
    """Thank-you notes stop the clock; they are never met, and the queue is left without an answer."""
    story = """
        09:00:00 anna message customer billing/email
        09:20:00 anna no_reply_needed
    """
    found = told(story)
    assert {"first_responses_waived": 1} == turns(story)
    assert (1, 1) == (found["offered"], found["flowed_out"])


def test_an_end_without_a_reply_is_counted_apart_too() -> None:
    """The chat was answered and closed without a word to the second question."""
    story = """
        09:00:00 anna offered billing/chat
        09:00:05 anna answered
        09:00:06 anna message customer
        09:00:10 anna message agent
        09:01:00 anna message customer
        09:02:00 anna ended
    """
    found = turns(story)
    assert (1, 4.0, 1) == (found["first_responses"], found["first_response_mean_seconds"], found["responses_waived"])
    assert "responses" not in found


def test_a_reply_in_the_millisecond_of_the_question_leaves_no_clock_running() -> None:
    """Response time 0, and nobody is waiting for anything."""
    story = "09:00:00 anna message customer billing/email\n09:00:00 anna message agent"
    found = told(story)
    assert (1, 1, 1) == (found["first_responses"], found["offered"], found["answered"])
    assert "waiting" not in found


def test_who_waits_for_a_reply_waits_even_when_somebody_took_the_mail() -> None:
    """A mail is taken after a minute and answered after ten; it waits until then."""
    story = """
        09:00:00 anna offered billing/email
        09:00:00 anna message customer
        09:01:00 anna answered
        09:05:00 bert offered billing/email
        09:10:00 anna message agent
    """
    found = told(story)
    assert (1, 2, 600.0, 300.0) == (
        found["waiting"],
        found["max_waiting"],
        found["wait_answered_mean_seconds"],
        found["longest_wait_seconds"],
    )


def test_a_closed_conversation_that_goes_on_is_reopened() -> None:
    """The customer writes again after the end: a second segment of the same contact."""
    story = """
        09:00:00 anna message customer billing/email
        09:00:10 anna message agent
        09:00:20 anna ended
        09:00:50 anna message customer
        09:01:10 anna message agent
    """
    found = told(story)
    assert (1, 2, 2, 1) == (found["records"], found["offered"], found["answered"], found["reopened"])
    assert (10.0, 20.0) == (found["first_response_mean_seconds"], found["response_mean_seconds"])
