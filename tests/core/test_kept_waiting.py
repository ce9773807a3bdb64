"""The clock of who is kept waiting for a person: from the beginning in the menu to the first talk, while it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from stream.core.centre import Centre
from stream.core.contacts import ContactStage
from stream.core.declared import Standard
from stream.core.ledger import wanted_of
from stream.core.stage import STANDARD_BREACHES
from tests.core.histories import LATENESS
from tests.core.playing import Way, play
from tests.core.timelines import events, played, reading

A_MINUTE: dict[str, Any] = {
    "name": "kept",
    "title": "Within a minute",
    "form": "clock",
    "measure": "kept_waiting",
    "within": 60_000,
    "hours": "always",
    "grace": 0,
}
BY_QUEUE = Standard(per=("queue",), **A_MINUTE)
ANYWHERE = Standard(per=(), **A_MINUTE)


def broken(story: str, standard: Standard = ANYWHERE, **options: Any) -> list[tuple[str, str, str | None]]:
    """The breaches by ten o'clock: (scope, from, to)."""
    found = played(story, (standard,), until="10:00:00", **options).of(STANDARD_BREACHES).values()
    rows = [(",".join(one["scope"].values()), one["started_at"][11:19], one["ended_at"] and one["ended_at"][11:19]) for one in found]
    return sorted(rows, key=lambda row: row[:2])


def test_it_breaks_in_the_menu() -> None:
    """A minute after the beginning, when there is no queue yet; over when a person talks to them."""
    story = """
        09:00:00 anna begun channel=call
        09:01:30 anna offered billing/call
        09:02:00 anna answered
        09:30:00 anna ended
    """
    assert [("", "09:01:00", "09:02:00")] == broken(story)
    assert [("billing", "09:01:00", "09:02:00")] == broken(story, BY_QUEUE)


def test_it_breaks_while_nobody_answers() -> None:
    """Nobody ever does."""
    assert [("", "09:01:00", None)] == broken("09:00:00 anna begun channel=call\n09:00:40 anna offered billing/call")


@pytest.mark.parametrize(
    "story",
    [
        "09:00:00 anna begun channel=call\n09:00:50 anna abandoned",
        "09:00:00 anna begun channel=call\n09:00:50 anna ended by=customer success",
        "09:00:00 anna begun channel=call\n09:00:50 anna lost",
        "09:00:00 anna begun channel=call\n09:00:30 anna offered billing/call\n09:00:50 anna callback_requested",
        "09:00:00 anna begun channel=call\n09:00:50 anna excluded",
        "09:00:00 anna begun channel=call\n09:00:59 anna answered\n09:10:00 anna transferred to_queue=service\n09:20:00 anna answered",
        "09:00:00 anna begun channel=email\n09:00:00 anna message customer",
        "09:00:00 anna begun\n09:00:30 anna offered billing/email",
        "09:20:00 anna answered billing/call wait_ms=300000",
        "09:00:00 bert offered billing/call\n09:00:10 bert answered\n09:01:00 anna offered billing/call root_contact_id=bert",
    ],
    ids=["abandoned", "served", "lost", "callback", "excluded", "passed on", "letter", "letter later", "told later", "leg of a call"],
)
def test_who_is_not_kept_breaks_nothing(story: str) -> None:
    """Who was gone, served or answered within the minute, who was answered before, and who writes letters."""
    assert [] == broken(story)


def test_a_caller_who_goes_from_queue_to_queue_is_kept_all_the_while() -> None:
    """Half a minute in each; in the second one they are late 40 seconds after they came, ten of them in the menu."""
    story = """
        09:00:00 anna begun channel=call
        09:00:10 anna offered billing/call
        09:00:30 anna requeued queue=service
        09:01:20 anna answered
    """
    assert [("", "09:01:00", "09:01:20")] == broken(story)
    assert [("service", "09:01:00", "09:01:20")] == broken(story, BY_QUEUE)


def test_who_counts_as_lost_is_kept_no_more() -> None:
    """And is kept again when they turn up."""
    story = "09:00:00 anna begun channel=call\n09:00:10 anna offered billing/call\n09:20:00 anna answered"
    assert [("", "09:01:00", "09:05:10")] == broken(story, centre=Centre(max_wait=300_000))


def test_a_contact_that_comes_back_from_the_state_still_runs_its_clock() -> None:
    """Its facts were sent before: what was begun is ended, in the place where it runs, and not begun again."""
    wanted = wanted_of(Centre(), (BY_QUEUE,))
    stage = ContactStage(Centre(), 0, 1, played=True, wanted=wanted)
    *before, answered = events("09:00:00 anna begun channel=call\n09:00:10 anna offered billing/call\n09:00:30 anna answered")
    stage.fold(before, 1)
    committed = {key: value for key, value in stage.changes() if value is not None}
    again = ContactStage(Centre(), 0, 1, played=True, wanted=wanted)
    again.restore(committed)
    kinds = [
        fact[0] for _, _, record in again.fold([answered], 2) if record.get("k") == "queue=billing" for rows in record["f"] for fact in rows
    ]
    assert kinds.count("kept") == 1
    assert kinds.count("keeping") == 0


def test_nobody_is_told_who_does_not_ask() -> None:
    """Without a standard on it no fact says who is kept."""
    assert "keeping" not in wanted_of(Centre(), ()).kinds
    assert "keeping" in wanted_of(Centre(), (BY_QUEUE,)).kinds


def test_who_is_in_the_menu_for_longer_than_anybody_waits_is_kept_no_more() -> None:
    """Nobody told of their end: the breach is over when the centre believes no wait any more."""
    story = "09:00:00 anna begun channel=call"
    assert [("", "09:01:00", "09:05:00")] == broken(story, centre=Centre(max_wait=300_000))
    assert [("", "09:01:00", None)] == broken(story, centre=Centre(max_wait=None))


@pytest.mark.parametrize("restarts", [0, 100], ids=["in one go", "with restarts"])
@pytest.mark.parametrize("played_clock", [True, False], ids=["played", "wall"])
def test_who_comes_out_of_the_menu_after_all_is_kept_since_they_began(restarts: int, *, played_clock: bool) -> None:
    """They are one caller who was kept for too long, in two breaches: until nobody believed it, and from when they were heard of again."""
    story = """
        09:00:00 anna begun channel=call
        09:07:00 anna offered billing/call
        09:08:00 anna answered
    """
    way = Way(1, played=played_clock, largest=1, restarts=restarts)
    found = play(events(story), way, None, Centre(max_wait=300_000, lateness=LATENESS), (ANYWHERE,))
    last = {record["id"]: record for record in found.breaches}
    assert [("09:01:00", "09:05:00"), ("09:07:00", "09:08:00")] == sorted(
        (record["started_at"][11:19], record["ended_at"][11:19]) for record in last.values()
    )
    assert [(1, 1)] == [(judge.contacts, judge.breaches) for judge in found.scope_stage(0).scopes["all"].timeline.judges]


def test_a_menu_that_nobody_ends_keeps_no_clock() -> None:
    """Five days later no clock of theirs runs, and nothing of them is late."""
    story = (
        "\n".join(f"09:{number:02}:00 c{number} begun channel=call" for number in range(50)) + "\n2026-03-07T09:00:00 z begun channel=call"
    )
    found = play(events(story), Way(1, largest=20), None, Centre(max_wait=300_000, lateness=LATENESS), (ANYWHERE,))
    scope = found.scope_stage(0).scopes["all"]
    assert {} == {caller: since for caller, since in scope.timeline.levels.clocks["kept_waiting"].items() if caller != "z"}
    assert [0] == [len(judge.open_records()) for judge in scope.timeline.judges]


def test_who_turns_up_and_is_still_not_believed_to_wait_is_in_no_breach() -> None:
    """A confirmation makes no wait shorter than the longest one that is believed."""
    story = "09:00:00 anna offered billing/call\n09:20:00 anna confirmed\n09:21:00 anna answered"
    assert [("", "09:01:00", "09:05:00")] == broken(story, centre=Centre(max_wait=300_000))


@pytest.mark.parametrize(
    "story",
    [
        "09:00:00 anna begun channel=call direction=outbound\n09:03:00 anna answered",
        "09:00:00 anna offered billing/call direction=outbound\n09:03:00 anna answered",
        "09:00:00 anna begun channel=call direction=outbound\n09:00:20 anna offered billing/call\n09:03:00 anna answered",
        "09:00:00 anna begun channel=call\n09:00:50 anna offered billing/call direction=outbound\n09:03:00 anna answered",
    ],
    ids=["begun", "offered", "told at the beginning", "told with the offer"],
)
def test_whom_the_centre_calls_is_not_kept(story: str) -> None:
    """They wait for nobody: no promise of the time kept waiting is about them, and no figure has them."""
    assert [] == broken(story)
    found = reading(story, until="10:00:00")
    assert (None, None) == (found["kept_waiting_mean_seconds"], found["kept_waiting_max_seconds"])
