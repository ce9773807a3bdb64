"""A contact of which it becomes known later that it is in a group: the group has its figures, in the windows that they belong to."""

from __future__ import annotations

from stream.core.centre import Centre, Queue
from stream.core.declared import Standard
from tests.core.timelines import breaches, intervals, reading, told, verdict

CENTRE = Centre(queues={"billing": Queue("billing", ("call", "email")), "sales": Queue("sales", ("call",))}, groups=("vip", "gold"))
STORY = """
    09:29:00 a offered billing/call
    09:29:40 a answered
    09:31:00 a ended groups=vip
    09:40:00 b offered billing/call
    09:41:00 b confirmed groups=vip
    09:41:30 b abandoned
    09:42:00 c offered billing/call
    09:42:10 c requeued queue=sales
    09:42:40 c answered groups=vip
    09:43:00 c ended
    09:50:00 d offered billing/call
    09:50:30 d confirmed groups=vip
"""


def test_the_group_has_what_was_before_in_the_windows_of_the_offers() -> None:
    """A was offered at 09:29 and was a vip at 09:31: it counts in the half-hour of 09:00, with the wait that it had."""
    found = intervals(STORY, "group=vip", until="10:00:00", centre=CENTRE)
    assert ["09:00", "09:30"] == list(found)
    assert (1, 1, 40.0, 120.0 - 40.0) == tuple(
        found["09:00"][name] for name in ("offered", "answered", "wait_answered_mean_seconds", "handle_mean_seconds")
    )
    assert (4, 1, 1, 1, 30.0) == tuple(
        found["09:30"][name] for name in ("offered", "answered", "abandoned", "flowed_out", "wait_answered_mean_seconds")
    )


def test_nothing_else_changes() -> None:
    """Other scopes have what they have without any group."""
    plain = STORY.replace("groups=vip", "")
    for scope in ("all", "queue=billing", "channel=call,queue=sales"):
        assert told(plain, scope, centre=CENTRE) == told(STORY, scope, centre=CENTRE)


def test_who_waits_is_in_the_level_of_the_group() -> None:
    """D waits since 09:50, whenever it was said that it is a vip; the most that waited is known from when it was said."""
    found = reading(STORY, "group=vip", until="09:52:00", centre=CENTRE)
    assert (1, 120.0, 1) == (found["waiting"], found["longest_wait_seconds"], found["max_waiting"])
    assert {"offered": 5, "answered": 2, "abandoned": 1, "flowed_out": 1} == {
        name: found[name] for name in ("offered", "answered", "abandoned", "flowed_out")
    }


def test_who_was_over_the_time_already_is_late_at_once() -> None:
    """The clock began with the offer: b was late at 09:40:20, and d at 09:50:20; c waited 10 and 30 seconds, and was not known."""
    clock = Standard(name="vips", title="", form="clock", measure="wait", within=20_000, per=("group",), hours="always", grace=0)
    assert [("resolved", "09:40:20", "09:41:30", 20.0), ("firing", "09:50:20", None, 20.0)] == breaches(
        STORY, clock, until="09:52:00", centre=CENTRE
    )


def test_a_share_of_the_group_counts_each_contact_once() -> None:
    """Of a (40 s), b (gave up after 90 s), c (30 s in its second queue) and d (still waiting) one was answered within 35 s."""
    share = Standard(
        name="vips",
        title="",
        form="percentage",
        measure="service_level",
        objective=0.8,
        within=35_000,
        per=("group",),
        hours="always",
        grace=0,
    )
    found = verdict(STORY, share, "group=vip", until="09:52:00", centre=CENTRE)
    assert (1, 4) == (found["numerator"], found["denominator"])


def test_a_second_group_has_it_once_and_takes_nothing_from_the_first() -> None:
    """One after the other, or both at once: both have the contact."""
    story = """
        09:00:00 a offered billing/call
        09:00:10 a confirmed groups=vip
        09:00:20 a confirmed groups=gold
        09:00:30 a answered groups=gold,vip
    """
    for group in ("vip", "gold"):
        found = told(story, f"group={group}", centre=CENTRE)
        assert (1, 1, 30.0) == (found["offered"], found["answered"], found["wait_answered_mean_seconds"])


def test_letters_that_wait_for_a_reply_wait_in_the_group() -> None:
    """The first message came before anybody knew whose it was; the response is the group's, too."""
    story = """
        09:00:00 a message customer billing/email
        09:10:00 a message internal agent groups=vip
        09:30:00 a message agent
    """
    assert 600.0 == reading(story, "group=vip", until="09:10:00", centre=CENTRE)["open_first_response_age_seconds"]
    assert 1800.0 == reading(story, "group=vip", centre=CENTRE)["first_response_mean_seconds"]
