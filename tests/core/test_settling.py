"""The resolution of an issue stops the clocks of replies of its contacts, which may lie in any partition."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.centre import Centre, Queue
from stream.core.contact import step
from stream.core.declared import Standard
from stream.core.events import Event, order
from stream.core.ledger import wanted_of
from stream.core.life import CODES
from stream.core.parts import TOLD
from stream.core.schedule import Schedule
from stream.core.settling import Limits, settle_more
from stream.core.stage import QUEUE_READINGS, STANDARD_BREACHES
from stream.core.wanted import Kept
from stream.replay.driver import replay
from tests.core.golden import mark
from tests.core.histories import CENTRE, STANDARDS, end_of
from tests.core.issue_histories import desk_histories
from tests.core.pipeline import Pipeline, comparable
from tests.core.playing import Way, play
from tests.core.test_laws import lawful, partitions, seeds
from tests.core.timelines import events, played, reading, told

TEN_MINUTES: dict[str, Any] = {"title": "Within ten minutes", "form": "clock", "within": 600_000, "per": (), "hours": "always", "grace": 0}
FIRST = Standard(name="first", measure="first_response", **TEN_MINUTES)
LATER = Standard(name="later", measure="response", **TEN_MINUTES)
SEGMENTS = frozenset({"offered", "answered", "flowed_out", "waiting", "longest_wait_seconds"})


def contacts(story: str) -> dict[str, Any]:
    """What is known of contacts at noon: their segments and their turns."""
    return {name: value for name, value in told(story, until="12:00:00").items() if name in SEGMENTS or "response" in name}


def broken(story: str, standard: Standard = FIRST) -> list[tuple[str, str | None]]:
    """The breaches of a standard by noon: (contact, until when)."""
    found = played(story, (standard,), until="12:00:00").of(STANDARD_BREACHES).values()
    return sorted((one["contact_id"], one["ended_at"] and one["ended_at"][11:19]) for one in found)


STORIES = {
    "a first message": """
        09:00:00 anna message customer billing/email issue_id=i1
        09:05:00 {}
    """,
    "a later one": """
        09:00:00 anna message customer billing/email issue_id=i1
        09:01:00 anna message agent
        09:02:00 anna message customer
        09:05:00 {}
    """,
    "a reply that comes too late": """
        09:00:00 anna message customer billing/email issue_id=i1
        09:05:00 {}
        09:20:00 anna message agent
        09:30:00 anna message customer
        09:33:00 anna message agent
    """,
    "another question": """
        09:00:00 anna message customer billing/email issue_id=i1
        09:05:00 {}
        09:06:00 anna message customer
        09:07:00 anna message agent
        09:50:00 anna ended by=agent
    """,
    "a chat that was answered": """
        09:00:00 anna offered billing/chat issue_id=i1
        09:00:05 anna answered
        09:01:00 anna message customer
        09:05:00 {}
        09:20:00 anna ended by=agent
    """,
    "another queue": """
        09:00:00 anna message customer billing/email issue_id=i1
        09:03:00 anna requeued queue=service
        09:05:00 {}
        09:07:00 anna requeued queue=sales
    """,
    "a thread of which only the offer is known": """
        09:00:00 anna offered billing/email issue_id=i1
        09:05:00 {}
        10:00:00 anna message agent
    """,
    "a message that a machine wrote for the customer": """
        09:00:00 anna message customer automatic billing/email issue_id=i1
        09:05:00 {}
    """,
    "a message before anybody said by which channel": """
        09:00:00 anna message customer issue_id=i1
        09:05:00 {}
    """,
    "such a message in a chat": """
        09:00:00 anna offered billing/chat issue_id=i1
        09:00:05 anna answered
        09:01:00 anna message customer automatic
        09:05:00 {}
        09:20:00 anna ended by=agent
    """,
    "a thread that is over": """
        09:00:00 anna message customer billing/email issue_id=i1
        09:04:00 anna ended by=agent
        09:05:00 {}
    """,
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
@pytest.mark.parametrize("resolved", ["issue i1 resolved", "issue i1 status_changed closed"])
def test_a_resolution_is_for_a_contact_as_if_no_reply_were_needed(story: str, resolved: str) -> None:
    """Whatever it waits for, and whatever comes later."""
    assert contacts(story.format("anna no_reply_needed")) == contacts(story.format(resolved))


def test_a_first_message_is_counted_apart_when_its_issue_is_resolved() -> None:
    """The thread is not over; its clock is, at the moment of the resolution, and the reply that follows is no response."""
    found = contacts(STORIES["a reply that comes too late"].format("issue i1 resolved"))
    assert {"first_responses_waived": 1, "responses": 1, "response_mean_seconds": 180.0} == {
        name: value for name, value in found.items() if "response" in name
    }
    assert [] == broken(STORIES["a first message"].format("issue i1 resolved"))
    assert [] == broken(STORIES["a later one"].format("issue i1 resolved"), LATER)


def test_all_contacts_of_the_issue_wait_no_more() -> None:
    """Two threads and a chat; a thread of another issue waits on."""
    story = """
        09:00:00 anna message customer billing/email issue_id=i1
        09:01:00 bert message customer service/social issue_id=i1
        09:02:00 carl offered billing/chat issue_id=i1
        09:02:00 carl message customer
        09:03:00 dora message customer billing/email issue_id=i2
        09:05:00 issue i1 resolved
    """
    found = reading(story, until="12:00:00")
    assert (3, 1) == (found["first_responses_waived"], next(row["open"] for row in found["open_turns"]))
    assert [("dora", None)] == broken(story)


def test_the_handle_time_of_who_waited_until_the_resolution_is_the_issues() -> None:
    """The end of a thread that waits says nothing of handling; of one that waits no more it does."""
    story = """
        09:00:00 issue i1 opened billing/email
        09:00:00 anna message customer billing/email issue_id=i1
        09:05:00 issue i1 resolved
        09:06:00 anna ended by=agent handle_ms=120000
    """
    found = reading(story, until="12:00:00")
    assert (120.0, 2.0) == (found["handle_mean_seconds"], found["minutes_per_issue"])


MERGED = """
    09:00:00 issue i2 opened billing/email
    09:00:00 issue i1 opened billing/email
    09:00:00 anna message customer billing/email issue_id=i2
    09:03:00 issue i2 merged into=i1
    {}
"""
HANDLED_LATE = """
    09:00:00 issue i2 opened billing/email
    09:00:00 issue i1 opened billing/email
    09:00:00 anna message customer billing/email issue_id=i2
    09:05:00 issue i2 resolved
    09:06:00 anna ended by=agent handle_ms=120000
    {}
    09:10:00 issue i1 resolved
"""


@pytest.mark.parametrize("kept", [None, ("minutes_per_issue",), ("minutes_per_issue", "handle_mean_seconds")])
def test_minutes_per_issue_are_the_same_whichever_measures_are_kept(kept: tuple[str, ...] | None) -> None:
    """Nobody has to keep handle times to know how long issues took; who keeps them not is told nothing of them."""
    centre = Centre(kept=Kept(measures=kept))
    found = reading(HANDLED_LATE.format(""), until="12:00:00", centre=centre)
    assert 1.0 == found["minutes_per_issue"]
    assert ("handle_mean_seconds" in found) == (kept is None or "handle_mean_seconds" in kept)


@pytest.mark.parametrize(
    "merged",
    [
        "09:07:00 issue i2 merged into=i1",
        "09:11:00 issue i2 merged into=i1",
        "09:07:00 issue i2 merged into=i3\n09:08:00 issue i3 merged into=i1",
    ],
)
def test_what_a_resolved_issue_took_goes_on_with_it_when_it_is_merged(merged: str) -> None:
    """The two minutes are those of the one issue that is left."""
    found = reading(HANDLED_LATE.format(merged), until="12:00:00")
    assert (120.0, 2.0) == (found["handle_mean_seconds"], found["minutes_per_issue"])


@pytest.mark.parametrize(
    ("what", "story"),
    [
        ("written after the resolution", "09:05:00 issue i1 resolved\n09:06:00 anna message customer billing/email issue_id=i1"),
        (
            "linked to the issue after the resolution",
            "09:00:00 anna message customer billing/email\n09:05:00 issue i1 resolved\n09:06:00 anna message customer issue_id=i1",
        ),
        (
            "of an issue that was merged into one that is open again",
            """
            09:00:00 anna message customer billing/email issue_id=i2
            09:01:00 issue i1 resolved
            09:02:00 issue i1 reopened
            09:03:00 issue i2 merged into=i1
            """,
        ),
        *(
            (f"of an issue that was closed with its merge, at {closed}", MERGED.format(f"{closed} issue i2 status_changed closed"))
            for closed in ("09:03:00", "09:03:01")
        ),
        (
            "linked late to an issue that was merged into a resolved one",
            """
            09:00:00 anna message customer billing/email
            09:05:00 issue i1 resolved
            09:06:00 issue i2 opened billing/email
            09:10:00 issue i2 merged into=i1
            09:30:00 anna message customer issue_id=i2
            """,
        ),
    ],
)
def test_what_the_resolution_is_not_about_waits_on(what: str, story: str) -> None:
    """It was not there, or nobody said that it belonged to it."""
    assert [("anna", None)] == broken(story), what


def test_what_is_linked_late_to_a_merged_issue_has_not_left_the_queue_before() -> None:
    """It waits in one segment, as one does that is linked late to an issue that was never merged."""
    linked = """
        09:00:00 anna message customer billing/email
        09:05:00 issue i1 resolved
        {}
        09:30:00 anna message customer issue_id={}
    """
    merged = "09:06:00 issue i2 opened billing/email\n09:10:00 issue i2 merged into=i1"
    expected, actual = (contacts(linked.format(*how)) for how in (("", "i1"), (merged, "i2")))
    assert expected == actual


def test_a_merge_that_is_told_later_takes_back_what_the_close_with_it_stopped() -> None:
    """The close comes first, and stops the clock; then it is known that it was one of a merge, and an earlier merge into another issue."""
    close = "09:03:00 issue i2 status_changed closed"
    earlier = MERGED.format(f"{close}\n09:20:00 issue i1 resolved\n09:02:00 issue i2 merged into=i3\n09:04:00 issue i3 merged into=i1")
    history = events(earlier)
    for seed in range(8):
        way = Way(seed, 2, played=True, shuffled=True, restarts=2)
        assert comparable(replay(sorted(history, key=order), CENTRE, STANDARDS, until=end_of(history))) == play(history, way).figures()


@pytest.mark.parametrize(
    ("resolved", "until"),
    [
        ("09:02:00 issue i2 resolved\n09:15:00 issue i2 merged into=i1\n09:20:00 issue i1 resolved", None),
        ("09:04:00 issue i2 merged into=i1\n09:06:00 issue i1 resolved", None),
        ("09:04:00 issue i1 resolved\n09:06:00 issue i2 merged into=i1", None),
        ("09:04:00 issue i2 merged into=i1\n09:15:00 issue i1 resolved", "09:15:00"),
        ("09:01:00 issue i2 merged into=i3\n09:02:00 issue i3 merged into=i1\n09:15:00 issue i1 resolved", "09:15:00"),
    ],
    ids=["before", "after", "into a resolved one", "too late", "over two merges"],
)
def test_the_contacts_of_a_merged_issue_are_resolved_where_it_goes_on(resolved: str, until: str | None) -> None:
    """From the merge on, by the issue in which it goes on; what stopped them before stays."""
    story = f"09:00:00 anna message customer billing/email issue_id=i2\n{resolved}"
    assert ([] if until is None else [("anna", until)]) == broken(story)
    assert 1 == reading(story, until="12:00:00")["first_responses_waived"]


def test_an_offer_that_only_a_resolution_makes_counts_as_out_of_hours() -> None:
    """After the resolution the next message is another matter in the queue, and the queue is closed by then."""
    office = Schedule(ZoneInfo("UTC"), (((540, 1020),),) * 7, always=False)
    centre = Centre(queues={"billing": Queue("billing", ("email",), "office")}, hours={"office": office})
    story = """
        2026-03-02T18:00:00 anna message customer billing/email issue_id=i1
        2026-03-02T18:05:00 {}
        2026-03-02T18:06:00 anna message customer
    """
    expected, actual = (
        reading(story.format(settled), until="2026-03-02 20:00:00", centre=centre)
        for settled in ("anna no_reply_needed", "issue i1 resolved")
    )
    assert (2, expected["out_of_hours"]) == (actual["offered"], actual["out_of_hours"])


PHONE_AND_CHAT = {"billing": Queue("billing", ("call", "chat"))}
MAIL = {"billing": Queue("billing", ("call",)), "service": Queue("service", ("email",))}


@pytest.mark.parametrize(
    ("queues", "kept", "standards", "expected"),
    [
        (PHONE_AND_CHAT, "offered", (), False),
        (PHONE_AND_CHAT, "first_responses_waived", (), True),
        (PHONE_AND_CHAT, "acknowledged_automatically", (), True),
        (PHONE_AND_CHAT, "offered", (FIRST,), True),
        (MAIL, "offered", (), True),
        ({}, "offered", (), True),
    ],
)
def test_issues_are_there_where_a_resolution_can_change_a_figure(
    queues: dict[str, Queue],
    kept: str,
    standards: tuple[Standard, ...],
    expected: bool,  # noqa: FBT001 - what is expected
) -> None:
    """Where contacts wait for a reply, and where turns are kept or judged; calls alone do not pay for them."""
    assert expected == ("issues" in wanted_of(Centre(queues=queues, kept=Kept(measures=(kept,))), standards).nodes)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_whatever_is_kept_the_resolution_ends_the_same_waits(story: str) -> None:
    """A centre that keeps segments alone, or the wait as a standard, has the figures of one that keeps all."""
    resolved = story.format("issue i1 resolved")
    everything = contacts(resolved)
    for kept in (("offered", "waiting", "flowed_out", "longest_wait_seconds"), ("offered", "waiting")):
        readings = played(resolved, until="12:00:00", centre=Centre(kept=Kept(measures=kept))).of(QUEUE_READINGS)
        found = readings["all|all"]["measures"] if "all|all" in readings else {}  # of a contact that nobody offered there is no segment
        assert {name: everything.get(name) or 0 for name in kept} == {name: found.get(name) or 0 for name in kept}
    waits = Standard(name="waits", measure="wait", **TEN_MINUTES)
    ways = [played(resolved, (waits,), until="12:00:00", centre=centre) for centre in (Centre(), Centre(kept=Kept(measures=("offered",))))]
    assert ways[0].of(STANDARD_BREACHES) == ways[1].of(STANDARD_BREACHES)


def _steps(messages: int, resolved: int) -> int:
    """How many steps a thread of so many messages takes that was resolved after the first `resolved` of them."""
    told = [[30_000 * n, CODES["message.posted"], {"author": ("customer", "agent")[n % 2], "channel": "email"}] for n in range(messages)]
    counted = [0]

    def count(frame: FrameType, event: str, _: object) -> None:
        counted[0] += event == "call" and frame.f_code is step.__code__

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        settle_more("anna", {TOLD: told}, (), [30_000 * resolved - 1], Limits())
    finally:
        sys.setprofile(before)
    return counted[0]


def test_a_thread_is_folded_once_and_only_as_far_as_its_resolution_tells() -> None:
    """However long it is: to where nothing waited, and from where it waited to where it goes on as it would have."""
    assert _steps(40, 1) == _steps(400, 1) < 20
    assert 20 == _steps(400, 20)  # the reply was there: nothing waited


@lawful
@given(desk_histories(), seeds)
def test_what_is_remembered_of_contacts_changes_no_figure(history: list[Event], seed: int) -> None:
    """A stage that is made anew again and again, and remembers nothing, says what one that never stops says."""
    story = resolved_halfway(history)
    ways = (Way(seed, 1, played=True, shuffled=True, restarts=restarts) for restarts in (0, 20))
    forgetful, remembering = (play(story, way).figures() for way in ways)
    assert forgetful == remembering


def resolved_halfway(history: list[Event]) -> list[Event]:
    """The history with contacts that all belong to issues, which are resolved in the middle of it."""
    out = [Event(one.time, one.type, one.subject, one.id, dict(one.data)) for one in history]
    for one in out:
        if one.type.startswith(("contact.", "message.")):
            one.data.setdefault("issue_id", "i1")
    middle = (out[0].time + out[-1].time) // 2 if out else 0
    out += [Event(middle, "issue.resolved", issue, f"halfway-{issue}", {"issue_id": issue}) for issue in ("i1", "i2")]
    return sorted(out, key=order)


@lawful
@given(desk_histories(), seeds, partitions, st.booleans())
def test_whichever_partition_knows_of_it_figures_are_replays(history: list[Event], seed: int, number: int, played: bool) -> None:  # noqa: FBT001 - drawn
    """Shuffled, some events twice, over some partitions that are made anew at any moment, on either clock."""
    story = resolved_halfway(history)
    way = Way(seed, number, played=played, shuffled=True, doubled=0.2, restarts=20)
    assert comparable(replay(story, CENTRE, STANDARDS, until=end_of(story))) == play(story, way).figures()


MAILS = """
    09:00:00 anna message customer billing/email issue_id=i1
    09:01:00 anna message agent
    09:02:00 anna message customer
    09:03:00 anna message agent
    09:00:00 bert message customer billing/email issue_id=i2
    09:05:00 issue i1 opened queue=billing
    09:06:00 issue i1 resolved
    09:05:00 issue i2 opened queue=billing
    09:06:00 issue i2 resolved
"""


@pytest.mark.parametrize("restarts", [False, True])
def test_what_never_goes_down_waits_for_the_replies_that_may_come_before_the_resolution(*, restarts: bool) -> None:
    """The desk's word that all is resolved comes first; of two mails one was answered, which nobody knows then."""
    made = sorted(events(MAILS), key=order)
    pipeline = Pipeline(Centre(), ())
    for batch in ([one for one in made if one.type.startswith("issue.")], *([one] for one in made if not one.type.startswith("issue."))):
        pipeline.events(batch)
        pipeline.drain()
        if restarts:
            pipeline.restart_all()
    totals = pipeline.scope_stage(0).scopes["all"].totals
    assert (0, 1) == (totals["flowed_out"], pipeline.scope_stage(0).scopes["all"].cells["all", 0].n["flowed_out"])
    pipeline.events([mark(end_of(made), final=True)])
    pipeline.drain()
    if restarts:
        pipeline.restart_all()
    found = pipeline.scope_stage(0).scopes["all"]
    assert (1, 1) == (found.totals["flowed_out"], found.cells["all", 0].n["flowed_out"])
