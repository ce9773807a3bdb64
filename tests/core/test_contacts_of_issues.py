"""What contacts mean for the issues that they are, or belong to: who gave up, who called again, what goes on under another id."""

from __future__ import annotations

import pytest

from stream.core.declared import Standard
from stream.core.stage import STANDARD_BREACHES
from tests.core.timelines import played, reading, verdict

LATER = "2026-03-20 09:00:00"
FOUR_HOURS = Standard(
    name="resolved",
    title="Resolved in four hours",
    form="clock",
    measure="resolution",
    within=4 * 3_600_000,
    per=(),
    hours="always",
    grace=0,
)


@pytest.mark.parametrize(
    "story",
    [
        "09:00:00 anna offered billing/call\n09:00:10 anna abandoned",
        "09:00:00 anna offered billing/call\n09:00:10 anna flowed_out",
        "09:00:00 anna message customer service/email\n09:30:00 anna no_reply_needed\n09:30:00 anna ended by=agent",
    ],
    ids=["abandoned", "flowed out", "no reply needed"],
)
def test_the_clock_of_what_nobody_works_on_ends_with_its_contact(story: str) -> None:
    """Whoever is gone waits for no resolution: the four hours are over a day later, and nothing was broken."""
    assert 0 == reading(story, until=LATER)["open_issues"]
    assert {} == played(story, (FOUR_HOURS,), until=LATER).of(STANDARD_BREACHES)
    assert not verdict(story, FOUR_HOURS, until=LATER)["breached"]


def test_the_clock_of_who_stayed_too_long_ends_when_they_leave() -> None:
    """Broken at one o'clock, while the call still waits; over when it is abandoned at two."""
    story = "09:00:00 anna offered billing/call\n14:00:00 anna abandoned"
    (record,) = played(story, (FOUR_HOURS,), until=LATER).of(STANDARD_BREACHES).values()
    assert ("2026-03-02T13:00:00.000Z", "2026-03-02T14:00:00.000Z") == (record["started_at"], record["ended_at"])


def test_the_clock_runs_where_a_help_desk_keeps_the_issue() -> None:
    """The call is over, the ticket is not."""
    story = """
        09:00:00 issue i1 opened billing/call
        09:00:00 anna offered billing/call issue_id=i1
        09:00:10 anna abandoned
    """
    assert verdict(story, FOUR_HOURS, until=LATER)["breached"]


@pytest.mark.parametrize("wrapped_up", ["09:22:00", "09:40:00", "11:00:00"])
def test_a_wrap_up_that_comes_late_opens_nothing_again(wrapped_up: str) -> None:
    """Twenty minutes after its end, or hours, the issue of a call stays resolved, and its tag counts."""
    story = f"""
        09:00:00 anna offered billing/call
        09:10:00 anna answered agent_id=a1
        09:20:00 anna ended by=agent
        {wrapped_up} anna wrapped_up acw_ms=60000 tags=invoice
    """
    found = reading(story, until="12:00:00")
    assert (1, 0, 0) == (found["issues_resolved"], found["issues_reopened"], found["open_issues"])
    assert [("invoice", 1)] == [(row["topic"], row["numerator"]) for row in found["topic_share"]]


def test_an_end_that_comes_after_the_end_opens_nothing() -> None:
    """Some systems say of who hung up in the queue that the call has ended, too."""
    found = reading("09:00:00 anna offered billing/call\n09:00:10 anna abandoned\n09:20:00 anna ended by=customer", until="12:00:00")
    assert (1, 0) == (found["issues_opened"], found["open_issues"])


def test_what_begins_nothing_is_no_issue() -> None:
    """Of a call that began before anybody listened only the wrap-up is heard."""
    story = "09:00:00 anna wrapped_up acw_ms=60000 tags=invoice customer_ref=c1\n09:00:00 bert offered billing/call\n"
    found = reading(story, until="12:00:00")
    assert (1, 1) == (found["issues_opened"], found["open_issues"])


def call(contact: str, day: str, more: str = "") -> str:
    """A call of a customer that is answered, at nine o'clock."""
    at = f"2026-03-{day}T09"
    steps = f"00:00 {contact} offered billing/call customer_ref=c1 {more}", f"00:30 {contact} answered", f"05:00 {contact} ended by=agent"
    return "".join(f"{at}:{step}\n" for step in steps)


def left(contact: str, day: str) -> str:
    """One of theirs who gives up after four minutes; nobody notes what it was about."""
    at = f"2026-03-{day}T09"
    return f"{at}:00:00 {contact} offered billing/call customer_ref=c1\n{at}:04:00 {contact} abandoned\n"


@pytest.mark.parametrize(
    ("story", "met"),
    [
        (call("a", "02", "tags=invoice,refund") + call("b", "03", "tags=refund"), 1),
        (call("a", "02", "tags=invoice,refund") + call("b", "03", "tags=parcel"), 2),
        (call("a", "02", "question=where tags=refund") + call("b", "03", "question=when tags=refund"), 1),
        (call("a", "02", "tags=refund") + left("b", "03"), 0),
        (call("a", "02", "tags=refund") + left("b", "03").replace("billing", "sales"), 1),
        (call("a", "02") + call("b", "03", "tags=refund"), 1),
    ],
    ids=[
        "a tag of both",
        "no tag of both",
        "a tag, but another question",
        "nothing is said of who gave up",
        "in another queue",
        "nor before",
    ],
)
def test_a_further_contact_is_about_the_same_where_anything_is(story: str, met: int) -> None:
    """Any tag or question of both; where nothing is said of one of them, the queue decides. The last contact of all is met by itself."""
    assert met == reading(story, until=LATER)["fcr"]["numerator"]


def test_who_asks_where_the_answer_stays_was_not_helped_by_the_first_contact() -> None:
    """An e-mail of Monday, a call about it on Tuesday, and the issue is resolved on Wednesday: of the two only the call was enough."""
    story = """
        2026-03-02T09:00:00 issue i1 opened service/email customer_ref=c1 tags=refund
        2026-03-02T09:00:00 mail message customer service/email customer_ref=c1 issue_id=i1
        2026-03-03T09:00:00 anna offered billing/call customer_ref=c1 tags=refund
        2026-03-03T09:00:30 anna answered
        2026-03-03T09:05:00 anna ended by=agent
        2026-03-04T09:00:00 mail message agent service/email issue_id=i1
        2026-03-04T09:00:00 issue i1 resolved
    """
    found = reading(story, until=LATER)["fcr"]
    assert (1, 2) == (found["numerator"], found["denominator"])


def test_a_transfer_under_an_id_of_its_own_is_the_same_contact() -> None:
    """Forty seconds of menu and twenty of waiting, then two people one after the other: a customer who was kept for a minute, once."""
    story = """
        2026-03-02T09:00:00 a begun channel=call customer_ref=c1
        2026-03-02T09:00:40 a offered billing/call
        2026-03-02T09:01:00 a answered agent_id=a1
        2026-03-02T09:03:00 b offered billing/call root_contact_id=a customer_ref=c1
        2026-03-02T09:03:00 a transferred to_queue=billing
        2026-03-02T09:03:00 a ended by=agent
        2026-03-02T09:05:00 b answered agent_id=a2
        2026-03-02T09:09:00 b ended by=agent
    """
    found = reading(story, until=LATER)
    assert (1, 1) == (found["fcr"]["numerator"], found["fcr"]["denominator"])
    assert (60.0, 60.0) == (found["kept_waiting_mean_seconds"], found["kept_waiting_max_seconds"])
    assert (1, 2) == (found["issues_resolved"], found["answered"])


def test_minutes_are_unknown_where_nobody_says_how_long_anything_took() -> None:
    """An e-mail of which no handle time is known says nothing; beside a call of ten minutes it does not look like none."""
    mail = """
        09:00:00 issue i1 opened service/email
        09:00:00 mail message customer service/email issue_id=i1
        09:10:00 mail message agent service/email
        09:11:00 issue i1 resolved
    """
    talk = "09:20:00 anna offered service/call\n09:20:00 anna answered wait_ms=0\n09:30:00 anna ended by=agent\n"
    found = [reading(story, until="12:00:00") for story in (mail, mail + talk)]
    assert [(None, 0), (5.0, 1)] == [(one["minutes_per_issue"], one["issues_handled"]) for one in found]
