"""A change of the standards holds from its moment on, live as in replay: what stays goes on, what goes ends, what is new begins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.centre import Centre
from stream.core.changes import Change, audit, plain, standard_of, version_of
from stream.core.declared import Standard
from stream.core.events import Event, order
from stream.core.stage import QUEUE_READINGS, STANDARD_BREACHES
from stream.replay.driver import replay
from stream.replay.figures import Figures
from tests.core.histories import BEGIN, CENTRE, LATENESS, MINUTE, STANDARDS, end_of, histories
from tests.core.pipeline import Pipeline, comparable
from tests.core.playing import Way, play
from tests.core.test_laws import assert_settled, lawful, partitions, seeds
from tests.core.timelines import at, events

WAITS = Standard(name="waits", title="Nobody waits", form="level", measure="waiting", limit=0, per=(), grace=0)
OTHER = replace(WAITS, name="other", title="Nobody waits, said again")
SLOW = Standard(name="slow", title="Each within five minutes", form="clock", measure="wait", within=300_000, per=(), grace=0)
STORY = """
    09:00:00 a offered billing/call
    09:20:00 a answered
    09:30:00 b offered billing/call
    09:31:00 b answered
"""


def changed(clock: str, *standards: Standard) -> Event:
    """The event that says what holds from then on, written ten minutes earlier."""
    moment = at(clock)
    change = Change(moment, moment - 10 * MINUTE, version_of(standards), "operations", standards)
    return event_of(change, 0)


def event_of(change: Change, number: int) -> Event:
    """The event of a change."""
    return replace(change.event("file"), id=f"file|change-{number}")


def told(story: str, before: tuple[Standard, ...], *changes: Event) -> Figures:
    """The replay of a story with changes in it."""
    return replay(sorted([*events(story), *changes], key=order), Centre(), before, until=at("10:00:00"))


def breaches(figures: Figures) -> dict[str, tuple[str, str, str | None]]:
    """Status, beginning and end of each."""
    return {
        key: (one["status"], one["started_at"][11:19], one["ended_at"] and one["ended_at"][11:19])
        for key, one in figures.of(STANDARD_BREACHES).items()
    }


def test_what_stays_goes_on() -> None:
    """The breach of the standard that is in both files lasts over the change as if there had been none."""
    assert {
        "waits/all/2026-03-02/1": ("resolved", "09:00:00", "09:20:00"),
        "waits/all/2026-03-02/2": ("resolved", "09:30:00", "09:31:00"),
        "other/all/2026-03-02/1": ("resolved", "09:10:00", "09:20:00"),
        "other/all/2026-03-02/2": ("resolved", "09:30:00", "09:31:00"),
    } == breaches(told(STORY, (WAITS,), changed("09:10:00", WAITS, OTHER)))


def test_what_goes_ends_at_that_moment() -> None:
    """Its breach is resolved then, and nothing of it follows; readings do not name it any more."""
    figures = told(STORY, (WAITS, OTHER), changed("09:10:00", WAITS))
    assert ("resolved", "09:00:00", "09:10:00") == breaches(figures)["other/all/2026-03-02/1"]
    assert "other/all/2026-03-02/2" not in breaches(figures)
    assert ["waits"] == [one["standard"] for one in figures.of(QUEUE_READINGS)["all|all"]["standards"]]


def test_a_changed_target_keeps_what_runs() -> None:
    """One may wait from 09:10 on: the breach ends in that moment. None may again from 09:15 on: it begins anew, as the day's second."""
    figures = told(STORY, (WAITS,), changed("09:10:00", replace(WAITS, limit=1)), changed("09:15:00", WAITS))
    assert {
        "waits/all/2026-03-02/1": ("resolved", "09:00:00", "09:10:00"),
        "waits/all/2026-03-02/2": ("resolved", "09:15:00", "09:20:00"),
        "waits/all/2026-03-02/3": ("resolved", "09:30:00", "09:31:00"),
    } == breaches(figures)


def test_a_clock_that_runs_is_not_lost() -> None:
    """Within five minutes until 09:10, within fifteen from then on: late since 09:05, in time again at 09:10, and late at 09:15."""
    figures = told(STORY, (SLOW,), changed("09:10:00", replace(SLOW, within=900_000)))
    (record,) = figures.of(STANDARD_BREACHES).values()
    assert ("resolved", "2026-03-02T09:15:00.000Z", "2026-03-02T09:20:00.000Z") == (
        record["status"],
        record["started_at"],
        record["ended_at"],
    )


def test_a_breach_that_comes_again_has_a_higher_revision() -> None:
    """Late since 09:05, in time again by the change at 09:10, and late at 09:15: under one id, and whoever reads it knows what is last."""
    between = "\n09:12:00 z offered billing/call\n09:12:01 z answered"
    history = sorted([*events(STORY + between), changed("09:10:00", replace(SLOW, within=900_000))], key=order)
    for restarts in (0, 100):
        records = play(history, Way(1, largest=1, restarts=restarts), None, Centre(), (SLOW,)).breaches
        told_of = [(record["status"], record["revision"]) for record in records]
        assert [("firing", 1), ("resolved", 2), ("firing", 3), ("resolved", 4)] == told_of


def test_what_began_and_ended_by_a_change_in_one_batch_has_ended() -> None:
    """Late since 09:05, in time again by the change at 09:10, answered at 09:12: the breach does not stay open."""
    story = """
        09:00:00 a offered billing/call
        09:12:00 a answered
    """
    figures = told(story, (SLOW,), changed("09:10:00", replace(SLOW, within=900_000)))
    (record,) = figures.of(STANDARD_BREACHES).values()
    assert ("resolved", "2026-03-02T09:05:00.000Z", "2026-03-02T09:10:00.000Z") == (
        record["status"],
        record["started_at"],
        record["ended_at"],
    )


def test_a_new_report_says_nothing_of_what_was_over_before() -> None:
    """From 09:45 on half-hours are judged: the one until nine is over, the one in which it begins is judged."""
    half = Standard(
        name="few",
        title="Few calls",
        form="ratio",
        measure="offered",
        limit=0,
        calendar="half_hour",
        per=(),
        unit="contacts",
    )
    assert ["few/all/half_hour/2026-03-02T09:30"] == sorted(breaches(told(STORY, (), changed("09:45:00", half))))


def test_the_change_itself_is_told() -> None:
    """What was added, removed and changed, by whom, and from when on: kept in queue-readings beside the figures."""
    after = (replace(WAITS, limit=1, severity="critical"), SLOW)
    figures = told(STORY, (WAITS, OTHER), changed("09:10:00", *after))
    (record,) = [one for key, one in figures.of(QUEUE_READINGS).items() if key.startswith("!standards/")]
    assert {
        "version": version_of(after),
        "by": "operations",
        "written_at": "2026-03-02T09:00:00.000Z",
        "holds_from": "2026-03-02T09:10:00.000Z",
        "added": ["slow||"],
        "removed": ["other||"],
        "changed": [{"standard": "waits||", "before": {"limit": 0, "severity": "warning"}, "after": {"limit": 1, "severity": "critical"}}],
    } == record


def test_nothing_changed_is_told_as_nothing() -> None:
    """The same file again adds, removes and changes nothing."""
    found = audit((WAITS, SLOW), Change(0, 0, "v", "ops", (WAITS, SLOW)), 0)
    assert ([], [], []) == (found["added"], found["removed"], found["changed"])


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda one: f"{one.key}-{one.specific}")
def test_a_standard_survives_the_way_as_plain_data(standard: Standard) -> None:
    """As JSON has it, with lists for tuples, and with fields that a newer release may add."""
    there: dict[str, Any] = {**plain(standard), "some_day": 1}
    there = {name: list(value) if isinstance(value, tuple) else value for name, value in there.items()}
    assert standard == standard_of(there)


@st.composite
def changes(draw: st.DrawFn) -> list[Event]:
    """One or two changes: some of the standards go, some ask for something else."""
    out = []
    for number in range(draw(st.integers(1, 2))):
        moment = BEGIN + draw(st.sampled_from((2 * MINUTE, 5 * MINUTE, 5 * MINUTE + 10_001, 31 * MINUTE, 32 * MINUTE)))
        kept = draw(st.lists(st.sampled_from(range(len(STANDARDS))), unique=True, max_size=len(STANDARDS)))
        factor = draw(st.sampled_from((1, 2)))
        standards = tuple(
            replace(one, limit=one.limit * factor, within=one.within * factor, objective=one.objective / factor, hold=one.hold * factor)
            for one in (STANDARDS[index] for index in sorted(kept))
        )
        out.append(event_of(Change(moment, moment - 2 * LATENESS, version_of(standards), "ops", standards), number))
    return out


def with_changes(history: list[Event], made: list[Event]) -> list[Event]:
    """Both in order."""
    return sorted([*history, *made], key=order)


@lawful
@given(histories(), changes(), seeds, partitions)
def test_a_change_holds_from_the_same_moment_live_and_in_replay(history: list[Event], made: list[Event], seed: int, number: int) -> None:
    """Over any number of partitions, in any order within the lateness, with restarts in between."""
    whole = with_changes(history, made)
    truth = comparable(replay(whole, CENTRE, STANDARDS, until=end_of(whole)))
    assert truth == play(whole, Way(seed, number, shuffled=True, doubled=0.2, restarts=20)).figures()


@lawful
@given(histories(), changes(), seeds, partitions)
def test_the_wall_clock_ends_there_too(history: list[Event], made: list[Event], seed: int, number: int) -> None:
    """What was said provisionally before the change is confirmed, mended or withdrawn."""
    whole = with_changes(history, made)
    truth = comparable(replay(whole, CENTRE, STANDARDS, until=end_of(whole)))
    pipeline: Pipeline = play(whole, Way(seed, number, played=False, shuffled=True, restarts=10))
    assert truth == pipeline.figures()
    assert_settled(pipeline)
