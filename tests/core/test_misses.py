"""The contacts behind a share that is red: the last that missed it, what became of them, and with whom they talk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from stream.core.centre import Centre, Queue
from stream.core.declared import Standard
from stream.core.judges.misses import MOST, Misses
from stream.core.schedule import Schedule
from tests.core.clockwork import happen, now, wall
from tests.core.pipeline import Pipeline
from tests.core.timelines import at, played

PROMISE = Standard(
    name="answered", title="", form="percentage", measure="service_level", within=60_000, objective=0.9, window=1_800_000, grace=0
)
KEY = "channel=call,queue=billing"


def call(who: str, offered: str, after: str, then: str = "answered agent_id=anna") -> str:
    """A call of billing that waits until `after`."""
    return f"{offered} {who} offered billing/call\n{after} {who} {then}\n"


def named(text: str, until: str, standard: Standard = PROMISE, centre: Centre | None = None) -> list[list[Any]]:
    """The contacts that the last reading of billing names behind the share; none where it names none."""
    reading = played(text, (standard,), centre=centre, until=until).of("queue-readings")[f"{KEY}|all"]
    (share,) = reading.get("misses", [{"contacts": []}])
    contacts: list[list[Any]] = share["contacts"]
    return contacts


THREE = (
    call("kept", "09:00:00", "09:00:30")
    + call("late", "09:00:10", "09:02:10")
    + call("gone", "09:00:20", "09:00:50", "abandoned")
    + "09:01:30 here offered billing/call\n"
)


def test_who_missed_a_red_share_is_named_with_what_became_of_each() -> None:
    """One gave up before its minute, one was answered after it, one waits still: it counts as missed at its minute."""
    assert [
        ["here", at("09:02:30"), None, "", None],
        ["late", at("09:01:10"), 120_000, "answered", None],
        ["gone", at("09:00:50"), 30_000, "abandoned", None],
    ] == named(THREE, "09:03:00")


def test_nobody_is_named_behind_a_share_that_is_kept() -> None:
    """One of eleven at nine in ten is no miss of the standard, and its contact nobody's matter here."""
    kept = "".join(call(f"kept{number}", f"09:00:{number:02}", "09:00:30") for number in range(10))
    assert [] == named(kept + call("late", "09:00:10", "09:02:10"), "09:03:00")


def test_who_is_out_of_the_window_is_named_no_more() -> None:
    """The share is of the last half-hour: what it does not count, nobody is shown behind it."""
    again = THREE + "09:03:00 here answered\n" + call("later", "09:28:00", "09:30:00")
    assert ["later", "here", "late", "gone"] == [row[0] for row in named(again, "09:30:00")]
    assert ["later"] == [row[0] for row in named(again, "09:40:00", replace(PROMISE, objective=0.5, confidence=0.9))]


def test_only_the_last_are_kept_and_the_newest_stand_first() -> None:
    """Twenty of twenty-five."""
    late = "".join(call(f"c{number:02}", f"09:00:{number:02}", "09:05:00") for number in range(25))
    assert [f"c{number:02}" for number in range(24, 4, -1)] == [row[0] for row in named(late, "09:06:00")]
    misses = Misses()
    for number in range(30):
        misses.add(f"c{number}", number, 1, "answered")
    assert MOST == len(misses.since(0)) == len(misses.encode())


@pytest.mark.parametrize(("figures", "shown"), [("none", None), ("id", "anna")])
def test_with_whom_a_contact_talks_now_is_said_where_agents_have_figures(figures: str, shown: str | None) -> None:
    """While the talk goes on; when it is over nobody has the contact in hand."""
    centre, promise = Centre(agent_figures=figures), replace(PROMISE, objective=0.99)
    on_duty = "08:59:00 agent anna available billing\n"
    talks = on_duty + call("late", "09:00:00", "09:02:00")
    assert [["late", at("09:01:00"), 120_000, "answered", shown]] == named(talks, "09:03:00", promise, centre)
    assert [None] == [row[4] for row in named(talks + "09:04:00 late ended", "09:05:00", promise, centre)]


def test_what_missed_is_known_after_a_restart_and_ahead_of_what_is_settled() -> None:
    """A worker that takes a partition over names the same; on the wall clock at once, and not a minute later."""
    pipeline = wall(PROMISE)
    happen(pipeline, THREE)

    def told() -> Any:
        now(pipeline, "09:02:40")
        return pipeline.topics["queue-readings"][f"{KEY}|all"]["misses"][0]["contacts"]

    expected = told()
    assert ["here", "late", "gone"] == [row[0] for row in expected]
    pipeline.restart("scopes", 0)
    assert expected == told()


def test_of_two_who_have_a_contact_in_hand_the_first_is_named_whatever_the_order_of_entries() -> None:
    """A store gives its entries in an order of its own, and live must name whom a replay names."""
    promise = replace(PROMISE, objective=0.99)
    duty = "08:59:00 agent anna available billing\n08:59:00 agent zoe available billing\n"
    story = duty + call("late", "09:00:00", "09:02:00", "answered agent_id=zoe") + "09:02:30 late joined agent_id=anna\n"
    pipeline = Pipeline(Centre(agent_figures="id"), (promise,), played=False)
    happen(pipeline, story)
    now(pipeline, "09:10:00")
    for order in (False, True):
        stored = pipeline.tables["scopes", 0]
        pipeline.tables["scopes", 0] = dict(sorted(stored.items(), reverse=order))
        pipeline.restart("scopes", 0)
        now(pipeline, "09:10:05")
        assert ["zoe"] == [row[4] for row in pipeline.topics["queue-readings"][f"{KEY}|all"]["misses"][0]["contacts"]]
    assert ["zoe"] == [row[4] for row in named(story, "09:10:05", promise, Centre(agent_figures="id"))]


@pytest.mark.parametrize(("kept", "listed"), [(2, 8), (1, 9), (0, 10)])
def test_who_is_listed_is_who_the_share_counts_also_where_it_looks_back(kept: int, listed: int) -> None:
    """Twelve missed at ten in the morning; of them the few of this half-hour take as many as make ten, not all that are known."""
    old = "".join(call(f"c{minute:02}", f"09:{minute:02}:00", f"09:{minute + 2:02}:00") for minute in range(12))
    few = "".join(call(f"k{number}", f"09:4{number}:00", f"09:4{number}:10") for number in range(kept))
    reading = played(old + few + call("last", "09:43:00", "09:45:00"), (PROMISE,), until="09:46:00").of("queue-readings")[f"{KEY}|all"]
    assert (kept, 10) == (reading["standards"][0]["numerator"], reading["standards"][0]["denominator"])
    assert ["last", *(f"c{minute:02}" for minute in range(11, 12 - listed, -1))] == [row[0] for row in reading["misses"][0]["contacts"]]


def test_who_comes_back_into_the_queue_and_misses_again_is_listed_once_with_the_last_word() -> None:
    """Two waits count, of one contact: it did not give up, and it does not wait twice."""
    promise = replace(PROMISE, objective=0.99)
    again = "09:00:00 late offered billing/call\n09:02:00 late requeued queue=billing\n"
    assert [["late", at("09:03:00"), None, "", None]] == named(again, "09:05:00", promise)
    answered = again + "09:05:00 late answered agent_id=anna\n"
    assert [["late", at("09:03:00"), 180_000, "answered", None]] == named(answered, "09:06:00", promise)


def kept(pipeline: Pipeline) -> list[str]:
    """The contacts that the state of billing holds as missed."""
    stored = pipeline.tables["scopes", 0].get(f"{KEY}\0m\0".encode())
    return [] if stored is None else [row[0] for _, rows in orjson.loads(stored)[1].values() for row in rows]


OFFICE = Schedule(ZoneInfo("Europe/Berlin"), (((8 * 60, 12 * 60), (13 * 60, 17 * 60)),) * 7, always=False)
ALL_DAY = Schedule(ZoneInfo("Europe/Berlin"), (), always=True)


@pytest.mark.parametrize(
    ("hours", "promise", "until", "expected"),
    [
        (ALL_DAY, PROMISE, "09:40:00", 3),  # a quiet queue looks back
        (ALL_DAY, PROMISE, "23:00:00", 3),
        (ALL_DAY, PROMISE, "2026-03-03 00:32:00", 0),  # but to no other day
        (ALL_DAY, replace(PROMISE, calendar="week"), "2026-03-07 09:00:00", 3),
        (ALL_DAY, replace(PROMISE, calendar="week"), "2026-03-10 09:00:00", 0),
        (OFFICE, replace(PROMISE, hours="office"), "12:30:00", 3),
        (OFFICE, replace(PROMISE, hours="office"), "17:30:00", 0),  # nothing opens again that day
    ],
)
def test_the_state_holds_who_missed_no_longer_than_a_share_can_be_of_them(
    hours: Schedule, promise: Standard, until: str, expected: int
) -> None:
    """Also where nothing happens any more, which is when an entry would stay for good."""
    centre = Centre(queues={"billing": Queue("billing", ("call",), "office")}, hours={"office": hours}, zone=ZoneInfo("Europe/Berlin"))
    pipeline = Pipeline(centre, (promise,), played=False)
    happen(pipeline, THREE + "09:03:00 here answered\n09:03:10 here ended\n09:03:10 late ended\n")
    for clock in ("09:05:00", until, until):
        now(pipeline, clock)
    assert expected == len(kept(pipeline))
    pipeline.restart("scopes", 0)
    assert expected == len(pipeline.scope_stage(0).scopes[KEY].timeline.judges[0].misses.last)  # type: ignore[attr-defined]


def test_who_missed_a_share_that_is_promised_no_more_is_forgotten() -> None:
    """Under the same name another measure begins anew, and so does its list; without the standard there is none."""
    pipeline = wall(PROMISE)
    happen(pipeline, THREE)
    now(pipeline, "09:05:00")
    assert ["gone", "late", "here"] == kept(pipeline)
    pipeline.standards = ()
    pipeline.restart("scopes", 0)
    now(pipeline, "09:05:10")
    assert [] == kept(pipeline)


@pytest.mark.parametrize(
    ("then", "became"),
    [
        ("answered agent_id=anna", "answered"),
        ("abandoned", "abandoned"),
        ("requeued queue=sales", "flowed_out"),
        ("ended by=agent", "left"),
    ],
)
def test_who_missed_under_a_stricter_limit_is_not_said_to_wait_for_ever(then: str, became: str) -> None:
    """It counted at its minute; then five minutes were promised, within which it was answered, or left: who gave up missed these, too."""
    pipeline = wall(PROMISE)
    happen(pipeline, "09:00:00 a offered billing/call\n")
    for clock in ("09:01:30", "09:02:40"):
        now(pipeline, clock)
    pipeline.standards = (replace(PROMISE, within=300_000),)
    pipeline.restart("scopes", 0)
    happen(pipeline, f"09:02:50 a {then}\n")
    now(pipeline, "09:10:00")
    happen(pipeline, "".join(call(f"x{number}", f"09:10:{number:02}", "09:15:50") for number in range(4)))
    now(pipeline, "09:20:00")
    rows = pipeline.topics["queue-readings"][f"{KEY}|all"]["misses"][0]["contacts"]
    assert ["a", 170_000, became] == [rows[-1][at] for at in (0, 2, 3)]
