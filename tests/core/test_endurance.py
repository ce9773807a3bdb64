"""What a centre must outlive: late arrivals, backlogs, restarts, changed declarations, closed hours, ids that look like ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core.centre import Centre, Queue
from stream.core.declared import Standard
from stream.core.distributions import Bounds
from stream.core.events import Event
from stream.core.schedule import Schedule
from stream.core.wanted import Kept
from tests.core.clockwork import happen, now, wall
from tests.core.histories import mark
from tests.core.pipeline import Pipeline
from tests.core.timelines import at, breaches, told

HOUR = 3_600_000
FIRST_REPLY = Standard(
    name="first-reply", title="A reply within the hour", form="clock", measure="first_response", within=HOUR, per=("queue",), grace=0
)
FEW_WAIT = Standard(name="few-wait", title="Few wait", form="level", measure="waiting", limit=3, per=("queue",), grace=0)
IN_TIME = Standard(
    name="in-time", title="In time", form="percentage", measure="service_level", objective=0.9, within=120_000, per=("queue",), grace=0
)


def said(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Standard and status of all breach records so far."""
    return [(record["standard"], record["status"]) for record in pipeline.breaches]


def test_a_mail_that_was_fetched_late_still_breaks_its_clock() -> None:
    """Two minutes old when it comes, beyond the lateness of one: its hour is watched all the same, from its own beginning."""
    pipeline = wall(FIRST_REPLY)
    now(pipeline, "09:02:30")
    happen(pipeline, "09:00:00 anna message customer support/email")
    now(pipeline, "09:59:00")
    assert [] == said(pipeline)
    now(pipeline, "10:02:00")
    assert [("first-reply", "firing")] == said(pipeline)
    assert "2026-03-02T10:00:00.000Z" == pipeline.breaches[0]["started_at"]
    happen(pipeline, "10:03:00 anna message agent")
    now(pipeline, "10:03:01")
    assert ("first-reply", "resolved") == said(pipeline)[-1]


def test_a_mail_that_comes_after_its_deadline_is_overdue_at_once() -> None:
    """The mailbox was down for two hours: what is overdue is said as soon as it is known, with its true time."""
    pipeline = wall(FIRST_REPLY)
    now(pipeline, "11:00:00")
    happen(pipeline, "09:00:00 anna message customer support/email")
    now(pipeline, "11:02:00")
    assert [("first-reply", "firing")] == said(pipeline)
    assert "2026-03-02T10:00:00.000Z" == pipeline.breaches[0]["started_at"]


def test_callers_of_whom_one_hears_late_wait_all_the_same() -> None:
    """Five that came two minutes ago wait now: the level is judged from now on."""
    pipeline = wall(FEW_WAIT)
    now(pipeline, "09:02:30")
    happen(pipeline, "\n".join(f"09:00:0{number} c{number} offered billing/call" for number in range(5)))
    now(pipeline, "09:04:00")
    assert [("few-wait", "firing")] == said(pipeline)


def test_a_backlog_makes_no_large_record() -> None:
    """Two thousand overdue mails in one queue: no changelog entry comes near the megabyte that Kafka takes."""
    pipeline = wall(FIRST_REPLY)
    pipeline.events(
        [
            Event(
                at("09:00:00") + number,
                "message.posted",
                f"mail-{number}",
                f"t|{number}",
                {"contact_id": f"mail-{number}", "message_id": "m", "author": "customer", "queue": "support", "channel": "email"},
            )
            for number in range(2_000)
        ]
    )
    pipeline.drain()
    now(pipeline, "11:00:00")
    assert 2_000 == len(pipeline.breaches)
    stage = pipeline.scope_stage(0)
    for scope in stage.scopes.values():
        scope.dirty = True
    assert 20_000 > max(len(value) for _, value in stage.changes() if value is not None)


@pytest.mark.parametrize("standard", [FIRST_REPLY, IN_TIME], ids=lambda standard: standard.name)
def test_who_was_watched_is_watched_after_a_restart(standard: Standard) -> None:
    """Deadlines are not stored, they follow from the clocks that run; who was late already is not told twice."""
    story = "09:00:00 anna message customer support/email\n09:00:00 bert offered support/call"
    plain, restarted = wall(standard), wall(standard)
    for pipeline in (plain, restarted):
        happen(pipeline, story)
        for clock in ("09:01:00", "09:30:00", "10:00:30", "10:30:00"):
            now(pipeline, clock)
            if pipeline is restarted:
                pipeline.restart_all()
    assert plain.breaches == restarted.breaches
    assert [judge.contacts for judge in plain.scope_stage(0).scopes["queue=support"].timeline.judges] == [
        judge.contacts for judge in restarted.scope_stage(0).scopes["queue=support"].timeline.judges
    ]


def test_a_restart_does_not_take_an_alert_back() -> None:
    """What was in breach is in breach for the first scrape after a restart, before any tick."""
    pipeline = wall(FEW_WAIT)
    happen(pipeline, "\n".join(f"09:00:0{number} c{number} offered billing/call" for number in range(5)))
    now(pipeline, "09:00:10")
    assert [("few-wait", "firing")] == said(pipeline)
    pipeline.restart_all()
    shown = {(scope.queue, scope.channel): scope for scope in pipeline.scope_stage(0).snapshot().scopes}
    assert [True] == [standard.breached for standard in shown["billing", None].standards]


def test_the_breach_of_a_standard_that_is_declared_no_more_is_taken_back() -> None:
    """Nobody is left to resolve it, so it is withdrawn at the restart with the new declarations."""
    pipeline = wall(FEW_WAIT)
    happen(pipeline, "\n".join(f"09:00:0{number} c{number} offered billing/call" for number in range(5)))
    now(pipeline, "09:03:00")
    pipeline.standards = ()
    pipeline.restart_all()
    now(pipeline, "09:03:01")
    assert [("few-wait", "firing"), ("few-wait", "withdrawn")] == [
        (record["standard"], record["status"]) for record in pipeline.breaches if record["revision"] != 2 or record["status"] != "firing"
    ]


def test_a_breach_that_was_taken_back_leaves_the_state() -> None:
    """Days later nobody can say its id again: it is gone from the changelog, too."""
    pipeline = wall(FEW_WAIT)
    happen(pipeline, "\n".join(f"09:00:0{number} c{number} offered billing/call" for number in range(5)))
    now(pipeline, "09:00:10")
    happen(pipeline, "09:00:02 c2 answered\n09:00:02 c1 answered")
    now(pipeline, "09:03:00")
    assert [("few-wait", "firing"), ("few-wait", "withdrawn")] == said(pipeline)
    kept = [b"queue=billing\0b\0few-wait/queue=billing/2026-03-02/1"]
    assert kept == [key for key in pipeline.tables["scopes", 0] if b"\0b\0" in key]
    now(pipeline, "2026-03-05 09:00:00")
    assert [] == [key for key in pipeline.tables["scopes", 0] if b"\0b\0" in key]


def test_a_queue_that_falls_silent_is_forgotten_like_any_other() -> None:
    """Three days after its only call nothing is kept of it but its day and the whole."""
    pipeline = wall()
    happen(pipeline, "09:00:00 anna offered billing/call\n09:00:10 anna answered\n09:01:00 anna ended")
    for clock in ("10:00:00", "2026-03-03 00:10:00", "2026-03-05 10:00:00"):
        now(pipeline, clock)
    kept = sorted(key.split(b"\0")[2] for key in pipeline.tables["scopes", 0] if key.startswith(b"queue=billing\0c\0"))
    assert [b"all:0", f"day:{at('00:00:00')}".encode()] == kept


def test_who_waited_for_their_order_leaves_when_nobody_asks_for_it_any_more() -> None:
    """The centre chooses to keep no maxima while the facts of two callers are not settled: they wait once, and leave."""
    pipeline = wall()
    happen(pipeline, "09:00:00 anna offered billing/call\n09:00:10 bert offered billing/call")
    now(pipeline, "09:00:15")
    pipeline.centre = replace(pipeline.centre, kept=Kept(measures=("offered", "waiting")))
    pipeline.restart_all()
    assert {"anna", "bert"} == set(pipeline.scope_stage(0).scopes["queue=billing"].now.waiting)
    happen(pipeline, "09:00:20 anna answered\n09:00:30 bert answered")
    now(pipeline, "09:10:00")
    pipeline.restart_all()
    scope = pipeline.scope_stage(0).scopes["queue=billing"]
    assert ({}, []) == (scope.now.waiting, scope.timeline.levels.encode_odd())


def test_a_standard_that_changed_its_form_begins_anew() -> None:
    """The stored state of a level is nothing for a percentage of the same name."""
    pipeline = wall(FEW_WAIT)
    happen(pipeline, "09:00:00 anna offered billing/call")
    now(pipeline, "09:03:00")
    pipeline.standards = (replace(IN_TIME, name="few-wait"),)
    pipeline.restart_all()
    now(pipeline, "09:10:00")
    assert "percentage" == pipeline.scope_stage(0).scopes["queue=billing"].timeline.judges[0].standard.form


def test_what_was_counted_under_other_bounds_still_counts() -> None:
    """A threshold that is declared no more: its bucket counts under the next bound."""
    old, new = Bounds({"answered": (27_000,)}), Bounds()
    n = {"answered": 2, old.bucket("answered", 26_000): 1, old.bucket("answered", 29_000): 1}
    assert (1, 2) == (_within(old, n, 27_000), _within(old, n, 30_000))
    adopted = new.adopt(n)
    assert (2, 2) == (_within(new, adopted, 30_000), sum(new.counts(adopted, "answered")))


def _within(bounds: Bounds, n: dict[str, int], limit: int) -> int:
    return sum(bounds.counts(n, "answered")[: bounds.index("answered", limit) + 1])


def test_contacts_of_closed_hours_are_not_judged_after_opening() -> None:
    """Twenty unanswered calls before eight, one answered in time after it: nothing was missed."""
    zone = Centre().zone
    opened = Schedule(zone, tuple(((480, 1080),) for _ in range(7)), always=False)
    centre = Centre(queues={"billing": Queue("billing", ("call",), "office")}, hours={"office": opened})
    early = "\n".join(f"07:5{number % 6}:00 c{number} offered billing/call" for number in range(20))
    gone = "\n".join(f"07:59:30 c{number} abandoned stage=queue" for number in range(20))
    story = f"{early}\n{gone}\n08:20:00 z offered billing/call\n08:20:05 z answered\n09:00:00 y offered billing/call"
    assert [] == breaches(story, IN_TIME, centre=centre)


def test_the_wrap_up_is_timed_from_the_end_of_the_talk() -> None:
    """A talk of 60 s and 20 s of work after it, by the events' times alone."""
    story = "09:00:00 anna offered billing/call\n09:00:00 anna answered\n09:01:00 anna ended\n09:01:20 anna wrapped_up"
    assert 80.0 == told(story)["handle_mean_seconds"]


def test_a_handle_time_of_the_source_holds_the_wrap_up() -> None:
    """The source said 90 s for all of it: the wrap-up that it also sends is not added."""
    story = "09:00:00 a offered billing/call\n09:00:00 a answered\n09:01:00 a ended handle_ms=90000\n09:01:20 a wrapped_up acw_ms=20000"
    assert 90.0 == told(story)["handle_mean_seconds"]


def test_who_hangs_up_in_the_menu_is_counted_and_forgotten() -> None:
    """By themselves: abandoned before the queue. Ended for them: over, and in no figure of a queue."""
    gone = told("09:00:00 a begun channel=call\n09:00:20 a ended by=customer")
    assert {"records": 1, "begun": 1, "abandoned_before_queue": 1, "closed": 1} == gone
    assert {"records": 1, "begun": 1, "closed": 1} == told("09:00:00 a begun channel=call\n09:00:20 a ended by=system")
    pipeline = wall()
    happen(pipeline, "09:00:00 a begun channel=call\n09:00:20 a ended by=customer")
    now(pipeline, "09:05:00")
    assert {b"!patience", b"!time"} == set(pipeline.tables["contacts", 0])


def test_an_id_that_looks_like_a_key_of_ours_is_an_id() -> None:
    """A contact called !mark takes nothing of the worker's own state."""
    pipeline = wall()
    happen(pipeline, "09:00:00 !mark offered billing/call\n09:00:01 !time offered billing/call")
    assert {b"=!mark", b"=!time", b"!patience", b"!time"} == set(pipeline.tables["contacts", 0])


def test_two_events_with_one_id_count_alike_whichever_comes_first() -> None:
    """The source sent one id twice with other fields: the figure does not depend on the order of arrival."""
    kept = []
    for first, second in ((5_000, 9_000), (9_000, 5_000)):
        pipeline = Pipeline(Centre(), ())
        happen(pipeline, "09:00:00 anna offered billing/call")
        for wait in (first, second):
            fields = {"contact_id": "anna", "wait_ms": wait}
            pipeline.events([Event(at("09:00:10"), "contact.answered", "anna", "t|answer", fields)])
        pipeline.events([mark(at("09:10:00"))])
        pipeline.drain()
        n = pipeline.scope_stage(0).scopes["all"].cells["all", 0].n
        kept.append({name: count for name, count in n.items() if count})
    assert kept[0] == kept[1]


def test_a_clock_of_which_no_contact_is_known_has_no_data() -> None:
    """No contact came: nothing was met."""
    pipeline = Pipeline(Centre(), (FIRST_REPLY,))
    happen(pipeline, "09:00:00 anna offered billing/call")
    pipeline.events([mark(at("09:10:00"))])
    pipeline.drain()
    assert ["no_data"] == [verdict["status"] for verdict in pipeline.scope_stage(0).scopes["queue=billing"].live]


def test_an_input_may_end_twice() -> None:
    """Another file is published after the first one's end: its readings come, too."""
    pipeline = Pipeline(Centre(), ())
    happen(pipeline, "09:00:00 anna offered billing/call")
    pipeline.events([mark(at("09:10:00"), final=True)])
    pipeline.drain()
    happen(pipeline, "10:00:00 bert offered billing/call")
    pipeline.events([mark(at("10:10:00"), final=True)])
    pipeline.drain()
    assert 2 == pipeline.topics["queue-readings"]["queue=billing|all"]["measures"]["offered"]


def test_nobody_is_judged_up_to_the_clock_while_a_backlog_is_worked_off() -> None:
    """After an outage the answers still lie in the topic: who seems to wait for an hour does not."""
    pipeline = wall(replace(FEW_WAIT, hold=600_000))
    happen(pipeline, "\n".join(f"09:00:0{number} c{number} offered billing/call" for number in range(5)))
    for name in pipeline.nodes[:-1]:
        pipeline.tick(name, 0, at("09:01:30"))
    pipeline.drain()
    pipeline.tick("scopes", 0, at("10:00:00"))
    assert [] == said(pipeline)
    happen(pipeline, "\n".join(f"09:02:0{number} c{number} answered" for number in range(5)))
    now(pipeline, "10:00:01")
    assert [] == said(pipeline)
