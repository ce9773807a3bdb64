"""Time kept waiting, and talks that go on."""

from __future__ import annotations

from stream.core.declared import Standard
from tests.core.timelines import breaches, reading

STORY = """
    09:00:00 anna begun channel=call
    09:00:40 anna offered billing/call
    09:01:00 anna ringing
    09:01:10 anna answered
    09:06:10 anna transferred to_queue=sales
    09:08:10 anna answered
"""


def test_kept_waiting_until_a_person_talks() -> None:
    """From the menu on: 70 s; the second wait, after a transfer, is no second beginning."""
    found = reading(STORY)
    assert (70.0, 70.0) == (found["kept_waiting_mean_seconds"], found["kept_waiting_max_seconds"])


def test_the_longest_talk_goes_on_now() -> None:
    """Since 09:08:10; over, there is none, and the longest of the window was 5 minutes."""
    now = reading(STORY, until="09:10:10")
    over = reading(f"{STORY}\n09:11:10 anna ended", until="09:12:00")
    assert (120.0, 300.0) == (now["talk_longest_seconds"], now["talk_max_seconds"])
    assert (None, 300.0) == (over["talk_longest_seconds"], over["talk_max_seconds"])


def test_the_longest_talk_is_the_oldest_in_whatever_order_talks_are_heard_of() -> None:
    """Facts come queue by queue: anna's of billing first, though bert talks for longer."""
    story = "09:00:00 anna offered billing/call\n09:01:00 bert answered sales/call\n09:02:00 anna answered"
    assert 540.0 == reading(story, until="09:10:00")["talk_longest_seconds"]


def test_a_talk_that_lasts_too_long_breaks_its_clock_while_it_lasts() -> None:
    """Ten minutes after it began; hold does not stop it, and its end ends the breach."""
    clock = Standard(name="talk", title="talk", form="clock", measure="talk", within=600_000, per=(), grace=0)
    level = Standard(name="talk", title="talk", form="level", measure="talk", limit=600, per=(), grace=0)
    story = "09:00:00 anna answered billing/call\n09:05:00 anna held\n09:12:00 anna ended\n09:13:00 bert answered billing/call"
    assert [("resolved", "09:10:00", "09:12:00", 600.0)] == breaches(story, clock, until="09:20:00")
    assert [("resolved", "09:10:00", "09:12:00", 600.001)] == breaches(story, level, until="09:20:00")
