"""Contacts that nobody ends: they are lost after a while, and found again when they show that they live."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core import contacts
from stream.core.centre import Centre, Queue
from stream.core.contacts import ContactStage
from stream.core.declared import Standard
from stream.core.facts import ANSWERED, LOST
from stream.core.life import CODES
from stream.core.wanted import Kept
from tests.core.pipeline import Pipeline
from tests.core.timelines import at, breaches, events, reading

CENTRE = Centre(
    queues={"billing": Queue("billing", ("call", "email"), confirm=120_000), "sales": Queue("sales", ("call",))},
    max_wait=3_600_000,
)


def outcome(story: str, until: str) -> dict[str, object]:
    """Offered, answered, abandoned, lost and waiting."""
    found = reading(story, centre=CENTRE, until=until)
    return {name: found[name] for name in ("offered", "answered", "abandoned", "lost", "waiting", "closed") if found[name]}


def test_a_wait_that_nothing_confirms_is_lost() -> None:
    """Offered at nine, confirmed at 09:01: lost at 09:03:00, not a millisecond earlier."""
    story = "09:00:00 anna offered billing/call\n09:01:00 anna confirmed"
    assert {"offered": 1, "waiting": 1} == outcome(story, "09:02:59.999")
    assert {"offered": 1, "lost": 1, "closed": 1} == outcome(story, "09:03:00")


def test_whatever_is_heard_of_it_confirms_a_wait() -> None:
    """Ringing, a message: it lives."""
    story = "09:00:00 anna offered billing/call\n09:01:30 anna ringing\n09:03:00 anna message customer"
    assert {"offered": 1, "waiting": 1} == outcome(story, "09:04:59")
    assert {"offered": 1, "lost": 1, "closed": 1} == outcome(story, "09:05:00")


def test_nobody_waits_longer_than_is_believed() -> None:
    """In a queue that nobody confirms the longest wait decides; off, there is none."""
    story = "09:00:00 anna offered sales/call"
    assert {"offered": 1, "waiting": 1} == outcome(story, "09:59:59.999")
    assert {"offered": 1, "lost": 1, "closed": 1} == outcome(story, "10:00:00")
    assert 1 == reading(story, centre=replace(CENTRE, max_wait=None), until="2026-03-05 10:00:00")["waiting"]


def test_who_waits_for_a_reply_waits_as_long_as_it_takes() -> None:
    """An email that nobody answers for a day is overdue, and not lost."""
    assert {"offered": 1, "waiting": 1} == outcome("09:00:00 anna offered billing/email", "2026-03-03 09:00:00")


def test_who_was_lost_and_is_answered_after_all_counts_as_answered_only() -> None:
    """With the whole wait; the loss is taken back where it counted."""
    story = "09:00:00 anna offered billing/call\n09:10:00 anna answered"
    assert {"offered": 1, "answered": 1} == outcome(story, "09:11:00")
    assert 600.0 == reading(story, centre=CENTRE, until="09:11:00")["wait_answered_mean_seconds"]


def test_who_was_lost_and_is_confirmed_waits_again() -> None:
    """And can be lost again, or give up."""
    story = "09:00:00 anna offered billing/call\n09:10:00 anna confirmed"
    assert {"offered": 1, "waiting": 1} == outcome(story, "09:11:00")
    assert {"offered": 1, "lost": 1, "closed": 1} == outcome(story, "09:12:00")
    assert {"offered": 1, "abandoned": 1, "closed": 1} == outcome(f"{story}\n09:11:00 anna abandoned stage=queue", "09:12:00")


def test_a_contact_that_is_confirmed_again_and_again_is_not_lost() -> None:
    """Every minute and a half somebody who sees the queue says that anna still waits: for half an hour, until nobody does."""
    story = "09:00:00 anna offered billing/call\n" + "\n".join(
        f"09:{90 * number // 60:02}:{90 * number % 60:02} anna confirmed" for number in range(1, 21)
    )
    assert {"offered": 1, "waiting": 1} == outcome(story, "09:31:59")
    assert {"offered": 1, "lost": 1, "closed": 1} == outcome(story, "09:32:01")


def test_who_is_in_hand_needs_no_confirmation() -> None:
    """Anna talks for an hour in a queue whose waits are believed for two minutes; heartbeats that name a contact say nothing of a wait."""
    talk = "09:00:00 anna offered billing/call\n09:00:10 anna answered agent_id=a1"
    assert {"offered": 1, "answered": 1, "closed": 1} == outcome(f"{talk}\n10:00:10 anna ended by=agent", "10:00:20")
    beats = "\n".join(f"09:{minute:02}:00 beat a1 on_contact billing contacts=bert" for minute in range(1, 10))
    assert {"offered": 1, "lost": 1, "closed": 1} == outcome(f"09:00:00 bert offered billing/call\n{beats}", "09:10:00")


def test_who_turns_up_much_later_is_a_contact_of_its_own() -> None:
    """An hour after the loss nobody remembers."""
    story = "09:00:00 anna offered billing/call\n11:00:00 anna offered billing/call\n11:00:10 anna answered"
    assert {"offered": 2, "answered": 1, "lost": 1, "closed": 1} == outcome(story, "11:00:20")


def test_a_ghost_breaks_a_standard_only_while_it_is_believed() -> None:
    """Two wait where one may: until the ghost is given up for lost."""
    standard = Standard(name="one", title="one", form="level", measure="waiting", limit=1, per=(), grace=0)
    story = "09:00:00 anna offered billing/call\n09:01:00 bert offered sales/call"
    assert [("resolved", "09:01:00", "09:02:00", 2)] == breaches(story, standard, centre=CENTRE, until="09:30:00")


@pytest.mark.parametrize("hot", [True, False])
def test_time_alone_gives_up_who_waits(hot: bool) -> None:  # noqa: FBT001 - parametrized
    """Live, where nothing comes any more, from memory or after a restart; a confirmation that came late takes it back."""
    pipeline = Pipeline(replace(CENTRE, lateness=0), (), played=False)
    pipeline.events(events("09:00:00 anna offered billing/call"))
    for clock in ("09:02:01", "09:02:02"):
        if not hot:
            pipeline.restart_all()
        pipeline.tick("contacts", 0, at(clock))
    pipeline.drain()
    whole = pipeline.scope_stage(0).scopes["all"]
    assert (1, 0) == (whole.cells["all", 0].n["lost"], len(whole.now.waiting))
    if not hot:
        pipeline.restart_all()
    (late,) = events("09:01:00 anna confirmed")
    pipeline.events([replace(late, id="late")])
    pipeline.tick("contacts", 0, at("09:02:30"))
    pipeline.drain()
    whole = pipeline.scope_stage(0).scopes["all"]
    assert (0, 1) == (whole.cells["all", 0].n["lost"], len(whole.now.waiting))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (replace(CENTRE, queues={}), CENTRE),  # somebody begins to confirm those who wait
        (CENTRE, replace(CENTRE, queues={})),
        (replace(CENTRE, max_wait=3_600_000), replace(CENTRE, max_wait=7_200_000)),
        (replace(CENTRE, max_wait=7_200_000), replace(CENTRE, max_wait=3_600_000)),
        (replace(CENTRE, queues={}, max_wait=None), replace(CENTRE, queues={})),
        (replace(CENTRE, queues={}, max_wait=None), CENTRE),
    ],
)
@pytest.mark.parametrize("restarted", ["09:01:00", "09:59:00", "2026-03-04 09:00:00"])
@pytest.mark.parametrize("revised", [1, 2_000])
def test_another_patience_holds_for_those_who_wait_already(
    before: Centre, after: Centre, restarted: str, revised: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is longer or shorter, whoever waited when the worker began with it is lost once, and so is the contact of its issue."""
    monkeypatch.setattr(contacts, "REVISED", revised)
    pipeline = Pipeline(replace(before, lateness=0), (), played=False)
    names = ("anna", "bert", "carl")
    pipeline.events(events("\n".join(f"09:00:0{number} {name} offered billing/call" for number, name in enumerate(names))))
    pipeline.events(events("09:00:30 carl answered agent_id=a1"))
    for name in ("contacts", "issues"):
        pipeline.tick(name, 0, at("09:00:40"))
    pipeline.drain()
    pipeline.centre = replace(after, lateness=0)
    pipeline.restart_all()
    for clock in (restarted, "2026-03-05 09:00:00", "2026-03-05 09:00:01", "2026-03-05 09:00:02", "2026-03-05 09:00:03"):
        pipeline.tick("contacts", 0, at(clock))
        pipeline.drain()
        if revised > 1:
            pipeline.restart_all()
    whole = pipeline.scope_stage(0).scopes["all"]

    assert (2, 1, 0) == (whole.cells["all", 0].n["lost"], whole.cells["all", 0].n["answered"], len(whole.now.waiting))


@pytest.mark.parametrize("measure", ["service_level", "service_level_by_answer", "service_level_by_end"])
def test_who_was_lost_left_the_queue_until_they_turn_up(measure: str) -> None:
    """Under removed anna is one who is gone, and none of whom anybody took; answered after ten minutes she is one who was answered late."""
    centre = replace(CENTRE, kept=Kept(also=("service_level_by_answer", "service_level_by_end")))

    def removed(story: str, until: str) -> tuple[int, int]:
        rows = reading(story, centre=centre, until=until)[measure]
        (row,) = [row for row in rows if row["formula"] == "removed" and row["within_seconds"] == 120]
        return row["numerator"], row["denominator"]

    lost = "09:00:00 anna offered billing/call\n09:00:00 bert offered billing/call\n09:00:10 bert answered\n09:01:00 bert ended"
    assert [(1, 1), (1, 2)] == [removed(lost, until) for until in ("09:01:59", "09:02:00")]
    found = f"{lost}\n09:10:00 anna answered\n09:11:00 anna ended"
    assert (1, 2) == removed(found, "09:12:00")
    assert (1, 1) == removed(f"{lost}\n09:10:00 anna confirmed", "09:11:00")  # she waits again


def test_a_patience_that_is_taken_back_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Although not all of those who wait were looked at when the worker began with the old one again."""
    monkeypatch.setattr(contacts, "REVISED", 1)
    usual, longer = (replace(CENTRE, queues={}, lateness=0, max_wait=hours * 3_600_000) for hours in (1, 4))
    pipeline = Pipeline(usual, (), played=False)
    pipeline.events(
        events("\n".join(f"09:00:0{number} {name} offered billing/call" for number, name in enumerate(("anna", "bert", "carl"))))
    )
    pipeline.tick("contacts", 0, at("09:00:40"))
    for centre, clock in ((longer, "09:01:00"), (usual, "10:30:00")):
        pipeline.centre = centre
        pipeline.restart_all()
        pipeline.tick("contacts", 0, at(clock))
        pipeline.drain()
    for clock in ("2026-03-04 09:00:00", "2026-03-04 09:00:01", "2026-03-04 09:00:02", "2026-03-04 09:00:03"):
        pipeline.tick("contacts", 0, at(clock))
        pipeline.drain()
    whole = pipeline.scope_stage(0).scopes["all"]

    assert (3, 0) == (whole.cells["all", 0].n["lost"], len(whole.now.waiting))


def counted(pipeline: Pipeline) -> tuple[dict[str, int], int]:
    """What was counted in the whole centre, and how many wait."""
    whole = pipeline.scope_stage(0).scopes["all"]
    return {kind: count for kind, count in whole.cells["all", 0].n.items() if count}, len(whole.now.waiting)


@pytest.mark.parametrize(
    ("before", "after"), [(1, 2), (1, None), (2, 1)], ids=["believed for longer", "believed for ever", "believed for less"]
)
@pytest.mark.parametrize("when", ["09:30:00", "{lost}:30:00"], ids=["before", "after"])
@pytest.mark.parametrize("what", ["answered agent_id=a1", "abandoned stage=queue", "message customer", "wrapped_up"])
@pytest.mark.parametrize("restarts", [1, 2])
def test_who_was_lost_by_another_patience_and_turns_up_counts_once(
    before: int, after: int | None, when: str, what: str, restarts: int
) -> None:
    """What was said of her by the patience of then is taken back: from then on all is as if the one of now had always been."""
    of = {hours: replace(CENTRE, queues={}, lateness=0, max_wait=None if hours is None else hours * 3_600_000) for hours in (before, after)}
    lost = f"{9 + before:02}"
    told, late = events(f"09:00:00 anna offered billing/call\n{when.format(lost=lost)} anna {what}")

    def end(pipeline: Pipeline) -> tuple[dict[str, int], int]:
        for name, clock in (("contacts", f"{lost}:30:01"), ("contacts", "2026-03-05 09:00:00"), ("issues", "2026-03-05 09:00:00")):
            pipeline.tick(name, 0, at(clock))
            pipeline.drain()
            pipeline.restart_all()
        return counted(pipeline)

    pipeline = Pipeline(of[before], (), played=False)
    pipeline.events([told])
    for name in ("contacts", "issues"):
        pipeline.tick(name, 0, at(f"{lost}:00:01"))
    pipeline.drain()
    pipeline.centre = of[after]
    for _ in range(restarts):
        pipeline.restart_all()
        pipeline.tick("contacts", 0, at(f"{lost}:00:02"))
        pipeline.drain()
    assert (1, 0) == (counted(pipeline)[0]["lost"], counted(pipeline)[1])  # until something is heard of her
    pipeline.events([late])
    truth = Pipeline(of[after], (), played=False)
    truth.events([told, late])

    assert end(truth) == end(pipeline)


def test_an_earlier_life_of_who_was_lost_stays_a_life_of_its_own() -> None:
    """Lost twice by two hours, in one batch; something that says nothing new came in between; answered under one hour."""
    longer, shorter = (replace(CENTRE, queues={}, lateness=0, max_wait=hours * 3_600_000) for hours in (2, 1))
    told = events("09:00:00 anna offered billing/call\n12:30:00 anna offered billing/call\n13:45:00 anna wrapped_up")
    (late,) = events("14:45:00 anna answered agent_id=a1")
    late = replace(late, id="late")
    pipeline, truth = Pipeline(longer, (), played=False), Pipeline(shorter, (), played=False)
    pipeline.events(told)
    pipeline.tick("contacts", 0, at("14:30:01"))
    pipeline.drain()
    pipeline.centre = shorter
    pipeline.restart_all()
    pipeline.events([late])
    truth.events([*told, late])
    for one in (pipeline, truth):
        one.tick("contacts", 0, at("2026-03-05 09:00:00"))
        one.drain()

    assert counted(truth) == counted(pipeline)


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("last", ["10:40:00 anna answered agent_id=a1", "10:36:00 anna held", "10:40:00 anna confirmed"])
def test_what_says_nothing_new_changes_nothing_of_who_is_lost(last: str, late: bool, restarted: bool) -> None:  # noqa: FBT001 - parametrized
    """Lost, back again, lost again, wrapped up by mistake: in whatever order that comes, and with a restart after each of them."""
    centre = replace(CENTRE, lateness=60_000)
    first, second, third, fourth, fifth = events(
        "09:00:00 anna offered billing/call\n10:30:00 anna offered billing/call\n10:31:00 anna ringing\n10:34:00 anna wrapped_up\n" + last
    )
    story = [first, second, fourth, third, fifth] if late else [first, second, third, fourth, fifth]
    pipeline, truth = Pipeline(centre, (), played=False), Pipeline(centre, (), played=False)
    for event in story:
        pipeline.events([event])
        pipeline.tick("contacts", 0, event.time + 1_000)
        pipeline.drain()
        if restarted:
            pipeline.restart_all()
    truth.events([first, second, third, fourth, fifth])
    for one in (pipeline, truth):
        for name in ("contacts", "issues"):
            one.tick(name, 0, at("2026-03-05 09:00:00"))
            one.drain()

    assert counted(truth) == counted(pipeline)


def test_what_this_release_stores_of_who_waits_and_who_is_lost_is_read_by_the_next() -> None:
    """As it lies in changelogs: anna waits until 09:02, bert is lost since 09:02 and wrapped up by mistake; both are answered after all."""
    begin = at("09:00:00")
    stored = {
        b"=anna": b'[3,%d,[[%d,1,"a1",1,{"queue":"billing","channel":"call"}]]]' % (begin + 120_000, begin),
        b"=bert": b'[4,%d,%d,[[%d,1,"b1",1,{"queue":"billing","channel":"call"}],[%d,9,"b2",%d,{}]]]'
        % (begin + 3_780_000, begin + 120_000, begin, begin + 180_000, CODES["contact.wrapped_up"]),
    }
    stage = ContactStage(replace(CENTRE, lateness=60_000), 0, 1, played=False)
    stage.restore(stored)
    stage.expire(begin + 60_000)
    for event in events("09:01:00 anna answered\n09:10:00 bert answered"):
        stage.take(event)
    rows = [(fact[0], fact[4], fact[6]) for facts in stage.facts.book.values() for fact in facts if fact[0] in (ANSWERED, LOST)]

    assert {(ANSWERED, "anna", 1), (ANSWERED, "bert", 1), (LOST, "bert", -1)} == {*rows}
